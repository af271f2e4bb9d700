"""Which of the shared sources belong to some tasks only: no project holds code of other tasks."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

BOXES: Final = ("detect", "pose", "obb", "segment")  # tasks whose heads give boxes

# Below templates/_shared/cpp, without suffix -> the tasks that need it. All need what is not named.
_CPP: Final[Mapping[str, tuple[str, ...]]] = {
    "vision/box_head": BOXES,
    "vision/decode": BOXES,
    "vision/geometry": BOXES,
    "vision/nms": BOXES,
    "vision/top_k": BOXES,
    "vision/keypoints": ("pose",),
    "vision/rotated_nms": ("obb",),
    "vision/contour": ("segment",),
    "vision/masks": ("segment",),
    "vision/centre_crop": ("classify",),
    "vision/pillow_resize": ("classify",),
    "parity/box_stages": BOXES,
    "parity/matching": BOXES,
    **{
        name: (task,)
        for task in (*BOXES, "classify", "semantic", "depth")
        for name in (f"vision/tasks/{task}", f"parity/tasks/{task}_stages")
    },
}


def is_needed(source: str, name: str, task: str) -> bool:
    """Tell whether projects of a task need a file ("tasks/x.h") of a shared folder ("_shared/cpp/vision")."""
    inside = (PurePosixPath(source).relative_to("_shared") / name).with_suffix("")
    if inside.parts[0] != "cpp":
        return True
    return task in _CPP.get(inside.relative_to("cpp").as_posix(), (task,))

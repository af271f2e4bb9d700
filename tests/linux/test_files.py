"""A linux-cpp project has the sources of its task, and no others."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

pytestmark = pytest.mark.full

# The files below src/ by folder, without suffix.
OF_ALL = {
    ".": "model_info",
    "app": "camera draw main options pictures processor stream",
    "edgegen": "app_model",
    "edgegen/capture": "capture",
    "edgegen/detector": "checks detector model runtime",
    "edgegen/json": "report results",
    "edgegen/live": "live page server",
    "edgegen/media": "camera capture codecs files library media opencv producer recorder screen",
    "edgegen/parity": "parity",
    "edgegen/support": "checksum program text",
    "vision": "detection image letterbox model_info result",
    "vision/tasks": "task",
}
OF_BOXES = {
    "edgegen/json": "boxes_json",
    "edgegen/parity": "box_stages",
    "tracking": "assignment bytetrack motion",
    "vision": "decode decode_raw levels nms",
}
BOXES = ("detect", "pose", "obb", "segment")
OWN = {  # below vision/; files with the task's name are in folders named `tasks`
    "detect": "",
    "pose": "keypoints",
    "obb": "rotated_nms",
    "segment": "bilinear contour masks",
    "classify": "centre_crop pillow_resize",
    "semantic": "bilinear dense_map",
    "depth": "bilinear dense_map stretch",
}


def paths(names: Mapping[str, str]) -> set[str]:
    return {
        (Path(folder) / name).as_posix() for folder, all_of_it in names.items() for name in all_of_it.split()
    }


@pytest.mark.parametrize("task", OWN)
def test_project_has_only_the_sources_of_its_task(studio_project: Callable[[str], Path], task: str) -> None:
    source = studio_project(task) / "src"
    found = {path.relative_to(source).with_suffix("").as_posix() for path in source.rglob("*.*")}
    own = {"vision": OWN[task], "vision/tasks": task, "edgegen/json/tasks": f"{task}_json"}
    own["edgegen/parity/tasks"] = f"{task}_stages"
    if task in ("semantic", "depth"):
        own["edgegen/json"] = "greys"
    if task == "obb":
        own["tracking"] = "rotated_boxes"
    assert found == paths(OF_ALL) | (paths(OF_BOXES) if task in BOXES else set()) | paths(own)

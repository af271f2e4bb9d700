"""A linux-cpp project has the sources of its task, and no others."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.helpers.projects import generate

pytestmark = pytest.mark.full

# The files below src/ by folder, without suffix.
OF_ALL = {
    ".": "CMakeLists look model_info",
    "app": "camera capture codecs detect_files draw files frames hud live main measure options page pictures"
    " processors report stream task task_drawing webp",
    "edgegen": "app_model",
    "edgegen/capture": "archive capture",
    "edgegen/detector": "detector model runtime",
    "edgegen/json": "results",
    "edgegen/parity": "parity task_stages vectors",
    "loaded": "frame_times libraries pictures server video",
    "edgegen/support": "adler32 error program sha256 text",
    "vision": "image input letterbox mix_columns model_info resize result rounding tensor_view",
    "vision/tasks": "task",
}
OF_BOXES = {
    "app": "boxes",
    "edgegen/json": "boxes_json",
    "edgegen/parity": "box_stages matching",
    "tracking": "assignment bytetrack motion smoothing",
    "vision": "box_head decode nms",
}
BOXES = ("detect", "pose", "obb", "segment")
OWN = {  # below vision/; files with the task's name are in folders named `tasks`
    "detect": "",
    "pose": "keypoints",
    "obb": "rotated_nms",
    "segment": "bilinear contour masks",
    "classify": "centre_crop pillow_resize",
    "semantic": "bilinear dense_map",
    "depth": "bilinear dense_map",
}


def paths(names: Mapping[str, str]) -> set[str]:
    return {
        (Path(folder) / name).as_posix() for folder, all_of_it in names.items() for name in all_of_it.split()
    }


@pytest.mark.parametrize("task", OWN)
def test_project_has_only_the_sources_of_its_task(
    tiny_export: Path, task_export: Callable[[str], Path], tmp_path: Path, task: str
) -> None:
    source = generate(tmp_path, tiny_export if task == "detect" else task_export(task)) / "src"
    found = {path.relative_to(source).with_suffix("").as_posix() for path in source.rglob("*.*")}
    own = {"vision": OWN[task], "vision/tasks": task, "edgegen/json/tasks": f"{task}_json"}
    own["edgegen/parity/tasks"] = f"{task}_stages"
    if task == "obb":
        own["tracking"] = "turned_boxes"
    if task != "detect":
        own["app/tasks"] = f"{task}_draw {task}_text"
    assert found == paths(OF_ALL) | (paths(OF_BOXES) if task in BOXES else set()) | paths(own)

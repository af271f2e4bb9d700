"""Tests of the list of Kotlin files in a project of one task."""

import pytest

from edgegen.project.render import templates_dir
from edgegen.project.task_files import BOXES, TASKS, is_needed


def _names(text: str) -> set[str]:
    return set(text.split())


# Files in every project.
EVERY_TASKS = _names(
    """
    App Benchmark CaptureWriter Detector DeviceCheck DisplayRotation GoldenVectors InputStages Json
    ModelFile ModelInfo ModelRepository NavigationBar Numbers Parity Picture PixelView Png Preprocessor
    Processed Report ResultProcessor RgbaPixels RuntimeErrors SelfCheck StoredPicture Tar Task
    TaskStages TheModel TheStages VisionResult

    MainActivity MainViewModel SavedChoices Transitions UiState
    CameraSession CameraSettings CameraUseCases ZoomChips
    Photo PhotoDetection PhotoLoader PictureFile
    VideoSession
    Inference LastFrame LiveDetection PictureResult
    Appearance Layer OverlayView PictureMapping
    Recorder
    Gallery SharedFiles Sharing
    Capturing
    SelfCheckActivity
    MainScreen PictureGestures PicturePlace SettingsSheet StatsText Words
    """
)
OF_BOXES = _names(
    """
    Assignment BoxStages ByteTrack Cells Decode Head Match ModelStages Motion Nms OutputStages TrackedBoxes
    ChipRow LabelLayer Labels LineCounter ObjectDetails TrackedObjects TrackingLayers
    """
)
LETTERBOXED = {"Letterbox", "Resizer"}
UPRIGHT = {"BoxLayer", "UprightStages"}
PAINTED = {"BilinearAxis", "OldResults", "PaintedPixels", "Pool"}
MAPS = {"DenseMap", "MapPainter", "MapSamples"}
OWN = {
    "detect": LETTERBOXED | UPRIGHT,
    "pose": LETTERBOXED | UPRIGHT | {"Extras", "KeypointLayer", "Keypoints", "PoseStages"},
    "obb": LETTERBOXED
    | {"Extras", "ObbStages", "RotatedBoxLayer", "RotatedDecode", "RotatedNms", "RotatedTracks"},
    "segment": LETTERBOXED
    | UPRIGHT
    | PAINTED
    | {"Extras", "MaskMaker", "MaskPainter", "Masks", "Outline", "SegmentStages"},
    "classify": {"CentreCrop", "ClassLayer", "ClassifyStages", "Labels", "PillowResize"},
    "semantic": LETTERBOXED | PAINTED | MAPS | {"ClassMapLayers", "SemanticStages"},
    "depth": LETTERBOXED | PAINTED | MAPS | {"DepthLayer", "DepthPainter", "DepthStages"},
}


def test_readmes_of_starter_and_studio_have_the_same_first_change() -> None:
    """Both apps have the same result processor."""
    sections = {
        (templates_dir() / app / "android" / "README.md.jinja")
        .read_text(encoding="utf-8")
        .partition("## Your first change\n")[2]
        .partition("\n## ")[0]
        for app in ("_starter", "_studio")
    }
    assert len(sections) == 1
    assert "picture.crop(box)" in sections.pop()


@pytest.mark.parametrize("app", ["_starter", "_studio"])
def test_readme_names_the_command_that_changes_the_package(app: str) -> None:
    """After a change by hand, updates reach no file."""
    readme = (templates_dir() / app / "android" / "README.md.jinja").read_text(encoding="utf-8")
    assert "edgegen update . --package" in readme


@pytest.mark.parametrize("task", TASKS)
def test_kotlin_files_of_a_task_are_the_listed_ones(task: str) -> None:
    """They are the shared files, those for boxes, and the task's own; no file of another task."""
    found = [
        path.name.partition(".")[0]
        for source in ("android", "_studio/android")
        for path in (templates_dir() / source).glob("*/src/main/**/*.kt*")
        if is_needed(source, path.relative_to(templates_dir() / source).as_posix(), task)
    ]
    assert len(found) == len(set(found))
    expected = EVERY_TASKS | (OF_BOXES if task in BOXES else set()) | OWN[task] | {f"{task.capitalize()}Task"}
    assert set(found) == expected

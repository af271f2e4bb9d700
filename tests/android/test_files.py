"""Tests of the list of Kotlin files in a project of one task."""

import pytest

from edgegen import tasks
from edgegen.project.render import templates_dir
from edgegen.project.task_files import BOXES, TASKS, is_needed


def _names(text: str) -> set[str]:
    return set(text.split())


# Files in every project.
EVERY_TASKS = _names(
    """
    App Benchmark BottomSheet CaptureWriter Detector DeviceCheck DisplayRotation GoldenVectors InputStages
    Json ModelFile ModelInfo ModelRepository NavigationBar Numbers Parity Picture PixelView Png Preprocessor
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
    ColumnContract Decode DecodedContract DetectionsContract End2endContract LevelContract RawContract
    Assignment BoxStages ByteTrack Cells Head Match ModelStages Motion Nms OutputStages TrackedBoxes
    ChipRow LabelLayer Labels LineCounter ObjectDetails TrackedObjects TrackingLayers
    """
)
OF_RESIZES = {
    "letterbox": {"BilinearPreprocessor", "Letterbox"},
    "letterbox_top_left": {"BilinearPreprocessor", "LetterboxTopLeft"},
    "stretch": {"BilinearPreprocessor", "Stretch"},
    "centre_crop": {"CentreCrop", "PillowResize"},
}
UPRIGHT = {"BoxLayer", "UprightStages"}
PAINTED = {"BilinearAxis", "OldResults", "PaintedPixels", "Pool"}
MAPS = {"DenseMap", "MapPainter", "MapSamples"}
OWN = {
    "detect": UPRIGHT | {"MultilabelContract"},
    "pose": UPRIGHT | {"KeypointLayer", "Keypoints", "PoseStages"},
    "obb": {"ObbStages", "RotatedBoxLayer", "RotatedDecode", "RotatedNms", "RotatedTracks"},
    "segment": UPRIGHT | PAINTED | {"MaskMaker", "MaskPainter", "Masks", "Outline", "SegmentStages"},
    "classify": {"ClassLayer", "ClassifyStages", "Labels", "LogitsContract"},
    "semantic": PAINTED | MAPS | {"ClassMapLayers", "LogitsContract", "SemanticStages"},
    "depth": PAINTED | MAPS | {"DepthLayer", "DepthPainter", "DepthStages"},
}
KINDS = [(task, resize) for task in TASKS for resize in tasks.find(task).resizes]
# Tests in projects, without those of tasks.
TESTS = {
    "letterbox": {"BilinearPreprocessorTest", "LetterboxTest"},
    "letterbox_top_left": {"BilinearPreprocessorTest", "LetterboxTopLeftTest"},
    "stretch": {"BilinearPreprocessorTest"},
    "centre_crop": set[str](),
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


def kotlin_files(pattern: str, task: str, resize: str) -> list[str]:
    """Return the names of the files of a studio, without suffix."""
    return [
        path.name.partition(".")[0]
        for source in ("android", "_studio/android")
        for path in (templates_dir() / source).glob(pattern)
        if is_needed(source, path.relative_to(templates_dir() / source).as_posix(), task, resizes=(resize,))
    ]


@pytest.mark.parametrize(("task", "resize"), KINDS)
def test_kotlin_files_of_a_task_and_a_resize_are_the_listed_ones(task: str, resize: str) -> None:
    """They are the shared files, those for boxes, and the task's own; no file of another task or resize."""
    found = kotlin_files("*/src/main/**/*.kt*", task, resize)
    assert len(found) == len(set(found))
    expected = EVERY_TASKS | (OF_BOXES if task in BOXES else set()) | OWN[task] | {f"{task.capitalize()}Task"}
    assert set(found) == expected | OF_RESIZES[resize]


@pytest.mark.parametrize(("task", "resize"), KINDS)
def test_project_has_the_tests_of_its_resize_only(task: str, resize: str) -> None:
    every = set().union(*TESTS.values())
    assert every.intersection(kotlin_files("vision/src/test/**/*.kt", task, resize)) == TESTS[resize]

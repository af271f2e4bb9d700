"""Tests of the list of Kotlin files in a project of one task."""

import pytest

from edgegen.project.render import templates_dir
from edgegen.project.task_files import BOXES, TASKS, is_needed


def _names(text: str) -> set[str]:
    return set(text.split())


# Files in every project.
EVERY_TASKS = _names(
    """
    AnnotatedPictures Announcements App Appearance Benchmark CameraPermission CameraProblems CameraSession
    CameraUseCases CaptureDialog CaptureWriter Capturing DetectionsFile Detector DetectorThread
    DeviceCheck Digests Event ExifOrientation Film FirstStart Following FrameAnalyzer
    FrameRate Gallery Giving GoldenVectors Inference InputStages Insets Json LastFrame Layer LetterboxPlan
    LiveDetection LookEvent MainActivity MainMenu MainScreen MainViewModel MessagePanel ModelFile
    ModelInfo ModelLab ModelRepository Numbers OneDialog OverlayView Parity Photo
    PhotoDetection PhotoLoader PhotoState PhotoView PictureFile PictureGestures PictureMapping
    PicturePlace PictureResult Pictures PixelView Png Preprocessor Recording Report ResultProcessor
    ResultProcessors RgbaPixels RuntimeErrors SamplePictures Samples SavedChoices Saying SelfCheck
    SelfCheckActivity SelfCheckViewModel SharePicture SharedFiles SharedKind ShownResult Sources
    StageBars StatsText
    StoredPicture StoredRows Switches Tar Task TaskStages TheModel TheStages Told Trace UiState
    UprightPicture VerdictCard VideoEvent VideoFrames VideoRecorder VideoSession VisionResult WelcomeWords
    ZoomChips
    """
)
OF_BOXES = _names(
    """
    Assignment BoxStages ByteTrack Cells ChipRow ClassChips CompareSwitch Comparison CountLayer
    Decode FollowSwitch FollowedThings Head LabelLayer LabelPlaces LineCounter LineEvent
    Match ModelStages Motion Nms OutputStages SeenThing SmoothSwitch Smoothing ThingDialog ThingPlace
    ThresholdSliders TrackedBoxes TrailLayer
    ClassColors ClassWords Labels
    """
)
LETTERBOXED = {"Letterbox", "Resizer"}
UPRIGHT = {"BoxLayer", "UprightStages"}
PAINTED = {"BilinearAxis", "OldResults", "Painted", "PaintedPixels", "Pool"}
MAPS = {"DenseMap", "MapPainter", "MapSamples"}
OWN = {
    "detect": LETTERBOXED | UPRIGHT,
    "pose": LETTERBOXED | UPRIGHT | {"KeypointLayer", "KeypointWords", "Keypoints", "PoseStages"},
    "obb": LETTERBOXED
    | {"ObbStages", "RotatedBoxLayer", "RotatedDecode", "RotatedNms", "RotatedPlace", "RotatedTracks"},
    "segment": LETTERBOXED
    | UPRIGHT
    | PAINTED
    | {"MaskMaker", "MaskPainter", "Masks", "Outline", "PaintingLayer", "SegmentStages"},
    "classify": {"CentreCrop", "ClassLayer", "ClassifyStages", "PillowResize"}
    | {"ClassColors", "ClassWords", "Labels"},
    "semantic": LETTERBOXED
    | PAINTED
    | MAPS
    | {"ClassColors", "ClassMapPainter", "ClassWords", "Legend", "PaintingLayer", "SemanticStages"},
    "depth": LETTERBOXED
    | PAINTED
    | MAPS
    | {"DepthLayer", "DepthPainter", "DepthStages", "DepthWords", "DistanceColors"},
}


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

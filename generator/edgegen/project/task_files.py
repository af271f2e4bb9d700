"""Which sources belong to some tasks only: no project holds code of other tasks."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

BOXES: Final = ("detect", "pose", "obb", "segment")  # tasks whose heads give boxes

TASKS: Final = (*BOXES, "classify", "semantic", "depth")

# Below templates/_shared/cpp, without suffix -> the tasks that need it. All need what is not named, but for
# what lies in a folder `tasks`: there a file belongs to the task that its name begins with.
_CPP: Final[Mapping[str, tuple[str, ...]]] = {
    "vision/box_head": BOXES,
    "vision/decode": BOXES,
    "vision/nms": BOXES,
    "vision/keypoints": ("pose",),
    "vision/rotated_nms": ("obb",),
    "vision/contour": ("segment",),
    "vision/masks": ("segment",),
    "vision/bilinear": ("segment", "semantic", "depth"),
    "vision/dense_map": ("semantic", "depth"),
    "vision/centre_crop": ("classify",),
    "vision/pillow_resize": ("classify",),
    "json/boxes_json": BOXES,
    **dict.fromkeys(
        (f"tracking/{name}" for name in ("assignment", "bytetrack", "motion", "smoothing")), BOXES
    ),
    "tracking/turned_boxes": ("obb",),
    "parity/box_stages": BOXES,
    "parity/matching": BOXES,
    "_studio/linux-cpp/src/app/boxes": BOXES,
}

_MAPS: Final = ("semantic", "depth")  # tasks that give a number for every pixel
_LETTERBOXED: Final = (*BOXES, *_MAPS)  # tasks whose input is the whole picture, as OpenCV resizes it

# Kotlin files of Android projects, by their names -> the tasks that need them. All need what is not named.
_KOTLIN: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("Decode", "Head", "Nms"), BOXES),
    **dict.fromkeys(
        ("Assignment", "ByteTrack", "ByteTrackTest", "Motion", "Smoothing", "TrackedBoxes"), BOXES
    ),
    **dict.fromkeys(("DecodeTest", "NmsTest"), ("detect", "pose", "segment")),
    **dict.fromkeys(("Letterbox", "LetterboxTest", "Resizer"), _LETTERBOXED),
    "Keypoints": ("pose",),
    **dict.fromkeys(("RotatedDecode", "RotatedNms", "RotatedTracks"), ("obb",)),
    **dict.fromkeys(("MaskMaker", "Masks", "Outline"), ("segment",)),
    **dict.fromkeys(("BilinearAxis", "Pool", "PoolTest"), ("segment", *_MAPS)),
    **dict.fromkeys(("DenseMap", "MapSamples", "MapPainter"), _MAPS),
    **dict.fromkeys(("BoxStages", "Cells", "Match", "ModelStages", "OutputStages"), BOXES),
    **dict.fromkeys(("BoxStagesTest", "MatchTest"), BOXES),
    "UprightStages": ("detect", "pose", "segment"),
    **{f"{task.capitalize()}Stages": (task,) for task in ("pose", "obb", "segment", "classify", *_MAPS)},
    "SegmentStagesTest": ("segment",),
    **dict.fromkeys(("CentreCrop", "PillowResize"), ("classify",)),
    "DetectPostprocessorTest": ("detect",),
    **{f"{task.capitalize()}Task": (task,) for task in TASKS},
    # Of the app: what draws a part of a result, and its tests.
    **dict.fromkeys(("BoxLayer", "OverlayViewTest"), ("detect", "pose", "segment")),
    **dict.fromkeys(("LabelLayer", "LabelPlaces", "LabelPlacesTest"), BOXES),
    **dict.fromkeys(("Comparison", "ComparisonTest", "CompareSwitch", "CompareSwitchTest"), BOXES),
    **dict.fromkeys(
        ("SeenThing", "ThingDialog", "ThingPlace", "ThresholdSliders", "ThresholdSlidersTest"), BOXES
    ),
    **dict.fromkeys(("DetectionsFileTest", "LastFrameTest", "PhotoDetectionTest", "ShownResultTest"), BOXES),
    **dict.fromkeys(("FollowSwitch", "FollowedThings", "FollowedThingsTest", "SmoothSwitch"), BOXES),
    **dict.fromkeys(("CountLayer", "CountLayerTest", "LineCounter", "LineCounterTest"), BOXES),
    **dict.fromkeys(("LineEvent", "LineEventTest", "TrailLayer", "TrailLayerTest"), BOXES),
    **dict.fromkeys(("ChipRow", "ChipRowTest", "ClassChips", "ClassChipsTest"), BOXES),
    "ClassWords": (*BOXES, "classify", "semantic"),
    **dict.fromkeys(("KeypointLayer", "KeypointLayerTest", "KeypointWords", "KeypointWordsTest"), ("pose",)),
    **dict.fromkeys(("RotatedBoxLayer", "RotatedBoxLayerTest", "RotatedPlace", "RotatedPlaceTest"), ("obb",)),
    **dict.fromkeys(("MaskPainter", "MaskPainterTest", "OldResultsTest"), ("segment",)),
    **dict.fromkeys(("ClassLayer", "ClassLayerTest", "ClassifyTaskTest"), ("classify",)),
    **dict.fromkeys(
        ("ClassMapPainter", "ClassMapPainterTest", "Legend", "SemanticTaskTest", "SemanticStagesTest"),
        ("semantic",),
    ),
    **dict.fromkeys(
        ("DepthLayer", "DepthLayerTest", "DepthPainter", "DepthWords", "DepthWordsTest", "DepthTaskTest"),
        ("depth",),
    ),
    **dict.fromkeys(("DepthStagesTest", "DistanceColors"), ("depth",)),
    **dict.fromkeys(("Labels", "LabelsTest"), (*BOXES, "classify")),
    "ClassColors": (*BOXES, "classify", "semantic"),
    "ClassColorsTest": BOXES,
    # Of what there is one pixel by pixel: painted, and its memory given back.
    **dict.fromkeys(("OldResults", "Painted", "PaintedPixels", "PaintedTest"), ("segment", *_MAPS)),
    "PaintingLayer": ("segment", "semantic"),
    # Of the starter.
    "BoxDrawing": BOXES,
    "KeypointDrawing": ("pose",),
    "MaskDrawing": ("segment",),
    "ClassDrawing": ("classify",),
    "ClassMapDrawing": ("semantic",),
    "DepthDrawing": ("depth",),
    "Colors": (*BOXES, "classify", "semantic"),
    "Painting": ("segment", *_MAPS),
}

# And resources.
_RESOURCES: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys(
    ("class_chip.xml", "class_chips.xml", "class_mark.xml", "ic_chosen.xml", "ic_class.xml"), BOXES
)

# Files of iOS projects, by their names -> the tasks that need them. All need what is not named.
_IOS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("Comparison", "ComparisonTests"), BOXES),
    **dict.fromkeys(("Box", "EDGDetection", "EDGDetection+Core", "ThingWords"), BOXES),
    **dict.fromkeys(("ThingChoices", "ThingChoicesTests"), BOXES),
    **dict.fromkeys(("LabelLayer", "LabelLayerTests", "LabelPlaces", "LabelPlacesTests"), BOXES),
    **dict.fromkeys(("EDGTracker", "ThresholdBridgeTests", "FollowedThings", "FollowedThingsTests"), BOXES),
    **dict.fromkeys(("ClassChips", "ClassChipsTests", "ClassFilter", "ChipRow"), BOXES),
    **dict.fromkeys(("LineChoice", "LineChoiceTests", "LineCounter", "LineCounterTests"), BOXES),
    **dict.fromkeys(("LineLayer", "LineWords"), BOXES),
    **dict.fromkeys(("Follower", "HeldNumbers", "HeldNumbersTests", "TrailLayer", "TrailLayerTests"), BOXES),
    **dict.fromkeys(("BoxLayer", "BoxLayerTests"), ("detect", "pose", "segment")),
    **dict.fromkeys(("EDGKeypoint", "Keypoint", "KeypointLayer", "KeypointLayerTests"), ("pose",)),
    "KeypointWords": ("pose",),
    **dict.fromkeys(("EDGRotatedBox", "RotatedBoxLayer", "RotatedBoxLayerTests"), ("obb",)),
    **dict.fromkeys(("EDGMask", "EDGMaskCanvas", "EDGMaskOutline", "Mask"), ("segment",)),
    **dict.fromkeys(("MaskPainter", "MaskReport"), ("segment",)),
    **dict.fromkeys(("MaskBridgeTests", "MaskLayerTests"), ("segment",)),
    **dict.fromkeys(("PaintingLayer", "PaintingLayerTests", "PlacedPainting"), ("segment", *_MAPS)),
    "ClassWords": (*BOXES, "classify", "semantic"),
    **dict.fromkeys(("ClassLayer", "ClassLayerTests", "ClassScore"), ("classify",)),
    **dict.fromkeys(("EDGClassScore", "EDGClassScore+Core"), ("classify",)),
    "EDGBlocks": ("segment", *_MAPS),
    **dict.fromkeys(("EDGMapData", "MapBridgeTests", "MapSteps", "MapStepsTests"), _MAPS),
    **dict.fromkeys(("EDGClassMap", "EDGClassMap+Core", "ClassMap", "ClassMapPainter"), ("semantic",)),
    **dict.fromkeys(("LegendLayer", "LegendLayerTests"), ("semantic",)),
    **dict.fromkeys(("EDGDepthMap", "EDGDepthMap+Core", "DepthMap", "DepthMapTests"), ("depth",)),
    **dict.fromkeys(("DepthColors", "DepthPainter", "DepthScaleLayer", "ProbeLayer"), ("depth",)),
    **dict.fromkeys(("DepthWords", "DepthLayersTests"), ("depth",)),
    **dict.fromkeys(("TouchedPlace", "TouchedPlaceTests"), (*BOXES, "depth")),
    **dict.fromkeys(("ShownThing", "ThingScreen", "TouchedThing", "TouchedThingTests"), BOXES),
}


def is_needed(source: str, name: str, task: str) -> bool:
    """Tell whether projects of a task need a file ("tasks/x.h") of a template ("_shared/cpp/vision")."""
    path = PurePosixPath(source, name)
    owner = path.name.partition(".")[0].partition("_")[0]
    if path.parent.name == "tasks" and owner in TASKS:
        return owner == task
    if "android" in path.parts[:2] and path.suffix == ".xml":
        return task in _RESOURCES.get(path.name, (task,))
    if "android" in path.parts[:2]:
        return task in _KOTLIN.get(path.name.removesuffix(".jinja").removesuffix(".kt"), (task,))
    if "ios" in path.parts[:2]:
        return task in _IOS.get(path.name.partition(".")[0], (task,))
    inside = path.with_suffix("").as_posix().removeprefix("_shared/cpp/")
    return task in _CPP.get(inside, (task,))

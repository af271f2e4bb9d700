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
    **dict.fromkeys((f"tracking/{name}" for name in ("assignment", "bytetrack", "motion")), BOXES),
    "tracking/turned_boxes": ("obb",),
    "parity/box_stages": BOXES,
    "parity/matching": BOXES,
}

_MAPS: Final = ("semantic", "depth")  # tasks that give a number for every pixel
_LETTERBOXED: Final = (*BOXES, *_MAPS)  # tasks whose input is the whole picture, as OpenCV resizes it

# Kotlin files of Android projects, by their names -> the tasks that need them. All need what is not named.
_KOTLIN: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("Decode", "Head", "Nms"), BOXES),
    **dict.fromkeys(("Assignment", "ByteTrack", "Motion", "TrackedBoxes"), BOXES),
    **dict.fromkeys(("DecodeTest", "NmsTest"), ("detect", "pose", "segment")),
    **dict.fromkeys(("Letterbox", "LetterboxTest", "Resizer"), _LETTERBOXED),
    "Keypoints": ("pose",),
    **dict.fromkeys(("RotatedDecode", "RotatedNms", "RotatedTracks"), ("obb",)),
    **dict.fromkeys(("MaskMaker", "Masks", "Outline"), ("segment",)),
    **dict.fromkeys(("BilinearAxis", "Pool", "PoolTest"), ("segment", *_MAPS)),
    **dict.fromkeys(("DenseMap", "MapSamples", "MapPainter"), _MAPS),
    **dict.fromkeys(("BoxStages", "Cells", "Match", "ModelStages", "OutputStages"), BOXES),
    "UprightStages": ("detect", "pose", "segment"),
    **{f"{task.capitalize()}Stages": (task,) for task in ("pose", "obb", "segment", "classify", *_MAPS)},
    **dict.fromkeys(("CentreCrop", "PillowResize"), ("classify",)),
    "DetectPostprocessorTest": ("detect",),
    **{f"{task.capitalize()}Task": (task,) for task in TASKS},
    # Of the studio.
    **dict.fromkeys(("TrackedObjects", "LineCounter", "LineCounterTest", "TrackingLayers"), BOXES),
    **dict.fromkeys(("ChipRow", "LabelLayer", "ObjectDetails"), BOXES),
    "BoxLayer": ("detect", "pose", "segment"),
    "KeypointLayer": ("pose",),
    "RotatedBoxLayer": ("obb",),
    "MaskPainter": ("segment",),
    "ClassLayer": ("classify",),
    "ClassMapLayers": ("semantic",),
    **dict.fromkeys(("DepthLayer", "DepthPainter"), ("depth",)),
    "Labels": (*BOXES, "classify"),
    **dict.fromkeys(("OldResults", "PaintedPixels"), ("segment", *_MAPS)),
    "ClassifyTaskTest": ("classify",),
    "SemanticTaskTest": ("semantic",),
    "DepthTaskTest": ("depth",),
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
_RESOURCES: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys(("class_chip.xml", "ic_class.xml"), BOXES)

# Files of iOS projects, by their names -> the tasks that need them. All tasks need the other files.
_IOS: Final[Mapping[str, tuple[str, ...]]] = {
    "EDGTracker": BOXES,
    **dict.fromkeys(("Boxes", "BoxesTests", "ClassChips", "Counting", "CountingTests"), BOXES),
    **dict.fromkeys(("Tracking", "TrackingTests"), BOXES),
    **dict.fromkeys(("EDGKeypoint", "Keypoints", "KeypointsTests"), ("pose",)),
    "EDGRotatedBox": ("obb",),
    **dict.fromkeys(("EDGMask", "EDGMaskCanvas", "EDGMaskOutline", "Masks"), ("segment",)),
    **dict.fromkeys(("Painters", "PainterTests", "Painting", "PaintingTests"), ("segment", *_MAPS)),
    **dict.fromkeys(("EDGClassScore", "Classes", "ClassesTests"), ("classify",)),
    "EDGBlocks": ("segment", *_MAPS),
    "EDGMapData": _MAPS,
    **dict.fromkeys(("EDGClassMap", "ClassMap", "ClassMapTests"), ("semantic",)),
    **dict.fromkeys(("EDGDepthMap", "DepthMap", "DepthMapTests"), ("depth",)),
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

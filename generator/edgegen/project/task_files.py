"""The source files that only some models need. A project has no code of other tasks and contracts."""

from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Final

from edgegen import tasks
from edgegen.model.spec import (
    CENTRE_CROP,
    COLUMNS,
    CONTRACTS,
    LETTERBOX,
    LETTERBOX_TOP_LEFT,
    MULTILABEL,
    RESIZES,
    STRETCH,
)

BOXES: Final = ("detect", "pose", "obb", "segment")  # tasks with boxes

TASKS: Final = (*BOXES, "classify", "semantic", "depth")

_Takers = Mapping[str, tuple[str, ...]]  # of files: the tasks, contracts or resizes that need them

# Files below templates/_shared/cpp, without suffix -> their tasks. All tasks need the other files, except in
# a folder `tasks`, where a file belongs to the task at the beginning of its name.
_CPP: Final[_Takers] = {
    **dict.fromkeys(("vision/decode", "vision/levels", "vision/nms"), BOXES),
    **{f"vision/decode_{contract}": BOXES for contract in CONTRACTS},
    f"vision/decode_{MULTILABEL}": ("detect",),
    "vision/keypoints": ("pose",),
    "vision/rotated_nms": ("obb",),
    "vision/contour": ("segment",),
    "vision/masks": ("segment",),
    "vision/bilinear": ("segment", "semantic", "depth"),
    "vision/dense_map": ("semantic", "depth"),
    "json/boxes_json": BOXES,
    "json/greys": ("semantic", "depth"),
    **dict.fromkeys((f"tracking/{name}" for name in ("assignment", "bytetrack", "motion")), BOXES),
    "tracking/rotated_boxes": ("obb",),
    "parity/box_stages": BOXES,
}

_MAPS: Final = ("semantic", "depth")  # tasks with a value for every pixel

# Files of Android projects, without suffix -> their tasks. All tasks need the other files.
_ANDROID: Final[_Takers] = {
    **dict.fromkeys(("BoxesTest", "Decode", "Head", "Nms"), BOXES),
    **dict.fromkeys(("LevelContract", "ColumnContract"), BOXES),
    **{f"{contract.capitalize()}Contract": BOXES for contract in CONTRACTS},
    f"{MULTILABEL.capitalize()}Contract": ("detect",),
    **dict.fromkeys(("Assignment", "ByteTrack", "Motion", "TrackedBoxes"), BOXES),
    **dict.fromkeys(("DecodedContractTest", "NmsTest", "RawContractTest"), ("detect", "pose", "segment")),
    "LogitsContract": ("classify", "semantic"),
    "Keypoints": ("pose",),
    **dict.fromkeys(("RotatedDecode", "RotatedNms", "RotatedTracks"), ("obb",)),
    **dict.fromkeys(("MaskMaker", "Masks", "Outline"), ("segment",)),
    **dict.fromkeys(("BilinearAxis", "Pool", "PoolTest"), ("segment", *_MAPS)),
    **dict.fromkeys(("DenseMap", "MapSamples", "MapPainter"), _MAPS),
    **dict.fromkeys(("BoxStages", "Cells", "Match", "ModelStages", "OutputStages"), BOXES),
    "UprightStages": ("detect", "pose", "segment"),
    **{f"{task.capitalize()}Stages": (task,) for task in ("pose", "obb", "segment", "classify", *_MAPS)},
    "DetectPostprocessorTest": ("detect",),
    **{f"{task.capitalize()}Task": (task,) for task in TASKS},
    # The studio's.
    **dict.fromkeys(("class_chip", "ic_class"), BOXES),
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
    # The starter's.
    "BoxDrawing": BOXES,
    "KeypointDrawing": ("pose",),
    "MaskDrawing": ("segment",),
    "ClassDrawing": ("classify",),
    "ClassMapDrawing": ("semantic",),
    "DepthDrawing": ("depth",),
    "Colors": (*BOXES, "classify", "semantic"),
    "Painting": ("segment", *_MAPS),
}

# Files of iOS projects, without suffix -> their tasks. All tasks need the other files.
_IOS: Final[_Takers] = {
    **dict.fromkeys(("EDGTracker", "Boxes", "ClassChips", "Counting", "Tracking"), BOXES),
    **dict.fromkeys(("EDGKeypoint", "Keypoints"), ("pose",)),
    "EDGRotatedBox": ("obb",),
    **dict.fromkeys(("EDGMask", "EDGMaskCanvas", "EDGMaskOutline", "Masks"), ("segment",)),
    **dict.fromkeys(("Painters", "PainterTests", "Painting", "PaintingDrawing"), ("segment", *_MAPS)),
    **dict.fromkeys(("EDGClassScore", "Classes"), ("classify",)),
    "EDGBlocks": ("segment", *_MAPS),
    "EDGMapData": _MAPS,
    **dict.fromkeys(("EDGClassMap", "ClassMap"), ("semantic",)),
    **dict.fromkeys(("EDGDepthMap", "DepthMap"), ("depth",)),
}

# Contracts with a tensor for each level: their decoders in JavaScript are in levels.js.
_LEVELS: Final = ("raw", "end2end")

# Files of web projects, without suffix -> their tasks. All tasks need the other files.
_WEB: Final[_Takers] = {
    **dict.fromkeys(("boxes", "levels"), BOXES),
    **{f"decode_{contract}": BOXES for contract in CONTRACTS if contract not in _LEVELS},
    f"decode_{MULTILABEL}": ("detect",),
    "nms": ("detect", "pose", "segment"),
    "keypoints": ("pose",),
    **dict.fromkeys(("rotated_decode", "rotated_nms"), ("obb",)),
    **dict.fromkeys(("masks", "outline"), ("segment",)),
    "bilinear": ("segment", *_MAPS),
    "dense_map": _MAPS,
    **{task: (task,) for task in TASKS if task != "detect"},
    # The app's.
    "draw_rotated": ("obb",),
    "draw_keypoints": ("pose",),
    "draw_masks": ("segment",),
    "draw_classes": ("classify",),
    "draw_class_map": ("semantic",),
    "draw_depth": ("depth",),
    "capture_map": _MAPS,
    # The comparison with the golden vectors.
    **dict.fromkeys(("box_stages", "match"), BOXES),
    "map_samples": _MAPS,
    **{f"{task}_stages": (task,) for task in TASKS},
}

# Files without suffix -> their contracts. All contracts need the other files.
_NMS: Final = ("raw", *COLUMNS)
_CPP_CONTRACTS: Final[_Takers] = {
    "vision/levels": _LEVELS,
    **{f"vision/decode_{contract}": (contract,) for contract in (*CONTRACTS, MULTILABEL)},
    "vision/nms": _NMS,
}
_ANDROID_CONTRACTS: Final[_Takers] = {
    "LevelContract": _LEVELS,
    "ColumnContract": COLUMNS,
    **{f"{contract.capitalize()}Contract": (contract,) for contract in (*CONTRACTS, MULTILABEL)},
    **{f"{contract.capitalize()}ContractTest": (contract,) for contract in ("raw", "decoded")},
    "DetectPostprocessorTest": ("decoded",),
    **dict.fromkeys(("Nms", "NmsTest"), _NMS),
}
_WEB_CONTRACTS: Final[_Takers] = {
    "levels": _LEVELS,
    **{f"decode_{contract}": (contract,) for contract in (*CONTRACTS, MULTILABEL) if contract not in _LEVELS},
    **dict.fromkeys(("nms", "rotated_nms"), _NMS),
}

# By a folder of a platform: its lists of tasks and of contracts. The other folders have C++.
_LISTS: Final[Mapping[str, tuple[_Takers, _Takers]]] = {
    "android": (_ANDROID, _ANDROID_CONTRACTS),
    "ios": (_IOS, {}),
    "web": (_WEB, _WEB_CONTRACTS),
    "js": (_WEB, _WEB_CONTRACTS),
}

# Files of all projects, without suffix -> the resizes of pictures. All resizes need the other files.
_LETTERBOXES: Final = (LETTERBOX, LETTERBOX_TOP_LEFT)
_BILINEAR: Final = (*_LETTERBOXES, STRETCH)  # by OpenCV's resize
_RESIZES: Final[_Takers] = {
    **dict.fromkeys(("centre_crop", "pillow_resize", "CentreCrop", "PillowResize"), (CENTRE_CROP,)),
    **dict.fromkeys(("BilinearPreprocessor", "BilinearPreprocessorTest"), _BILINEAR),
    **dict.fromkeys(("Letterbox", "LetterboxTest"), (LETTERBOX,)),
    **dict.fromkeys(
        ("LetterboxTopLeft", "LetterboxTopLeftTest", "letterbox_top_left"), (LETTERBOX_TOP_LEFT,)
    ),
    **dict.fromkeys(("Stretch", "stretch"), (STRETCH,)),
    "_shared/js/vision/letterbox": _LETTERBOXES,
    "_shared/js/vision/resize": _BILINEAR,
}


def is_needed(
    source: str, name: str, task: str, contracts: Collection[str] = (), resizes: Collection[str] = ()
) -> bool:
    """Return whether an app's models need a file ("tasks/x.h") of a template ("_shared/cpp/vision").

    contracts: of the outputs; empty: all.
    resizes: of the inputs; empty: the first of the task.
    """
    path = PurePosixPath(source, name)
    stem = path.name.partition(".")[0]
    inside = (path.parent / stem).as_posix()
    takers = _RESIZES.get(stem, _RESIZES.get(inside, RESIZES))
    if not set(resizes or tasks.find(task).resizes[:1]).intersection(takers):
        return False
    prefix = stem.partition("_")[0]
    if path.parent.name == "tasks" and prefix in TASKS:
        return prefix == task
    folder = next((part for part in path.parts[:2] if part in _LISTS), None)
    tasks_of, contracts_of = _LISTS[folder] if folder else (_CPP, _CPP_CONTRACTS)
    key = stem if folder else inside.removeprefix("_shared/cpp/")
    takers = contracts_of.get(key, tuple(contracts))
    return task in tasks_of.get(key, (task,)) and (not contracts or not set(contracts).isdisjoint(takers))

"""Which of Ultralytics' heads edgegen exports, of which task each is, and what it says of itself."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.strict_yaml import shorten
from edgegen.model.skeleton import keypoint_names
from edgegen.model.spec import NO_EXTRAS, ONE_TO_MANY, ONE_TO_ONE, Extras
from edgegen.tasks.pose.contract import RULES, extras_of

# Heads of other tasks and families, by the name of their class.
_OTHERS = {
    "RTDETRDecoder": "RT-DETR models",
}
NEXT_KINDS = (
    "edgegen exports models of the tasks detect, pose, segment, obb, classify, semantic and depth,"
    " such as YOLOv8, YOLOv10, YOLO11, YOLO12 and YOLO26"
)
_TEXT_MARGIN = 0.01  # a half-precision vector of length 1 is off by less
# How a keypoint lies around its cell, by the name of the class: scale and shift (`tasks.pose.decode`).
_ANGLES: Final = {"OBB": "sigmoid", "OBB26": "logit"}
_KEYPOINT_RULES: Final = dict(zip(("Pose", "Pose26"), RULES, strict=True))


def accepted(model: Any) -> tuple[Any, str]:
    """Return the head and its task, or raise UnsupportedModelError naming what there is instead."""
    import torch
    from ultralytics.nn.modules.head import (
        OBB,
        OBB26,
        Classify,
        Depth,
        Detect,
        Pose,
        Pose26,
        Segment,
        Segment26,
        SemanticSegment,
        WorldDetect,
        YOLOEDetect,
        YOLOESegment,
        YOLOESegment26,
        v10Detect,
    )

    layers = getattr(model, "model", None)
    if not isinstance(layers, torch.nn.Sequential) or len(layers) == 0:
        raise UnsupportedModelError(f"models of the kind {type(model).__name__}", NEXT_KINDS)
    head = layers[-1]
    kind = type(head).__name__
    if kind in _OTHERS:
        raise UnsupportedModelError(_OTHERS[kind], NEXT_KINDS)
    # The class itself: a head derived from one of these may do anything.
    of_tasks = {
        "detect": (Detect, v10Detect, WorldDetect, YOLOEDetect),
        "pose": (Pose, Pose26),
        "segment": (Segment, Segment26, YOLOESegment, YOLOESegment26),
        "obb": (OBB, OBB26),
        "classify": (Classify,),
        "semantic": (SemanticSegment,),
        "depth": (Depth,),
    }
    known: dict[type, str] = {each: task for task, classes in of_tasks.items() for each in classes}
    if type(head) not in known:
        raise UnsupportedModelError(f"models whose last layer is {kind}", NEXT_KINDS)
    if type(head) is WorldDetect:
        _check_text(model, head)
    if isinstance(head, YOLOEDetect):
        _check_prompts(model, head)
    channels = next(m.in_channels for m in layers.modules() if isinstance(m, torch.nn.Conv2d))
    if channels != 3:
        raise UnsupportedModelError(f"models that take {channels}-channel pictures", NEXT_KINDS)
    return head, known[type(head)]


def branches(head: Any) -> tuple[str, ...]:
    """Name the branches that a head has; a model that was saved after its fusion has lost one.

    A head that gives no boxes has none.
    """
    if not hasattr(head, "cv2"):
        return ()
    has = {ONE_TO_MANY: head.cv2, ONE_TO_ONE: getattr(head, "one2one_cv2", None)}
    return tuple(name for name, convolutions in has.items() if convolutions is not None)


def class_count(head: Any, task: str) -> int:
    """Return how many classes a head tells apart."""
    if task == "depth":
        return 1  # a distance
    return int(head.linear.out_features if task == "classify" else head.nc)


def extras(path: Path, head: Any, task: str, kpt_names: object = None) -> Extras:
    """Return what a head gives beside boxes and classes; kpt_names is what its model calls keypoints.

    Raises:
        InputError: It says other than its layers give.
        UnsupportedModelError: No app could show it.
    """
    said = _said_extras(path, head, task, kpt_names)
    if said.channels == 0:
        return said
    found = {_last_channels(layer) for layer in _extra_layers(head)}
    if task == "segment":
        found.add(_last_channels(head.proto.cv3))
    if found != {said.channels}:
        raise InputError(
            f"{path} contradicts itself: its head says {said.channels} numbers for each box, its layers give "
            + " and ".join(map(str, sorted(found))),
            "train it again",
        )
    return said


def _extra_layers(head: Any) -> Any:
    """Return what gives the extras of each level; a model that was fused has one branch of two."""
    names = ("cv4_kpts", "one2one_cv4_kpts", "cv5", "one2one_cv5", "cv4", "one2one_cv4")
    return next(layers for name in names if (layers := getattr(head, name, None)) is not None)


def _last_channels(layer: Any) -> int:
    import torch

    return int([each for each in layer.modules() if isinstance(each, torch.nn.Conv2d)][-1].out_channels)


def _said_extras(path: Path, head: Any, task: str, names: object) -> Extras:
    if task == "obb":
        if int(head.ne) != 1:
            raise UnsupportedModelError(f"heads with {head.ne} angles for each box ({path.name})", NEXT_KINDS)
        return Extras(1, angle=_ANGLES[type(head).__name__])
    if task == "segment":
        return Extras(int(head.nm))
    if task != "pose":
        return NO_EXTRAS
    shape = head.kpt_shape
    whole = isinstance(shape, (list, tuple)) and len(shape) == 2 and all(type(each) is int for each in shape)
    if not whole or shape[0] < 1 or shape[1] not in {2, 3}:
        raise InputError(
            f"{path} has keypoints of the shape {shorten(shape)}", "train it with kpt_shape [points, 2 or 3]"
        )
    told = extras_of((shape[0], shape[1]), *_KEYPOINT_RULES[type(head).__name__])
    return replace(told, kpt_names=keypoint_names(names, shape[0]))


def with_fixed_prompts(model: Any) -> None:
    """Put a YOLOE model's classes into the weights of its head, as Ultralytics does it; others stay.

    Their embeddings are then of no meaning but for how many there are.
    """
    import torch
    from ultralytics.nn.modules.head import YOLOEDetect

    head = model.model[-1]
    if not isinstance(head, YOLOEDetect):
        return
    if head.is_fused:
        model.pe = torch.zeros(1, head.nc, head.embed)
    else:
        head.fuse(model.pe)


def _check_prompts(model: Any, head: Any) -> None:
    """Refuse a YOLOE model but for one with its classes fixed."""
    if hasattr(head, "lrpc"):
        raise UnsupportedModelError(
            "YOLOE models without prompts (-pf), whose thousands of classes have a head of their own",
            'fix the classes of one with prompts: YOLOE("yoloe-11s-seg.pt").set_classes(["person", ...])',
        )
    if not head.is_fused and not _are_texts(getattr(model, "pe", None), head.nc):
        raise InputError(
            "the classes of this YOLOE model are not fixed",
            'fix and save them: YOLOE("...pt").set_classes(["person", ...]), then .save("fixed.pt")',
        )


def _are_texts(texts: Any, count: int) -> bool:
    """Tell whether these are so many texts: a text is a vector of length 1."""
    import torch

    if not isinstance(texts, torch.Tensor) or texts.dim() != 3 or texts.shape[:2] != (1, count):
        return False
    return not bool(((texts.float().norm(dim=-1) - 1).abs() > _TEXT_MARGIN).any())


def _check_text(model: Any, head: Any) -> None:
    """Refuse an open-vocabulary model but for the second YOLO-World, with its classes fixed."""
    from ultralytics.nn.modules.block import BNContrastiveHead, ImagePoolingAttn

    mixes = any(isinstance(layer, ImagePoolingAttn) for layer in model.model)
    if mixes or not all(type(each) is BNContrastiveHead and hasattr(each, "norm") for each in head.cv4):
        raise UnsupportedModelError(
            "the first YOLO-World, which lets the picture change the texts (adaptive_max_pool2d is none of "
            "the operators that ExecuTorch takes)",
            "use a YOLO-World v2 model, such as yolov8s-worldv2.pt",
        )
    # Until the classes are fixed there is noise in their place.
    if not _are_texts(getattr(model, "txt_feats", None), head.nc):
        raise InputError(
            "the classes of this YOLO-World model are not fixed",
            'fix and save them: YOLOWorld("...pt").set_classes(["person", ...]), then .save("fixed.pt")',
        )

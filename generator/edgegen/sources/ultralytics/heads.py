"""Ultralytics' heads that edgegen exports: their tasks, branches and extras."""

from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError, other_channels
from edgegen.base.text import shorten
from edgegen.model.skeleton import keypoint_names
from edgegen.model.spec import KEYPOINT_RULES, NO_EXTRAS, ONE_TO_MANY, ONE_TO_ONE, Extras

SUPPORTED = (
    "edgegen exports models of the tasks detect, pose, segment, obb, classify, semantic and depth,"
    " such as YOLOv8, YOLOv10, YOLO11, YOLO12 and YOLO26"
)
# Tasks by class name of the head.
TASKS: Final = {
    **dict.fromkeys(("Detect", "v10Detect", "WorldDetect", "YOLOEDetect"), "detect"),
    **dict.fromkeys(("Pose", "Pose26"), "pose"),
    **dict.fromkeys(("Segment", "Segment26", "YOLOESegment", "YOLOESegment26"), "segment"),
    **dict.fromkeys(("OBB", "OBB26"), "obb"),
    "Classify": "classify",
    "SemanticSegment": "semantic",
    "Depth": "depth",
}
_TEXT_MARGIN = 0.01  # larger than the error of a half-precision vector of length 1
# Decoding of angles and keypoints by class name of the head; see `tasks.pose.decode`.
ANGLES: Final = {"OBB": "sigmoid", "OBB26": "logit"}
KEYPOINT_RULE: Final = dict(zip(("Pose", "Pose26"), KEYPOINT_RULES, strict=True))


def supported_head(model: Any) -> tuple[Any, str]:
    """Return the head and its task, or raise UnsupportedModelError with the reason."""
    import torch
    from ultralytics.nn.modules import head as library

    layers = getattr(model, "model", None)
    if not isinstance(layers, torch.nn.Sequential) or len(layers) == 0:
        raise UnsupportedModelError(f"models of the kind {type(model).__name__}", SUPPORTED)
    head = layers[-1]
    kind = type(head).__name__
    if kind == "RTDETRDecoder":
        raise UnsupportedModelError("RT-DETR models", SUPPORTED)
    # Exact classes only: a subclass may compute anything.
    if kind not in TASKS or type(head) is not getattr(library, kind, None):
        raise UnsupportedModelError(f"models whose last layer is {kind}", SUPPORTED)
    if kind == "WorldDetect":
        _check_world(model, head)
    if isinstance(head, library.YOLOEDetect):
        _check_prompts(model, head)
    channels = next(m.in_channels for m in layers.modules() if isinstance(m, torch.nn.Conv2d))
    if channels != 3:
        raise other_channels(channels)
    return head, TASKS[kind]


def branches(head: Any) -> tuple[str, ...]:
    """Return the names of the head's branches; () for a head without boxes.

    A model that was saved after its fusion has lost one branch.
    """
    if not hasattr(head, "cv2"):
        return ()
    has = {ONE_TO_MANY: head.cv2, ONE_TO_ONE: getattr(head, "one2one_cv2", None)}
    return tuple(name for name, convolutions in has.items() if convolutions is not None)


def class_count(head: Any, task: str) -> int:
    """Return the number of classes."""
    if task == "depth":
        return 1
    return int(head.linear.out_features if task == "classify" else head.nc)


def extras(path: Path, head: Any, task: str, kpt_names: object = None) -> Extras:
    """Return the head's outputs apart from boxes and classes. kpt_names: the model's names of keypoints."""
    declared = _declared_extras(path, head, task, kpt_names)
    if declared.channels == 0:
        return declared
    # The layers of the extras by level. A fused model has one branch of two.
    names = ("cv4_kpts", "one2one_cv4_kpts", "cv5", "one2one_cv5", "cv4", "one2one_cv4")
    layers = next(each for name in names if (each := getattr(head, name, None)) is not None)
    found = {_last_channels(layer) for layer in layers}
    if task == "segment":
        found.add(_last_channels(head.proto.cv3))
    if found != {declared.channels}:
        raise InputError(
            f"{path} contradicts itself: its head declares {declared.channels} numbers for each box, but its "
            f"layers give {' and '.join(map(str, sorted(found)))}",
            "train it again",
        )
    return declared


def _last_channels(layer: Any) -> int:
    import torch

    return int([each for each in layer.modules() if isinstance(each, torch.nn.Conv2d)][-1].out_channels)


def _declared_extras(path: Path, head: Any, task: str, names: object) -> Extras:
    if task == "obb":
        if int(head.ne) != 1:
            raise UnsupportedModelError(f"heads with {head.ne} angles for each box ({path.name})", SUPPORTED)
        return Extras(1, angle=ANGLES[type(head).__name__])
    if task == "segment":
        return Extras(int(head.nm))
    if task != "pose":
        return NO_EXTRAS
    shape = head.kpt_shape
    whole = isinstance(shape, (list, tuple)) and len(shape) == 2 and all(type(each) is int for each in shape)
    if not whole or shape[0] < 1 or shape[1] not in {2, 3}:
        raise InputError(
            f"{path} has keypoints of shape {shorten(shape)}", "train it with kpt_shape [points, 2 or 3]"
        )
    rule = KEYPOINT_RULE[type(head).__name__]
    kpt_names = keypoint_names(names, shape[0])
    return Extras(shape[0] * shape[1], (shape[0], shape[1]), *rule, kpt_names=kpt_names)


def fuse_prompts(model: Any) -> None:
    """Fuse a YOLOE model's text embeddings into its head, as Ultralytics does. Other models do not change.

    After that, only the number of embeddings matters.
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
    """Reject a YOLOE model unless its classes are fixed."""
    if hasattr(head, "lrpc"):
        raise UnsupportedModelError(
            "prompt-free YOLOE models (-pf), which have a separate head for thousands of classes",
            'fix the classes of a model with prompts: YOLOE("yoloe-11s-seg.pt").set_classes(["person", ...])',
        )
    if not head.is_fused and not _are_embeddings(getattr(model, "pe", None), head.nc):
        raise InputError(
            "the classes of this YOLOE model are not fixed",
            'fix and save them: YOLOE("...pt").set_classes(["person", ...]), then .save("fixed.pt")',
        )


def _are_embeddings(texts: Any, count: int) -> bool:
    """Return whether `texts` has exactly `count` text embeddings, which are vectors of length 1."""
    import torch

    if not isinstance(texts, torch.Tensor) or texts.dim() != 3 or texts.shape[:2] != (1, count):
        return False
    return not bool(((texts.float().norm(dim=-1) - 1).abs() > _TEXT_MARGIN).any())


def _check_world(model: Any, head: Any) -> None:
    """Reject an open-vocabulary model other than YOLO-World v2 with fixed classes."""
    from ultralytics.nn.modules.block import BNContrastiveHead, ImagePoolingAttn

    mixes = any(isinstance(layer, ImagePoolingAttn) for layer in model.model)
    if mixes or not all(type(each) is BNContrastiveHead and hasattr(each, "norm") for each in head.cv4):
        raise UnsupportedModelError(
            "the first YOLO-World, whose texts depend on the picture (ExecuTorch lacks the operator "
            "adaptive_max_pool2d)",
            "use a YOLO-World v2 model, such as yolov8s-worldv2.pt",
        )
    # Before the classes are fixed, txt_feats contains noise.
    if not _are_embeddings(getattr(model, "txt_feats", None), head.nc):
        raise InputError(
            "the classes of this YOLO-World model are not fixed",
            'fix and save them: YOLOWorld("...pt").set_classes(["person", ...]), then .save("fixed.pt")',
        )

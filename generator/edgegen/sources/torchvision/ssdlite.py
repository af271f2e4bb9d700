"""Open weights of torchvision's detector SSDlite320, published or trained by the user.

The shapes of the tensors give the number of classes and which MobileNetV3 it has: torchvision builds a
smaller last stage unless the training began with ImageNet's weights.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import torch

from edgegen.base.arrays import Float32, Uint8
from edgegen.base.errors import UnsupportedModelError
from edgegen.base.files import file_sha256
from edgegen.base.quiet import quiet
from edgegen.model.spec import MULTILABEL, STRETCH, CheckpointFacts, InputSpec, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import resize_bilinear
from edgegen.sources import state_dict
from edgegen.sources.description import RESIZE_OPTIONS, Description, check_class_names
from edgegen.sources.library import import_library
from edgegen.sources.source import OpenedModel
from edgegen.sources.torchvision import DETECTOR
from edgegen.tasks.detect.result import Detections

_CLASSES: Final = "head.classification_head.module_list.0.1.bias"
_FIRST_EXTRA: Final = "backbone.extra.0.0.0.weight"  # takes the channels of the backbone's last stage
_REDUCED_CHANNELS: Final = 480  # of that stage, if it is the smaller one
_ANCHORS: Final = 6  # for each cell
_SIDE: Final = 320
_BACKGROUND: Final = re.compile(r"_*background_*", re.IGNORECASE)
_NO_CLASS: Final = "N/A"  # of a number that COCO does not use
_MOST: Final = 1_000_000  # boxes: more than there are candidates


@dataclass(frozen=True)
class Ssdlite(OpenedModel):
    """A detector. `model` is torchvision's: float32, evaluation mode."""

    model: Any
    labels: tuple[int, ...]  # of torchvision, for each class

    def module(self, contract: str) -> Any:
        """Return the module from [1, 3, 320, 320] to the contract's [1, 4 + nc, N]."""
        return _Multilabel(self.model, self.labels).eval()

    def predictor(self, spec: ModelSpec) -> "SsdlitePredictor":
        """Return torchvision's own inference."""
        return SsdlitePredictor(self.model, self.labels, self.module(spec.output.contract))


class _Multilabel(torch.nn.Module):
    """The network, with boxes and scores decoded as `SSD.postprocess_detections` does before its NMS."""

    anchors: torch.Tensor

    def __init__(self, model: Any, labels: Sequence[int]) -> None:
        super().__init__()
        self.backbone, self.head = model.backbone, model.head
        coder, labels = model.box_coder, list(labels)
        classes = model.head.classification_head.num_columns - 1
        # COCO's numbers have gaps.
        self._rows = (
            None if len(labels) == classes else torch.tensor([0, 1, 2, 3, *(3 + each for each in labels)])
        )
        self._weights, self._most_growth = coder.weights, coder.bbox_xform_clip
        self.register_buffer("anchors", _anchors(model))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = self.head(list(self.backbone(x).values()))
        scores = found["cls_logits"].softmax(dim=-1)[..., 1:]  # without the background
        offsets, (wx, wy, ww, wh) = found["bbox_regression"], self._weights
        corners = self.anchors
        sizes = corners[:, 2:] - corners[:, :2]
        centres = corners[:, :2] + 0.5 * sizes
        centre = offsets[..., :2] / torch.tensor([wx, wy]) * sizes + centres
        growth = (offsets[..., 2:] / torch.tensor([ww, wh])).clamp(max=self._most_growth)
        half = 0.5 * (growth.exp() * sizes)
        first, last = (centre - half).clamp(0, _SIDE), (centre + half).clamp(0, _SIDE)
        boxes = torch.cat([(first + last) * 0.5, last - first], dim=-1)
        outputs = torch.cat([boxes, scores], dim=-1).transpose(1, 2)
        return outputs if self._rows is None else outputs.index_select(1, self._rows)


class SsdlitePredictor:
    """torchvision's model, called with a picture: its resize, network, decoding and NMS."""

    def __init__(self, model: Any, labels: Sequence[int], module: Any) -> None:
        """labels: torchvision's number of each class. module: the network with the contract's outputs."""
        self._model, self._module = model, module
        self._class_ids = {label: class_id for class_id, label in enumerate(labels)}

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Run the eager module."""
        with torch.inference_mode():
            return [self._module(torch.from_numpy(tensor)).numpy()]

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Return the picture in torchvision's resize, rounded to bytes."""
        values = torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float()
        resized = torch.nn.functional.interpolate(
            values, (_SIDE, _SIDE), mode="bilinear", align_corners=False
        )
        return np.ascontiguousarray(resized[0].round().to(torch.uint8).permute(1, 2, 0).numpy())

    def __call__(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Detections:
        """Return the boxes of a picture [h, w, 3]; only those of keep_classes, unless empty.

        torchvision gets the picture in the size of the input, by OpenCV's resize, because its own one does
        not round to bytes. It has NMS of each class only: for all classes at once, that is switched off, and
        torchvision's `nms` follows.
        """
        from torchvision import ops

        model = self._model
        model.score_thresh, model.detections_per_img = thresholds.confidence, _MOST
        model.topk_candidates = _MOST  # of a class, before NMS: 300 by default. Apps drop none
        model.nms_thresh = 1.0 if thresholds.agnostic else thresholds.iou
        with quiet(), torch.inference_mode():
            resized = torch.from_numpy(resize_bilinear(rgb, _SIDE, _SIDE))
            (found,) = model([resized.permute(2, 0, 1).float() / 255])
            boxes, scores = found["boxes"], found["scores"]
            class_ids = torch.tensor([self._class_ids.get(int(label), -1) for label in found["labels"]])
            kept = class_ids >= 0
            if keep_classes:
                kept &= torch.isin(class_ids, torch.tensor(list(keep_classes)))
            shown = kept.nonzero().flatten()
            if thresholds.agnostic:
                shown = shown[ops.nms(boxes[shown], scores[shown], thresholds.iou)]
        shown = shown[: thresholds.max_det]
        height, width = rgb.shape[:2]
        boxes = boxes * torch.tensor([width / _SIDE, height / _SIDE] * 2)
        return Detections(boxes[shown].numpy(), scores[shown].numpy(), class_ids[shown].numpy())


def load(path: Path, description: Description, weights: str = "own weights") -> Ssdlite:
    """Open a state dict. weights: of whom, in words."""
    refused = (*RESIZE_OPTIONS, "--color", "--mean", "--std")
    description.check_detector(path, refused, f"{DETECTOR} has its own preprocessing")
    tensors, notes = state_dict.read(path, _CLASSES)
    if _CLASSES not in tensors or _FIRST_EXTRA not in tensors or len(tensors[_CLASSES]) % _ANCHORS:
        raise _unfit(path, f"it has no {_CLASSES} of {_ANCHORS} anchors")
    labels = len(tensors[_CLASSES]) // _ANCHORS
    names, numbers = _class_names(path, labels, description.class_names)
    model = _build(labels, is_reduced=tensors[_FIRST_EXTRA].shape[1] == _REDUCED_CHANNELS)
    state_dict.load_into(path, model, tensors, partial(_unfit, path))
    return Ssdlite(path, file_sha256(path), _facts(names, weights, description, notes), model, numbers)


def _class_names(path: Path, labels: int, given: Sequence[str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the names of the classes, and torchvision's label of each. Label 0 is the background."""
    names = list(given)
    if not names:
        models: Any = import_library("torchvision.models")
        names = list(models.get_model_weights(DETECTOR).DEFAULT.meta["categories"])
        names = names if len(names) == labels else []
    if len(names) == labels and _BACKGROUND.fullmatch(names[0]):
        names = names[1:]
    shown = check_class_names(path, names, labels - 1)
    kept = [label for label, name in enumerate(shown, start=1) if name != _NO_CLASS]
    return tuple(shown[label - 1] for label in kept), tuple(kept)


def _build(labels: int, *, is_reduced: bool) -> Any:
    """Return torchvision's model without weights of its own."""
    from torchvision.models.detection import ssdlite

    full = ssdlite.mobilenet_v3_large

    def backbone(*, norm_layer: Any, **_given: Any) -> Any:
        return full(weights=None, norm_layer=norm_layer, reduced_tail=is_reduced)

    # torchvision's function gives the larger stage only together with a download of ImageNet's weights.
    with quiet(), patch.object(ssdlite, "mobilenet_v3_large", backbone):
        return ssdlite.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=labels)


def _unfit(path: Path, difference: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"a network with other layers than torchvision's {DETECTOR} ({path.name}): {difference}",
        "train that model, or give the module as a .pt2",
    )


def _anchors(model: Any) -> torch.Tensor:
    """Return the default boxes [N, 4], corners in pixels of the input."""
    from torchvision.models.detection.image_list import ImageList

    picture = torch.zeros(1, 3, _SIDE, _SIDE)
    with torch.inference_mode():
        features = list(model.backbone(picture).values())
        (boxes,) = model.anchor_generator(ImageList(picture, [(_SIDE, _SIDE)]), features)
    return torch.tensor(boxes.numpy())


def _facts(
    names: tuple[str, ...], weights: str, description: Description, notes: tuple[str, ...]
) -> CheckpointFacts:
    import torchvision

    return CheckpointFacts(
        task="detect",
        class_names=names,
        input=InputSpec(_SIDE, _SIDE, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5), resize=STRETCH),
        library="torchvision",
        library_version=torchvision.__version__,
        description=f"torchvision {DETECTOR}, {weights}",
        docs="https://docs.pytorch.org/vision/stable/models/ssdlite.html",
        architecture=DETECTOR,
        license="weights: not recorded; code of torchvision: BSD-3-Clause",
        contracts=(MULTILABEL,),
        given_architecture=description.architecture,
        is_fixed_size=True,
        notes=notes,
    )

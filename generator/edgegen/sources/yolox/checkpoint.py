"""Open YOLOX's weights, and run its own inference. The shapes of the tensors give depth, width and classes.

The file records neither class names nor the input size nor the preprocessing.
"""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch.nn.functional import softplus
from torch.nn.utils.fusion import fuse_conv_bn_eval

from edgegen.base.arrays import Float32, Uint8
from edgegen.base.errors import InputError, UnsupportedModelError, other_channels
from edgegen.base.files import file_sha256
from edgegen.base.quiet import quiet
from edgegen.base.text import first_of
from edgegen.model.spec import LETTERBOX_TOP_LEFT, CheckpointFacts, InputSpec, ModelSpec, YoloHead
from edgegen.model.thresholds import Thresholds
from edgegen.sources import state_dict
from edgegen.sources.description import RESIZE_OPTIONS, Description, check_class_names
from edgegen.sources.library import import_library, licenses
from edgegen.sources.source import OpenedModel
from edgegen.tasks.detect.result import Detections

_STEM: Final = "backbone.backbone.stem.conv.conv.weight"
_CLASSES: Final = "head.cls_preds.0.weight"
_DEPTHWISE: Final = "backbone.backbone.dark2.0.dconv.conv.weight"
_BLOCKS: Final = re.compile(r"backbone\.backbone\.dark2\.1\.m\.(\d+)\..*")
_PATCHES: Final = 4  # pixels that the first layer puts into channels
_FULL_WIDTH: Final = 64  # channels of the first layer at width 1
_FULL_DEPTH: Final = 3  # blocks of the second stage at depth 1
# YOLOX's models, by blocks and channels of those places, and whether convolutions are depthwise.
_MODELS: Final = {
    (1, 16, True): "YOLOX-Nano",
    (1, 24, False): "YOLOX-Tiny",
    (1, 32, False): "YOLOX-S",
    (2, 48, False): "YOLOX-M",
    (3, 64, False): "YOLOX-L",
    (4, 80, False): "YOLOX-X",
}
_SMALL_SIDE: Final = 416  # of the input: Nano and Tiny
_SIDE: Final = 640
_SMALL_WIDTH: Final = 24
_COCO_CLASSES: Final = 80
_IGNORED: Final = -1.0  # an objectness below all thresholds
STRIDES: Final = (8, 16, 32)
_PATCH_PLACES: Final = ((0, 0), (1, 0), (0, 1), (1, 1))  # row and column in 2 x 2 pixels, in Focus' order
_CELL_CENTRE: Final = 0.5


@dataclass(frozen=True)
class Checkpoint(OpenedModel):
    """An opened checkpoint. `network` is YOLOX's own: float32, evaluation mode."""

    network: Any

    def module(self, contract: str) -> Any:
        """Return the network with the outputs of the contract, which is `raw`."""
        return with_raw_outputs(self.network)

    def predictor(self, spec: ModelSpec) -> "YoloxPredictor":
        """Return YOLOX's own inference."""
        return YoloxPredictor(self.network, self.module(spec.output.contract), spec)


class YoloxPredictor:
    """YOLOX's inference for pictures in memory.

    YOLOX trains and validates on pictures of OpenCV, which begin with blue. `YoloxProcessor` of
    pixeltable-yolox gives red first, so it is not used.
    """

    def __init__(self, network: Any, module: Any, spec: ModelSpec) -> None:
        """network: YOLOX's own, in evaluation mode. module: the network with the contract's outputs."""
        self._network, self._module, self._spec = network, module, spec

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Return box0, cls0, box1, ... of the contract for the input tensor [1, 3, H, W]."""
        with torch.inference_mode():
            return [output.numpy() for output in self._module(torch.from_numpy(tensor))]

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Return the input's bytes [H, W, 3], by YOLOX's preprocessing."""
        bgr, _ = self._preprocess(rgb)
        return np.ascontiguousarray(bgr[::-1].transpose(1, 2, 0), dtype=np.uint8)

    def __call__(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Detections:
        """Return the boxes of a picture [h, w, 3]; only those of keep_classes, unless empty.

        YOLOX limits neither the number of boxes nor their corners: here, the best max_det are kept, and boxes
        are clipped to the picture.
        """
        from yolox.utils.boxes import postprocess

        bgr, ratio = self._preprocess(rgb)
        with quiet(), torch.inference_mode():
            prediction = self._network(torch.from_numpy(self._normalized(bgr)))
            if keep_classes:
                others = ~torch.isin(prediction[..., 5:].argmax(dim=-1), torch.tensor(list(keep_classes)))
                prediction[..., 4][others] = _IGNORED
            (rows,) = postprocess(
                prediction,
                self._spec.num_classes,
                thresholds.confidence,
                thresholds.iou,
                class_agnostic=thresholds.agnostic,
            )
        found = np.zeros((0, 7), np.float32) if rows is None else rows[: thresholds.max_det].numpy()
        height, width = rgb.shape[:2]
        boxes = np.clip(found[:, :4] / np.float32(ratio), 0, np.array([width, height] * 2, np.float32))
        return Detections(boxes, found[:, 4] * found[:, 5], found[:, 6].astype(np.int64))

    def _preprocess(self, rgb: Uint8) -> tuple[Float32, float]:
        """Return the bytes [3, H, W], blue first, as float32, and the ratio of the resize."""
        from yolox.data.data_augment import preproc

        bgr = np.ascontiguousarray(rgb[..., ::-1])
        with quiet():
            prepared, ratio = preproc(bgr, (self._spec.input.height, self._spec.input.width))
        return prepared, ratio

    def _normalized(self, bgr: Float32) -> Float32:
        """Return the input tensor [1, 3, H, W]. Only models of the older training normalize."""
        how = self._spec.input
        channels = (bgr if how.color == "BGR" else bgr[::-1])[None]
        mean, std = (np.array(values).reshape(1, 3, 1, 1) for values in (how.mean, how.std))
        return np.ascontiguousarray((channels.astype(np.float64) * how.scale - mean) / std, dtype=np.float32)


def load(path: Path, description: Description) -> Checkpoint:
    """Open a checkpoint of a training, or a state dict."""
    hint = "leave it out; --imgsz sets the input size"
    description.check_detector(path, RESIZE_OPTIONS, "YOLOX has its own resize", hint)
    state = _read(path)
    shape = _Shape.of(path, state)
    import_library("yolox.models")
    network = shape.build()
    state_dict.load_into(path, network, state, partial(_unknown, path))
    names, notes = _class_names(path, shape.classes, description)
    facts = CheckpointFacts(
        task="detect",
        class_names=names,
        input=_preprocessing(shape.side, description),
        library="yolox",
        description=f"{shape.name} model",
        docs="https://yolox.readthedocs.io",
        architecture=shape.name,
        license=licenses("YOLOX", ""),
        yolo=YoloHead(strides=STRIDES, reg_max=1),
        contracts=("raw",),
        notes=(
            f"{path.name} does not record its input size: {shape.side}x{shape.side} is YOLOX's default "
            "for this network, --imgsz changes it",
            *notes,
        ),
    )
    return Checkpoint(path, file_sha256(path), facts, network)


def _read(path: Path) -> dict[str, Any]:
    """Return the tensors of the network by name, without a prefix of wrappers."""
    content = state_dict.load_plain(
        path, 'save the weights: torch.save({"model": model.state_dict()}, "weights.pth")'
    )
    networks = {}
    for keys, state in state_dict.state_dicts(content):
        for name in state:
            if name.endswith(_CLASSES):
                prefix = name.removesuffix(_CLASSES)
                networks[keys] = {
                    each.removeprefix(prefix): tensor
                    for each, tensor in state.items()
                    if each.startswith(prefix)
                }
    if not networks:
        raise InputError(f"{path} has no plain tensor {_CLASSES}", "copy or download it again")
    if len(networks) > 1 and ("model",) not in networks:
        names = [".".join(keys) for keys in networks]
        raise InputError(
            f"{path} has several networks: {first_of(names)}",
            'save one: torch.save({"model": model.state_dict()}, "weights.pth")',
        )
    return networks.get(("model",)) or next(iter(networks.values()))


@dataclass(frozen=True)
class _Shape:
    """The numbers that a network is built from."""

    blocks: int  # of the second stage
    channels: int  # of the first layer
    is_depthwise: bool
    classes: int

    @classmethod
    def of(cls, path: Path, state: Mapping[str, Any]) -> "_Shape":
        """Return the numbers of a state dict."""
        if _STEM not in state:
            raise UnsupportedModelError(
                f"YOLOX networks without its own backbone, such as YOLOv3's Darknet ({path.name})",
                "train one of YOLOX-Nano, Tiny, S, M, L and X",
            )
        stem, classes = state[_STEM], state[_CLASSES]
        if stem.ndim != 4 or classes.ndim != 4 or not len(stem) or not len(classes):
            raise _unknown(path, f"{_STEM} has the shape {list(stem.shape)}")
        if stem.shape[1] != 3 * _PATCHES:
            raise other_channels(stem.shape[1] // _PATCHES)
        blocks = {found[1] for found in map(_BLOCKS.fullmatch, state) if found}
        return cls(len(blocks), len(stem), _DEPTHWISE in state, len(classes))

    @property
    def name(self) -> str:
        """YOLOX's name of the network; "YOLOX" for another size."""
        return _MODELS.get((self.blocks, self.channels, self.is_depthwise), "YOLOX")

    @property
    def side(self) -> int:
        """The side of the input in YOLOX's configuration of this network."""
        return _SMALL_SIDE if self.channels <= _SMALL_WIDTH else _SIDE

    def build(self) -> Any:
        """Return the network without weights. YOLOX's configuration sets constants of the layers."""
        from yolox.config import YoloxConfig

        with quiet(), torch.device("meta"):
            return YoloxConfig(
                name="edgegen",
                num_classes=self.classes,
                depth=self.blocks / _FULL_DEPTH,
                width=self.channels / _FULL_WIDTH,
                depthwise=self.is_depthwise,
            ).get_model()


def _unknown(path: Path, difference: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"YOLOX networks with other layers than its own ({path.name}): {difference}",
        "train one of YOLOX-Nano, Tiny, S, M, L and X",
    )


def _class_names(
    path: Path, classes: int, description: Description
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the classes, and notes about them."""
    if not description.class_names and classes == _COCO_CLASSES:
        coco: Any = import_library("yolox.data.datasets").COCO_CLASSES
        return tuple(coco), (f"{path.name} records no names: its {classes} classes get COCO's; see --names",)
    return check_class_names(path, description.class_names, classes), ()


def _preprocessing(side: int, description: Description) -> InputSpec:
    """Return YOLOX's preprocessing: bytes, blue first. The user describes that of the older training."""
    is_normalized = description.mean is not None or description.std is not None
    color = (description.color or "bgr").upper()
    mean, std = description.mean or (0.0, 0.0, 0.0), description.std or (1.0, 1.0, 1.0)
    return InputSpec(
        side,
        side,
        color=color,
        scale=1 / 255 if is_normalized else 1.0,
        mean=mean if color == "RGB" else mean[::-1],  # options begin with red
        std=std if color == "RGB" else std[::-1],
        resize=LETTERBOX_TOP_LEFT,
    )


def with_raw_outputs(network: Any) -> Any:
    """Return a module from [1, 3, H, W] to box0, cls0, box1, cls1, ..., by rising stride.

    box: [1, 4, H / stride, W / stride], the distances left, top, right, bottom from the cell's centre in
    strides. cls: [1, nc, H / stride, W / stride], logits. The network is not changed. The rewrite is
    exact but for rounding:

    - The first layer (Focus) puts each 2 x 2 pixels into channels before a 3 x 3 convolution. That is one
      6 x 6 convolution with stride 2.
    - A box is an offset of its centre from the cell's corner, and the logarithms of its width and height, all
      in strides. With half = exp(size) / 2 and shift = offset - 1/2, the sides are half - shift and
      half + shift from the cell's centre.
    - A score is the product of two sigmoids, of the object and of the class. `joint_logit` is its logit.
    """
    network = copy.deepcopy(network)
    for part in network.modules():
        if isinstance(getattr(part, "bn", None), torch.nn.BatchNorm2d):
            part.conv, part.bn = fuse_conv_bn_eval(part.conv, part.bn), torch.nn.Identity()
    stem = network.backbone.backbone.stem.conv
    stem.conv = focus_as_convolution(stem.conv)
    network.backbone.backbone.stem = stem  # without the patches
    return _RawOutputs(network.backbone, network.head).eval().requires_grad_(False)


def focus_as_convolution(layer: Any) -> Any:
    """Return the convolution on a picture for one on its four patches of every other pixel."""
    weight = layer.weight.detach()
    outputs, inputs, height, width = weight.shape
    channels, sides = inputs // len(_PATCH_PLACES), (2 * height, 2 * width)
    whole = torch.zeros(outputs, channels, *sides, dtype=weight.dtype)
    for place, (row, column) in enumerate(_PATCH_PLACES):
        whole[:, :, row::2, column::2] = weight[:, channels * place : channels * (place + 1)]
    padding = tuple(2 * each for each in layer.padding)
    result = torch.nn.Conv2d(channels, outputs, sides, stride=2, padding=padding)
    result.weight = torch.nn.Parameter(whole, requires_grad=False)
    result.bias = torch.nn.Parameter(layer.bias.detach(), requires_grad=False)
    return result


def joint_logit(objectness: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Return the logits of sigmoid(objectness) * sigmoid(class): [1, 1, h, w] and [1, nc, h, w].

    It is -log(e^-o + e^-c + e^-(o + c)), which is o - softplus(softplus(o) - c): nothing overflows. No
    intermediate value is much larger than the logits, so int8 has enough steps for it.
    """
    return objectness - softplus(softplus(objectness) - classes)


def distances(box: torch.Tensor) -> torch.Tensor:
    """Return left, top, right, bottom from x, y, log width, log height: [1, 4, h, w]."""
    half = torch.exp(box[:, 2:]) * 0.5
    shift = box[:, :2] - _CELL_CENTRE
    return torch.cat([half - shift, half + shift], dim=1)


class _RawOutputs(torch.nn.Module):
    """The backbone, and the head's convolutions with the rewritten outputs."""

    def __init__(self, backbone: Any, head: Any) -> None:
        super().__init__()
        self.backbone, self.head = backbone, head

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        head, outputs = self.head, list[torch.Tensor]()
        features: Sequence[torch.Tensor] = self.backbone(x)
        for level, feature in enumerate(features):
            stem = head.stems[level](feature)
            of_box = head.reg_convs[level](stem)
            of_class = head.cls_convs[level](stem)
            outputs.append(distances(head.reg_preds[level](of_box)))
            outputs.append(joint_logit(head.obj_preds[level](of_box), head.cls_preds[level](of_class)))
        return tuple(outputs)

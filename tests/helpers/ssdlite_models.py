"""torchvision's SSDlite320 with random weights whose results spread as a trained model's."""

from pathlib import Path
from typing import Any, Final

import torch

from edgegen.model.spec import STRETCH
from edgegen.parity.pictures import KINDS, drawn_pictures

ARCHITECTURE: Final = "torchvision:ssdlite320_mobilenet_v3_large"
SIDE: Final = 320


def build(classes: int = len(KINDS), seed: int = 0) -> Any:
    """Return the library's model.

    All weights of the features are positive: they are means of the picture. With random signs, the rounding
    of the input's bytes would grow in each layer, as in no trained model.
    """
    from torchvision.models import get_model

    torch.manual_seed(seed)
    options = {"weights": None, "weights_backbone": None, "num_classes": classes + 1}
    model: Any = get_model(ARCHITECTURE.partition(":")[2], **options).eval()
    for layer in model.modules():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(layer.weight)
            layer.weight.data.abs_()
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.bias.data.fill_(1)  # where activations are linear
            layer.register_forward_pre_hook(_fit)
    pictures = _pictures()
    with torch.no_grad():
        features = list(model.backbone(pictures).values())
        for head, deviation in ((model.head.classification_head, 1.5), (model.head.regression_head, 0.5)):
            for layer, feature in zip(head.module_list, features, strict=True):
                _spread(layer, feature, deviation)
        for layer in model.head.classification_head.module_list:
            layer[1].bias.view(-1, classes + 1)[:, 0] += 3.0  # most boxes show the background
    for layer in model.modules():
        layer._forward_pre_hooks.clear()
    return model


def save(path: Path, classes: int = len(KINDS)) -> Path:
    """Write a checkpoint as torchvision's reference training does: the state dict is under `model`."""
    torch.save({"model": build(classes).state_dict(), "epoch": 3}, path)
    return path


def _fit(layer: Any, given: tuple[torch.Tensor]) -> None:
    """Let a batch norm scale its input to a mean square of 1."""
    layer.running_var = given[0].square().mean((0, 2, 3))


def _spread(layer: Any, feature: torch.Tensor, deviation: float) -> None:
    """Give the last convolution of a head random signs, and each output the mean 0 and this deviation."""
    torch.nn.init.normal_(layer[1].weight)
    found = layer(feature)
    scale = deviation / found.std((0, 2, 3)).clamp(min=0.1)  # of one cell, it may be 0
    layer[1].weight *= scale[:, None, None, None]
    layer[1].bias -= found.mean((0, 2, 3)) * scale


def _pictures() -> torch.Tensor:
    """Return the pictures that an export draws, as input tensors [n, 3, h, w]."""
    given = [
        torch.from_numpy(picture.rgb.copy()).permute(2, 0, 1)[None] / 127.5 - 1
        for picture in drawn_pictures((SIDE, SIDE), STRETCH)
    ]
    return torch.cat([torch.nn.functional.interpolate(each, (SIDE, SIDE), mode="bilinear") for each in given])

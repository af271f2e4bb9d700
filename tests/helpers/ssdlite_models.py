"""torchvision's SSDlite320 with random weights whose results spread as a trained model's."""

from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import torch

from edgegen.model.spec import STRETCH
from edgegen.parity.pictures import KINDS, drawn_pictures

ARCHITECTURE: Final = "torchvision:ssdlite320_mobilenet_v3_large"
SIDE: Final = 320


def build(classes: int = len(KINDS), seed: int = 0, *, is_reduced: bool = True) -> Any:
    """Return the library's model.

    The last bits of its input, which differ between libraries and processors, change its scores by about
    1e-5. With random signs in all layers, and batch norms that remove the mean, it would be ten times that.

    is_reduced: whether its last stage is the small one of a training that begins without weights.
    """
    from torchvision.models.detection import ssdlite

    torch.manual_seed(seed)
    tail = ssdlite.mobilenet_v3_large
    with patch.object(
        ssdlite, "mobilenet_v3_large", lambda **named: tail(**named | {"reduced_tail": is_reduced})
    ):
        model: Any = ssdlite.ssdlite320_mobilenet_v3_large(
            weights=None, weights_backbone=None, num_classes=classes + 1
        ).eval()
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.register_forward_pre_hook(_fit)
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(layer.weight)
            if layer.kernel_size != (1, 1):
                layer.weight.data.abs_()
    with torch.no_grad():
        features = list(model.backbone(_pictures()).values())
        for head, deviation in ((model.head.classification_head, 0.7), (model.head.regression_head, 0.3)):
            for layer, feature in zip(head.module_list, features, strict=True):
                found = layer(feature)
                scale = deviation / found.std()
                layer[1].weight *= scale
                layer[1].bias -= found.mean((0, 2, 3)) * scale
        for layer in model.head.classification_head.module_list:
            layer[1].bias.view(-1, classes + 1)[:, 0] += 2.5  # most boxes show the background
    for layer in model.modules():
        layer._forward_pre_hooks.clear()
    return model


def _fit(layer: Any, given: tuple[torch.Tensor]) -> None:
    """Let a batch norm scale its input to a mean square of 1."""
    layer.running_var = given[0].square().mean((0, 2, 3))


def save(path: Path, classes: int = len(KINDS)) -> Path:
    """Write a checkpoint as torchvision's reference training does: the state dict is under `model`."""
    torch.save({"model": build(classes).state_dict(), "epoch": 3}, path)
    return path


def _pictures() -> torch.Tensor:
    """Return the pictures that an export draws, as input tensors [n, 3, h, w]."""
    given = [
        torch.from_numpy(picture.rgb.copy()).permute(2, 0, 1)[None] / 127.5 - 1
        for picture in drawn_pictures((SIDE, SIDE), STRETCH)
    ]
    return torch.cat([torch.nn.functional.interpolate(each, (SIDE, SIDE), mode="bilinear") for each in given])

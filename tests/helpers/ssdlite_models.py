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
    """Return the library's model. Its batch norms fit the pictures that an export draws.

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
        )
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None  # the statistics are the mean over all batches
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(layer.weight)
    pictures = _pictures()
    with torch.no_grad():
        model.train().head(list(model.backbone(pictures).values()))
        features = list(model.eval().backbone(pictures).values())
        for head, deviation in ((model.head.classification_head, 0.7), (model.head.regression_head, 0.3)):
            for layer, feature in zip(head.module_list, features, strict=True):
                layer[1].weight *= deviation / layer(feature).std()
        for layer in model.head.classification_head.module_list:
            layer[1].bias.view(-1, classes + 1)[:, 0] = 2.5  # most boxes show the background
    return model


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

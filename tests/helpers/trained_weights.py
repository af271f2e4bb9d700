"""State dicts of small classifiers with five classes, as somebody's training saves them."""

import copy
from functools import cache
from pathlib import Path
from typing import Any

FLOWERS = ("daisy", "dandelion", "rose", "sunflower", "tulip")
ARCHITECTURE = "torchvision:mobilenet_v3_small"


def trained() -> Any:
    """Return a MobileNetV3 with random weights. Batch normalization has seen pictures."""
    return copy.deepcopy(_trained())


@cache
def _trained() -> Any:
    import torch
    from torchvision import models

    torch.manual_seed(11)
    model = models.mobilenet_v3_small(num_classes=len(FLOWERS)).train()
    with torch.no_grad():
        model(torch.rand(4, 3, 224, 224))
    return model


def train(path: Path) -> Path:
    """Write the state dict of that model."""
    import torch

    torch.save(trained().state_dict(), path)
    return path


def save_module(path: Path) -> Path:
    """Write the whole module, in a training's checkpoint."""
    import torch

    torch.save({"epoch": 3, "model": trained()}, path)
    return path


def write_names(path: Path) -> Path:
    """Write the names, one per line."""
    path.write_text("\n".join(FLOWERS) + "\n", encoding="utf-8")
    return path

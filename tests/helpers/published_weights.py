"""Files as torchvision and timm publish them, with random weights: a test downloads nothing."""

from pathlib import Path
from typing import Any

from edgegen.sources.torchvision.classifier import default_weights, file_name


def publish(name: str, torch_home: Path) -> Path:
    """Write torchvision's weights of an architecture into a folder for $TORCH_HOME, under the file's name."""
    import torch
    from torchvision import models

    torch.manual_seed(7)
    path = torch_home / "hub" / "checkpoints" / file_name(default_weights(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(_weights(models.get_model(name)), path)
    return path


def publish_timm(name: str, torch_home: Path) -> Path:
    """Write timm's weights of an architecture into a folder for $TORCH_HOME, under the file's name."""
    import timm
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(7)
    tag = timm.get_pretrained_cfg(name).tag
    path = torch_home / "hub" / "checkpoints" / f"{name.partition('.')[0]}.{tag}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(_weights(timm.create_model(name, pretrained=False)), path)
    return path


def _weights(model: Any) -> dict[str, Any]:
    """Return random weights. Batch normalization has seen pictures, so that outputs differ."""
    import torch

    model.train()
    with torch.no_grad():
        model(torch.rand(8, 3, 224, 224))
    state: dict[str, Any] = model.state_dict()
    return state

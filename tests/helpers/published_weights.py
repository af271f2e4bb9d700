"""Files as torchvision publishes them, with random weights: a test downloads nothing."""

from pathlib import Path

from edgegen.sources.torchvision.weights import default_weights, file_name


def publish(name: str, torch_home: Path) -> Path:
    """Write weights of an architecture into a folder for $TORCH_HOME, under the published file's name."""
    import torch
    from torchvision import models

    torch.manual_seed(7)
    model = models.get_model(name).train()
    with torch.no_grad():
        model(torch.rand(8, 3, 224, 224))  # batch normalization sees pictures: outputs differ
    path = torch_home / "hub" / "checkpoints" / file_name(default_weights(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), path)
    return path

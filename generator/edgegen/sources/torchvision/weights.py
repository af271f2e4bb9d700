"""Find the weights that torchvision publishes for its classifiers, and download them into torch's cache."""

from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlparse

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.files import file_sha256
from edgegen.base.progress import Progress
from edgegen.base.text import did_you_mean
from edgegen.sources.download import download_unless_pretended
from edgegen.sources.library import import_library

SUPPORTED: Final = "edgegen exports torchvision's classifiers, such as resnet18 and mobilenet_v3_small"


def default_weights(name: str) -> Any:
    """Return torchvision's default weights for an architecture: a member of its weights enumeration.

    Raises:
        InputError: torchvision has no such architecture, or no weights for it.
        UnsupportedModelError: It is no classifier.
        ToolchainError: torchvision is missing.
    """
    models = import_library("torchvision.models")
    if name not in models.list_models():
        near = did_you_mean(name, models.list_models(module=models))
        raise InputError(
            f"torchvision has no architecture {name!r}{near}", "torchvision.models.list_models() lists them"
        )
    default = getattr(models.get_model_weights(name), "DEFAULT", None)
    if default is None:
        raise InputError(f"torchvision publishes no weights for {name}", SUPPORTED)
    check_is_classifier(default, name)
    return default


def check_is_classifier(weights: Any, name: str) -> None:
    """Raise UnsupportedModelError unless the weights' transforms are those of a float classifier."""
    from torchvision.transforms._presets import ImageClassification

    transforms = weights.transforms
    kind = transforms.func if isinstance(transforms, partial) else type(transforms)
    if kind is not ImageClassification or name.startswith("quantized_"):
        raise UnsupportedModelError(f"torchvision's {name}, which is not a float32 classifier", SUPPORTED)


def weights_of_file(path: Path) -> tuple[str, Any]:
    """Return the architecture and the weights that torchvision publishes under this file name.

    Raises:
        UnsupportedModelError: It publishes no such file, or that of another kind of model.
        ToolchainError: torchvision is missing.
    """
    models = import_library("torchvision.models")
    for name in models.list_models():
        for weights in models.get_model_weights(name):
            if file_name(weights) == path.name and not name.startswith("quantized_"):
                check_is_classifier(weights, name)
                return name, weights
    raise UnsupportedModelError(
        f"{path.name}, which is not a file of weights that torchvision publishes", SUPPORTED
    )


def file_name(weights: Any) -> str:
    """Return the name of the file: resnet18-f37072fd.pth."""
    return PurePosixPath(urlparse(weights.url).path).name


def cached_file(weights: Any) -> Path:
    """Return the path in torch's cache, where torchvision itself looks. It may not exist."""
    import torch

    return Path(torch.hub.get_dir()) / "checkpoints" / file_name(weights)


def find_or_fetch(name: str, progress: Progress, *, fetch: bool) -> Path:
    """Return the file of an architecture's default weights; download it into torch's cache if necessary.

    Raises:
        InputError: The name is unknown, the download failed, or the file is not on disk without `fetch`.
        UnsupportedModelError: It is no classifier.
        RenderError: The file cannot be written.
    """
    weights = default_weights(name)
    path = cached_file(weights)
    if path.is_file():
        progress.note(f"{path.name} is in {path.parent}")
        return path
    download_unless_pretended(weights.url, path, progress, fetch=fetch)
    digest = path.stem.rpartition("-")[2]  # the begin of the file's SHA-256
    if not file_sha256(path).startswith(digest):
        path.unlink()
        raise InputError(
            f"{weights.url} gave another file: its SHA-256 does not begin with {digest}",
            "run this again, or on another network",
        )
    return path

"""Find the weights of torchvision's classifiers, download them, and open them, or a state dict of the user.

Published files are in torch's cache. The authority is the eager module with torchvision's transforms.
"""

import pickle
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlparse

import torch

from edgegen.base.errors import InputError, UnsupportedModelError, first_line
from edgegen.base.files import file_sha256, link_or_copy
from edgegen.base.progress import Progress
from edgegen.base.quiet import NO_CODE, environment, quiet
from edgegen.base.text import did_you_mean
from edgegen.model.spec import CENTRE_CROP, INTERPOLATIONS, CheckpointFacts, InputSpec
from edgegen.sources import state_dict
from edgegen.sources.description import Description, check_class_names
from edgegen.sources.image_classifier import Classifier, check_task, for_inference
from edgegen.sources.library import download_unless_pretended, import_library
from edgegen.sources.torchvision import DETECTOR

# transform_input changes their results, and is not in the state dict.
_WITH_UNRECORDED_INPUT: Final = ("googlenet", "inception_v3")
_DOCS: Final = "https://docs.pytorch.org/vision/stable/models.html"
SUPPORTED: Final = (
    "edgegen exports torchvision's classifiers, such as resnet18 and mobilenet_v3_small, and its detector "
    f"{DETECTOR}"
)


def load_published(path: Path, description: Description) -> Classifier:
    """Open a file of weights that torchvision publishes."""
    check_task(description, path)
    name, weights = weights_of_file(path)
    categories = weights.meta["categories"]
    names = check_class_names(path, description.class_names or categories, len(categories))
    network = _Network(name, weights, _published_model(path, name, weights), names)
    return _classifier(path, network, f"weights {weights.name}", description)


def load_trained(path: Path, description: Description) -> Classifier:
    """Open a state dict of the architecture that the description names.

    The preprocessing is that of the architecture's default weights, with the description's values instead.
    """
    check_task(description, path)
    name = description.architecture_name
    weights = default_weights(name)
    if name in _WITH_UNRECORDED_INPUT:
        raise UnsupportedModelError(
            f"a state dict of torchvision's {name}: it does not say whether the model normalizes its input",
            "export the module with torch.export.save, and give the .pt2",
        )
    from torchvision import models

    with quiet(), torch.device("meta"):
        class_tensor = list(models.get_model(name, weights=None).state_dict())[-1]
    model, names, notes = state_dict.load_trained(
        path,
        description,
        class_tensor,
        lambda classes: models.get_model(name, weights=None, num_classes=classes),
    )
    return _classifier(path, _Network(name, weights, model, names, notes), "own weights", description)


def default_weights(name: str) -> Any:
    """Return torchvision's default weights for an architecture: a member of its weights enumeration."""
    models = import_library("torchvision.models")
    if name not in models.list_models():
        near = did_you_mean(name, models.list_models(module=models))
        raise InputError(
            f"torchvision has no architecture {name!r}{near}", "torchvision.models.list_models() lists them"
        )
    default = getattr(models.get_model_weights(name), "DEFAULT", None)
    if default is None:
        raise InputError(f"torchvision publishes no weights for {name}", SUPPORTED)
    if name != DETECTOR:
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
    """Return the architecture and the weights that torchvision publishes under this file name."""
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
    """Return the file of an architecture's default weights; download it into torch's cache if necessary."""
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


@dataclass(frozen=True)
class _Network:
    """A loaded architecture of torchvision."""

    name: str  # resnet18
    weights: Any  # the member of torchvision's enumeration that has its usual preprocessing
    module: Any
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def _published_model(path: Path, name: str, weights: Any) -> Any:
    """Let torchvision build the module and load the file, from a cache that has nothing else."""
    from torchvision import models

    with tempfile.TemporaryDirectory(prefix="edgegen-") as home, quiet():
        checkpoints = Path(home) / "hub" / "checkpoints"
        checkpoints.mkdir(parents=True)
        link_or_copy(path, checkpoints / path.name)
        try:
            with environment(NO_CODE | {"TORCH_HOME": home}):
                return models.get_model(name, weights=weights, progress=False)
        except (OSError, RuntimeError, EOFError, KeyError, ValueError, pickle.UnpicklingError) as error:
            raise InputError(
                f"{path} is damaged, or not torchvision's weights of {name}: {first_line(error)}",
                "delete it, and run this again",
            ) from error


def _classifier(path: Path, network: _Network, weights: str, description: Description) -> Classifier:
    """Return the classifier of a network. weights: its weights in words."""
    import torchvision

    default = _default_preprocessing(network.name, network.weights.transforms())
    preprocessing = description.applied_to(default)
    facts = CheckpointFacts(
        task="classify",
        class_names=network.class_names,
        input=preprocessing,
        given_color=description.given_color,
        is_fixed_size=True,
        library="torchvision",
        description=f"torchvision {network.name}, {weights}",
        docs=_DOCS,
        architecture=network.name,
        library_version=torchvision.__version__,
        given_architecture=description.architecture,
        notes=network.notes,
    )
    return Classifier.of(path, facts, for_inference(path, network.module, preprocessing.height))


def _default_preprocessing(name: str, transforms: Any) -> InputSpec:
    """Return the preprocessing of torchvision's ImageClassification."""
    interpolation = transforms.interpolation.value
    if interpolation not in INTERPOLATIONS:
        raise UnsupportedModelError(
            f"a {interpolation} resize (torchvision's {name})", "use another architecture"
        )
    crop, shorter = transforms.crop_size[0], transforms.resize_size[0]
    return InputSpec(
        crop,
        crop,
        mean=tuple(transforms.mean),
        std=tuple(transforms.std),
        resize=CENTRE_CROP,
        shorter_side=shorter,
        interpolation=interpolation,
    )

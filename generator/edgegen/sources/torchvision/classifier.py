"""Open classifiers of torchvision. The authority is the eager module with the weights' own transforms."""

import copy
import pickle
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgegen.base.arrays import Float32, Uint8
from edgegen.base.environment import NO_CODE, environment
from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.files import file_sha256, link_or_copy
from edgegen.base.quiet import quiet
from edgegen.model.facts import Facts, Preprocessing
from edgegen.model.spec import INTERPOLATIONS, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.sources.torchvision.weights import weights_of_file
from edgegen.tasks.classify.result import Ranking, rank


@dataclass(frozen=True)
class Classifier:
    """A classifier. `model` is torchvision's module: float32, evaluation mode."""

    path: Path
    sha256: str
    facts: Facts
    model: Any
    transforms: Any  # torchvision's ImageClassification

    def module(self, contract: str) -> Any:
        """Return the module with the outputs `logits` or `probabilities` [1, classes]."""
        import torch

        model = copy.deepcopy(self.model)
        return model if contract == "logits" else torch.nn.Sequential(model, torch.nn.Softmax(dim=1)).eval()

    def predictor(self, spec: ModelSpec) -> "Predictor":
        """Return the eager module with the weights' own transforms."""
        return Predictor(self, spec)


class Predictor:
    """torchvision's inference: the weights' transforms, the eager module, softmax."""

    def __init__(self, classifier: Classifier, spec: ModelSpec) -> None:
        self._model, self._transforms = classifier.model, classifier.transforms
        self._module = classifier.module(spec.output.contract)

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Return the output [1, classes] of the contract for the input tensor [1, 3, H, W]."""
        import torch

        with torch.inference_mode():
            return [self._module(torch.from_numpy(tensor)).numpy()]

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Return the input's bytes [H, W, 3], by torchvision's resize and crop."""
        from PIL import Image
        from torchvision.transforms import functional

        how = self._transforms
        resized = functional.resize(Image.fromarray(rgb), how.resize_size, how.interpolation)
        return np.asarray(functional.center_crop(resized, how.crop_size), dtype=np.uint8)

    def __call__(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Ranking:
        """Return the classes by falling probability; only those of keep_classes, unless empty."""
        import torch
        from PIL import Image

        with torch.inference_mode():
            tensor = self._transforms(Image.fromarray(rgb))[None]
            probabilities = self._model(tensor).softmax(dim=1)[0].numpy()
        all_classes = rank(probabilities)
        return all_classes.of(keep_classes) if keep_classes else all_classes


def load(path: Path) -> Classifier:
    """Open a file of weights that torchvision publishes.

    Raises:
        InputError: It is missing or damaged, or does not fit its architecture.
        UnsupportedModelError: torchvision publishes no such file, or its preprocessing is not supported.
        ToolchainError: torchvision is missing.
    """
    name, weights = weights_of_file(path)
    import torchvision

    transforms = weights.transforms()
    model = _load_model(path, name, weights)
    facts = Facts(
        task="classify",
        class_names=tuple(weights.meta["categories"]),
        imgsz=(transforms.crop_size[0], transforms.crop_size[0]),
        library="torchvision",
        description=f"torchvision {name}, weights {weights.name}",
        docs="https://docs.pytorch.org/vision/stable/models.html",
        architecture=name,
        library_version=torchvision.__version__,
        preprocessing=_preprocessing(name, transforms),
        is_fixed_size=True,
    )
    return Classifier(path, file_sha256(path), facts, model, transforms)


def _load_model(path: Path, name: str, weights: Any) -> Any:
    """Let torchvision build the module and load the file, from a cache that has nothing else."""
    from torchvision import models

    with tempfile.TemporaryDirectory(prefix="edgegen-") as home, quiet():
        checkpoints = Path(home) / "hub" / "checkpoints"
        checkpoints.mkdir(parents=True)
        link_or_copy(path, checkpoints / path.name)
        try:
            with environment(NO_CODE | {"TORCH_HOME": home}):
                model = models.get_model(name, weights=weights, progress=False)
        except (OSError, RuntimeError, EOFError, KeyError, ValueError, pickle.UnpicklingError) as error:
            first = str(error).strip().split("\n", 1)[0]
            raise InputError(
                f"{path} is damaged, or not torchvision's weights of {name}: {first}",
                "delete it, and run this again",
            ) from error
    return model.float().eval().requires_grad_(False)


def _preprocessing(name: str, transforms: Any) -> Preprocessing:
    """Return the preprocessing of torchvision's ImageClassification.

    Raises:
        UnsupportedModelError: It has another interpolation than bilinear or bicubic.
    """
    interpolation = transforms.interpolation.value
    if interpolation not in INTERPOLATIONS:
        raise UnsupportedModelError(
            f"a {interpolation} resize (torchvision's {name})", "use another architecture"
        )
    crop, shorter = transforms.crop_size[0], transforms.resize_size[0]
    return Preprocessing((crop, crop), tuple(transforms.mean), tuple(transforms.std), shorter, interpolation)

"""Image classifiers of torch: an eager module with a resize, a crop and a normalization by Pillow and torch.

The authority is the module with the library's own transforms.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch

from edgegen.base.arrays import Float32, Uint8
from edgegen.base.errors import EdgegenError, InputError, UnsupportedModelError, first_line
from edgegen.base.files import model_sha256
from edgegen.base.quiet import quiet
from edgegen.base.strict_yaml import shorten
from edgegen.base.text import how_many
from edgegen.model.facts import Facts, Preprocessing
from edgegen.model.spec import WHOLE_PICTURE, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.sources.class_layer import ClassLayer
from edgegen.sources.description import Description
from edgegen.sources.state_dict import load_into, mismatch, read_state_dict
from edgegen.tasks.classify.decode import Ranking, rank

ONE_CLASS_HINT: Final = (
    "edgegen takes classifiers of two or more classes. The sigmoid of one output z is the softmax of the two "
    "outputs 0 and z: put a row of zeros before the weight and the bias of the last layer, and give two names"
)
_ANY_CLASSES: Final = 2  # of an architecture whose other layers matter


@dataclass(frozen=True)
class Origin:
    """The library and the file of a classifier: fields of its `Facts`."""

    library: str
    description: str
    docs: str
    architecture: str = ""
    library_version: str = ""
    license: str = ""
    given_architecture: str = ""
    engine: str = "PyTorch"
    notes: tuple[str, ...] = ()

    def facts(self, class_names: tuple[str, ...], preprocessing: Preprocessing) -> Facts:
        """Return the facts of a classifier of this origin."""
        return Facts(
            task="classify",
            class_names=class_names,
            imgsz=preprocessing.size,
            preprocessing=preprocessing,
            is_fixed_size=True,
            **asdict(self),
        )


@dataclass(frozen=True)
class Classifier:
    """A classifier. `model` is the library's module: float32, evaluation mode."""

    path: Path
    sha256: str
    facts: Facts
    model: Any
    transforms: Callable[[Any], Any]  # of the library: a picture of Pillow to a tensor [3, H, W]
    # The file run by its own library, from [1, 3, H, W] to [1, classes]; None: the module is the authority.
    probabilities: Callable[[Any], Any] | None = None

    @classmethod
    def of(
        cls,
        path: Path,
        facts: Facts,
        model: Any,
        *,
        transforms: Callable[[Any], Any] | None = None,
        probabilities: Callable[[Any], Any] | None = None,
    ) -> "Classifier":
        """Return the classifier of a file. Without transforms, it has torchvision's for its preprocessing."""
        assert facts.preprocessing is not None  # noqa: S101 - every classifier has it
        transforms = transforms or torchvision_transforms(facts.preprocessing)
        return cls(path, model_sha256(path), facts, model, transforms, probabilities)

    def module(self, contract: str) -> Any:
        """Return the module with the outputs `logits` or `probabilities` [1, classes]."""
        layers = [copy.deepcopy(self.model)]
        if self._is_bgr:
            layers.insert(0, _SwappedColours())
        if contract == "probabilities":
            layers.append(torch.nn.Softmax(dim=1))
        return torch.nn.Sequential(*layers).eval() if len(layers) > 1 else layers[0]

    def authority(self) -> Callable[[Any], Any]:
        """Return the function from the input [1, 3, H, W] to the authority's probabilities [1, classes]."""
        run = self.probabilities
        if run is None:
            module: Callable[[Any], Any] = self.module("probabilities")
            return module
        return lambda tensor: run(tensor.flip(1).contiguous() if self._is_bgr else tensor)

    @property
    def _is_bgr(self) -> bool:
        return self.facts.preprocessing is not None and self.facts.preprocessing.is_bgr

    def predictor(self, spec: ModelSpec) -> "Predictor":
        """Return the eager module with the library's transforms."""
        return Predictor(self, spec)


class Predictor:
    """The library's inference: its transforms, the eager module, softmax."""

    def __init__(self, classifier: Classifier, spec: ModelSpec) -> None:
        self._transforms = classifier.transforms
        self._module = classifier.module(spec.output.contract)
        self._probabilities = classifier.authority()
        assert classifier.facts.preprocessing is not None  # noqa: S101 - every classifier has it
        self._preprocessing = classifier.facts.preprocessing

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Return the output [1, classes] of the contract for the input tensor [1, 3, H, W]."""
        with torch.inference_mode():
            return [self._module(torch.from_numpy(tensor)).numpy()]

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Return the input's bytes [H, W, 3], by torchvision's resize and crop."""
        from PIL import Image
        from torchvision.transforms import InterpolationMode, functional

        how = self._preprocessing
        interpolation = InterpolationMode(how.interpolation)
        resized = functional.resize(Image.fromarray(rgb), _resized_to(how), interpolation)
        return np.asarray(functional.center_crop(resized, list(how.size)), dtype=np.uint8)

    def __call__(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Ranking:
        """Return the classes by falling probability; only those of keep_classes, unless empty."""
        from PIL import Image

        with torch.inference_mode():
            tensor = self._transforms(Image.fromarray(rgb))[None]
            probabilities = self._probabilities(tensor)[0].numpy()
        all_classes = rank(probabilities)
        return all_classes.of(keep_classes) if keep_classes else all_classes


class _SwappedColours(torch.nn.Module):
    """From red, green and blue to blue, green and red, by operators that XNNPACK has."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x[:, 2:3], x[:, 1:2], x[:, 0:1]], dim=1)


class Trained(NamedTuple):
    """An architecture with the weights of a state dict."""

    model: Any
    class_names: tuple[str, ...]
    notes: tuple[str, ...]


def load_trained(
    path: Path, description: Description, class_tensor: str, build: Callable[[int], Any]
) -> Trained:
    """Return a module with the weights of a state dict, and the names of its classes.

    class_tensor: a tensor of the last layer, whose first dimension is the classes. build: makes the
    architecture for a number of classes.

    Raises:
        InputError: The file is no state dict, does not fit the architecture, or its classes have no names.
        UnsupportedModelError: It has one class.
    """
    state, notes = read_state_dict(path, class_tensor)
    layer = ClassLayer.find(state, class_tensor.rpartition(".")[0])
    if layer is None and (class_tensor not in state or not state[class_tensor].ndim):
        with quiet():
            wanted = build(_ANY_CLASSES).state_dict()
        raise mismatch(wanted, state, path, description.architecture, class_tensor)
    classes = layer.classes if layer else len(state[class_tensor])
    names = check_names(description.class_names, classes, path)
    with quiet():
        model = build(classes)
    if layer is not None and not layer.is_of(model) and layer.can_replace(model):
        layer.put_into(model)
        state = layer.renamed(state)
        notes = (*notes, *layer.notes())
    load_into(model, state, path, description.architecture)
    return Trained(model, names, notes)


def for_inference(path: Path, model: Any, side: int) -> Any:
    """Return the module for inference in float32. Raises the errors of `run_on_noise` for this side."""
    model = model.float().eval().requires_grad_(False)
    run_on_noise(path, model, side)
    return model


def run_on_noise(path: Path, module: Any, side: int, runs: int = 1) -> Any:
    """Return the outputs [runs, classes] of a module on random inputs [1, 3, side, side].

    Raises:
        InputError: The module fails on this size.
        UnsupportedModelError: It does not return [1, classes].
    """
    random = torch.Generator().manual_seed(0)
    try:
        with torch.inference_mode():
            outputs = [module(_noise(side, run, random)) for run in range(runs)]
        shapes = [_shape(output) for output in outputs]
    except EdgegenError:
        raise
    except Exception as error:  # operators raise anything
        raise InputError(
            f"{path} does not run on a picture of {side}x{side}: {shorten(first_line(error))}",
            "give another --crop; only classifiers of colour pictures work",
        ) from error
    if len(shapes[0]) != 2 or shapes[0][0] != 1 or not shapes[0][1] or shapes.count(shapes[0]) != runs:
        raise UnsupportedModelError(
            f"the output {shapes[0]} ({path.name})", "edgegen takes classifiers that return [1, classes]"
        )
    return torch.cat(outputs)


def _noise(side: int, run: int, random: Any) -> Any:
    """Return noise [1, 3, side, side]. That of odd runs is smooth, as photos are."""
    if run % 2 == 0:
        return torch.randn(1, 3, side, side, generator=random)
    coarse = 2 * torch.randn(1, 3, 5, 5, generator=random)
    return torch.nn.functional.interpolate(coarse, (side, side), mode="bilinear", align_corners=False)


def _shape(output: Any) -> list[int]:
    if type(output) is not torch.Tensor or output.dtype != torch.float32 or output.layout != torch.strided:
        raise TypeError("it returns something else than a float32 tensor")
    return list(output.shape)


def check_task(description: Description, path: Path) -> None:
    """Raise UnsupportedModelError if the user names another task than classification."""
    if description.task not in ("", "classify"):
        raise UnsupportedModelError(
            f"the task `{description.task}` for {path.name}", "give --task classify, or leave it out"
        )


def check_class_count(classes: int, path: Path) -> None:
    """Raise UnsupportedModelError for one class: its probability after a softmax is always 1."""
    if classes == 1:
        raise UnsupportedModelError(f"a classifier of one class ({path.name})", ONE_CLASS_HINT)


def check_names(names: Sequence[str], classes: int, path: Path) -> tuple[str, ...]:
    """Return the names of a model's classes.

    Raises:
        InputError: There are none, or their number is another than the model's.
        UnsupportedModelError: There is one class.
    """
    check_class_count(classes, path)
    count = how_many(classes, "class")
    if not names:
        raise InputError(
            f"{path} has {count} without names",
            "give --names FILE, with one name per line in the order of the training",
        )
    if len(names) != classes:
        raise InputError(
            f"{path} has {count}, and there are {how_many(len(names), 'name')} for them",
            "give one name for each class, in the order of the training",
        )
    return tuple(names)


def torchvision_transforms(how: Preprocessing) -> Callable[[Any], Any]:
    """Return torchvision's transforms of a classifier for a preprocessing."""
    from torchvision import transforms

    steps = [
        transforms.Resize(_resized_to(how), transforms.InterpolationMode(how.interpolation)),
        transforms.CenterCrop(how.size),
        transforms.ToTensor(),
        transforms.Normalize(how.mean, how.std),
    ]
    composed: Callable[[Any], Any] = transforms.Compose(steps)
    return composed


def _resized_to(how: Preprocessing) -> list[int]:
    """Return torchvision's size of a resize: the shorter side alone, or height and width."""
    return list(how.size) if how.shorter_side == WHOLE_PICTURE else [how.shorter_side]

"""Image classifiers of torch: an eager module with a resize, a crop and a normalization by Pillow and torch.

The authority is the module with the library's own transforms. A file with a graph says nothing about its
preprocessing: the user describes it, and nothing is guessed.
"""

import copy
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from edgegen.base.arrays import Float32, Uint8
from edgegen.base.errors import (
    EdgegenError,
    InputError,
    MissingOptionsError,
    UnsupportedModelError,
    UsageError,
    first_line,
    other_channels,
)
from edgegen.base.model_files import model_sha256
from edgegen.base.text import shorten
from edgegen.model.spec import BGR, CENTRE_CROP, WHOLE_PICTURE, CheckpointFacts, InputSpec, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.sources.description import Description, check_class_names
from edgegen.sources.source import OpenedModel
from edgegen.tasks.classify.decode import Ranking, rank

ONE_CLASS_HINT: Final = (
    "edgegen takes classifiers of two or more classes. The sigmoid of one output z is the softmax of the two "
    "outputs 0 and z: put a row of zeros before the weight and the bias of the last layer, and give two names"
)
_OUTPUT: Final = "edgegen takes classifiers that return logits or probabilities [1, classes] in float32"
_RUNS: Final = 4  # on noise, to judge the outputs
_SUM_TOLERANCE: Final = 1e-3  # of probabilities
_TOLERANCE: Final = 1e-3  # between the logits of edgegen and the library, in their standard deviations
_SMALLEST: Final = 1e-20  # probability whose logarithm is compared
_USUAL: Final = {  # of ImageNet
    "--task": "classify",
    "--resize": "256",
    "--crop": "224",
    "--mean": "0.485,0.456,0.406",
    "--std": "0.229,0.224,0.225",
}


@dataclass(frozen=True)
class Classifier(OpenedModel):
    """A classifier. `model` is the library's module: float32, evaluation mode."""

    model: Any
    transforms: Callable[[Any], Any]  # of the library: a picture of Pillow to a tensor [3, H, W]
    # The file run by its own library, from [1, 3, H, W] to [1, classes]; None: the module is the authority.
    probabilities: Callable[[Any], Any] | None = None

    @classmethod
    def of(
        cls,
        path: Path,
        facts: CheckpointFacts,
        model: Any,
        *,
        transforms: Callable[[Any], Any] | None = None,
        probabilities: Callable[[Any], Any] | None = None,
    ) -> "Classifier":
        """Return the classifier of a file. Without transforms, it has torchvision's for its preprocessing."""
        transforms = transforms or torchvision_transforms(facts.input)
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
        return self.facts.given_color == BGR

    def predictor(self, spec: ModelSpec) -> "ClassifierPredictor":
        """Return the eager module with the library's transforms."""
        return ClassifierPredictor(self, spec)


class ClassifierPredictor:
    """The library's inference: its transforms, the eager module, softmax."""

    def __init__(self, classifier: Classifier, spec: ModelSpec) -> None:
        self._transforms = classifier.transforms
        self._module = classifier.module(spec.output.contract)
        self._probabilities = classifier.authority()
        self._preprocessing = classifier.facts.input

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


def open_classifier(
    path: Path,
    description: Description,
    preprocessing: InputSpec,
    module: Any,
    *,
    library: str,
    kind: str,
    docs: str,
    engine: str = "PyTorch",
    probabilities: Callable[[Any], Any] | None = None,
) -> Classifier:
    """Return the classifier of a graph.

    module: from [1, 3, H, W] to logits [1, classes]. library, docs, engine: see `CheckpointFacts`. kind: of
    the file, in words. probabilities: the file run by its library, from [1, 3, H, W] to [1, classes]; None:
    the module is the authority.
    """
    side = preprocessing.height
    classes = _number_of_classes(path, module, side)
    if probabilities is not None:
        _check_agreement(path, module, probabilities, side, library)
    facts = CheckpointFacts(
        task="classify",
        class_names=check_class_names(path, description.class_names, classes),
        input=preprocessing,
        given_color=description.given_color,
        is_fixed_size=True,
        library=library,
        description=f"{path.name}, {kind}",
        docs=docs,
        engine=engine,
    )
    return Classifier.of(path, facts, module, probabilities=probabilities)


def described_preprocessing(path: Path, description: Description, side: int | None) -> InputSpec:
    """Return the preprocessing that the user gives; nothing is guessed.

    side: of the input; None if the file does not say it.
    """
    check_task(description, path)
    crop, shorter = description.crop or side, description.shorter_side
    mean, std = description.mean, description.std
    values = {
        "--task": description.task or None,
        "--resize": shorter,
        "--crop": crop,
        "--mean": mean,
        "--std": std,
    }
    missing = {option: _USUAL[option] for option, value in values.items() if value is None}
    if missing or crop is None or shorter is None or not mean or not std:
        raise _missing_options(path, missing, has_names=bool(description.class_names))
    if side is not None and crop != side:
        raise UsageError(f"--crop is {crop}, and the input of {path.name} is {side}", "leave out --crop")
    return description.applied_to(
        InputSpec(crop, crop, mean=mean, std=std, resize=CENTRE_CROP, shorter_side=shorter)
    )


def input_side(path: Path, shape: Sequence[int | None], dtype: str) -> int | None:
    """Return the side of an input [N, 3, H, W]; None if it is dynamic. None in a shape: any size."""
    if len(shape) != 4 or shape[1] != 3:
        raise UnsupportedModelError(
            f"the input {shape_in_words(shape)} ({path.name})",
            "edgegen takes one input [N, 3, height, width], of colour pictures: grey and multispectral "
            "models are not supported",
        )
    if dtype != "float32":
        raise UnsupportedModelError(
            f"an input of {dtype} ({path.name})",
            "export it in float32: model.float(), with an example such as torch.rand(1, 3, 224, 224)",
        )
    if shape[0] not in (None, 1):
        raise UnsupportedModelError(
            f"a batch of {shape[0]} ({path.name})", "export it with a batch of 1, or a dynamic one"
        )
    if None not in shape[2:] and shape[2] != shape[3]:
        raise UnsupportedModelError(
            f"an input of {shape[2]}x{shape[3]} ({path.name})", "edgegen takes classifiers of square pictures"
        )
    return shape[2] or shape[3]


def for_inference(path: Path, model: Any, side: int) -> Any:
    """Return the module for inference in float32, after a run on a picture of this side."""
    model = model.float().eval().requires_grad_(False)
    run_on_noise(path, model, side)
    return model


def run_on_noise(path: Path, module: Any, side: int, runs: int = 1) -> Any:
    """Return the outputs [runs, classes] of a module on random inputs [1, 3, side, side]."""
    random = torch.Generator().manual_seed(0)
    try:
        with torch.inference_mode():
            outputs = [module(_noise(side, run, random)) for run in range(runs)]
        shapes = [_shape(path, output) for output in outputs]
    except EdgegenError:
        raise
    except Exception as error:  # operators raise anything
        if channels := re.search(r"to have (\d+) channels, but got 3 channels", str(error)):
            raise other_channels(int(channels[1])) from error
        raise InputError(
            f"{path} does not run on a picture of {side}x{side}: {shorten(first_line(error))}",
            "give another --crop; only classifiers of colour pictures work",
        ) from error
    if shapes[0] == [1]:  # such as the output of squeeze(1)
        check_class_count(1, path)
    if len(shapes[0]) != 2 or shapes[0][0] != 1 or not shapes[0][1] or shapes.count(shapes[0]) != runs:
        raise UnsupportedModelError(f"the output {shapes[0]} ({path.name})", _OUTPUT)
    return torch.cat(outputs)


def check_task(description: Description, path: Path) -> None:
    """Raise UnsupportedModelError if the user names another task than classification."""
    if description.task not in ("", "classify"):
        raise UnsupportedModelError(
            f"the task `{description.task}` for {path.name}", "give --task classify, or leave it out"
        )


def check_output(path: Path, is_float32: bool) -> None:
    """Raise UnsupportedModelError for a model with another output than a float32 tensor."""
    if not is_float32:
        raise UnsupportedModelError(f"something else than a float32 tensor as output ({path.name})", _OUTPUT)


def check_class_count(classes: int, path: Path) -> None:
    """Raise UnsupportedModelError for one class: its probability after a softmax is always 1."""
    if classes == 1:
        raise UnsupportedModelError(f"a classifier of one class ({path.name})", ONE_CLASS_HINT)


def torchvision_transforms(how: InputSpec) -> Callable[[Any], Any]:
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


def shape_in_words(shape: Sequence[int | None]) -> str:
    """Return [any, 3, 224, 224]."""
    return f"[{', '.join('any' if size is None else str(size) for size in shape)}]"


def sigmoid_error(path: Path) -> UnsupportedModelError:
    """Return the error for a sigmoid at the end."""
    return UnsupportedModelError(
        f"classifiers with several classes at once, or yes and no, by a sigmoid ({path.name})",
        "edgegen takes classifiers with one class per picture, which end in a softmax or in logits. For yes "
        "and no, the sigmoid of an output z is the softmax of the two outputs 0 and z",
    )


class _SwappedColours(torch.nn.Module):
    """From red, green and blue to blue, green and red, by operators that XNNPACK has."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x[:, 2:3], x[:, 1:2], x[:, 0:1]], dim=1)


def _resized_to(how: InputSpec) -> list[int]:
    """Return torchvision's size of a resize: the shorter side alone, or height and width."""
    return list(how.size) if how.shorter_side == WHOLE_PICTURE else [how.shorter_side]


def _number_of_classes(path: Path, module: Any, side: int) -> int:
    """Return the number of classes. Outputs on noise must not look like probabilities."""
    before = {name: buffer.clone() for name, buffer in module.named_buffers()}
    outputs = run_on_noise(path, module, side, _RUNS)
    if any(not buffer.equal(before[name]) for name, buffer in module.named_buffers()):
        raise UnsupportedModelError(
            f"a program that changes its own weights ({path.name})", "call model.eval() before the export"
        )
    check_class_count(outputs.shape[1], path)
    if bool((outputs >= 0).all()) and bool(((outputs.sum(dim=1) - 1).abs() < _SUM_TOLERANCE).all()):
        raise UnsupportedModelError(
            f"probabilities that do not come from a softmax at the end ({path.name})",
            "export the model without the softmax: edgegen adds it",
        )
    return int(outputs.shape[1])


def _check_agreement(
    path: Path, module: Any, probabilities: Callable[[Any], Any], side: int, library: str
) -> None:
    """Raise UnsupportedModelError if the library's logits differ from the module's on noise.

    The library gives probabilities: their logarithms are logits but for a constant. Of many classes, equal
    probabilities would say little.
    """
    ours = run_on_noise(path, module, side, _RUNS)
    theirs = run_on_noise(path, probabilities, side, _RUNS)
    difference = math.inf
    if ours.shape == theirs.shape:
        known = theirs > _SMALLEST
        gap = (ours.log_softmax(dim=1) - theirs.log())[known]
        difference = float(gap.abs().max() / ours.std(dim=1).max())
    if not difference <= _TOLERANCE:  # NaN is a difference too
        raise UnsupportedModelError(
            f"edgegen and {library} disagree about {path.name} at {side}x{side}: a logit differs by"
            f" {difference:.2g} standard deviations",
            "export the model again for this size; if that does not help, report it with the file",
        )


def _missing_options(path: Path, missing: dict[str, str], *, has_names: bool) -> MissingOptionsError:
    """Return the error for missing options, which have ImageNet's values here."""
    facts = ["its task"] if "--task" in missing else []
    if [*missing] != ["--task"]:
        facts.append("how its pictures are prepared")
    example = " ".join(f"{option} {value}" for option, value in missing.items())
    return MissingOptionsError(
        f"{path.name} does not say {' and '.join(facts)}: there is no {', no '.join(missing)}",
        f"give the values of the training; ImageNet's are {example}",
        missing | ({} if has_names else {"--names": "labels.txt"}),
    )


def _noise(side: int, run: int, random: Any) -> Any:
    """Return noise [1, 3, side, side]. That of odd runs is smooth, as photos are."""
    if run % 2 == 0:
        return torch.randn(1, 3, side, side, generator=random)
    coarse = 2 * torch.randn(1, 3, 5, 5, generator=random)
    return torch.nn.functional.interpolate(coarse, (side, side), mode="bilinear", align_corners=False)


def _shape(path: Path, output: Any) -> list[int]:
    is_tensor = type(output) is torch.Tensor and output.layout == torch.strided
    check_output(path, is_tensor and output.dtype == torch.float32)
    return list(output.shape)

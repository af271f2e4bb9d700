"""Classifiers whose file has a graph and no preprocessing: the user describes it; nothing is guessed."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import MissingOptionsError, UnsupportedModelError, UsageError
from edgegen.model.facts import Preprocessing
from edgegen.sources.description import Description
from edgegen.sources.image_classifier import (
    Classifier,
    Origin,
    check_class_count,
    check_names,
    check_task,
    run_on_noise,
)

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


def open_classifier(
    path: Path,
    description: Description,
    preprocessing: Preprocessing,
    module: Any,
    origin: Origin,
    probabilities: Callable[[Any], Any] | None = None,
) -> Classifier:
    """Return the classifier of a graph.

    module: from [1, 3, H, W] to logits [1, classes]. probabilities: the file run by the library of `origin`,
    from [1, 3, H, W] to [1, classes]; None: the module is the authority.

    Raises:
        InputError: The classes have no names.
        UnsupportedModelError: The outputs are not logits of classes, or not those of the library.
    """
    side = preprocessing.size[0]
    classes = _number_of_classes(path, module, side)
    if probabilities is not None:
        _check_agreement(path, module, probabilities, side, origin.library)
    names = check_names(description.class_names, classes, path)
    return Classifier.of(path, origin.facts(names, preprocessing), module, probabilities=probabilities)


def input_side(path: Path, shape: Sequence[int | None], dtype: str) -> int | None:
    """Return the side of an input [N, 3, H, W]; None if it is dynamic. None in a shape: any size.

    Raises:
        UnsupportedModelError: It is not one square colour picture in float32.
    """
    if len(shape) != 4 or shape[1] != 3:
        raise UnsupportedModelError(
            f"the input {shape_in_words(shape)} ({path.name})",
            "edgegen takes one input [N, 3, height, width], of colour pictures",
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


def shape_in_words(shape: Sequence[int | None]) -> str:
    """Return [any, 3, 224, 224]."""
    return f"[{', '.join('any' if size is None else str(size) for size in shape)}]"


def described_preprocessing(path: Path, description: Description, side: int | None) -> Preprocessing:
    """Return the preprocessing that the user gives; nothing is guessed.

    side: of the input; None if the file does not say it.

    Raises:
        MissingOptionsError: A value is missing.
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
    return description.applied_to(Preprocessing((crop, crop), mean, std, shorter))


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


def sigmoid_error(path: Path) -> UnsupportedModelError:
    """Return the error for a sigmoid at the end."""
    return UnsupportedModelError(
        f"classifiers with several classes at once, or yes and no, by a sigmoid ({path.name})",
        "edgegen takes classifiers with one class per picture, which end in a softmax or in logits. For yes "
        "and no, the sigmoid of an output z is the softmax of the two outputs 0 and z",
    )


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

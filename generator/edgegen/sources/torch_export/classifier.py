"""Open classifiers of torch.export. The authority is the program itself, run by PyTorch."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError, UsageError
from edgegen.base.files import file_sha256
from edgegen.model.facts import Facts, Preprocessing
from edgegen.model.spec import BILINEAR
from edgegen.sources.description import Description
from edgegen.sources.image_classifier import (
    Classifier,
    check_names,
    check_task,
    run_on_noise,
    torchvision_transforms,
)
from edgegen.sources.torch_export.conditions import holds
from edgegen.sources.torch_export.program import Program, read_program

_SOFTMAXES: Final = ("aten.softmax.int", "aten._softmax.default")
_RUNS: Final = 3  # to look at outputs
_SUM_TOLERANCE: Final = 1e-3  # of probabilities
_USUAL: Final = {
    "--resize": "256",
    "--crop": "224",
    "--mean": "0.485,0.456,0.406",
    "--std": "0.229,0.224,0.225",
}


def load(path: Path, description: Description) -> Classifier:
    """Open a program that takes [N, 3, H, W] and returns [N, classes].

    Raises:
        InputError: The file is damaged, or its classes have no names.
        UsageError: An option that describes it is missing.
        UnsupportedModelError: Its inputs, outputs or operators are not supported.
    """
    program = read_program(path)
    how = _preprocessing(path, description, _input_side(path, program))
    _check_size(path, program, how.size[0])
    module = _as_module(_without_softmax(path, program))
    classes = _number_of_classes(path, module, how.size[0])
    facts = Facts(
        task="classify",
        class_names=check_names(description.class_names, classes, path),
        imgsz=how.size,
        library="torch",
        description=f"{path.name}, a program of torch.export",
        docs="https://docs.pytorch.org/docs/stable/export.html",
        preprocessing=how,
        is_fixed_size=True,
    )
    return Classifier(path, file_sha256(path), facts, module, torchvision_transforms(how))


def _input_side(path: Path, program: Program) -> int | None:
    """Return the side of the input; None if it is dynamic."""
    shape = program.input_shape
    if len(shape) != 4 or shape[1] != 3:
        raise UnsupportedModelError(
            f"the input {_in_words(shape)} ({path.name})",
            "edgegen takes one input [N, 3, height, width], of colour pictures",
        )
    if program.input_dtype != "float32":
        raise UnsupportedModelError(
            f"an input of {program.input_dtype} ({path.name})",
            "export it with a float32 example: model.float()",
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


def _in_words(shape: Sequence[int | None]) -> str:
    return f"[{', '.join('any' if size is None else str(size) for size in shape)}]"


def _preprocessing(path: Path, description: Description, side: int | None) -> Preprocessing:
    """Return the preprocessing that the user gives; nothing is guessed."""
    if not description.task:
        raise UsageError(f"{path.name} does not say its task", "add --task classify")
    check_task(description, path)
    crop = description.crop or side
    given = {
        "--resize": description.shorter_side,
        "--crop": crop,
        "--mean": description.mean,
        "--std": description.std,
    }
    missing = [option for option, value in given.items() if value is None]
    if missing:
        example = " ".join(f"{option} {_USUAL[option]}" for option in missing)
        raise UsageError(
            f"{path.name} does not say how its pictures are prepared: there is no {', no '.join(missing)}",
            f"give the values of the training; ImageNet's are {example}",
        )
    if side is not None and crop != side:
        raise UsageError(f"--crop is {crop}, and the input of {path.name} is {side}", "leave out --crop")
    assert crop is not None and description.mean and description.std and description.shorter_side  # noqa: S101
    usual = Preprocessing((crop, crop), description.mean, description.std, description.shorter_side, BILINEAR)
    return description.applied_to(usual)


def _check_size(path: Path, program: Program, side: int) -> None:
    """Raise InputError if the program was not exported for one picture of this size."""
    shape = (1, 3, side, side)
    # torch gives every dynamic batch a range from 2: it treats 1 as a constant only where it broadcasts.
    ranges = [(1, math.inf), *program.ranges[1:]] if program.input_shape[0] is None else program.ranges
    try:
        fits = all(low <= size <= high for size, (low, high) in zip(shape, ranges, strict=True))
        fits = fits and all(holds(condition, shape) for condition in program.conditions)
    except ValueError as error:
        raise UnsupportedModelError(
            f"{error} ({path.name})", "export the model for one size: without dynamic_shapes"
        ) from error
    if not fits:
        raise InputError(
            f"{path} was not exported for one picture of {side}x{side}",
            "give another --crop, or export it for this size",
        )


def _without_softmax(path: Path, program: Program) -> Program:
    """Return the program without a softmax at its end: `Classifier.module` adds it to logits."""
    if not program.nodes:
        return program
    last = program.nodes[-1]
    if last.name == "aten.sigmoid.default":
        raise UnsupportedModelError(
            f"classifiers with several classes at once, by a sigmoid ({path.name})",
            "edgegen takes those with one class for a picture, by a softmax or none",
        )
    if last.name not in _SOFTMAXES or last.results != (program.output_name,):
        return program
    match [argument["arg"] for argument in last.arguments[:2]]:
        case [{"as_tensor": {"name": str(before)}}, {"as_int": 1 | -1}]:
            return replace(program, nodes=program.nodes[:-1], output_name=before)
    return program


def _as_module(program: Program) -> Any:
    """Return a torch module that runs the program."""
    import torch

    class ProgramModule(torch.nn.Module):
        """Runs a program with its weights as buffers."""

        def __init__(self) -> None:
            super().__init__()
            self.names = {name: f"value_{place}" for place, name in enumerate(program.values)}
            for name, buffer in self.names.items():
                self.register_buffer(buffer, program.values[name])

        def forward(self, x: torch.Tensor) -> Any:
            values = {name: getattr(self, buffer) for name, buffer in self.names.items()}
            return replace(program, values=values).run(x)

    return ProgramModule().eval()


def _number_of_classes(path: Path, module: Any, side: int) -> int:
    """Return the number of classes. Outputs on noise must not look like probabilities."""
    before = {name: buffer.clone() for name, buffer in module.named_buffers()}
    outputs = run_on_noise(path, module, side, _RUNS)
    if any(not buffer.equal(before[name]) for name, buffer in module.named_buffers()):
        raise UnsupportedModelError(
            f"a program that changes its own weights ({path.name})", "call model.eval() before the export"
        )
    if bool((outputs >= 0).all()) and bool(((outputs.sum(dim=1) - 1).abs() < _SUM_TOLERANCE).all()):
        raise UnsupportedModelError(
            f"probabilities that do not come from a softmax at the end ({path.name})",
            "export the model without the softmax: edgegen adds it",
        )
    return int(outputs.shape[1])

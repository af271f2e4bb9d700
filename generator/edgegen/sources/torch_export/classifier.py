"""Open classifiers of torch.export. The authority is the program itself, run by PyTorch."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.sources.described_classifier import (
    described_preprocessing,
    input_side,
    open_classifier,
    sigmoid_error,
)
from edgegen.sources.description import Description
from edgegen.sources.image_classifier import Classifier, Origin
from edgegen.sources.stored_tensors import module_with_weights
from edgegen.sources.torch_export.conditions import holds
from edgegen.sources.torch_export.program import GraphProgram, read_program

_SOFTMAXES: Final = ("aten.softmax.int", "aten._softmax.default")


def load(path: Path, description: Description) -> Classifier:
    """Open a program that takes [N, 3, H, W] and returns [N, classes].

    Raises:
        InputError: The file is damaged, or its classes have no names.
        UsageError: An option that describes it is missing.
        UnsupportedModelError: Its inputs, outputs or operators are not supported.
    """
    program = read_program(path)
    how = described_preprocessing(
        path, description, input_side(path, program.input_shape, program.input_dtype)
    )
    _check_size(path, program, how.size[0])
    logits = _without_softmax(path, program)
    module = module_with_weights(logits.values, lambda values, _, x: replace(logits, values=values).run(x))
    return open_classifier(
        path,
        description,
        how,
        module,
        Origin(
            library="torch",
            description=f"{path.name}, a program of torch.export",
            docs="https://docs.pytorch.org/docs/stable/export.html",
        ),
    )


def _check_size(path: Path, program: GraphProgram, side: int) -> None:
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


def _without_softmax(path: Path, program: GraphProgram) -> GraphProgram:
    """Return the program without a softmax at its end: `Classifier.module` adds it to logits."""
    if not program.nodes:
        return program
    last = program.nodes[-1]
    if last.name == "aten.sigmoid.default":
        raise sigmoid_error(path)
    if last.name not in _SOFTMAXES or last.results != (program.output_name,):
        return program
    match [argument.content for argument in last.arguments[:2]]:
        case [{"as_tensor": {"name": str(before)}}, {"as_int": 1 | -1}]:
            return replace(program, nodes=program.nodes[:-1], output_name=before)
    return program

"""Find the contract of outputs with extras: remove the extras from the shapes and ask detection."""

from dataclasses import replace

from edgegen.base.errors import InputError
from edgegen.base.naming import how_many
from edgegen.model.spec import NO_EXTRAS, Extras, OutputSpec
from edgegen.tasks.detect import contract
from edgegen.tasks.detect.contract import DETECTION_COLUMNS
from edgegen.tasks.signature import Shapes, Signature, format_shapes


def read_outputs(signature: Signature, extras: Extras, takes: str) -> OutputSpec:
    """Return the specification of outputs whose candidates have extras.

    Raises:
        InputError: The outputs do not fit such a model, or contradict the metadata.
        UnsupportedModelError: The outputs are not supported.
    """
    shapes = _boxes(signature, extras.channels)
    output = contract.read_outputs(replace(signature, shapes=shapes), takes)
    return replace(output, shapes=signature.shapes, extras=extras)


def with_extras(output: OutputSpec, extras: Extras) -> OutputSpec:
    """Return the outputs with another description of the extras."""
    return replace(output, extras=extras)


def without_extras(output: OutputSpec) -> OutputSpec:
    """Return the specification without extras."""
    channels, shapes = output.extras.channels, output.shapes
    if output.has_levels:
        levels = shapes[: output.per_level * len(output.strides)]
        return replace(output, shapes=_pairs(levels), extras=NO_EXTRAS)
    _, rows, columns = shapes[0]
    shape = (1, rows - channels, columns) if output.contract == "decoded" else (1, rows, columns - channels)
    return replace(output, shapes=(shape,), extras=NO_EXTRAS)


def _boxes(signature: Signature, channels: int) -> Shapes:
    """Remove the extras from the shapes. Detection rejects shapes that are neither levels nor a table."""
    shapes = signature.shapes
    if shapes and all(len(shape) == 4 for shape in shapes):
        if len(shapes) % 3:
            raise _other(signature, channels)
        for box, extra in zip(shapes[::3], shapes[2::3], strict=True):
            if extra != (1, channels, *box[2:]):
                raise _other(signature, channels)
        return _pairs(shapes)
    if len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][0] == 1:
        _, rows, columns = shapes[0]
        expected = 4 + len(signature.claims.class_names) + channels
        if columns == DETECTION_COLUMNS + channels and (rows != expected or signature.claims.end2end):
            return ((1, rows, DETECTION_COLUMNS),)
        if rows != expected:
            raise _other(signature, channels)
        return ((1, rows - channels, columns),)
    return shapes


def _pairs(shapes: Shapes) -> Shapes:
    return tuple(shape for place, shape in enumerate(shapes) if place % 3 != 2)


def _other(signature: Signature, channels: int) -> InputError:
    classes = len(signature.claims.class_names)
    return signature.contradiction(
        f"{how_many(classes, 'class')} in `names` and {how_many(channels, 'more number')} for each box",
        f"returns {format_shapes(signature.shapes)}",
    )

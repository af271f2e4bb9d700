"""Outputs of semantic segmentation and depth: one map [1, channels, h, w] of the whole input."""

from collections.abc import Mapping
from typing import Any

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.naming import how_many
from edgegen.base.strict_yaml import shorten
from edgegen.model.spec import OutputSpec
from edgegen.tasks.signature import Signature, format_shapes


def read_outputs(signature: Signature, contract: str, channels: int, takes: str) -> OutputSpec:
    """Return the specification of a map with this number of channels, as large as the input or coarser.

    Raises:
        InputError: The output contradicts the metadata.
        UnsupportedModelError: The output is not such a map.
    """
    claims, shapes = signature.claims, signature.shapes
    if claims.contract not in {"", contract}:
        raise InputError(
            f"{claims.path}: `edgegen.output.contract` is {shorten(claims.contract)},"
            f" but must be {contract} for this task"
        )
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][0] != 1:
        raise UnsupportedModelError(f"the outputs {format_shapes(shapes)} ({signature.pte})", takes)
    _, actual, height, width = shapes[0]
    if actual != channels:
        raise signature.contradiction(
            f"{how_many(channels, 'class')} in `names`", f"returns {format_shapes(shapes)}"
        )
    if not (0 < height <= signature.height and 0 < width <= signature.width):
        raise InputError(
            f"{signature.pte} returns {format_shapes(shapes)}, which is not a map of a"
            f" {signature.height}x{signature.width} input"
        )
    return OutputSpec(contract, shapes)


def describe_outputs(output: OutputSpec) -> Mapping[str, Any]:
    """Return the mapping `output` of metadata.yaml."""
    shapes = [list(shape) for shape in output.shapes]
    return {"contract": output.contract, "names": [output.contract], "shapes": shapes}

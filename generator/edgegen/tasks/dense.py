"""What semantic segmentation and depth share: one map of numbers [1, channels, h, w] of the whole input."""

from collections.abc import Mapping
from typing import Any

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.naming import how_many
from edgegen.base.strict_yaml import shorten
from edgegen.model.spec import OutputSpec
from edgegen.tasks.signature import Signature, format_shapes


def read_outputs(signature: Signature, contract: str, channels: int, takes: str) -> OutputSpec:
    """Return what the output is: a map for the whole input, of its size or coarser, with so many channels.

    Raises:
        InputError: It is not what the metadata says.
        UnsupportedModelError: It is no such map.
    """
    claims, shapes = signature.claims, signature.shapes
    if claims.contract not in {"", contract}:
        raise InputError(
            f"{claims.path}: `edgegen.output.contract` is {shorten(claims.contract)},"
            f" and of such models it is {contract}"
        )
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][0] != 1:
        raise UnsupportedModelError(f"the outputs {format_shapes(shapes)} ({signature.pte})", takes)
    _, found, height, width = shapes[0]
    if found != channels:
        raise signature.contradiction(
            f"{how_many(channels, 'class')} in `names`", f"returns {format_shapes(shapes)}"
        )
    if not (0 < height <= signature.height and 0 < width <= signature.width):
        raise InputError(
            f"{signature.pte} returns {format_shapes(shapes)}, which is no map of a"
            f" {signature.height}x{signature.width} input"
        )
    return OutputSpec(contract, shapes)


def describe_outputs(output: OutputSpec) -> Mapping[str, Any]:
    """Return the mapping `output` of metadata.yaml."""
    shapes = [list(shape) for shape in output.shapes]
    return {"contract": output.contract, "names": [output.contract], "shapes": shapes}

"""The output of a classification model: one value for each class."""

from collections.abc import Mapping
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.naming import how_many
from edgegen.base.strict_yaml import shorten
from edgegen.model.spec import OutputSpec
from edgegen.tasks.signature import Signature, format_shapes

CONTRACTS: Final = ("logits", "probabilities")
TAKES: Final = "edgegen takes classification models whose .pte returns [1, classes]"

_MEANINGS: Final = {
    "logits": "a value for each class, before the softmax",
    "probabilities": "the probability of each class, after the softmax",
}


def explain(contract: str) -> dict[str, str]:
    """Return a contract's output in words."""
    return {"returns": _MEANINGS[contract]}


def read_outputs(signature: Signature) -> OutputSpec:
    """Return the specification of the output. Default is `probabilities`, as Ultralytics exports.

    Raises:
        InputError: The output does not fit a classification model, or contradicts the metadata.
        UnsupportedModelError: The output is not supported.
    """
    claims, shapes = signature.claims, signature.shapes
    if claims.contract not in ("", *CONTRACTS):
        raise InputError(
            f"{claims.path}: `edgegen.output.contract` is {shorten(claims.contract)},"
            f" not one of {', '.join(CONTRACTS)}"
        )
    if len(shapes) != 1 or len(shapes[0]) != 2 or shapes[0][0] != 1:
        raise UnsupportedModelError(f"the outputs {format_shapes(shapes)} ({signature.pte})", TAKES)
    recorded, actual = len(claims.class_names), shapes[0][1]
    if recorded != actual:
        raise signature.contradiction(f"{how_many(recorded, 'class')} in `names`", f"has {actual}")
    return OutputSpec(claims.contract or "probabilities", shapes)


def describe_outputs(output: OutputSpec) -> Mapping[str, Any]:
    """Return the mapping `output` of metadata.yaml."""
    shapes = [list(shape) for shape in output.shapes]
    return {"contract": output.contract, "names": [output.contract], "shapes": shapes}

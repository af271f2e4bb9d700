"""What a classification model returns: a number for each class."""

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
    "logits": "a number for each class, before the softmax",
    "probabilities": "how likely each class is, after the softmax",
}


def explain(contract: str) -> dict[str, str]:
    """Return what a contract's output is in words."""
    return {"returns": _MEANINGS[contract]}


def read_outputs(signature: Signature) -> OutputSpec:
    """Return what the output is; of a model that does not say, as Ultralytics exports it: probabilities.

    Raises:
        InputError: It is of no classification model, or not what the metadata says.
        UnsupportedModelError: It is of one that edgegen does not handle.
    """
    claims, shapes = signature.claims, signature.shapes
    if claims.contract not in ("", *CONTRACTS):
        raise InputError(
            f"{claims.path}: `edgegen.output.contract` is {shorten(claims.contract)},"
            f" and of classification models it is one of {', '.join(CONTRACTS)}"
        )
    if len(shapes) != 1 or len(shapes[0]) != 2 or shapes[0][0] != 1:
        raise UnsupportedModelError(f"the outputs {format_shapes(shapes)} ({signature.pte})", TAKES)
    said, found = len(claims.class_names), shapes[0][1]
    if said != found:
        raise signature.contradiction(f"{how_many(said, 'class')} in `names`", f"has {found}")
    return OutputSpec(claims.contract or "probabilities", shapes)


def describe_outputs(output: OutputSpec) -> Mapping[str, Any]:
    """Return the mapping `output` of metadata.yaml."""
    shapes = [list(shape) for shape in output.shapes]
    return {"contract": output.contract, "names": [output.contract], "shapes": shapes}

"""The contract of an oriented-box model and the encoding of its angles."""

from typing import Final

from edgegen.base.errors import InputError
from edgegen.base.strict_yaml import shorten
from edgegen.model.spec import ANGLES, Extras, OutputSpec
from edgegen.tasks import extras_contract
from edgegen.tasks.signature import Signature

TAKES: Final = (
    "edgegen takes oriented-box models whose .pte returns raw heads, [1, 4 + classes + 1, N] or [1, N, 7]"
)


def read_outputs(signature: Signature) -> OutputSpec:
    """Return the specification of the outputs. Raises the errors of `extras_contract.read_outputs`."""
    claims = signature.claims
    output = extras_contract.read_outputs(signature, Extras(1, angle=claims.extras.angle), TAKES)
    if not output.has_levels:
        return extras_contract.with_extras(output, Extras(1))
    if claims.extras.angle not in ANGLES:
        raise InputError(
            f"{claims.path} does not have the encoding of angles: `edgegen.output.angle` is"
            f" {shorten(claims.extras.angle)}, not one of {', '.join(ANGLES)}",
            "export the model again",
        )
    return output

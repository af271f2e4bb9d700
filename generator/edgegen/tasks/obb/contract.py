"""Which contract the outputs of turned boxes are of, and how metadata.yaml says that angles are read."""

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
    """Return what the outputs are; raises what `extras_contract.read_outputs` raises."""
    claims = signature.claims
    output = extras_contract.read_outputs(signature, Extras(1, angle=claims.extras.angle), TAKES)
    if not output.has_levels:
        return extras_contract.with_extras(output, Extras(1))
    if claims.extras.angle not in ANGLES:
        raise InputError(
            f"{claims.path} does not say how angles are read: `edgegen.output.angle` is"
            f" {shorten(claims.extras.angle)}, and none of {', '.join(ANGLES)}",
            "export the model again",
        )
    return output

"""The contract of a segmentation model. Prototypes are the last output."""

from dataclasses import replace
from typing import Final

from edgegen.base.errors import UnsupportedModelError
from edgegen.model.spec import Extras, OutputSpec
from edgegen.tasks import extras_contract
from edgegen.tasks.signature import Signature, format_shapes

TAKES: Final = (
    "edgegen takes segmentation models whose .pte returns raw heads, [1, 4 + classes + nm, N] or"
    " [1, N, 6 + nm], and prototypes [1, nm, h, w] after them"
)


def read_outputs(signature: Signature) -> OutputSpec:
    """Return the specification of the outputs. Raises the errors of `extras_contract.read_outputs`."""
    shapes = signature.shapes
    if len(shapes) < 2 or len(shapes[-1]) != 4 or shapes[-1][0] != 1 or min(shapes[-1]) < 1:
        raise UnsupportedModelError(f"the outputs {format_shapes(shapes)} ({signature.pte})", TAKES)
    extras, claimed = Extras(shapes[-1][1]), signature.claims.extras
    if claimed.kpt_shape == (0, 0):  # otherwise channels are those of keypoints
        signature.agree("edgegen.output.coefficients", claimed.channels or None, extras.channels)
    output = extras_contract.read_outputs(replace(signature, shapes=shapes[:-1]), extras, TAKES)
    return replace(output, shapes=shapes)

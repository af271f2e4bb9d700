"""The contract of a pose model and the encoding of its keypoints."""

from dataclasses import replace
from typing import Final

from edgegen.base.errors import InputError
from edgegen.model.spec import Extras, OutputSpec
from edgegen.tasks import extras_contract
from edgegen.tasks.signature import Signature

TAKES: Final = (
    "edgegen takes pose models whose .pte returns raw heads, [1, 4 + classes + K * D, N] or [1, N, 6 + K * D]"
)
# Scale and shift of Ultralytics' Pose and Pose26, as in `pose.decode.Rule`.
RULES: Final = ((2.0, -0.5), (1.0, 0.0))


def extras_of(kpt_shape: tuple[int, int], scale: float = 0, shift: float = 0) -> Extras:
    """Return the extras for keypoints."""
    return Extras(kpt_shape[0] * kpt_shape[1], kpt_shape, scale, shift)


def read_outputs(signature: Signature) -> OutputSpec:
    """Return the specification of the outputs. Raises the errors of `extras_contract.read_outputs`."""
    claims = signature.claims
    if claims.extras.kpt_shape == (0, 0):
        raise InputError(
            f"{claims.path} has no number of keypoints: the key `kpt_shape` is missing",
            "export the model again with edgegen or Ultralytics",
        )
    output = extras_contract.read_outputs(signature, claims.extras, TAKES)
    if not output.has_levels:
        extras = extras_of(claims.extras.kpt_shape)
        return replace(output, extras=replace(extras, kpt_names=claims.extras.kpt_names))
    scale, shift = claims.extras.keypoint_scale, claims.extras.keypoint_shift
    if (scale, shift) not in RULES:
        known = " or ".join(f"{each[0]:g} and {each[1]:g}" for each in RULES)
        raise InputError(
            f"{claims.path}: `edgegen.output.keypoint_scale` and `keypoint_shift` are {scale:g} and"
            f" {shift:g}, not {known}",
            "export the model again",
        )
    return output

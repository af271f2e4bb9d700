"""The task pose: boxes with keypoints."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from edgegen.base.errors import InputError
from edgegen.model.spec import KEYPOINT_RULES, LETTERBOX, OutputSpec
from edgegen.tasks.detect import Detect, meanings_with, read_with_extras
from edgegen.tasks.task import Signature


class Pose(Detect):
    """Boxes with keypoints."""

    name = "pose"
    decoder_path = "edgegen.tasks.pose.decode:PoseDecoder"
    result_noun = "keypoints"
    loss_unit = "poses"
    takes = (
        "edgegen takes pose models whose .pte returns raw heads, [1, 4 + classes + K * D, N] or"
        " [1, N, 6 + K * D]"
    )
    meanings: Mapping[str, str] = meanings_with("keypoints")
    kinds = ("box", "cls", "kpt")
    resizes = (LETTERBOX,)
    choices = (*Detect.choices, "skeleton")

    def read_outputs(self, signature: Signature) -> OutputSpec:
        extras = signature.extras
        if extras.kpt_shape == (0, 0):
            raise InputError(
                f"{signature.metadata} has no number of keypoints: the key `kpt_shape` is missing",
                "export the model again with edgegen or Ultralytics",
            )
        output = read_with_extras(signature, extras, self.takes)
        if not output.has_levels:
            return replace(output, extras=replace(extras, keypoint_scale=0, keypoint_shift=0, angle=""))
        scale, shift = extras.keypoint_scale, extras.keypoint_shift
        if (scale, shift) not in KEYPOINT_RULES:
            known = " or ".join(f"{each[0]:g} and {each[1]:g}" for each in KEYPOINT_RULES)
            raise InputError(
                f"{signature.metadata}: `edgegen.output.keypoint_scale` and `keypoint_shift` are {scale:g}"
                f" and {shift:g}, not {known}",
                "export the model again",
            )
        return output

    def extras_parameters(self, output: OutputSpec) -> dict[str, Any]:
        extras = output.extras
        rule = {"keypoint_scale": extras.keypoint_scale, "keypoint_shift": extras.keypoint_shift}
        return {"kpt_shape": list(extras.kpt_shape), **(rule if output.has_levels else {})}


TASK: Final = Pose()

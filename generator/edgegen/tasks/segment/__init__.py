"""The task segmentation: boxes with masks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from edgegen.model.spec import LETTERBOX, Extras, OutputSpec
from edgegen.tasks.detect import Detect, meanings_with, read_with_extras
from edgegen.tasks.task import Signature


class Segment(Detect):
    """Boxes with masks, from coefficients and shared prototypes."""

    name = "segment"
    decoder_path = "edgegen.tasks.segment.decode:SegmentDecoder"
    result_noun = "masks"
    loss_unit = "masks"
    takes = (
        "edgegen takes segmentation models whose .pte returns raw heads, [1, 4 + classes + nm, N] or"
        " [1, N, 6 + nm], and prototypes [1, nm, h, w] after them"
    )
    meanings: Mapping[str, str] = meanings_with("mask coefficients")
    kinds = ("box", "cls", "coef")
    resizes = (LETTERBOX,)
    shared_outputs = ("proto",)

    def read_outputs(self, signature: Signature) -> OutputSpec:
        shapes = signature.shapes
        if len(shapes) < 2 or len(shapes[-1]) != 4 or shapes[-1][0] != 1 or min(shapes[-1]) < 1:
            raise signature.unsupported(self.takes)
        extras, claimed = Extras(shapes[-1][1]), signature.extras
        if claimed.kpt_shape == (0, 0):  # otherwise channels are those of keypoints
            signature.agree("edgegen.output.coefficients", claimed.channels or None, extras.channels)
        output = read_with_extras(replace(signature, shapes=shapes[:-1]), extras, self.takes)
        return replace(output, shapes=shapes)

    def extras_parameters(self, output: OutputSpec) -> dict[str, Any]:
        return {"coefficients": output.extras.channels}


TASK: Final = Segment()

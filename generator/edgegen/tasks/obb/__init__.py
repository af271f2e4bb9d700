"""The task oriented boxes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from edgegen.base.errors import InputError
from edgegen.base.text import shorten
from edgegen.model.spec import ANGLES, LETTERBOX, Extras, OutputSpec
from edgegen.tasks.detect import Detect, meanings_with, read_with_extras
from edgegen.tasks.task import Signature


class Obb(Detect):
    """Oriented boxes, with NMS by probabilistic IoU."""

    name = "obb"
    decoder_path = "edgegen.tasks.obb.decode:OrientedDecoder"
    result_noun = "oriented boxes"
    loss_unit = "oriented boxes"
    takes = (
        "edgegen takes oriented-box models whose .pte returns raw heads, [1, 4 + classes + 1, N] or [1, N, 7]"
    )
    meanings: Mapping[str, str] = meanings_with("angles")
    kinds = ("box", "cls", "angle")
    resizes = (LETTERBOX,)

    def read_outputs(self, signature: Signature) -> OutputSpec:
        angle = signature.extras.angle
        output = read_with_extras(signature, Extras(1, angle=angle), self.takes)
        if not output.has_levels:
            return replace(output, extras=Extras(1))
        if angle not in ANGLES:
            raise InputError(
                f"{signature.metadata} does not have the encoding of angles: `edgegen.output.angle` is"
                f" {shorten(angle)}, not one of {', '.join(ANGLES)}",
                "export the model again",
            )
        return output

    def extras_parameters(self, output: OutputSpec) -> dict[str, Any]:
        return {"angle": output.extras.angle} if output.has_levels else {}


TASK: Final = Obb()

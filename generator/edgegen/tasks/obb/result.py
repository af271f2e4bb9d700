"""The result of an oriented-box model, from its outputs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.letterbox import LetterboxPlan
from edgegen.reference.rotated_nms import rotated_nms
from edgegen.tasks import extras
from edgegen.tasks.detect import pipeline
from edgegen.tasks.detect.decode import LEAST_TOP_K, Candidates
from edgegen.tasks.detect.pipeline import Detections
from edgegen.tasks.obb.decode import (
    angle_of,
    decode_decoded,
    decode_detections,
    decode_raw,
    to_image,
    top_k,
    upright,
)

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

RULES = {"sigmoid": "obb", "logit": "obb26"}  # encoding in metadata.yaml -> rule of `obb.decode`


@dataclass(frozen=True)
class OrientedBoxes(Detections):
    """n oriented boxes, best first, in picture pixels. `boxes` are the upright boxes around them."""

    rotated: Float32  # [n, 5], cx cy w h and the angle in radians, not clipped

    def at(self, places: Int64) -> "OrientedBoxes":
        """Return the objects at these indices."""
        part = super().at(places)
        return OrientedBoxes(part.boxes, part.scores, part.class_ids, self.rotated[places])


def decode(
    outputs: Sequence[Float32],
    output: OutputSpec,
    confidence: float,
    keep_classes: Sequence[int] | None = None,
    *,
    max_det: int = LEAST_TOP_K,
    agnostic: bool = False,
) -> Candidates:
    """Decode a model's outputs by its contract: `boxes` are [n, 5], cx cy w h angle in input pixels."""
    if output.has_levels:
        levels = (
            outputs,
            output.strides,
            output.reg_max,
            RULES[output.extras.angle],
            confidence,
            keep_classes,
        )
        if output.contract == "raw":
            return decode_raw(*levels)
        return top_k(*levels, max_det=max_det, agnostic=agnostic)
    if output.contract == "decoded":
        return decode_decoded(outputs[0], confidence, keep_classes)
    return decode_detections(outputs[0], output.classes, confidence, keep_classes)


def choose(
    candidates: Candidates, output: OutputSpec, *, iou: float, max_det: int = 300, agnostic: bool = False
) -> Int64:
    """Return the indices of the selected candidates, best first, by the contract's rule."""
    if not output.needs_nms:
        return pipeline.choose(candidates, output, iou=iou, max_det=max_det, agnostic=agnostic)
    return rotated_nms(candidates.boxes, candidates.scores, candidates.class_ids, iou, max_det, agnostic)


@dataclass(frozen=True)
class Postprocessing:
    """Decoding and selection of oriented boxes, from detection's part of the outputs and the angles."""

    angles: Sequence[Float32]  # from `extras.extra_outputs`
    output: OutputSpec  # of the whole model

    def decode(
        self, outputs: Sequence[Float32], _output: OutputSpec, *args: object, **options: object
    ) -> Candidates:
        """Decode outputs without angles."""
        whole = extras.join_outputs(outputs, self.angles, self.output)
        return decode(whole, self.output, *args, **options)  # type: ignore[arg-type]

    def choose(self, candidates: Candidates, _output: OutputSpec, **options: object) -> Int64:
        """Select candidates."""
        return choose(candidates, self.output, **options)  # type: ignore[arg-type]


def angles_of(given: Sequence[Float32], output: OutputSpec, index: Int64) -> Float32:
    """Return the angles [n] in radians of these candidates, from `extras.extra_outputs`."""
    values = extras.extras_at(given, output, index)[:, 0]
    return angle_of(values, RULES[output.extras.angle]) if output.has_levels else values


def shown_oriented(
    outputs: Sequence[Float32],
    output: OutputSpec,
    plan: LetterboxPlan,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
) -> OrientedBoxes:
    """Decode the outputs, select, and map the selection to the picture."""
    options = {"max_det": thresholds.max_det, "agnostic": thresholds.agnostic}
    candidates = decode(
        outputs,
        output,
        thresholds.confidence,
        keep_classes,
        **options,  # type: ignore[arg-type]
    )
    kept = choose(candidates, output, iou=thresholds.iou, **options)  # type: ignore[arg-type]
    rotated = to_image(candidates.boxes[kept], plan)
    return OrientedBoxes(upright(rotated), candidates.scores[kept], candidates.class_ids[kept], rotated)

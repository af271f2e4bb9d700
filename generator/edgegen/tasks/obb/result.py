"""What is shown of turned boxes, and how a model's outputs become that."""

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

RULES = {"sigmoid": "obb", "logit": "obb26"}  # what metadata.yaml calls them -> the heads they come from


@dataclass(frozen=True)
class OrientedBoxes(Detections):
    """n turned boxes, best first, in pixels of the original picture; `boxes` are upright, around corners."""

    rotated: Float32  # [n, 5], cx cy w h and the angle in radians, not clipped

    def at(self, places: Int64) -> "OrientedBoxes":
        """Return those at these places."""
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
    """Return the places of the candidates that are shown, best first, by the contract."""
    if not output.needs_nms:
        return pipeline.choose(candidates, output, iou=iou, max_det=max_det, agnostic=agnostic)
    return rotated_nms(candidates.boxes, candidates.scores, candidates.class_ids, iou, max_det, agnostic)


@dataclass(frozen=True)
class Postprocessing:
    """How detection's part of the outputs becomes turned boxes, with the angles that belong to it."""

    angles: Sequence[Float32]  # as `extras.extra_outputs` gives them
    output: OutputSpec  # of the whole model

    def decode(
        self, outputs: Sequence[Float32], _output: OutputSpec, *asked: object, **more: object
    ) -> Candidates:
        """As `decode`, of outputs without their angles."""
        whole = extras.join_outputs(outputs, self.angles, self.output)
        return decode(whole, self.output, *asked, **more)  # type: ignore[arg-type]

    def choose(self, candidates: Candidates, _output: OutputSpec, **asked: object) -> Int64:
        """As `choose`."""
        return choose(candidates, self.output, **asked)  # type: ignore[arg-type]


def angles_of(given: Sequence[Float32], output: OutputSpec, index: Int64) -> Float32:
    """Return the angles [n] in radians of these candidates, from what `extras.extra_outputs` gives."""
    values = extras.extras_at(given, output, index)[:, 0]
    return angle_of(values, RULES[output.extras.angle]) if output.has_levels else values


def shown_oriented(
    outputs: Sequence[Float32],
    output: OutputSpec,
    plan: LetterboxPlan,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
) -> OrientedBoxes:
    """Decode the outputs, choose, and bring what was chosen back to the picture."""
    asked = {"max_det": thresholds.max_det, "agnostic": thresholds.agnostic}
    candidates = decode(
        outputs,
        output,
        thresholds.confidence,
        keep_classes,
        **asked,  # type: ignore[arg-type]
    )
    kept = choose(candidates, output, iou=thresholds.iou, **asked)  # type: ignore[arg-type]
    rotated = to_image(candidates.boxes[kept], plan)
    return OrientedBoxes(upright(rotated), candidates.scores[kept], candidates.class_ids[kept], rotated)

"""Detection from outputs to boxes: decoding, selection, mapping to the picture."""

from collections.abc import Sequence

import numpy as np

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.letterbox import LetterboxPlan, points_to_picture
from edgegen.reference.nms import nms
from edgegen.tasks import extras
from edgegen.tasks.detect.decode import (
    Candidates,
    decode_decoded,
    decode_detections,
    decode_raw,
    first,
    top_k,
)


def to_image(boxes: Float32, plan: LetterboxPlan) -> Float32:
    """Map corners [n, 4] from the model's input to the picture, clipped to it."""
    return points_to_picture(boxes.reshape(-1, 2, 2), plan).reshape(-1, 4)


def decode(
    outputs: Sequence[Float32],
    output: OutputSpec,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
    *,
    as_given: bool = False,
) -> Candidates:
    """Decode boxes and classes by the contract, without extras; max_det and agnostic apply to `end2end` only.

    as_given: boxes are not converted to corners. Those of levels are left, top, right, bottom in strides.
    """
    boxes, confidence = extras.box_outputs(outputs, output), thresholds.confidence
    if output.has_levels:
        levels = (boxes, output.strides, output.reg_max, confidence, keep_classes)
        if output.contract == "raw":
            return decode_raw(*levels, as_given=as_given)
        return top_k(*levels, max_det=thresholds.max_det, agnostic=thresholds.agnostic, as_given=as_given)
    if output.contract == "decoded":
        return decode_decoded(boxes[0], confidence, keep_classes, as_given=as_given)
    return decode_detections(boxes[0], output.classes, confidence, keep_classes)


def choose(candidates: Candidates, output: OutputSpec, thresholds: Thresholds) -> Int64:
    """Return the indices of the selected candidates, best first, by the contract's rule."""
    max_det = thresholds.max_det
    if output.needs_nms:
        boxes, scores, class_ids = candidates.boxes, candidates.scores, candidates.class_ids
        return nms(boxes, scores, class_ids, thresholds.iou, max_det, thresholds.agnostic)
    if output.contract == "end2end":
        return first(candidates, max_det)
    return np.arange(len(candidates))[:max_det]  # in the model's order


def best_candidates(
    outputs: Sequence[Float32],
    output: OutputSpec,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
) -> Candidates:
    """Return the selected candidates in input pixels, best first."""
    found = decode(outputs, output, thresholds, keep_classes)
    return found.at(choose(found, output, thresholds))

"""What `yolo val` counts of a model's outputs, where apps and `predict` show less.

Where NMS chooses, a box counts once for each class above the threshold. Boxes and keypoints are not cut off
at the picture's edges, and masks have the prototypes' size, cut off at boxes between two of their pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import LetterboxPlan
from edgegen.tasks import extras
from edgegen.tasks.detect import pipeline
from edgegen.tasks.detect.decode import Candidates, class_logits, sigmoid
from edgegen.tasks.extras_contract import without_extras

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

_ALL: Final = -1.0  # a confidence that every candidate passes


@dataclass(frozen=True)
class Validated:
    """n things found, best first, in pixels of the original picture."""

    scores: Float32  # [n], 0 to 1
    class_ids: Int64  # [n]
    boxes: Float32  # [n, 4], x1 y1 x2 y2; of turned boxes [n, 0]
    rotated: Float32  # [n, 5], cx cy w h and the angle in radians; of others [n, 0]
    keypoints: Float32  # [n, K, 3]; of others [n, 0, 3]
    coarse_masks: Float32  # [n, H / 4, W / 4] of the letterboxed input, 0 or 1; of others [n, 0, 0]

    def __len__(self) -> int:
        """Return n."""
        return len(self.scores)


def validated(
    outputs: Sequence[Float32],
    spec: ModelSpec,
    plan: LetterboxPlan,
    thresholds: Thresholds,
    keep_classes: Sequence[int] = (),
) -> Validated:
    """Return what counts of a picture's outputs, of these classes alone, if there are any."""
    found = _found(outputs, spec, thresholds, keep_classes)
    count = len(found)
    boxes, rotated = np.zeros((count, 0), np.float32), np.zeros((count, 0), np.float32)
    if spec.task == "obb":
        from edgegen.tasks.obb.decode import to_image

        rotated = to_image(found.boxes, plan)
    else:
        boxes = _moved(found.boxes.reshape(-1, 2, 2), plan).reshape(-1, 4)
    keypoints, masks = np.zeros((count, 0, 3), np.float32), np.zeros((count, 0, 0), np.float32)
    if spec.task == "pose":
        from edgegen.tasks.pose.result import keypoints_of

        keypoints = keypoints_of(extras.of_extras(outputs, spec.output), spec.output, found.index)
        keypoints[..., :2] = _moved(keypoints[..., :2], plan)
    if spec.task == "segment":
        masks = _masks(outputs, spec, found)
    return Validated(found.scores, found.class_ids, boxes, rotated, keypoints, masks)


def _found(
    outputs: Sequence[Float32], spec: ModelSpec, thresholds: Thresholds, keep_classes: Sequence[int]
) -> Candidates:
    """Return what is left of the candidates, best first; boxes are corners, turned ones cx cy w h angle."""
    if spec.output.needs_nms:
        return _by_library(outputs, spec, thresholds, keep_classes)
    keep, most = keep_classes or None, thresholds.max_det
    candidates = _decoded(outputs, spec, thresholds.confidence, keep, most)
    kept = pipeline.choose(candidates, spec.output, iou=thresholds.iou, max_det=most)
    return Candidates(
        candidates.boxes[kept], candidates.scores[kept], candidates.class_ids[kept], candidates.index[kept]
    )


def _decoded(
    outputs: Sequence[Float32], spec: ModelSpec, confidence: float, keep: Sequence[int] | None, max_det: int
) -> Candidates:
    if spec.task == "obb":
        from edgegen.tasks.obb.result import decode

        return decode(outputs, spec.output, confidence, keep, max_det=max_det)
    return pipeline.decode(*_of_detection(outputs, spec.output), confidence, keep, max_det=max_det)


def _of_detection(outputs: Sequence[Float32], output: OutputSpec) -> tuple[Sequence[Float32], OutputSpec]:
    """Return the outputs as detection knows them, and what they are."""
    if not output.extras.channels:
        return outputs, output
    return extras.of_boxes(outputs, output), without_extras(output)


def _by_library(
    outputs: Sequence[Float32], spec: ModelSpec, thresholds: Thresholds, keep_classes: Sequence[int]
) -> Candidates:
    """Run Ultralytics' NMS with all classes of each box."""
    import torch
    from ultralytics.utils import nms

    library: Any = nms
    every = _decoded(outputs, spec, _ALL, None, thresholds.max_det)
    boxes, angles = every.boxes[:, :4], every.boxes[:, 4:]
    if spec.task != "obb":
        boxes = np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], axis=1)
    table = np.concatenate([boxes, _scores(outputs, spec)[:, every.index].T, angles], axis=1)
    rows, places = library.non_max_suppression(
        torch.from_numpy(np.ascontiguousarray(table.T[None])),
        thresholds.confidence,
        thresholds.iou,
        classes=list(keep_classes) or None,
        multi_label=True,
        max_det=thresholds.max_det,
        nc=spec.num_classes,
        rotated=spec.task == "obb",
        return_idxs=True,
    )
    row, index = rows[0].numpy(), every.index[places[0].numpy().astype(np.int64).reshape(-1)]
    boxes = np.concatenate([row[:, :4], row[:, 6:]], axis=1)
    return Candidates(boxes, row[:, 4], row[:, 5].astype(np.int64), index)


def _scores(outputs: Sequence[Float32], spec: ModelSpec) -> Float32:
    """Return [classes, candidates], 0 to 1; what is not a number is no score."""
    boxes, output = _of_detection(outputs, spec.output)
    if output.has_levels:
        return sigmoid(class_logits(boxes))
    scores = boxes[0][0, 4:]
    return np.where(np.isnan(scores), np.float32(0), scores).astype(np.float32)


def _masks(outputs: Sequence[Float32], spec: ModelSpec, found: Candidates) -> Float32:
    import torch
    from ultralytics.utils import ops

    library: Any = ops
    coefficients = extras.of_candidates(extras.of_extras(outputs, spec.output), spec.output, found.index)
    given = (
        torch.from_numpy(np.ascontiguousarray(each)) for each in (outputs[-1][0], coefficients, found.boxes)
    )
    return np.asarray(library.process_mask(*given, (spec.input.height, spec.input.width)).numpy(), np.float32)


def _moved(points: Float32, plan: LetterboxPlan) -> Float32:
    """Move points [..., 2] from the model's input back to the picture, uncut."""
    shift = np.array([plan.left, plan.top], dtype=np.float32)
    return np.asarray((points - shift) / np.array([plan.gain_x, plan.gain_y], dtype=np.float32), np.float32)

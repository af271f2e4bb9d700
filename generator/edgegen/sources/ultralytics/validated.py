"""What `yolo val rect=False` counts of a picture, where apps and `predict` show less.

The picture is resized by a rounding of its own. Where NMS chooses, a box counts once for each class above
the threshold, and classes that an app leaves out take places. Nothing is cut off at the picture's edges,
and masks have the prototypes' size. All is compared in pixels of the model's input, where labels are brought,
too. The source of each step is Ultralytics' validators.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import InputSpec, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import letterbox, plan_letterbox, to_tensor
from edgegen.reference.letterbox import resize_bilinear
from edgegen.tasks import extras
from edgegen.tasks.detect import pipeline
from edgegen.tasks.detect.decode import Candidates, class_logits, sigmoid
from edgegen.tasks.extras_contract import without_extras

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]
Uint8 = npt.NDArray[np.uint8]

_CONFIDENCE: Final = {"obb": 0.01}  # where it is not 0.001
_EVERY: Final = -1.0  # a confidence that every candidate passes


@dataclass(frozen=True)
class Frame:
    """Where a picture lies in the letterboxed input."""

    gain: Float32  # across and down: pixels of the input to one of the picture
    corner: Float32  # x, y of the picture's upper left corner

    @staticmethod
    def of(picture_hw: tuple[int, int], input_hw: tuple[int, int]) -> "Frame":
        """Return where predict and apps place it."""
        plan = plan_letterbox(picture_hw, input_hw)
        return _frame((plan.gain_x, plan.gain_y), (plan.left, plan.top))

    def placed(self, points: Float32) -> Float32:
        """Bring points [..., 2] of the picture into the input."""
        return points * self.gain + self.corner


def _frame(gain: tuple[float, float], corner: tuple[float, float]) -> Frame:
    return Frame(np.array(gain, np.float32), np.array(corner, np.float32))


PICTURE: Final = _frame((1, 1), (0, 0))  # what stays in the picture's own pixels


@dataclass(frozen=True)
class Validated:
    """n things found, best first, in pixels of the model's input."""

    scores: Float32  # [n], 0 to 1
    class_ids: Int64  # [n]
    boxes: Float32  # [n, 4], x1 y1 x2 y2; of turned boxes [n, 0]
    rotated: Float32  # [n, 5], cx cy w h and the angle in radians; of others [n, 0]
    keypoints: Float32  # [n, K, 3]; of others [n, 0, 3]
    coarse_masks: Float32  # [n, H / 4, W / 4], 0 or 1; of others [n, 0, 0]
    frame: Frame

    def __len__(self) -> int:
        """Return n."""
        return len(self.scores)


def validated(
    rgb: Uint8,
    forward: pipeline.Forward,
    spec: ModelSpec,
    thresholds: Thresholds,
    keep_classes: Sequence[int] = (),
) -> Validated:
    """Return what counts of a picture [h, w, 3], of these classes alone, if there are any.

    forward maps the input tensor to the model's outputs. Of the thresholds, turned boxes have a confidence of
    their own, as in Ultralytics' validator: 0.01.
    """
    pixels, frame = _letterboxed(rgb, spec.input)
    outputs = forward(to_tensor(pixels, spec.input))
    thresholds = replace(thresholds, confidence=_CONFIDENCE.get(spec.task, thresholds.confidence))
    found = _found(outputs, spec, thresholds)
    if keep_classes:
        found = found.at(np.flatnonzero(np.isin(found.class_ids, keep_classes)))
    nothing = np.zeros((len(found), 0), np.float32)
    boxes, rotated = (nothing, found.boxes) if spec.task == "obb" else (found.boxes, nothing)
    keypoints, masks = np.zeros((len(found), 0, 3), np.float32), nothing[..., None]
    if spec.task == "pose":
        from edgegen.tasks.pose.result import keypoints_of

        keypoints = keypoints_of(extras.extra_outputs(outputs, spec.output), spec.output, found.index)
    if spec.task == "segment":
        masks = _masks(outputs, spec, found)
    return Validated(found.scores, found.class_ids, boxes, rotated, keypoints, masks, frame)


def _letterboxed(rgb: Uint8, spec: InputSpec) -> tuple[Uint8, Frame]:
    """Return the input's bytes [H, W, 3]: the long side fits, the short one is rounded up."""
    height, width = rgb.shape[:2]
    most = max(spec.height, spec.width)
    ratio = most / max(height, width)
    if ratio != 1:
        across, down = (min(math.ceil(side * ratio), most) for side in (width, height))
        rgb = resize_bilinear(rgb, down, across)
    resized_hw, input_hw = (rgb.shape[0], rgb.shape[1]), (spec.height, spec.width)
    plan = plan_letterbox(resized_hw, input_hw)
    # Labels go by the ratio, the picture by the rounded sizes.
    ratio = min(input_hw[0] / resized_hw[0], input_hw[1] / resized_hw[1])
    gain = resized_hw[1] / width * ratio, resized_hw[0] / height * ratio
    return letterbox(rgb, input_hw, spec.pad_value), _frame(gain, (plan.left, plan.top))


def _found(outputs: Sequence[Float32], spec: ModelSpec, thresholds: Thresholds) -> Candidates:
    """Return what is left of the candidates, best first; boxes are corners, turned ones cx cy w h angle."""
    if spec.output.needs_nms:
        return _by_library(outputs, spec, thresholds)
    most = thresholds.max_det
    candidates = _decoded(outputs, spec, thresholds.confidence, most)
    return candidates.at(pipeline.choose(candidates, spec.output, iou=thresholds.iou, max_det=most))


def _decoded(outputs: Sequence[Float32], spec: ModelSpec, confidence: float, max_det: int) -> Candidates:
    if spec.task == "obb":
        from edgegen.tasks.obb.result import decode

        return decode(outputs, spec.output, confidence, max_det=max_det)
    return pipeline.decode(*_of_detection(outputs, spec.output), confidence, max_det=max_det)


def _of_detection(outputs: Sequence[Float32], output: OutputSpec) -> tuple[Sequence[Float32], OutputSpec]:
    """Return the outputs as detection knows them, and what they are."""
    if not output.extras.channels:
        return outputs, output
    return extras.box_outputs(outputs, output), without_extras(output)


def _by_library(outputs: Sequence[Float32], spec: ModelSpec, thresholds: Thresholds) -> Candidates:
    """Run Ultralytics' NMS with all classes of each box."""
    import torch
    import torchvision  # noqa: F401 - Ultralytics takes its faster NMS where it is imported already
    from ultralytics.utils import nms

    library: Any = nms
    every = _decoded(outputs, spec, _EVERY, thresholds.max_det)
    boxes, angles = every.boxes[:, :4], every.boxes[:, 4:]
    if spec.task != "obb":
        boxes = np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], axis=1)
    table = np.concatenate([boxes, _scores(outputs, spec)[:, every.index].T, angles], axis=1)
    rows, places = library.non_max_suppression(
        torch.from_numpy(np.ascontiguousarray(table.T[None])),
        thresholds.confidence,
        thresholds.iou,
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
    coefficients = extras.extras_at(extras.extra_outputs(outputs, spec.output), spec.output, found.index)
    given = (
        torch.from_numpy(np.ascontiguousarray(each)) for each in (outputs[-1][0], coefficients, found.boxes)
    )
    return np.asarray(library.process_mask(*given, (spec.input.height, spec.input.width)).numpy(), np.float32)

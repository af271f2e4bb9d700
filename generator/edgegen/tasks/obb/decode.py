"""Decode a model's outputs to oriented boxes in input pixels, map them to the picture, and compare them.

An oriented box is cx cy w h in pixels and an angle in radians from the x axis to the side w, with y down. The
angle can have any size, and w can be shorter than h. `Candidates.boxes` has these five values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.letterbox import LetterboxPlan
from edgegen.reference.nms import class_offsets, probiou, rotated_nms
from edgegen.tasks import extras
from edgegen.tasks.decoder import Outputs, Record, Tolerances
from edgegen.tasks.detect import decode as detect
from edgegen.tasks.detect.decode import Candidates, sigmoid
from edgegen.tasks.detect.decoder import MOST_BOXES, DetectDecoder
from edgegen.tasks.detect.result import TOLERANCES, Detections, Floats, Pairs, boxes_of_json
from edgegen.tasks.stage import Comparison, Stage, worst_difference, worst_of

if TYPE_CHECKING:
    from typing_extensions import Self


ROTATED_CORNER: Final = 0.05  # pixels of the original picture
ANGLE: Final = 0.001  # radians, modulo a quarter turn


def angle_of(output: Float32, encoding: str) -> Float32:
    """Return angles [n] from a head's outputs, by one of `model.spec.ANGLES`.

    `sigmoid` is (sigmoid - 0.25) * pi, as in Ultralytics' OBB. `logit` is the output itself, as in OBB26.
    """
    if encoding == "logit":
        return output
    angles: Float32 = (sigmoid(output) - np.float32(0.25)) * np.float32(np.pi)
    return angles


def rotated_boxes(distance: Float32, angle: Float32, centre: Float32, stride: Float32) -> Float32:
    """Return cx cy w h angle [n, 5] in input pixels.

    distance [n, 4] is left, top, right, bottom from the cell's centre [n, 2] along the box's rotated axes, in
    strides [n].
    """
    with np.errstate(invalid="ignore", over="ignore"):
        towards = (distance[:, 2:] - distance[:, :2]) / np.float32(2)
        cos, sin = np.cos(angle), np.sin(angle)
        x = towards[:, 0] * cos - towards[:, 1] * sin
        y = towards[:, 0] * sin + towards[:, 1] * cos
        place = np.stack([x, y], axis=1) + centre
        boxes = np.concatenate([place, distance[:, :2] + distance[:, 2:]], axis=1) * stride[:, None]
    return np.concatenate([boxes, angle[:, None]], axis=1).astype(np.float32)


def decode(
    outputs: Sequence[Float32],
    output: OutputSpec,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
) -> Candidates:
    """Decode a model's outputs by its contract: `boxes` are [n, 5], cx cy w h angle in input pixels.

    Candidates pass by the rules of detection; those without a finite angle are dropped.
    """
    found = detect.decode(outputs, output, thresholds, keep_classes, encoded=True)
    angle = angles_of(outputs, output, found.index)
    if output.has_levels:
        centre, stride = extras.centres(outputs[:: output.per_level], output.strides, found.index)
        boxes = rotated_boxes(found.boxes, angle, centre, stride)
    else:
        boxes = np.concatenate([found.boxes, angle[:, None]], axis=1)
    return replace(found, boxes=boxes).at(np.flatnonzero(np.isfinite(boxes).all(axis=1)))


def angles_of(outputs: Sequence[Float32], output: OutputSpec, index: Int64) -> Float32:
    """Return the angles [n] in radians of these candidates."""
    angles = extras.extras_at(outputs, output, index)[:, 0]
    return angle_of(angles, output.extras.angle) if output.has_levels else angles


def choose(candidates: Candidates, output: OutputSpec, thresholds: Thresholds) -> Int64:
    """Return the indices of the selected candidates, best first, by the contract's rule."""
    if not output.needs_nms:
        return detect.choose(candidates, output, thresholds)
    boxes, scores, class_ids = candidates.boxes, candidates.scores, candidates.class_ids
    return rotated_nms(boxes, scores, class_ids, thresholds.iou, thresholds.max_det, thresholds.agnostic)


def to_image(boxes: Float32, plan: LetterboxPlan) -> Float32:
    """Map oriented boxes [n, 5] from the model's input to the picture, not clipped.

    At any angle, w is divided by the gain along x and h by that along y, as in Ultralytics. The gains differ
    only by the rounding of the letterboxed size.
    """
    shift = np.array([plan.left, plan.top, 0, 0], dtype=np.float32)
    gain = np.array([plan.gain_x, plan.gain_y, plan.gain_x, plan.gain_y], dtype=np.float32)
    return np.concatenate([(boxes[:, :4] - shift) / gain, boxes[:, 4:]], axis=1).astype(np.float32)


def corners(boxes: Float32) -> Float32:
    """Return the corners [n, 4, 2] of oriented boxes [n, 5].

    Order, from the centre: +w/2 +h/2, +w/2 -h/2, -w/2 -h/2, -w/2 +h/2.
    """
    centre, (width, height, angle) = boxes[:, :2], (boxes[:, i, None] for i in (2, 3, 4))
    cos, sin = np.cos(angle), np.sin(angle)
    half = np.float32(2)
    along = np.concatenate([width / half * cos, width / half * sin], axis=1)
    across = np.concatenate([-height / half * sin, height / half * cos], axis=1)
    found: Float32 = np.stack(
        [centre + along + across, centre + along - across, centre - along - across, centre - along + across],
        axis=1,
    )
    return found


def upright_boxes(boxes: Float32) -> Float32:
    """Return the upright boxes x1 y1 x2 y2 [n, 4] around oriented boxes [n, 5], not clipped."""
    found = corners(boxes)
    return np.concatenate([found.min(axis=1), found.max(axis=1)], axis=1)


@dataclass(frozen=True)
class OrientedBoxes(Detections):
    """n oriented boxes, best first, in picture pixels. `boxes` are the upright boxes around them."""

    rotated: Float32  # [n, 5], cx cy w h and the angle in radians, not clipped

    def compare_extras(
        self, boxes: Comparison, reference: "Self", pairs: Pairs, tolerances: Tolerances | None
    ) -> Comparison:
        """Compare the oriented boxes of each pair."""
        allowed = tolerances or OrientedDecoder.tolerances
        mine, right = self.rotated[[i for i, _ in pairs]], reference.rotated[[j for _, j in pairs]]
        corner, off = _worst_corner(mine, right), _angle_difference(mine[:, 4], right[:, 4])
        own = (
            Stage.of("corners", corner, allowed["rotated_corner"], "px", len(pairs)),
            Stage.of("angles", off, allowed["angle"], "rad", len(pairs)),
        )
        return replace(boxes, others=own, worst={**boxes.worst, "rotated_corner": corner, "angle": off})

    def extras_difference(self, i: int, other: "Self", j: int) -> float:
        """Return the largest distance of corners in pixels."""
        return _worst_corner(self.rotated[i : i + 1], other.rotated[j : j + 1])

    def nms_overlaps(self, other: "Self", indices: Sequence[int], agnostic: bool) -> Floats:
        """Return the probabilistic IoU of NMS [indices, n + m]."""
        moved = np.concatenate([self.rotated, other.rotated]).astype(np.float32)
        moved[:, :2] += class_offsets(np.concatenate([self.class_ids, other.class_ids]), agnostic)
        return probiou(moved[list(indices)], moved)

    def likeness(self, other: "Self") -> Floats:
        """Return the probabilistic IoU [n, m], as in NMS."""
        return probiou(self.rotated, other.rotated)

    def to_json(self, class_names: Sequence[str]) -> list[dict[str, Any]]:
        rows = zip(super().to_json(class_names), self.rotated, corners(self.rotated), strict=True)
        return [
            {**row, "xywhr": [float(value) for value in rotated], "corners": points.astype(float).tolist()}
            for row, rotated, points in rows
        ]

    def add_to(self, record: Record) -> None:
        super().add_to(record)
        record.add("boxes.rotated", "f32", self.rotated)


class OrientedDecoder(DetectDecoder):
    """Decodes and compares oriented boxes."""

    tolerances: ClassVar[Tolerances] = {
        **TOLERANCES,
        "rotated_corner": ROTATED_CORNER,
        "angle": ANGLE,
    }

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        stages = super().compare_outputs(ours, theirs, output)
        every = np.arange(output.candidates)
        mine, right = (angles_of(each, output, every) for each in (ours, theirs))
        return [*stages, Stage.of("pte angles", worst_difference(mine, right), ANGLE, "rad", right.size)]

    def decode(
        self,
        outputs: Outputs,
        output: OutputSpec,
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> Candidates:
        return decode(outputs, output, thresholds, keep_classes)

    def choose(self, candidates: Candidates, output: OutputSpec, thresholds: Thresholds) -> Int64:
        return choose(candidates, output, thresholds)

    def on_picture(
        self, found: Candidates, outputs: Outputs, output: OutputSpec, plan: LetterboxPlan
    ) -> OrientedBoxes:
        rotated = to_image(found.boxes, plan)
        return OrientedBoxes(upright_boxes(rotated), found.scores, found.class_ids, rotated)

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> OrientedBoxes:
        rotated = np.array([row["xywhr"] for row in rows], dtype=np.float32).reshape(-1, 5)
        return OrientedBoxes(*boxes_of_json(rows), rotated)

    def extras_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        return MOST_BOXES * 5 * 4, 4 + 4

    def draw(self, spec: ModelSpec, random: np.random.RandomState, count: int) -> Float32:
        """Return random angle outputs [count, 1], of more than half a turn in both directions."""
        drawn: Float32 = random.uniform(-4, 4, (count, 1)).astype(np.float32)
        return drawn

    def add_extras(
        self, record: Record, outputs: Outputs, spec: ModelSpec, rows: Int64, decoded: Int64
    ) -> None:
        record.add("raw.row.angle", "f32", extras.extras_at(outputs, spec.output, rows))
        record.add("decode.angle", "f32", angles_of(outputs, spec.output, decoded))


def _worst_corner(mine: Float32, right: Float32) -> float:
    """Return the largest distance of corners, over the best of the four orders of a rectangle's corners."""
    wanted, found = corners(right), corners(mine).astype(np.float64)
    rotations = [np.abs(np.roll(found, turn, axis=1) - wanted).max(axis=(1, 2)) for turn in range(4)]
    return worst_of(np.stack(rotations).min(axis=0))


def _angle_difference(mine: Float32, right: Float32) -> float:
    """Return the largest difference of angles in radians, modulo a quarter turn. Corners check the sides."""
    quarter = np.pi / 2
    off = np.abs(mine.astype(np.float64) - right) % quarter
    return worst_of(np.minimum(off, quarter - off))

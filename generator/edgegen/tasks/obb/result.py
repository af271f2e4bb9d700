"""The result of an oriented-box model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.letterbox import LetterboxPlan
from edgegen.reference.rotated_nms import probiou
from edgegen.tasks import extras
from edgegen.tasks.decoder import Outputs, Record, Tolerances
from edgegen.tasks.detect.decode import Candidates
from edgegen.tasks.detect.decoder import MOST_BOXES, DetectDecoder
from edgegen.tasks.detect.result import TOLERANCES, Detections, Floats, Pairs, boxes_of_json, class_offsets
from edgegen.tasks.obb.decode import angles_of, choose, corners, decode, to_image, upright_boxes
from edgegen.tasks.stage import Comparison, Stage, worst_difference, worst_of

if TYPE_CHECKING:
    from typing_extensions import Self

ROTATED_CORNER: Final = 0.05  # pixels of the original picture
ANGLE: Final = 0.001  # radians, modulo a quarter turn


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
        corner, off = _worst_corner(mine, right), angle_difference(mine[:, 4], right[:, 4])
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
        moved[:, :2] += class_offsets(self, other, agnostic)
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


def _worst_corner(mine: Float32, right: Float32) -> float:
    """Return the largest distance of corners, over the best of the four orders of a rectangle's corners."""
    wanted, found = corners(right), corners(mine).astype(np.float64)
    rotations = [np.abs(np.roll(found, turn, axis=1) - wanted).max(axis=(1, 2)) for turn in range(4)]
    return worst_of(np.stack(rotations).min(axis=0))


def angle_difference(mine: Float32, right: Float32) -> float:
    """Return the largest difference of angles in radians, modulo a quarter turn. Corners check the sides."""
    quarter = np.pi / 2
    off = np.abs(mine.astype(np.float64) - right) % quarter
    return worst_of(np.minimum(off, quarter - off))


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

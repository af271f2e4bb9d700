"""The result of a pose model: boxes with keypoints."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Int64
from edgegen.model.skeleton import LEAST_VISIBLE
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.letterbox import LetterboxPlan
from edgegen.tasks import extras
from edgegen.tasks.decoder import Outputs, Tolerances
from edgegen.tasks.detect import comparison, pipeline
from edgegen.tasks.detect.comparison import SCORE
from edgegen.tasks.detect.result import FOUND_AGAIN, Detections, boxes_of_json
from edgegen.tasks.detect.stages import MOST_BOXES, DetectStages
from edgegen.tasks.golden import Record
from edgegen.tasks.pose.decode import keypoints_of, to_image
from edgegen.tasks.stage import Comparison, Stage, worst_difference

if TYPE_CHECKING:
    from typing_extensions import Self

KEYPOINT: Final = 0.05  # pixels of the picture, or of the input for outputs
SPREAD: Final = 3.0  # of random keypoints of levels, in strides


@dataclass(frozen=True)
class Poses(Detections):
    """n detections with their keypoints, best first, in pixels of the original picture."""

    keypoints: Float32  # [n, K, 3]: x, y and score, 0 to 1

    def compare(
        self,
        reference: "Self",
        thresholds: Thresholds,
        output: OutputSpec,
        tolerances: Tolerances | None = None,
    ) -> Comparison:
        """Pair the boxes as in detection, and compare the keypoints of each pair."""
        boxes = comparison.compare_boxes(self, reference, thresholds, output, tolerances)
        allowed = tolerances or PoseDecoder.tolerances
        pairs, _, _ = comparison.pair(self, reference, tolerances)
        right = reference.keypoints[[j for _, j in pairs]]
        mine = self.keypoints[[i for i, _ in pairs]]
        worst = score = math.inf if pairs else 0.0  # an empty result in JSON has no number of keypoints
        if mine.shape == right.shape:
            worst = worst_difference(mine[..., :2], right[..., :2])
            score = worst_difference(mine[..., 2], right[..., 2])
        problems = boxes.problems
        if score > allowed["score"]:  # the report's line has places only
            problems = (
                *problems,
                f"a keypoint's score differs by {score:.4f}, more than {allowed['score']:g}",
            )
        near = worst <= allowed["keypoint"] and score <= allowed["score"]
        count = right.shape[0] * right.shape[1]
        return replace(
            boxes,
            others=(Stage("keypoints", worst, allowed["keypoint"], "px", near, count),),
            problems=problems,
            worst={**boxes.worst, "keypoint": worst, "score": max(boxes.worst["score"], score)},
        )

    def extras_difference(self, i: int, other: "Self", j: int) -> float:
        """Return the largest difference of keypoints, in pixels or scores."""
        mine, right = self.keypoints[i], other.keypoints[j]
        return worst_difference(mine, right) if mine.shape == right.shape else math.inf

    def likeness(self, other: "Self") -> npt.NDArray[np.floating[Any]]:
        """Return the lower of the boxes' IoU and the keypoints' likeness [n, m].

        The latter is 1 - 0.25 * mean distance / (a tenth of the box's mean side). In a box of 100 x 100
        pixels, keypoints are found again within 10 pixels on average.
        """
        sides = np.sqrt(np.prod(np.maximum(self.boxes[:, 2:] - self.boxes[:, :2], 1), axis=1))
        distance = self.keypoints[:, None, :, :2] - other.keypoints[None, :, :, :2]
        apart = np.linalg.norm(distance, axis=3).mean(axis=2)
        points = np.clip(1 - (1 - FOUND_AGAIN) * apart / (0.1 * sides[:, None]), 0, 1)
        return np.asarray(np.minimum(super().likeness(other), points))

    def to_json(self, class_names: Sequence[str]) -> list[dict[str, Any]]:
        """Return class, score, box and keypoints of each detection."""
        return [
            {**row, "keypoints": [[float(value) for value in point] for point in points]}
            for row, points in zip(super().to_json(class_names), self.keypoints, strict=True)
        ]

    def spoken_text(self, class_names: Sequence[str]) -> str:
        """Return detection's text and the number of visible points: `2 person, 31 of 34 points seen`.

        Without visibility, all scores are 1, or 0 for points that are not finite; then only detection's text.
        """
        text, scores = super().spoken_text(class_names), self.keypoints[..., 2]
        if ((scores == 1) | (scores == 0)).all():  # also without results
            return text
        return f"{text}, {int((scores >= LEAST_VISIBLE).sum())} of {scores.size} points seen"

    def add_to(self, record: Record) -> None:
        """Add the boxes and keypoints to golden vectors."""
        super().add_to(record)
        record.add("boxes.keypoint", "f32", self.keypoints)


class PoseDecoder:
    """Decodes and compares poses."""

    tolerances: Final = {**comparison.TOLERANCES, "keypoint": KEYPOINT}

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        """Compare boxes and classes as in detection, and keypoints."""
        stages = comparison.compare_outputs(ours, theirs, output)
        mine, right = _table(ours, output), _table(theirs, output)
        for name, values, tolerance, unit in (
            ("pte keypoints", slice(0, 2), KEYPOINT, "px"),
            ("pte visibility", slice(2, None), SCORE, "score"),
        ):
            if count := right[:, :, values].size:
                worst = worst_difference(mine[:, :, values], right[:, :, values])
                stages.append(Stage.of(name, worst, tolerance, unit, count))
        return stages

    def result(
        self,
        outputs: Outputs,
        output: OutputSpec,
        plan: LetterboxPlan,
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> Poses:
        """Decode the outputs, select, and map boxes and keypoints of the selection to the picture."""
        found = pipeline.best_candidates(outputs, output, thresholds, keep_classes)
        keypoints = keypoints_of(outputs, output, found.index)
        places = pipeline.to_image(found.boxes, plan)
        return Poses(places, found.scores, found.class_ids, to_image(keypoints, plan))

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> Poses:
        """Read boxes and keypoints of an app's JSON."""
        points = [np.array(row["keypoints"], dtype=np.float32).reshape(-1, 3) for row in rows]
        keypoints = np.stack(points) if points else np.zeros((0, 0, 3), dtype=np.float32)
        return Poses(*boxes_of_json(rows), keypoints)


def _table(outputs: Outputs, output: OutputSpec) -> Float32:
    """Return the keypoints [n, K, D] of all candidates; of levels, the decoded ones."""
    every = np.arange(output.candidates, dtype=np.int64)
    if output.has_levels:
        return keypoints_of(outputs, output, every)[:, :, : output.extras.kpt_shape[1]]
    return extras.extras_at(outputs, output, every).reshape(-1, *output.extras.kpt_shape)


class PoseStages(DetectStages):
    """The stages of keypoints: as output, decoded, and the result."""

    def extras_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Return the bytes of the keypoints for a picture and for each row."""
        keypoints = 3 * 4 * spec.output.extras.kpt_shape[0]
        return MOST_BOXES * keypoints, 4 * spec.output.extras.channels + keypoints

    def draw(self, spec: ModelSpec, random: Any, count: int) -> Float32:
        """Return random keypoints [count, K * D]: outputs for levels, pixels and scores for one tensor."""
        values = random.normal(0, SPREAD, (count, *spec.output.extras.kpt_shape))
        if not spec.output.has_levels:
            places = random.uniform(-0.1, 1.1, values[..., :2].shape)
            values[..., :2] = places * (spec.input.width, spec.input.height)
            values[..., 2:] = random.uniform(0, 1, values[..., 2:].shape)
        drawn: Float32 = values.reshape(count, -1).astype(np.float32)
        return drawn

    def add_extras(
        self, record: Record, outputs: Outputs, spec: ModelSpec, rows: Int64, decoded: Int64
    ) -> None:
        """Add the keypoints of rows, and the decoded ones."""
        record.add("raw.row.keypoint", "f32", extras.extras_at(outputs, spec.output, rows))
        record.add("decode.keypoint", "f32", keypoints_of(outputs, spec.output, decoded))

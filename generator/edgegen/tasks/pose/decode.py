"""Decode and compare the result of a pose model: boxes with keypoints."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from edgegen.base.arrays import Float32, Int64
from edgegen.model.skeleton import LEAST_VISIBLE
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.reference.letterbox import LetterboxPlan, points_to_picture
from edgegen.tasks import extras
from edgegen.tasks.decoder import Outputs, Record, Tolerances
from edgegen.tasks.detect.decode import Candidates, sigmoid
from edgegen.tasks.detect.decode import to_image as boxes_to_image
from edgegen.tasks.detect.decoder import MOST_BOXES, DetectDecoder
from edgegen.tasks.detect.result import FOUND_AGAIN, SCORE, Detections, Floats, Pairs, boxes_of_json
from edgegen.tasks.stage import Comparison, Stage, worst_difference

if TYPE_CHECKING:
    from typing_extensions import Self

KEYPOINT: Final = 0.05  # pixels of the picture, or of the input for outputs
KNOWN: Final = np.float32(1)  # score of keypoints without visibility
SPREAD: Final = 3.0  # of random keypoints of levels, in strides


def keypoints_of(outputs: Sequence[Float32], output: OutputSpec, index: Int64) -> Float32:
    """Return keypoints [n, K, 3] of these candidates [n]: x, y in input pixels and the score, 0 to 1.

    The D values of a keypoint are adjacent: x, y and, if D is 3, its visibility. Levels give it as a logit,
    and a coordinate is (value * scale + (centre + shift)) * stride. Other contracts give pixels and scores.
    """
    encoding = output.extras
    points = extras.extras_at(outputs, output, index).reshape(-1, *encoding.kpt_shape).astype(np.float32)
    places, scores = points[..., :2], points[..., 2:]
    if output.has_levels:
        centre, stride = extras.centres(outputs[:: output.per_level], output.strides, index)
        shift = np.float32(encoding.keypoint_shift)
        with np.errstate(invalid="ignore", over="ignore"):
            places = places * np.float32(encoding.keypoint_scale) + (centre + shift)[:, None]
            places = places * stride[:, None, None]
        scores = sigmoid(scores)
    if encoding.kpt_shape[1] == 2:
        scores = np.full((*places.shape[:2], 1), KNOWN)
    return np.concatenate([places, scores], axis=2).astype(np.float32)


def to_image(keypoints: Float32, plan: LetterboxPlan) -> Float32:
    """Map keypoints [n, K, 3] from the model's input to the picture, clipped to it. Scores stay.

    A keypoint with a value that is not finite becomes 0, 0 with score 0.
    """
    moved = np.concatenate([points_to_picture(keypoints[..., :2], plan), keypoints[..., 2:]], axis=-1)
    moved[~np.isfinite(keypoints).all(axis=-1)] = 0
    return moved


@dataclass(frozen=True)
class Poses(Detections):
    """n detections with their keypoints, best first, in pixels of the original picture."""

    keypoints: Float32  # [n, K, 3]: x, y and score, 0 to 1

    def compare_extras(
        self, boxes: Comparison, reference: "Self", pairs: Pairs, tolerances: Tolerances | None
    ) -> Comparison:
        """Compare the keypoints of each pair."""
        allowed = tolerances or PoseDecoder.tolerances
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

    def likeness(self, other: "Self") -> Floats:
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
        super().add_to(record)
        record.add("boxes.keypoint", "f32", self.keypoints)


class PoseDecoder(DetectDecoder):
    """Decodes and compares poses."""

    tolerances: ClassVar[Tolerances] = {**DetectDecoder.tolerances, "keypoint": KEYPOINT}

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        stages = super().compare_outputs(ours, theirs, output)
        mine, right = _table(ours, output), _table(theirs, output)
        for name, values, tolerance, unit in (
            ("pte keypoints", slice(0, 2), KEYPOINT, "px"),
            ("pte visibility", slice(2, None), SCORE, "score"),
        ):
            if count := right[:, :, values].size:
                worst = worst_difference(mine[:, :, values], right[:, :, values])
                stages.append(Stage.of(name, worst, tolerance, unit, count))
        return stages

    def on_picture(
        self, found: Candidates, outputs: Outputs, output: OutputSpec, plan: LetterboxPlan
    ) -> Poses:
        keypoints = to_image(keypoints_of(outputs, output, found.index), plan)
        return Poses(boxes_to_image(found.boxes, plan), found.scores, found.class_ids, keypoints)

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> Poses:
        points = [np.array(row["keypoints"], dtype=np.float32).reshape(-1, 3) for row in rows]
        keypoints = np.stack(points) if points else np.zeros((0, 0, 3), dtype=np.float32)
        return Poses(*boxes_of_json(rows), keypoints)

    def extras_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        keypoints = 3 * 4 * spec.output.extras.kpt_shape[0]
        return MOST_BOXES * keypoints, 4 * spec.output.extras.channels + keypoints

    def draw(self, spec: ModelSpec, random: np.random.RandomState, count: int) -> Float32:
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
        record.add("raw.row.keypoint", "f32", extras.extras_at(outputs, spec.output, rows))
        record.add("decode.keypoint", "f32", keypoints_of(outputs, spec.output, decoded))


def _table(outputs: Outputs, output: OutputSpec) -> Float32:
    """Return the keypoints [n, K, D] of all candidates; of levels, the decoded ones."""
    every = np.arange(output.candidates, dtype=np.int64)
    if output.has_levels:
        return keypoints_of(outputs, output, every)[:, :, : output.extras.kpt_shape[1]]
    return extras.extras_at(outputs, output, every).reshape(-1, *output.extras.kpt_shape)

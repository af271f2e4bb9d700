"""Preprocess pictures for classification, decode the output to ranked classes, and compare rankings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar, Final

import numpy as np

from edgegen.base.arrays import Float32, Int64, Uint8
from edgegen.model.spec import WHOLE_PICTURE, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.letterbox import LetterboxPlan
from edgegen.reference.pillow_resize import resize
from edgegen.tasks.decoder import Decoder, Outputs, Record, Tolerances
from edgegen.tasks.stage import Comparison, Loss, Stage, first_rise, worst_difference, worst_of

ZEROS: Final = (0.0, 0.0, 0.0)
ONES: Final = (1.0, 1.0, 1.0)
LOGIT: Final = 1e-3
PROBABILITY: Final = 1e-4


def plan_crop(source_hw: tuple[int, int], input_hw: tuple[int, int], shorter: int) -> LetterboxPlan:
    """Return the resize and crop from source_hw to input_hw (height, width), as in torchvision.

    `left` and `top` are negative: parts of the resized picture are cut off.

    The picture's shorter side becomes `shorter`, the longer one int(shorter * long / short), and the centre
    is cut out, rounded half to even. WHOLE_PICTURE: it is stretched to the input.
    """
    height, width = input_hw
    if shorter == WHOLE_PICTURE:
        return LetterboxPlan(*source_hw, *input_hw, *input_hw, left=0, top=0)
    if shorter < max(input_hw):
        raise ValueError(f"the shorter side is {shorter}, less than the input of {height}x{width}")
    source_height, source_width = source_hw
    longer = int(shorter * max(source_hw) / min(source_hw))
    tall, wide = (longer, shorter) if source_width <= source_height else (shorter, longer)
    left, top = -round((wide - width) / 2), -round((tall - height) / 2)
    return LetterboxPlan(*source_hw, *input_hw, tall, wide, left, top)


def crop(image: Uint8, plan: LetterboxPlan, filter_name: str = "bilinear") -> Uint8:
    """Return the input's bytes [height, width, 3] of a picture [h, w, 3], bit-exact with Pillow."""
    rows = range(-plan.top, plan.input_height - plan.top)
    columns = range(-plan.left, plan.input_width - plan.left)
    return resize(image, plan.resized_height, plan.resized_width, filter_name, rows=rows, columns=columns)


def to_tensor(
    cropped: Uint8, mean: tuple[float, ...] = ZEROS, std: tuple[float, ...] = ONES, scale: float = 1 / 255
) -> Float32:
    """Turn bytes [H, W, 3] into the input tensor [1, 3, H, W]: (byte * scale - mean) / std.

    Each step is rounded to float32, as in torchvision's ToTensor and Normalize. With a mean other than 0 the
    last bit differs from `reference.to_tensor`, which rounds once.
    """
    values = (np.arange(256) * scale).astype(np.float32)[:, None]  # 1/255 gives the same as a division by 255
    table = (values - np.asarray(mean, dtype=np.float32)) / np.asarray(std, dtype=np.float32)  # [256, 3]
    tensor = table[cropped, np.arange(3)].transpose(2, 0, 1)[None]
    return np.ascontiguousarray(tensor, dtype=np.float32)


def softmax(logits: Float32) -> Float32:
    """Return probabilities [nc] of logits [nc], in float32; all NaN where a logit is NaN or infinite."""
    with np.errstate(invalid="ignore", over="ignore"):
        powers = np.exp(logits - logits.max())
        return np.asarray(powers / powers.sum(dtype=np.float32), dtype=np.float32)


def decode(output: Float32, contract: str) -> Float32:
    """Return probabilities [nc] of one tensor [1, nc]: `logits`, or `probabilities` already.

    NaN becomes 0.
    """
    scores = softmax(output[0]) if contract == "logits" else output[0]
    return np.where(np.isnan(scores), np.float32(0), scores).astype(np.float32)


def best_first(scores: Float32, keep_classes: Int64 | None = None) -> Int64:
    """Return all classes, or those of keep_classes, by falling score, then by rising class."""
    order = np.argsort(-scores, kind="stable")
    return order if keep_classes is None else order[np.isin(order, keep_classes)]


@dataclass(frozen=True)
class Ranking:
    """n classes of a picture by falling probability, then by number."""

    class_ids: Int64  # [n]
    scores: Float32  # [n], 0 to 1

    def __len__(self) -> int:
        return len(self.scores)

    def at(self, places: Int64) -> "Ranking":
        """Return the classes at these indices."""
        return Ranking(self.class_ids[places], self.scores[places])

    def of(self, keep_classes: Sequence[int]) -> "Ranking":
        """Return these classes only."""
        return self.at(np.flatnonzero(np.isin(self.class_ids, keep_classes)))

    def compare(
        self,
        reference: "Ranking",
        thresholds: Thresholds,
        output: OutputSpec,
        tolerances: Tolerances | None = None,
    ) -> Comparison:
        """Compare these classes, all or the max_det best, with all classes of the reference.

        Classes may change order only if their probabilities are within tolerance.
        """
        tolerance = (tolerances or ClassifyDecoder.tolerances)["probability"]
        probability_of = dict(
            zip(reference.class_ids.tolist(), reference.scores.astype(np.float64).tolist(), strict=True)
        )
        ids = self.class_ids.tolist()
        unknown = [number for number in ids if number not in probability_of or ids.count(number) > 1]
        if unknown:
            listed = ", ".join(map(str, sorted(set(unknown))[:5]))
            return _comparison(0.0, 0, [f"unknown or repeated classes: {listed}"], tolerance)
        expected = np.array([probability_of[number] for number in ids])
        late = first_rise(expected, tolerance)
        problems = [] if late is None else [f"out of order: class {ids[late]}, {expected[late]:.4f}"]
        requested = min(thresholds.max_det, len(reference))
        if len(self) not in {requested, len(reference)}:
            problems.append(f"{len(self)} classes are shown instead of {requested}")
        elif requested:
            least = float(reference.scores[requested - 1])
            absent = set(reference.class_ids[:requested].tolist()) - set(ids)
            problems += [
                f"missing here: class {number}, {probability_of[number]:.4f}"
                for number in sorted(absent)
                if probability_of[number] > least + tolerance
            ]
        return _comparison(worst_of(np.abs(self.scores - expected)), len(self), problems, tolerance)

    def lost_in(self, other: "Ranking") -> Loss:
        """Count a picture with another first class."""
        return Loss(int(other.class_ids[0] != self.class_ids[0]), 1)

    def to_json(self, class_names: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {"class_id": int(class_id), "class_name": class_names[class_id], "score": float(score)}
            for class_id, score in zip(self.class_ids, self.scores, strict=True)
        ]

    def spoken_text(self, class_names: Sequence[str]) -> str:
        """Return the first class and its probability, as apps print it."""
        if not len(self):
            return ""
        score = Decimal(float(self.scores[0])).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return f"{class_names[int(self.class_ids[0])]} {score}"

    def add_to(self, record: Record) -> None:
        record.add("classes.probability", "f32", self.scores[np.argsort(self.class_ids)])


def rank(probabilities: Float32, keep_classes: Sequence[int] | None = None) -> Ranking:
    """Return the ranking of all classes, or of keep_classes, from probabilities [nc]."""
    kept = None if keep_classes is None else np.asarray(keep_classes, dtype=np.int64)
    order = best_first(probabilities, kept)
    return Ranking(order, probabilities[order])


class ClassifyDecoder(Decoder):
    """Decodes and compares rankings."""

    tolerances: ClassVar[Tolerances] = {
        "letterbox": 0.0,  # exactly Pillow's bytes
        "tensor": 0.0,
        "raw": LOGIT,
        "probability": PROBABILITY,
    }

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        has_logits = output.contract == "logits"
        tolerance, unit = (LOGIT, "logits") if has_logits else (PROBABILITY, "probability")
        return [Stage.of("pte", worst_difference(ours[0], theirs[0]), tolerance, unit, theirs[0].size)]

    def result(
        self,
        outputs: Outputs,
        output: OutputSpec,
        plan: LetterboxPlan,
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> Ranking:
        return rank(decode(outputs[0], output.contract), keep_classes)

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> Ranking:
        return Ranking(
            np.array([row["class_id"] for row in rows], dtype=np.int64),
            np.array([row["score"] for row in rows], dtype=np.float32),
        )

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        return 2 * 4 * spec.num_classes, 1

    def add_model_stages(
        self,
        record: Record,
        outputs: Outputs,
        spec: ModelSpec,
        thresholds: Thresholds,
        rows: int,
        seed: int,
        kept: Int64 | None = None,
    ) -> None:
        record.add("raw.output", "f32", outputs[0].reshape(-1))


def _comparison(worst: float, compared: int, problems: Sequence[str], tolerance: float) -> Comparison:
    passed = worst <= tolerance and not problems
    stage = Stage("", worst, tolerance, "probability", passed, compared)
    return Comparison("probabilities", stage, problems=tuple(problems), worst={"probability": worst})

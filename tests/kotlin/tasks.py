"""The Kotlin core's tasks, driven as in jvm.py: TaskCommands.kt answers the commands."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.model.thresholds import Thresholds
from edgegen.reference import LetterboxPlan
from edgegen.tasks.detect.decode import Candidates
from tests.kotlin.jvm import KotlinCore, Values
from tests.kotlin.packing import AllSteps, floats, keep, packed, packed_plan, text


@dataclass(frozen=True)
class Outputs:
    """A model's outputs and their contract."""

    contract: str
    tensors: list[Any]  # of float32, or int8 where there are steps
    classes: int
    extras: int  # numbers of a candidate beside box and classes
    reg_max: int = 1
    strides: tuple[int, ...] = ()
    cells: list[tuple[int, int]] = field(default_factory=list)  # height, width of each level
    steps: AllSteps = None

    @property
    def candidates(self) -> int:
        """The number of candidates."""
        if self.strides:
            return sum(height * width for height, width in self.cells)
        return self.tensors[0].shape[1 if self.contract == "detections" else 2]

    def packed(self) -> bytes:
        """Return what `readOutputs` and `readHead` read."""
        levels = [
            struct.pack(">iii", height, width, stride)
            for (height, width), stride in zip(self.cells, self.strides, strict=True)
        ]
        return b"".join(
            [
                struct.pack(">i", len(self.tensors)),
                packed(self.tensors, self.steps),
                text(self.contract),
                struct.pack(">4i", self.classes, self.reg_max, self.extras, self.candidates),
                struct.pack(">i", len(levels)),
                *levels,
            ]
        )


@dataclass(frozen=True)
class Asked:
    """The letterbox plan, the thresholds and the kept classes."""

    plan: LetterboxPlan
    thresholds: Thresholds
    keep_classes: list[int] | None = None


@dataclass(frozen=True)
class Shown:
    """Boxes in the picture, best first, and the task's results for them."""

    boxes: Values  # [n, 4]
    scores: Values  # [n]
    class_ids: npt.NDArray[np.int64]  # [n]
    index: npt.NDArray[np.int64]  # [n]
    parts: list[bytes]


def keypoints(
    core: KotlinCore,
    outputs: Outputs,
    rule: tuple[int, int, float, float],
    plan: LetterboxPlan,
    index: Sequence[int],
) -> tuple[Values, Values]:
    """vision.KeypointDecoder: [n, K, 3] in the input, and in the picture. rule: K, D, scale, shift."""
    decoded, moved = core.ask(
        "keypoints",
        outputs.packed(),
        struct.pack(">iiff", *rule),
        packed_plan(plan),
        struct.pack(f">{len(index) + 1}i", len(index), *index),
    )
    return _values(decoded, (-1, rule[0], 3)), _values(moved, (-1, rule[0], 3))


def pose(
    core: KotlinCore, outputs: Outputs, rule: tuple[int, int, float, float], asked: Asked
) -> tuple[Shown, Values]:
    """vision.PosePostprocessor: what is shown, and its keypoints [n, K, 3]."""
    parts = core.ask(
        "pose",
        outputs.packed(),
        struct.pack(">iiff", *rule),
        keep(asked.keep_classes, outputs.classes),
        packed_plan(asked.plan),
        _thresholds(asked.thresholds),
    )
    shown = _shown(parts)
    return shown, _values(shown.parts[0], (-1, rule[0], 3))


def decode_rotated(
    core: KotlinCore, outputs: Outputs, rule: str, thresholds: Thresholds, keep_classes: Sequence[int] | None
) -> Candidates:
    """vision.decodeRotated; boxes are [n, 5]: cx cy w h angle."""
    parts = core.ask(
        "decode rotated",
        outputs.packed(),
        text(rule),
        keep(keep_classes, outputs.classes),
        _thresholds(thresholds),
    )
    *box, score = (np.frombuffer(part, dtype="<f4") for part in parts[:6])
    class_ids, index = (np.frombuffer(part, dtype="<i4").astype(np.int64) for part in parts[6:])
    return Candidates(np.stack(box, axis=1), score, class_ids, index)


def rotated_nms(
    core: KotlinCore,
    boxes: Values,
    scores: Values,
    class_ids: npt.NDArray[np.int64],
    iou: float,
    max_det: int = 300,
    agnostic: bool = False,
    max_candidates: int = 30_000,
) -> npt.NDArray[np.int64]:
    """vision.rotatedNms on boxes [n, 5]."""
    (kept,) = core.ask(
        "rotated nms",
        *map(floats, (boxes, scores, class_ids)),
        struct.pack(">di?i", iou, max_det, agnostic, max_candidates),
    )
    return np.frombuffer(kept, dtype="<i4").astype(np.int64)


def obb(core: KotlinCore, outputs: Outputs, rule: str, asked: Asked) -> tuple[Shown, Values, Values]:
    """vision.ObbPostprocessor: what is shown, the rotated boxes [n, 5], their corners [n, 4, 2]."""
    parts = core.ask(
        "obb",
        outputs.packed(),
        text(rule),
        keep(asked.keep_classes, outputs.classes),
        packed_plan(asked.plan),
        _thresholds(asked.thresholds),
    )
    shown = _shown(parts)
    return shown, _values(shown.parts[0], (-1, 5)), _values(shown.parts[1], (-1, 4, 2))


def segment(
    core: KotlinCore, outputs: Outputs, asked: Asked
) -> tuple[Shown, npt.NDArray[np.bool_], tuple[Values, ...]]:
    """vision.SegmentPostprocessor: what is shown, masks [n, H, W] at the input size, lines [k, 2]."""
    height, width = outputs.tensors[-1].shape[2:]
    parts = core.ask(
        "segment",
        outputs.packed(),
        struct.pack(">ii", width, height),
        keep(asked.keep_classes, outputs.classes),
        packed_plan(asked.plan),
        _thresholds(asked.thresholds),
    )
    shown = _shown(parts)
    size = (asked.plan.input_height, asked.plan.input_width)
    count = len(shown.parts) // 2
    masks = [np.frombuffer(part, dtype=np.uint8).reshape(size) for part in shown.parts[:count]]
    lines = tuple(_values(part, (-1, 2)) for part in shown.parts[count:])
    return shown, np.array(masks, dtype=bool).reshape(-1, *size), lines


def classify(
    core: KotlinCore, output: Values, *, is_logits: bool, asked: Asked
) -> tuple[npt.NDArray[np.int64], Values]:
    """vision.ClassifyPostprocessor: classes, best first, and their scores."""
    ids, scores = core.ask(
        "classify",
        struct.pack(">?", is_logits),
        floats(output),
        keep(asked.keep_classes, output.size),
        packed_plan(asked.plan),
        _thresholds(asked.thresholds),
    )
    return np.frombuffer(ids, dtype="<i4").astype(np.int64), np.frombuffer(scores, dtype="<f4")


def semantic(
    core: KotlinCore, logits: Values, asked: Asked
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], Values]:
    """vision.SemanticPostprocessor: the map [h, w], the values that are in it, and their shares."""
    _, count, height, width = logits.shape
    runs, values, found, shares = core.ask(
        "semantic",
        floats(logits),
        packed_plan(asked.plan),
        struct.pack(">3i", count, width, height),
        keep(asked.keep_classes, count),
    )
    lengths, ids = np.frombuffer(runs, dtype="<i4"), np.frombuffer(values, dtype="<i4")
    size = (asked.plan.source_height, asked.plan.source_width)
    return (
        np.repeat(ids, lengths).reshape(size),
        np.frombuffer(found, dtype="<i4").astype(np.int64),
        np.frombuffer(shares, dtype="<f4"),
    )


def depth(core: KotlinCore, distances: Values, plan: LetterboxPlan) -> tuple[Values, Values]:
    """vision.DepthPostprocessor: the map [h, w], and the lowest and the highest of it."""
    _, _, height, width = distances.shape
    values, ends = core.ask("depth", floats(distances), packed_plan(plan), struct.pack(">ii", width, height))
    size = (plan.source_height, plan.source_width)
    return np.frombuffer(values, dtype="<f4").reshape(size), np.frombuffer(ends, dtype="<f4")


def _thresholds(thresholds: Thresholds) -> bytes:
    wanted = (thresholds.confidence, thresholds.iou, thresholds.max_det, thresholds.agnostic)
    return struct.pack(">fdi?", *wanted)


def _values(part: bytes, shape: tuple[int, ...]) -> Values:
    values = np.frombuffer(part, dtype="<f4")
    return values.reshape(len(values) // int(np.prod(shape[1:])), *shape[1:])


def _shown(parts: Sequence[bytes]) -> Shown:
    boxes = np.stack([np.frombuffer(part, dtype="<f4") for part in parts[:4]], axis=1)
    class_ids, index = (np.frombuffer(part, dtype="<i4").astype(np.int64) for part in parts[5:7])
    return Shown(boxes, np.frombuffer(parts[4], dtype="<f4"), class_ids, index, list(parts[7:]))

"""Single candidates of a model's outputs, for golden vectors, and random outputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.tasks import extras

MAX_RANDOM_ROWS: Final = 200
MAX_RANDOM_CLASSES: Final = 64  # classes among random rows
CLUSTER: Final = 6  # random candidates around one place, for NMS
NO_LOGIT: Final = np.float32(-16)  # a class logit far below any threshold: a score of 1e-7


@dataclass(frozen=True)
class Rows:
    """The outputs of n candidates, by rising number."""

    candidate: Int64  # [n]
    box: Float32  # [n, 4 * reg_max] box outputs, or [n, 4] cx cy w h or corners, in input pixels
    cls: Float32  # [n, classes] logits or scores; of `detections` [n, 2]: score and class


def class_columns(spec: ModelSpec) -> int:
    """Return the number of values of a candidate besides its box."""
    return 2 if spec.output.contract == "detections" else spec.num_classes


def gather_rows(outputs: Sequence[Float32], spec: OutputSpec, candidates: Int64) -> Rows:
    """Return the outputs of candidates, which have rising numbers."""
    if spec.has_levels:
        box, cls = (extras.at_cells(outputs[first::2], candidates) for first in (0, 1))
    else:
        table = outputs[0][0] if spec.contract == "detections" else outputs[0][0].T
        box, cls = (np.ascontiguousarray(table[candidates, part]) for part in (slice(0, 4), slice(4, None)))
    return Rows(candidates, box, cls)


def only_cells(outputs: Sequence[Float32], output: OutputSpec, cells: Int64) -> list[Float32]:
    """Return the outputs of levels, with the class logits of all other cells below any threshold."""
    kept, first = list(outputs), 0
    for place in range(1, output.per_level * len(output.strides), output.per_level):
        cls = outputs[place]
        size = cls.shape[2] * cls.shape[3]
        here = cells[(cells >= first) & (cells < first + size)] - first
        silent = np.full((cls.shape[1], size), NO_LOGIT, dtype=np.float32)
        silent[:, here] = cls[0].reshape(cls.shape[1], -1)[:, here]
        kept[place] = silent.reshape(cls.shape)
        first += size
    return kept


def random_outputs(spec: ModelSpec, seed: int, count: int) -> tuple[list[Float32], Int64]:
    """Return detection's part of random outputs: up to `count` candidates in clusters, some of equal scores.

    The outputs have at most MAX_RANDOM_CLASSES classes, whose rising numbers are the second value. For
    `detections` it numbers score and class.
    """
    random = np.random.RandomState(seed)  # numpy guarantees its stream
    classes = np.sort(
        random.permutation(spec.num_classes)[: min(spec.num_classes, MAX_RANDOM_CLASSES)]
    ).astype(np.int64)
    count = min(count, MAX_RANDOM_ROWS, spec.output.candidates)
    if spec.output.contract == "detections":
        return _random_detections(spec, random, count, classes), np.arange(class_columns(spec))
    draw = _random_raw if spec.output.has_levels else _random_decoded
    return draw(spec, random, count, len(classes)), classes


def _random_raw(spec: ModelSpec, random: np.random.RandomState, count: int, classes: int) -> list[Float32]:
    output = spec.output.without_extras()
    outputs = []
    for box_shape, cls_shape in zip(output.shapes[::2], output.shapes[1::2], strict=True):
        outputs.append(np.zeros(box_shape, dtype=np.float32))
        outputs.append(np.full((1, classes, *cls_shape[2:]), NO_LOGIT, dtype=np.float32))
    for _ in range(-(-count // CLUSTER)):
        level = int(random.randint(len(output.strides)))
        box, cls = outputs[2 * level], outputs[2 * level + 1]
        height, width = cls.shape[2:]
        y, x, best = random.randint(height), random.randint(width), random.randint(classes)
        centre_bin, logit = random.randint(1, max(output.reg_max, 2), size=4), random.uniform(-6, 4)
        for member in range(CLUSTER):
            row, column = min(y + member // 3, height - 1), min(x + member % 3, width - 1)
            bins = random.standard_normal((4, output.reg_max)).astype(np.float32)
            if output.reg_max == 1:
                bins += np.float32(2)  # distances, sometimes negative
            else:
                bins[np.arange(4), centre_bin] += np.float32(5)
            box[0, :, row, column] = bins.reshape(-1)
            cls[0, :, row, column] = random.uniform(-14, -7, size=classes)
            # Every third score is the cluster's, to test ties.
            cls[0, best, row, column] = logit if member % 3 == 0 else logit + random.uniform(-1, 1)
            if output.contract == "end2end" and member % 3 == 1:  # a cell with two classes
                cls[0, best - 1, row, column] = logit + random.uniform(-1, 1)
    return outputs


def _random_decoded(
    spec: ModelSpec, random: np.random.RandomState, count: int, classes: int
) -> list[Float32]:
    total = spec.output.candidates
    output = np.zeros((1, 4 + classes, total), dtype=np.float32)
    candidates = random.permutation(total)[:count]
    for start in range(0, count, CLUSTER):
        centre = random.uniform(0, 1, size=2) * (spec.input.width, spec.input.height)
        size = random.uniform(0.05, 0.4, size=2) * (spec.input.width, spec.input.height)
        best, score = random.randint(classes), random.uniform(0.002, 0.95)
        for member, candidate in enumerate(candidates[start : start + CLUSTER]):
            jitter = random.uniform(-0.15, 0.15, size=4) * (*size, *size)
            output[0, :4, candidate] = np.concatenate([centre, size]) + jitter
            output[0, 4:, candidate] = random.uniform(0, 0.001, size=classes)
            output[0, 4 + best, candidate] = score if member % 3 == 0 else score * random.uniform(0.6, 1)
    return [output]


def _random_detections(
    spec: ModelSpec, random: np.random.RandomState, count: int, classes: Int64
) -> list[Float32]:
    output = np.zeros((1, spec.output.candidates, 6), dtype=np.float32)
    size = np.array([spec.input.width, spec.input.height])
    ends = np.sort(random.uniform(-0.1, 1.1, size=(count, 2, 2)), axis=1) * size
    output[0, :count, :4] = ends.reshape(count, 4)
    output[0, :count, 4] = np.sort(random.uniform(0.0005, 0.95, size=count))[::-1]
    output[0, :count, 5] = classes[random.randint(len(classes), size=count)]
    return [output]

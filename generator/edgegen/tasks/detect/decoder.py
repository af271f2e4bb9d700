"""The decoder of models with boxes, and their stages in golden vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import nms
from edgegen.reference.letterbox import LetterboxPlan
from edgegen.tasks import extras
from edgegen.tasks.decoder import SAMPLES, Arrays, Decoder, Outputs, Record, Tolerances
from edgegen.tasks.detect import decode
from edgegen.tasks.detect.decode import LEAST_TOP_K, Candidates
from edgegen.tasks.detect.result import (
    CONFIDENCE_MARGIN,
    TOLERANCES,
    Detections,
    boxes_of_json,
    compare_outputs,
)
from edgegen.tasks.stage import Stage

ROW_CONFIDENCE: Final = 0.001
LOWER_CONFIDENCES: Final = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002)  # tried if the requested one gives no box
STEADY: Final = 0.5  # of a tolerance: what rounding may change in a row of golden vectors
MOST_BOXES: Final = 300  # of a picture in a project's vectors
_MAX_RANDOM_ROWS: Final = 200
_MAX_RANDOM_CLASSES: Final = 64  # classes among random rows
_CLUSTER: Final = 6  # random candidates around one place, for NMS
_NO_LOGIT: Final = np.float32(-16)  # a class logit far below any threshold: a score of 1e-7


@dataclass(frozen=True)
class Rows:
    """The outputs of n candidates, by rising number."""

    candidate: Int64  # [n]
    box: Float32  # [n, 4 * reg_max] box outputs, or [n, 4] cx cy w h or corners, in input pixels
    cls: Float32  # [n, classes] logits or scores; of `detections` [n, 2]: score and class


class DetectDecoder(Decoder):
    """Decodes and compares boxes. Tasks with extras override the first methods."""

    tolerances: ClassVar[Tolerances] = TOLERANCES
    row_confidence = ROW_CONFIDENCE

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        return compare_outputs(ours, theirs, output)

    def decode(
        self,
        outputs: Outputs,
        output: OutputSpec,
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> Candidates:
        """Return the candidates above the confidence."""
        return decode.decode(outputs, output, thresholds, keep_classes)

    def choose(self, candidates: Candidates, output: OutputSpec, thresholds: Thresholds) -> Int64:
        """Return the indices of the selected candidates, best first."""
        return decode.choose(candidates, output, thresholds)

    def on_picture(
        self, found: Candidates, outputs: Outputs, output: OutputSpec, plan: LetterboxPlan
    ) -> Detections:
        """Return the result of the selected candidates, mapped to the picture."""
        return Detections(decode.to_image(found.boxes, plan), found.scores, found.class_ids)

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> Detections:
        return Detections(*boxes_of_json(rows))

    def extras_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Return the bytes of the extras for a picture and for each row."""
        return 0, 0

    def draw(self, spec: ModelSpec, random: np.random.RandomState, count: int) -> Float32:
        """Return random extras [count, channels]."""
        return np.zeros((count, 0), dtype=np.float32)

    def add_extras(
        self, record: Record, outputs: Outputs, spec: ModelSpec, rows: Int64, decoded: Int64
    ) -> None:
        """Add the extras of rows, as the model gave them and decoded.

        rows and decoded are candidates; decoded may repeat some.
        """

    def result(
        self,
        outputs: Outputs,
        output: OutputSpec,
        plan: LetterboxPlan,
        thresholds: Thresholds,
        keep_classes: Sequence[int] | None = None,
    ) -> Detections:
        """Decode the outputs, select, and map the selection to the picture."""
        found = self.decode(outputs, output, thresholds, keep_classes)
        return self.on_picture(found.at(self.choose(found, output, thresholds)), outputs, output, plan)

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        box_values = 4 * spec.output.reg_max if spec.output.has_levels else 4
        decoded = 4 + 4 * 4 + 4 + 4 + 4
        fixed = SAMPLES * (4 + 4 + 4) + MOST_BOXES * (4 * 4 + 4 + 4)
        if spec.output.contract == "end2end":
            fixed += LEAST_TOP_K * decoded
        most = spec.num_classes if spec.output.contract == "multilabel" else 1  # candidates of a row
        row = 4 + 4 * box_values + 4 * _class_columns(spec) + most * decoded
        extras_fixed, extras_row = self.extras_bytes(spec)
        return fixed + extras_fixed, row + extras_row

    def thresholds_with_results(
        self, outputs: Outputs, output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Return thresholds with the highest confidence at which the picture has a box, if any."""
        found = self.decode(outputs, output, Thresholds(ROW_CONFIDENCE))
        return replace(thresholds, confidence=_highest_confidence(found, thresholds.confidence))

    def steady_rows(self, outputs: Outputs, others: Sequence[Outputs], output: OutputSpec) -> Int64 | None:
        """Compare the rows of `detections`. Apps compare each row with that at its place."""
        if output.contract != "detections":
            return None
        same = np.ones(output.candidates, dtype=bool)
        for other in others:
            apart = np.abs(outputs[0][0].astype(np.float64) - other[0][0])
            same &= (apart[:, :4].max(axis=1) <= STEADY * TOLERANCES["corner"]) & (apart[:, 5] == 0)
            same &= apart[:, 4] <= STEADY * TOLERANCES["score"]
        return np.flatnonzero(same)

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
        boxes, output = extras.box_outputs(outputs, spec.output), spec.output
        kept = np.arange(output.candidates) if kept is None else kept
        random = np.random.RandomState(seed)
        candidate = kept[random.randint(max(len(kept), 1), size=SAMPLES if len(kept) else 0)]
        class_id = random.randint(_class_columns(spec), size=len(candidate))
        record.add("raw.sample.candidate", "u32", candidate)
        record.add("raw.sample.class", "u32", class_id)
        sampled = gather_rows(boxes, output, candidate).cls
        record.add("raw.sample.value", "f32", sampled[range(len(candidate)), class_id])
        found = self._strongest(outputs, output, thresholds, rows)
        found = found.at(np.flatnonzero(np.isin(found.index, kept)))
        chosen = gather_rows(boxes, output, np.unique(found.index))
        self._add(record, outputs, spec, thresholds, chosen, found)

    def add_random_stages(
        self, record: Record, spec: ModelSpec, thresholds: Thresholds, rows: int, seed: int
    ) -> None:
        boxes, classes = random_outputs(spec, seed, rows)
        values = self.draw(spec, np.random.RandomState(seed), spec.output.candidates)
        outputs = extras.with_extras(boxes, values, spec.output)
        found = self._strongest(outputs, spec.output, thresholds, rows)
        few = gather_rows(boxes, spec.output, np.unique(found.index))
        cls = np.full((len(few.candidate), _class_columns(spec)), few.cls.min(initial=0), dtype=np.float32)
        cls[:, classes] = few.cls
        if spec.output.contract != "detections":
            found = replace(found, class_ids=classes[found.class_ids])
        self._add(record, outputs, spec, thresholds, replace(few, cls=cls), found)

    def _add(
        self,
        record: Record,
        outputs: Outputs,
        spec: ModelSpec,
        thresholds: Thresholds,
        rows: Rows,
        found: Candidates,
    ) -> None:
        """Add rows, all candidates in them, and the selected ones.

        Candidates of any confidence are included: as a test, NMS needs many weak, overlapping ones.
        """
        record.add("raw.row.candidate", "u32", rows.candidate)
        record.add("raw.row.box", "f32", rows.box)
        record.add("raw.row.class", "f32", rows.cls)
        record.add("decode.candidate", "u32", found.index)
        record.add("decode.box", "f32", found.boxes[:, :4])
        record.add("decode.score", "f32", found.scores)
        record.add("decode.class", "u32", found.class_ids)
        record.add("nms.keep", "u32", self.choose(found, spec.output, thresholds))
        self.add_extras(record, outputs, spec, rows.candidate, found.index)

    def _strongest(
        self, outputs: Outputs, output: OutputSpec, thresholds: Thresholds, count: int
    ) -> Candidates:
        """Return the candidates with the highest scores above ROW_CONFIDENCE, by rising number.

        A cell of `end2end` or a column of `multilabel` may give several, which stay together. The number of
        cells is limited so that top-k keeps all of their candidates; then decoding any subset of the cells
        gives the same.
        """
        thresholds = replace(thresholds, confidence=ROW_CONFIDENCE)
        found = self.decode(outputs, output, thresholds)
        best = np.argsort(-found.scores, kind="stable")
        if output.contract not in {"end2end", "multilabel"}:
            return found.at(np.sort(best[:count]))
        _, first = np.unique(found.index[best], return_index=True)
        cells = found.index[best][np.sort(first)][:count]  # by falling score
        if output.contract == "multilabel":
            return found.at(np.flatnonzero(np.isin(found.index, cells)))
        most = max(thresholds.max_det, LEAST_TOP_K)
        while True:
            rows = self.decode(_only_cells(outputs, output, cells), output, thresholds)
            if len(rows) < min(most, output.candidates) or len(cells) <= 1:
                return rows
            cells = cells[: len(cells) // 2]

    def trim(self, arrays: Arrays, contract: str, rows: int, thresholds: Thresholds) -> Arrays:
        """Return a picture's arrays with its best boxes only. In some contracts one may have several classes.

        NMS goes from the best candidate to the worst, so dropping the worst does not affect the others. But
        the low score of another class of a kept box may have been suppressed by a dropped one.
        """
        if "decode.score" not in arrays:
            return arrays
        candidates = arrays["decode.candidate"]
        order = np.lexsort((candidates, -arrays["decode.score"]))  # order of NMS
        _, first = np.unique(candidates[order], return_index=True)
        best = candidates[order][np.sort(first)[:rows]]
        decoded = np.flatnonzero(np.isin(candidates, best))
        kept = arrays["nms.keep"]
        if contract == "end2end":  # without NMS: the best remaining ones
            kept = order[np.isin(order, decoded)][: thresholds.max_det]
        elif contract == "multilabel":
            boxes, scores = (arrays[f"decode.{name}"][decoded] for name in ("box", "score"))
            class_ids = arrays["decode.class"][decoded].astype(np.int64)
            limits = (thresholds.iou, thresholds.max_det, thresholds.agnostic)
            kept = decoded[nms(boxes, scores, class_ids, *limits)]
        left: dict[str, npt.NDArray[Any]] = {}
        for name, array in arrays.items():
            if name == "nms.keep":
                left[name] = np.searchsorted(decoded, kept[np.isin(kept, decoded)])
            elif name.startswith("decode."):
                left[name] = array[decoded]
            elif name.startswith("raw.row."):
                left[name] = array[np.isin(arrays["raw.row.candidate"], candidates[decoded])]
            else:
                left[name] = array
        return left

    def has_result(self, arrays: Arrays) -> bool:
        return len(arrays.get("boxes.class", ())) > 0


def gather_rows(outputs: Sequence[Float32], spec: OutputSpec, candidates: Int64) -> Rows:
    """Return the outputs of candidates, which have rising numbers."""
    if spec.has_levels:
        box, cls = (extras.at_cells(outputs[first::2], candidates) for first in (0, 1))
    else:
        table = outputs[0][0] if spec.contract == "detections" else outputs[0][0].T
        box, cls = (np.ascontiguousarray(table[candidates, part]) for part in (slice(0, 4), slice(4, None)))
    return Rows(candidates, box, cls)


def random_outputs(spec: ModelSpec, seed: int, count: int) -> tuple[list[Float32], Int64]:
    """Return detection's part of random outputs: up to `count` candidates in clusters, some of equal scores.

    The outputs have at most MAX_RANDOM_CLASSES classes, whose rising numbers are the second value. For
    `detections` it numbers score and class.
    """
    random = np.random.RandomState(seed)  # numpy guarantees its stream
    classes = np.sort(
        random.permutation(spec.num_classes)[: min(spec.num_classes, _MAX_RANDOM_CLASSES)]
    ).astype(np.int64)
    count = min(count, _MAX_RANDOM_ROWS, spec.output.candidates)
    if spec.output.contract == "detections":
        return _random_detections(spec, random, count, classes), np.arange(_class_columns(spec))
    draw = _random_raw if spec.output.has_levels else _random_decoded
    return draw(spec, random, count, len(classes)), classes


def _class_columns(spec: ModelSpec) -> int:
    """Return the number of values of a candidate besides its box."""
    return 2 if spec.output.contract == "detections" else spec.num_classes


def _highest_confidence(found: Candidates, requested: float) -> float:
    """Return the highest confidence at which the picture has a box, or the requested one if none has.

    Prefers scores beyond the margin of the threshold, because a score within it may pass on one side only.
    """
    best = float(found.scores.max(initial=0))
    candidates = [requested, *(lower for lower in LOWER_CONFIDENCES if lower < requested)]
    for margin in (CONFIDENCE_MARGIN, 0):
        for confidence in candidates:
            if best > confidence + margin:
                return confidence
    return requested


def _only_cells(outputs: Sequence[Float32], output: OutputSpec, cells: Int64) -> list[Float32]:
    """Return the outputs of levels, with the class logits of all other cells below any threshold."""
    kept, first = list(outputs), 0
    for place in range(1, output.per_level * len(output.strides), output.per_level):
        cls = outputs[place]
        size = cls.shape[2] * cls.shape[3]
        here = cells[(cells >= first) & (cells < first + size)] - first
        silent = np.full((cls.shape[1], size), _NO_LOGIT, dtype=np.float32)
        silent[:, here] = cls[0].reshape(cls.shape[1], -1)[:, here]
        kept[place] = silent.reshape(cls.shape)
        first += size
    return kept


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


def _random_raw(spec: ModelSpec, random: np.random.RandomState, count: int, classes: int) -> list[Float32]:
    output = spec.output.without_extras()
    outputs = []
    for box_shape, cls_shape in zip(output.shapes[::2], output.shapes[1::2], strict=True):
        outputs.append(np.zeros(box_shape, dtype=np.float32))
        outputs.append(np.full((1, classes, *cls_shape[2:]), _NO_LOGIT, dtype=np.float32))
    for _ in range(-(-count // _CLUSTER)):
        level = int(random.randint(len(output.strides)))
        box, cls = outputs[2 * level], outputs[2 * level + 1]
        height, width = cls.shape[2:]
        y, x, best = random.randint(height), random.randint(width), random.randint(classes)
        centre_bin, logit = random.randint(1, max(output.reg_max, 2), size=4), random.uniform(-6, 4)
        for member in range(_CLUSTER):
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
    for start in range(0, count, _CLUSTER):
        centre = random.uniform(0, 1, size=2) * (spec.input.width, spec.input.height)
        size = random.uniform(0.05, 0.4, size=2) * (spec.input.width, spec.input.height)
        best, score = random.randint(classes), random.uniform(0.002, 0.95)
        for member, candidate in enumerate(candidates[start : start + _CLUSTER]):
            jitter = random.uniform(-0.15, 0.15, size=4) * (*size, *size)
            output[0, :4, candidate] = np.concatenate([centre, size]) + jitter
            output[0, 4:, candidate] = random.uniform(0, 0.001, size=classes)
            output[0, 4 + best, candidate] = score if member % 3 == 0 else score * random.uniform(0.6, 1)
            if spec.output.contract == "multilabel" and member % 3 == 1:  # a box with two classes
                output[0, 4 + (best - 1) % classes, candidate] = score * random.uniform(0.6, 1)
    return [output]

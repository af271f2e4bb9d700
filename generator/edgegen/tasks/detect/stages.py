"""Golden vectors of a detection model: samples, rows, candidates, selection, boxes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.detect import pipeline
from edgegen.tasks.detect.comparison import CONFIDENCE_MARGIN
from edgegen.tasks.detect.decode import LEAST_TOP_K, Candidates
from edgegen.tasks.detect.pipeline import decode
from edgegen.tasks.detect.rows import (
    Rows,
    class_columns,
    gather_rows,
    only_cells,
    pick_classes,
    random_outputs,
)
from edgegen.tasks.golden import SAMPLES, Arrays, GoldenStages, Record

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


ROW_CONFIDENCE: Final = 0.001
LOWER_CONFIDENCES: Final = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002)  # tried if the requested one gives no box
MOST_BOXES: Final = 300  # of a picture in a project's vectors


@dataclass(frozen=True)
class Postprocessing:
    """Decoding and selection of candidates, from detection's part of the outputs."""

    decode: Callable[[Sequence[Float32], float, Thresholds], Candidates]  # outputs, confidence, the rest
    choose: Callable[[Candidates, Thresholds], Int64]


def box_postprocessing(output: OutputSpec) -> Postprocessing:
    """Return detection's own postprocessing."""

    def decode(outputs: Sequence[Float32], confidence: float, rest: Thresholds) -> Candidates:
        return pipeline.decode(outputs, output, confidence, max_det=rest.max_det, agnostic=rest.agnostic)

    def choose(candidates: Candidates, by: Thresholds) -> Int64:
        return pipeline.choose(candidates, output, iou=by.iou, max_det=by.max_det, agnostic=by.agnostic)

    return Postprocessing(decode, choose)


class DetectStages(GoldenStages):
    """The stages of boxes: samples, rows, candidates, selection."""

    row_confidence = ROW_CONFIDENCE

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Return the bytes of a picture without rows, and of each row."""
        box_values = 4 * spec.output.reg_max if spec.output.has_levels else 4
        decoded = 4 + 4 * 4 + 4 + 4 + 4
        fixed = SAMPLES * (4 + 4 + 4) + MOST_BOXES * (4 * 4 + 4 + 4)
        if spec.output.contract == "end2end":
            fixed += LEAST_TOP_K * decoded
        return fixed, 4 + 4 * box_values + 4 * class_columns(spec) + decoded

    def thresholds_with_results(
        self, outputs: Sequence[Float32], output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Return thresholds with the highest confidence at which the picture has a box, if any."""
        found = decode(outputs, output, ROW_CONFIDENCE)
        return replace(thresholds, confidence=_highest_confidence(found, thresholds.confidence))

    def add_model_stages(
        self,
        record: Record,
        outputs: Sequence[Float32],
        spec: ModelSpec,
        thresholds: Thresholds,
        *,
        max_rows: int,
        seed: int,
    ) -> None:
        """Add samples of the outputs, the rows with the best scores, and their postprocessing."""
        add_model_boxes(record, outputs, spec, thresholds, max_rows=max_rows, seed=seed)

    def add_random_stages(
        self, record: Record, spec: ModelSpec, thresholds: Thresholds, *, max_rows: int, seed: int
    ) -> None:
        """Add random candidates and their postprocessing."""
        add_random_boxes(record, spec, thresholds, max_rows=max_rows, seed=seed)

    def trim(self, arrays: Arrays, contract: str, rows: int, max_det: int) -> Arrays:
        """Return a picture's arrays with its best candidates only. In `end2end` one may have several classes.

        NMS goes from the best candidate to the worst, so dropping the worst does not affect the others.
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
            kept = order[np.isin(order, decoded)][:max_det]
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
        """Return whether there is a box."""
        return len(arrays.get("boxes.class", ())) > 0


def add_model_boxes(
    record: Record,
    outputs: Sequence[Float32],
    spec: ModelSpec,
    thresholds: Thresholds,
    *,
    max_rows: int,
    seed: int,
    postprocessing: Postprocessing | None = None,
) -> tuple[Int64, Int64]:
    """Add samples of the outputs, the rows with the best scores, and their postprocessing.

    Return the candidates of `raw.row.*` and those of `decode.*`, which may repeat some.
    """
    random = np.random.RandomState(seed)
    candidate = random.randint(spec.output.candidates, size=SAMPLES)
    class_id = random.randint(class_columns(spec), size=SAMPLES)
    record.add("raw.sample.candidate", "u32", candidate)
    record.add("raw.sample.class", "u32", class_id)
    record.add("raw.sample.value", "f32", pick_classes(outputs, spec.output, candidate, class_id))
    postprocessing = postprocessing or box_postprocessing(spec.output)
    rows = _strongest(outputs, spec.output, thresholds, max_rows, postprocessing)
    cells = np.unique(rows.index)
    _add_rows(record, gather_rows(outputs, spec.output, cells))
    _add_postprocessing(record, rows, thresholds, postprocessing)
    return cells, rows.index


def add_random_boxes(
    record: Record,
    spec: ModelSpec,
    thresholds: Thresholds,
    *,
    max_rows: int,
    seed: int,
    postprocessing: Postprocessing | None = None,
) -> tuple[Int64, Int64]:
    """Add random candidates and their postprocessing. Return the same as `add_model_boxes`."""
    postprocessing = postprocessing or box_postprocessing(spec.output)
    outputs, classes = random_outputs(spec, seed, max_rows)
    found = _strongest(outputs, spec.output, thresholds, max_rows, postprocessing)
    few = gather_rows(outputs, spec.output, np.unique(found.index))
    cls = np.full((len(few.candidate), class_columns(spec)), few.cls.min(initial=0), dtype=np.float32)
    cls[:, classes] = few.cls
    _add_rows(record, Rows(few.candidate, few.box, cls))
    if spec.output.contract != "detections":
        found = replace(found, class_ids=classes[found.class_ids])
    _add_postprocessing(record, found, thresholds, postprocessing)
    return few.candidate, found.index


def _add_rows(record: Record, rows: Rows) -> None:
    record.add("raw.row.candidate", "u32", rows.candidate)
    record.add("raw.row.box", "f32", rows.box)
    record.add("raw.row.class", "f32", rows.cls)


def _add_postprocessing(
    record: Record,
    rows: Candidates,
    thresholds: Thresholds,
    postprocessing: Postprocessing,
) -> None:
    """Add all rows decoded, and the selected ones.

    Rows of any confidence are included, because NMS needs many weak, overlapping candidates as a test.
    """
    record.add("decode.candidate", "u32", rows.index)
    record.add("decode.box", "f32", rows.boxes[:, :4])
    record.add("decode.score", "f32", rows.scores)
    record.add("decode.class", "u32", rows.class_ids)
    record.add("nms.keep", "u32", postprocessing.choose(rows, thresholds))


def _strongest(
    outputs: Sequence[Float32],
    output: OutputSpec,
    thresholds: Thresholds,
    count: int,
    postprocessing: Postprocessing,
) -> Candidates:
    """Return the candidates with the highest scores above ROW_CONFIDENCE, by rising number.

    A cell of `end2end` may give several, which stay together. The number of cells is limited so that top-k
    keeps all of their candidates; then decoding any subset of the cells gives the same.
    """
    found = postprocessing.decode(outputs, ROW_CONFIDENCE, thresholds)
    best = np.argsort(-found.scores, kind="stable")
    if output.contract != "end2end":
        return found.at(np.sort(best[:count]))
    _, first = np.unique(found.index[best], return_index=True)
    cells = found.index[best][np.sort(first)][:count]  # by falling score
    most = max(thresholds.max_det, LEAST_TOP_K)
    while True:
        rows = postprocessing.decode(only_cells(outputs, cells), ROW_CONFIDENCE, thresholds)
        if len(rows) < min(most, output.candidates) or len(cells) <= 1:
            return rows
        cells = cells[: len(cells) // 2]


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

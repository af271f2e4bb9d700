"""The decoder of models with boxes, and their stages in golden vectors."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.letterbox import LetterboxPlan
from edgegen.tasks import extras
from edgegen.tasks.decoder import SAMPLES, Arrays, Decoder, Outputs, Record, Tolerances
from edgegen.tasks.detect import comparison, decode
from edgegen.tasks.detect.decode import LEAST_TOP_K, Candidates
from edgegen.tasks.detect.result import Detections, boxes_of_json
from edgegen.tasks.detect.rows import Rows, class_columns, gather_rows, only_cells, random_outputs
from edgegen.tasks.stage import Stage

ROW_CONFIDENCE: Final = 0.001
LOWER_CONFIDENCES: Final = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002)  # tried if the requested one gives no box
MOST_BOXES: Final = 300  # of a picture in a project's vectors


class DetectDecoder(Decoder):
    """Decodes and compares boxes. Tasks with extras override the first methods."""

    tolerances: ClassVar[Tolerances] = comparison.TOLERANCES
    row_confidence = ROW_CONFIDENCE

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        return comparison.compare_outputs(ours, theirs, output)

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
        row = 4 + 4 * box_values + 4 * class_columns(spec) + decoded
        extras_fixed, extras_row = self.extras_bytes(spec)
        return fixed + extras_fixed, row + extras_row

    def thresholds_with_results(
        self, outputs: Outputs, output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Return thresholds with the highest confidence at which the picture has a box, if any."""
        found = self.decode(outputs, output, Thresholds(ROW_CONFIDENCE))
        return replace(thresholds, confidence=_highest_confidence(found, thresholds.confidence))

    def add_model_stages(
        self, record: Record, outputs: Outputs, spec: ModelSpec, thresholds: Thresholds, rows: int, seed: int
    ) -> None:
        boxes, output = extras.box_outputs(outputs, spec.output), spec.output
        random = np.random.RandomState(seed)
        candidate = random.randint(output.candidates, size=SAMPLES)
        class_id = random.randint(class_columns(spec), size=SAMPLES)
        record.add("raw.sample.candidate", "u32", candidate)
        record.add("raw.sample.class", "u32", class_id)
        sampled = gather_rows(boxes, output, candidate).cls
        record.add("raw.sample.value", "f32", sampled[range(SAMPLES), class_id])
        found = self._strongest(outputs, output, thresholds, rows)
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
        cls = np.full((len(few.candidate), class_columns(spec)), few.cls.min(initial=0), dtype=np.float32)
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

        A cell of `end2end` may give several, which stay together. The number of cells is limited so that
        top-k keeps all of their candidates; then decoding any subset of the cells gives the same.
        """
        thresholds = replace(thresholds, confidence=ROW_CONFIDENCE)
        found = self.decode(outputs, output, thresholds)
        best = np.argsort(-found.scores, kind="stable")
        if output.contract != "end2end":
            return found.at(np.sort(best[:count]))
        _, first = np.unique(found.index[best], return_index=True)
        cells = found.index[best][np.sort(first)][:count]  # by falling score
        most = max(thresholds.max_det, LEAST_TOP_K)
        while True:
            rows = self.decode(only_cells(outputs, output, cells), output, thresholds)
            if len(rows) < min(most, output.candidates) or len(cells) <= 1:
                return rows
            cells = cells[: len(cells) // 2]

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
        return len(arrays.get("boxes.class", ())) > 0


def _highest_confidence(found: Candidates, requested: float) -> float:
    """Return the highest confidence at which the picture has a box, or the requested one if none has.

    Prefers scores beyond the margin of the threshold, because a score within it may pass on one side only.
    """
    best = float(found.scores.max(initial=0))
    candidates = [requested, *(lower for lower in LOWER_CONFIDENCES if lower < requested)]
    for margin in (comparison.CONFIDENCE_MARGIN, 0):
        for confidence in candidates:
            if best > confidence + margin:
                return confidence
    return requested

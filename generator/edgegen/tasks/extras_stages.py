"""Golden vectors of candidates with extras: detection adds the boxes, the task its extras."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks import extras
from edgegen.tasks.detect.stages import (
    DetectStages,
    Postprocessing,
    add_model_boxes,
    add_random_boxes,
    box_postprocessing,
)
from edgegen.tasks.golden import Record

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


class ExtrasStages(DetectStages):
    """The stages of boxes with extras, which subclasses define."""

    def extras_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Return the bytes of the extras, besides those of boxes, for a picture and for each row."""
        raise NotImplementedError

    def draw(self, spec: ModelSpec, random: Any, count: int) -> Float32:
        """Return random extras [count, channels]."""
        raise NotImplementedError

    def add_extras(
        self, record: Record, given: Sequence[Float32], spec: ModelSpec, rows: Int64, decoded: Int64
    ) -> None:
        """Add the extras of rows, as the model gave them and decoded.

        given comes from `extras.extra_outputs`. rows and decoded are candidates; decoded may repeat some.
        """
        raise NotImplementedError

    def postprocessing(self, given: Sequence[Float32], output: OutputSpec) -> Postprocessing:
        """Return the postprocessing of detection's part of the outputs, which may use the extras."""
        return box_postprocessing(output.without_extras())

    def row_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Return the bytes of a picture without rows, and of each row."""
        fixed, row = super().row_bytes(extras.boxes_only(spec))
        more_fixed, more_row = self.extras_bytes(spec)
        return fixed + more_fixed, row + more_row

    def thresholds_with_results(
        self, outputs: Sequence[Float32], output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Return thresholds with the highest confidence at which the picture has a box, if any."""
        boxes = extras.box_outputs(outputs, output)
        return super().thresholds_with_results(boxes, output.without_extras(), thresholds)

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
        boxes, given = extras.box_outputs(outputs, spec.output), extras.extra_outputs(outputs, spec.output)
        rows, decoded = add_model_boxes(
            record,
            boxes,
            extras.boxes_only(spec),
            thresholds,
            max_rows=max_rows,
            seed=seed,
            postprocessing=self.postprocessing(given, spec.output),
        )
        self.add_extras(record, given, spec, rows, decoded)

    def add_random_stages(
        self, record: Record, spec: ModelSpec, thresholds: Thresholds, *, max_rows: int, seed: int
    ) -> None:
        """Add random candidates and their postprocessing."""
        every = np.arange(spec.output.candidates)
        values = self.draw(spec, np.random.RandomState(seed), len(every))
        given = extras.extras_with_values(spec.output, every, values)
        rows, decoded = add_random_boxes(
            record,
            extras.boxes_only(spec),
            thresholds,
            max_rows=max_rows,
            seed=seed,
            postprocessing=self.postprocessing(given, spec.output),
        )
        self.add_extras(record, given, spec, rows, decoded)

"""Golden vectors of masks: coefficients of rows, masks of boxes, and a small complete case."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import plan_letterbox
from edgegen.tasks import extras
from edgegen.tasks.detect.stages import MOST_BOXES, DetectStages
from edgegen.tasks.golden import Record
from edgegen.tasks.segment.decode import PROTOTYPE_STRIDE, masks
from edgegen.tasks.segment.result import SegmentDecoder, add_masks, runs_of

RUNS: Final = 20_000  # of all masks of a picture, generously; two for each row of a mask
PROOF: Final = (6, 8, 12, 4)  # masks, prototypes' height and width, enlargement to the input
GRAIN: Final = 64  # values are multiples of 1 / 64, so any order of summation gives the same bits


class SegmentStages(DetectStages):
    """The stages of masks."""

    def extras_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        """Return the bytes of masks and the small case for a picture, and of coefficients for each row."""
        channels = spec.output.extras.channels
        proof = 4 * (channels * PROOF[1] * PROOF[2] + PROOF[0] * (channels + 4) + 2_000)
        return 4 * (RUNS + MOST_BOXES) + proof, 4 * channels

    def thresholds_with_results(
        self, outputs: Sequence[Float32], output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Lower the confidence as detection does, and max_det until the masks fit into golden vectors."""
        return limit_runs(outputs, output, super().thresholds_with_results(outputs, output, thresholds))

    def draw(self, spec: ModelSpec, random: Any, count: int) -> Float32:
        """Return random coefficients [count, nm]."""
        drawn: Float32 = random.normal(0, 1, (count, spec.output.extras.channels)).astype(np.float32)
        return drawn

    def add_extras(
        self, record: Record, outputs: Sequence[Float32], spec: ModelSpec, rows: Int64, decoded: Int64
    ) -> None:
        """Add the coefficients of rows, and a small case from coefficients to masks."""
        record.add("raw.row.coefficient", "f32", extras.extras_at(outputs, spec.output, rows))
        add_proof(record, spec.output.extras.channels, seed=len(rows))


def limit_runs(outputs: Sequence[Float32], output: OutputSpec, thresholds: Thresholds) -> Thresholds:
    """Return thresholds with a lower max_det, if needed, so that a picture's masks have at most RUNS runs.

    max_det is at least 1, even if that mask is too large.
    """
    height, width = (PROTOTYPE_STRIDE * side for side in outputs[-1].shape[2:])
    plan = plan_letterbox((height, width), (height, width))
    shown = SegmentDecoder().result(outputs, output, plan, thresholds)
    if shown.mask_inputs is None or len(shown) == 0:
        return thresholds
    undecided = shown.mask_inputs.undecided((height, width))
    sizes = [
        len(runs_of(mask)) + len(runs_of(free)) for mask, free in zip(shown.masks, undecided, strict=True)
    ]
    if sum(sizes) <= RUNS:
        return thresholds
    most = int(np.searchsorted(np.cumsum(sizes), RUNS, side="right"))
    return replace(thresholds, max_det=max(most, 1))


def add_proof(record: Record, channels: int, seed: int) -> None:
    """Add random coefficients, prototypes and boxes, and their masks."""
    count, height, width, larger = PROOF
    size = (height * larger, width * larger)
    random = np.random.RandomState(seed)
    prototypes = random.randint(-GRAIN, GRAIN + 1, (channels, height, width)) / GRAIN
    coefficients = random.randint(-GRAIN, GRAIN + 1, (count, channels)) / GRAIN
    ends = np.sort(random.randint(-GRAIN, (max(size) + 1) * GRAIN, (count, 2, 2)), axis=1) / GRAIN
    boxes = ends.reshape(count, 4).astype(np.float32)
    boxes[-1, 2:] = boxes[-1, :2]  # of no area
    given = (coefficients.astype(np.float32), prototypes.astype(np.float32), boxes)
    for name, values in zip(("coefficient", "proto", "box"), given, strict=True):
        record.add(f"proof.{name}", "f32", values)
    record.add("proof.size", "u32", np.array(size))
    add_masks(record, "proof", masks(*given, size))

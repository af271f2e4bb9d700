"""The result of a segmentation model from its outputs, and masks as run lengths."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference.letterbox import LetterboxPlan
from edgegen.tasks import extras
from edgegen.tasks.detect import pipeline
from edgegen.tasks.detect.pipeline import Detections
from edgegen.tasks.extras_contract import without_extras
from edgegen.tasks.segment.decode import Bitmaps, masks, shown, undecided

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class MaskInputs:
    """The inputs of n masks, which determine the pixels that depend on rounding."""

    coefficients: Float32  # [n, nm]
    prototypes: Float32  # [nm, mh, mw]
    boxes: Float32  # [n, 4], corners in input pixels

    def at(self, places: Int64) -> "MaskInputs":
        """Return the inputs of the masks at these indices."""
        return MaskInputs(self.coefficients[places], self.prototypes, self.boxes[places])

    def undecided(self, size: tuple[int, int]) -> Bitmaps:
        """Return the pixels [n, height, width] that depend on rounding."""
        return undecided(self.coefficients, self.prototypes, self.boxes, size)


@dataclass(frozen=True)
class Segments(Detections):
    """n detections with their masks, best first; boxes in pixels of the original picture."""

    masks: Bitmaps  # [n, height, width] of the letterboxed input
    mask_inputs: MaskInputs | None = None  # None for an app's result, which has masks only

    def at(self, places: Int64) -> "Segments":
        """Return the objects at these indices."""
        part, mask_inputs = super().at(places), self.mask_inputs.at(places) if self.mask_inputs else None
        return Segments(part.boxes, part.scores, part.class_ids, self.masks[places], mask_inputs)


def shown_segments(
    outputs: Sequence[Float32],
    output: OutputSpec,
    plan: LetterboxPlan,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
) -> Segments:
    """Decode the outputs, select, and map boxes to the picture, without those of an empty mask."""
    boxes, spec = extras.box_outputs(outputs, output), without_extras(output)
    candidates, kept = pipeline.chosen(boxes, spec, thresholds, keep_classes)
    coefficients = extras.extras_at(extras.extra_outputs(outputs, output), output, candidates.index[kept])
    size = (plan.input_height, plan.input_width)
    mask_inputs = MaskInputs(coefficients, outputs[-1][0], candidates.boxes[kept])
    bitmaps = masks(mask_inputs.coefficients, mask_inputs.prototypes, mask_inputs.boxes, size)
    found = Segments(
        pipeline.to_image(mask_inputs.boxes, plan),
        candidates.scores[kept],
        candidates.class_ids[kept],
        bitmaps,
        mask_inputs,
    )
    return found.at(shown(bitmaps))


def runs_of(bitmap: npt.NDArray[np.bool_]) -> Int64:
    """Return the run lengths of a mask [h, w], row by row: zeros, ones, zeros, ...; the first may be 0."""
    flat = bitmap.reshape(-1)
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    first = [0] if len(flat) and flat[0] else []
    ends: Int64 = np.concatenate([first, [0], changes, [len(flat)]]).astype(np.int64)
    lengths: Int64 = ends[1:] - ends[:-1]
    return lengths


def of_runs(runs: Sequence[int], size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return the mask [h, w] of run lengths. Raise ValueError if they do not fill it."""
    lengths = np.asarray(runs, dtype=np.int64)
    flat = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return flat.reshape(size)

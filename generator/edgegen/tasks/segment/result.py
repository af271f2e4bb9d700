"""What is shown of a segmentation model, how its outputs become that, and masks as run lengths."""

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
    """What n masks are made of: a mask alone does not say which of its pixels a last bit decided."""

    coefficients: Float32  # [n, nm]
    prototypes: Float32  # [nm, mh, mw]
    boxes: Float32  # [n, 4], corners in input pixels

    def at(self, places: Int64) -> "MaskInputs":
        """Return those of the masks at these places."""
        return MaskInputs(self.coefficients[places], self.prototypes, self.boxes[places])

    def undecided(self, size: tuple[int, int]) -> Bitmaps:
        """Return which pixels of the masks [n, height, width] may as well be otherwise."""
        return undecided(self.coefficients, self.prototypes, self.boxes, size)


@dataclass(frozen=True)
class Segments(Detections):
    """n detections with their masks, best first; boxes in pixels of the original picture."""

    masks: Bitmaps  # [n, height, width] of the model's input, letterboxed as it is
    mask_inputs: MaskInputs | None = None  # where they are known: an app tells its masks alone

    def at(self, places: Int64) -> "Segments":
        """Return those at these places."""
        part, mask_inputs = super().at(places), self.mask_inputs.at(places) if self.mask_inputs else None
        return Segments(part.boxes, part.scores, part.class_ids, self.masks[places], mask_inputs)


def shown_segments(
    outputs: Sequence[Float32],
    output: OutputSpec,
    plan: LetterboxPlan,
    thresholds: Thresholds,
    keep_classes: Sequence[int] | None = None,
) -> Segments:
    """Decode the outputs, choose, and bring boxes back to the picture; what has an empty mask is left out."""
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
    """Return a mask [h, w], row by row, as lengths of runs: zeros, ones, zeros, ...; the first may be 0."""
    flat = bitmap.reshape(-1)
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    first = [0] if len(flat) and flat[0] else []
    ends: Int64 = np.concatenate([first, [0], changes, [len(flat)]]).astype(np.int64)
    lengths: Int64 = ends[1:] - ends[:-1]
    return lengths


def of_runs(runs: Sequence[int], size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return the mask [h, w] of lengths of runs, or raise ValueError where they do not fill it."""
    lengths = np.asarray(runs, dtype=np.int64)
    flat = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return flat.reshape(size)

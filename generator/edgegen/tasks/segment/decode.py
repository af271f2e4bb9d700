"""Decode the masks of selected boxes, at the input's or the picture's size, and compare boxes with masks.

`tasks.detect` decodes and selects the boxes. Coefficients are their extras, and the last output has the
prototypes. `shown` drops boxes with an empty mask.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float32, Int64
from edgegen.model.spec import ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import bilinear
from edgegen.reference.contour import external_contours, joined
from edgegen.reference.letterbox import LetterboxPlan, plan_letterbox, points_to_picture
from edgegen.tasks import extras
from edgegen.tasks.decoder import Outputs, Record, Tolerances
from edgegen.tasks.detect.decode import Candidates, to_image
from edgegen.tasks.detect.decoder import MOST_BOXES, DetectDecoder
from edgegen.tasks.detect.result import RAW, Detections, Floats, Pairs, boxes_of_json, round_box
from edgegen.tasks.stage import Comparison, Stage, worst_difference

if TYPE_CHECKING:
    from typing_extensions import Self


Bitmap = npt.NDArray[np.bool_]  # [h, w]
Bitmaps = npt.NDArray[np.bool_]  # [n, h, w]

PROTOTYPE_STRIDE: Final = 4  # input pixels of a prototype's pixel, as in Ultralytics
ABOVE: Final = np.float32(0)  # a pixel belongs to the mask if its mixture is above
NEAR: Final = np.float32(1e-3)  # distance to 0, or of a box's side to a pixel, within which rounding decides

MASK_IOU: Final = 0.995
MASK_PIXELS: Final = 1  # that may always differ: one pixel is more than 0.5 % of a mask under 200 pixels
RUNS: Final = 20_000  # of all masks of a picture, generously; two for each row of a mask
PROOF: Final = (6, 8, 12, 4)  # masks, prototypes' height and width, enlargement to the input
GRAIN: Final = 64  # values are multiples of 1 / 64, so any order of summation gives the same bits


def masks(coefficients: Float32, prototypes: Float32, boxes: Float32, input_hw: tuple[int, int]) -> Bitmaps:
    """Return masks [n, height, width] of the letterboxed input's size, as predict does by default.

    coefficients are [n, nm], prototypes [nm, mh, mw]; boxes [n, 4] are corners in input pixels, not clipped.
    A pixel belongs to a mask if the enlarged mixture of prototypes is above 0, and the pixel is in the box:
    x1 <= column < x2, y1 <= row < y2.
    """
    found = np.zeros((len(coefficients), *input_hw), dtype=np.bool_)
    rows = bilinear.taps(prototypes.shape[1], input_hw[0])
    columns = bilinear.taps(prototypes.shape[2], input_hw[1])
    for mask, plane, box in zip(found, _mixed(coefficients, prototypes), boxes, strict=True):
        _fill(mask, plane, rows, columns, box)
    return found


def undecided(
    coefficients: Float32, prototypes: Float32, boxes: Float32, input_hw: tuple[int, int]
) -> Bitmaps:
    """Return the pixels [n, height, width] of `masks` that depend on rounding.

    Their mixture is within NEAR of 0, or their row or column is within NEAR of a side of the box.
    """
    rows = bilinear.taps(prototypes.shape[1], input_hw[0])
    columns = bilinear.taps(prototypes.shape[2], input_hw[1])
    outward = np.array([-NEAR, -NEAR, NEAR, NEAR], dtype=np.float32)
    found = np.zeros((len(coefficients), *input_hw), dtype=np.bool_)
    for open_ones, plane, box in zip(found, _mixed(coefficients, prototypes), boxes, strict=True):
        _fill(open_ones, plane, rows, columns, box + outward, -NEAR)
        sure = np.zeros(input_hw, dtype=np.bool_)
        _fill(sure, plane, rows, columns, box - outward, NEAR)
        open_ones &= ~sure
    return found


def masks_on_picture(
    coefficients: Float32, prototypes: Float32, boxes: Float32, picture_hw: tuple[int, int]
) -> Bitmaps:
    """Return masks [n, h, w] of the picture's size: predict's with `retina_masks`.

    boxes [n, 4] are corners in picture pixels, clipped to it. The mixture is enlarged just enough for the
    letterbox border to end between pixels, cut, and resized to the picture.
    """
    found = np.zeros((len(coefficients), *picture_hw), dtype=np.bool_)
    height, width = prototypes.shape[1:]
    plan = plan_letterbox(picture_hw, (height * PROTOTYPE_STRIDE, width * PROTOTYPE_STRIDE))
    border = plan.input_height - plan.resized_height, plan.input_width - plan.resized_width
    factor = enlargement(border)
    size = height * factor, width * factor
    cut = plan_letterbox(picture_hw, size)
    rows = bilinear.taps(cut.resized_height, picture_hw[0])
    columns = bilinear.taps(cut.resized_width, picture_hw[1])
    for mask, plane, box in zip(found, _mixed(coefficients, prototypes), boxes, strict=True):
        large = bilinear.resize(plane, *size) if factor > 1 else plane
        inside = large[cut.top : cut.top + cut.resized_height, cut.left : cut.left + cut.resized_width]
        _fill(mask, inside, rows, columns, box)
    return found


def enlargement(border: tuple[int, int]) -> int:
    """Return the smallest factor (1, 2, 4) by which prototypes are enlarged before the border is cut off.

    border has the input pixels of the border (above + below, left + right). Half of each must be whole pixels
    of the enlarged prototypes.
    """
    half_and_whole = border[0] | border[1] | (border[0] | border[1]) // 2
    return PROTOTYPE_STRIDE // math.gcd(PROTOTYPE_STRIDE, half_and_whole)


def shown(bitmaps: Bitmaps) -> Int64:
    """Return the indices of masks [n, h, w] with a pixel. Boxes without one are dropped."""
    return np.flatnonzero(bitmaps.any(axis=(1, 2)))


def polygon(bitmap: npt.NDArray[np.bool_], picture_hw: tuple[int, int]) -> Float32:
    """Return a mask's outline [k, 2], x y in picture pixels, as Ultralytics' `masks.xy`; [0, 2] if empty.

    bitmap [h, w] has the size of the letterboxed input or of the picture. Separate parts are joined.
    """
    points = joined(external_contours(bitmap)).astype(np.float32)
    plan = plan_letterbox(picture_hw, (bitmap.shape[0], bitmap.shape[1]))
    return points_to_picture(points, plan)


@dataclass(frozen=True)
class MaskInputs:
    """The inputs of n masks, which determine the pixels that depend on rounding."""

    coefficients: Float32  # [n, nm]
    prototypes: Float32  # [nm, mh, mw]
    boxes: Float32  # [n, 4], corners in input pixels

    def at(self, places: Int64) -> "MaskInputs":
        """Return the inputs of the masks at these indices."""
        return MaskInputs(self.coefficients[places], self.prototypes, self.boxes[places])

    def masks(self, size: tuple[int, int]) -> Bitmaps:
        """Return the masks [n, height, width]."""
        return masks(self.coefficients, self.prototypes, self.boxes, size)

    def undecided(self, size: tuple[int, int]) -> Bitmaps:
        """Return the pixels [n, height, width] that depend on rounding."""
        return undecided(self.coefficients, self.prototypes, self.boxes, size)


@dataclass(frozen=True)
class Segments(Detections):
    """n detections with their masks, best first; boxes in pixels of the original picture."""

    masks: Bitmaps  # [n, height, width] of the letterboxed input
    mask_inputs: MaskInputs | None = None  # None for an app's result, which has masks only

    def compare_extras(
        self, boxes: Comparison, reference: "Self", pairs: Pairs, tolerances: Tolerances | None
    ) -> Comparison:
        """Compare the masks of each pair.

        The mask inputs of the reference give the undecided pixels, which may differ. Without them only IoU
        counts.
        """
        allowed = tolerances or SegmentDecoder.tolerances
        worst = max((self.extras_difference(i, reference, j) for i, j in pairs), default=0.0)
        counts = ((j, _unexplained(self.masks[i], reference, j)) for i, j in pairs)
        wrong = tuple(
            f"{count} wrong pixels in the mask of class {reference.class_ids[j]},"
            f" box {round_box(reference.boxes[j])}"
            for j, count in counts
            if count and tolerances is None
        )
        most = 1 - allowed["mask_iou"]
        stage = Stage("masks", worst, most, "1 - IoU", worst <= most and not wrong, len(pairs))
        problems = (*boxes.problems, *wrong)
        return replace(
            boxes, others=(stage,), problems=problems, worst={**boxes.worst, "mask_iou": 1 - worst}
        )

    def extras_difference(self, i: int, other: "Self", j: int) -> float:
        """Return 1 - IoU of two masks; 0 if at most MASK_PIXELS differ, 1 if their sizes differ."""
        mine, right = self.masks[i], other.masks[j]
        if mine.shape != right.shape:
            return 1.0
        differing = int(np.count_nonzero(mine != right))
        return differing / int(np.count_nonzero(mine | right)) if differing > MASK_PIXELS else 0.0

    def likeness(self, other: "Self") -> Floats:
        """Return the lower IoU [n, m] of boxes and masks."""
        first, second = (each.masks.reshape(len(each), -1).astype(np.float32) for each in (self, other))
        both = first @ second.T
        either = first.sum(axis=1)[:, None] + second.sum(axis=1)[None] - both
        of_masks: Float32 = both / np.maximum(either, 1)
        return np.asarray(np.minimum(super().likeness(other), of_masks))

    def to_json(self, class_names: Sequence[str]) -> list[dict[str, Any]]:
        size = list(self.masks.shape[1:])
        return [
            {**row, "mask": {"size": size, "runs": runs_of(mask).tolist()}}
            for row, mask in zip(super().to_json(class_names), self.masks, strict=True)
        ]

    def add_to(self, record: Record) -> None:
        super().add_to(record)
        _add_masks(record, "mask", self.masks)
        if self.mask_inputs is not None:
            size = (self.masks.shape[1], self.masks.shape[2])
            _add_masks(record, "undecided", self.mask_inputs.undecided(size))


class SegmentDecoder(DetectDecoder):
    """Decodes and compares segments."""

    tolerances: ClassVar[Tolerances] = {
        **DetectDecoder.tolerances,
        "mask_iou": MASK_IOU,
        "mask_pixels": float(MASK_PIXELS),
    }

    def compare_outputs(self, ours: Outputs, theirs: Outputs, output: OutputSpec) -> list[Stage]:
        stages = super().compare_outputs(ours, theirs, output)
        coefficients = (extras.extra_outputs(ours, output), extras.extra_outputs(theirs, output))
        return [
            *stages,
            _stage("pte coefficients", *coefficients),
            _stage("pte prototypes", ours[-1:], theirs[-1:]),
        ]

    def on_picture(
        self, found: Candidates, outputs: Outputs, output: OutputSpec, plan: LetterboxPlan
    ) -> Segments:
        """Return the selected boxes with their masks, without boxes of an empty mask."""
        coefficients = extras.extras_at(outputs, output, found.index)
        inputs = MaskInputs(coefficients, outputs[-1][0], found.boxes)
        bitmaps = inputs.masks((plan.input_height, plan.input_width))
        visible = shown(bitmaps)
        found, inputs = found.at(visible), inputs.at(visible)
        boxes = to_image(found.boxes, plan)
        return Segments(boxes, found.scores, found.class_ids, bitmaps[visible], inputs)

    def from_json(self, rows: Sequence[Mapping[str, Any]]) -> Segments:
        bitmaps = [of_runs(row["mask"]["runs"], tuple(row["mask"]["size"])) for row in rows]
        stacked = np.stack(bitmaps) if bitmaps else np.zeros((0, 0, 0), dtype=np.bool_)
        return Segments(*boxes_of_json(rows), stacked)

    def extras_bytes(self, spec: ModelSpec) -> tuple[int, int]:
        channels = spec.output.extras.channels
        proof = 4 * (channels * PROOF[1] * PROOF[2] + PROOF[0] * (channels + 4) + 2_000)
        return 4 * (RUNS + MOST_BOXES) + proof, 4 * channels

    def thresholds_with_results(
        self, outputs: Outputs, output: OutputSpec, thresholds: Thresholds
    ) -> Thresholds:
        """Lower the confidence as detection does, and max_det until the masks have at most RUNS runs.

        max_det is at least 1, even if that mask is too large.
        """
        thresholds = super().thresholds_with_results(outputs, output, thresholds)
        height, width = (PROTOTYPE_STRIDE * side for side in outputs[-1].shape[2:])
        plan = plan_letterbox((height, width), (height, width))
        result: Any = self.result(outputs, output, plan, thresholds)
        if not len(result):
            return thresholds
        undecided = result.mask_inputs.undecided((height, width))
        pairs = zip(result.masks, undecided, strict=True)
        ends = np.cumsum([len(runs_of(mask)) + len(runs_of(free)) for mask, free in pairs])
        if ends[-1] <= RUNS:
            return thresholds
        return replace(thresholds, max_det=max(int(np.searchsorted(ends, RUNS, side="right")), 1))

    def draw(self, spec: ModelSpec, random: np.random.RandomState, count: int) -> Float32:
        drawn: Float32 = random.normal(0, 1, (count, spec.output.extras.channels)).astype(np.float32)
        return drawn

    def add_extras(
        self, record: Record, outputs: Outputs, spec: ModelSpec, rows: Int64, decoded: Int64
    ) -> None:
        record.add("raw.row.coefficient", "f32", extras.extras_at(outputs, spec.output, rows))
        _add_proof(record, spec.output.extras.channels, seed=len(rows))


def runs_of(bitmap: Bitmap) -> Int64:
    """Return the run lengths of a mask [h, w], row by row: zeros, ones, zeros, ...; the first may be 0."""
    flat = bitmap.reshape(-1)
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    first = [0] if len(flat) and flat[0] else []
    ends: Int64 = np.concatenate([first, [0], changes, [len(flat)]]).astype(np.int64)
    lengths: Int64 = ends[1:] - ends[:-1]
    return lengths


def of_runs(runs: Sequence[int], size: tuple[int, int]) -> Bitmap:
    """Return the mask [h, w] of run lengths. Raise ValueError if they do not fill it."""
    lengths = np.asarray(runs, dtype=np.int64)
    flat = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return flat.reshape(size)


def _mixed(coefficients: Float32, prototypes: Float32) -> Iterator[Float32]:
    """Yield the mixture [mh, mw] of prototypes for each mask."""
    depth, height, width = prototypes.shape
    flat = np.ascontiguousarray(prototypes, dtype=np.float32).reshape(depth, -1)
    with np.errstate(invalid="ignore", over="ignore"):
        mixture: Float32 = np.ascontiguousarray(coefficients, dtype=np.float32) @ flat
    yield from mixture.reshape(-1, height, width)


def _fill(
    mask: npt.NDArray[np.bool_],
    plane: Float32,
    rows: bilinear.Taps,
    columns: bilinear.Taps,
    box: Float32,
    threshold: np.float32 = ABOVE,
) -> None:
    """Set the pixels of a mask [h, w] in the box where the plane is above the threshold."""
    height, width = mask.shape
    left, right = (int(np.clip(np.ceil(box[i]), 0, width)) for i in (0, 2))
    top, bottom = (int(np.clip(np.ceil(box[i]), 0, height)) for i in (1, 3))
    if left >= right or top >= bottom:
        return
    with np.errstate(invalid="ignore", over="ignore"):
        values = bilinear.sample(plane, rows.part(top, bottom), columns.part(left, right))
        mask[top:bottom, left:right] = values > threshold


def _unexplained(mine: Bitmap, reference: Segments, j: int) -> int:
    """Return the number of pixels that differ from the reference mask and are not undecided."""
    right = reference.masks[j]
    if reference.mask_inputs is None or mine.shape != right.shape or np.array_equal(mine, right):
        return 0
    (free,) = reference.mask_inputs.at(np.array([j])).undecided((right.shape[0], right.shape[1]))
    return int(np.count_nonzero((mine != right) & ~free))


def _add_masks(record: Record, name: str, bitmaps: Bitmaps) -> None:
    """Add masks as run lengths, and where each mask ends, to golden vectors."""
    runs = [runs_of(bitmap) for bitmap in bitmaps]
    record.add(f"{name}.run", "u32", np.concatenate([*runs, np.zeros(0, dtype=np.int64)]))
    record.add(f"{name}.end", "u32", np.cumsum([len(each) for each in runs], dtype=np.int64))


def _stage(name: str, ours: Outputs, theirs: Outputs) -> Stage:
    worst = max(worst_difference(mine, right) for mine, right in zip(ours, theirs, strict=True))
    return Stage.of(name, worst, RAW, "", sum(right.size for right in theirs))


def _add_proof(record: Record, channels: int, seed: int) -> None:
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
    _add_masks(record, "proof", masks(*given, size))

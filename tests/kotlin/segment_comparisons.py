"""Comparisons of masks with the reference, as in task_comparisons.py."""

import dataclasses

import numpy as np

from edgegen.model.spec import Extras
from edgegen.tasks import extras
from edgegen.tasks.detect.decode import to_image
from edgegen.tasks.segment import decode as reference
from tests.cpp.box_comparisons import sprinkle
from tests.kotlin.jvm import KotlinCore, Values
from tests.kotlin.task_cases import CONTRACTS, Size, random_outputs, random_question
from tests.kotlin.task_comparisons import check_boxes, chosen, spec_of
from tests.kotlin.tasks import Outputs, segment

NUMBERS = (1, 3, 32)  # of prototypes
NEAR = 1e-5  # of the largest value: a sum in another order may change its sign


def random_case(rng: np.random.Generator, contract: str, whole: bool) -> tuple[Outputs, tuple[int, int]]:
    """Return outputs with prototypes, and the input's size.

    whole: all are multiples of 1/8, so that sums are the same in every order.
    """
    number = int(rng.choice(NUMBERS))
    outputs = random_outputs(rng, contract, number, bad_values=False)
    height, width = (int(side) for side in rng.integers(1, 200, 2))
    divisor = int(rng.choice([1, 3, 4, 4, 4]))
    prototypes = rng.normal(0, 2, (1, number, max(height // divisor, 1), max(width // divisor, 1)))
    prototypes = prototypes.astype(np.float32)
    tensors = [*outputs.tensors, prototypes]
    mover = rng.spawn(1)[
        0
    ]  # a separate generator, so that the other cases, rare ones among them, stay the same
    if not outputs.strides and mover.integers(0, 3) == 0:
        _move_boxes(mover, outputs)
    if whole:
        np.round(prototypes * 8, out=prototypes)
        prototypes /= 8
        for coefficients in coefficients_in(outputs):
            coefficients[...] = np.round(coefficients * 8) / 8
            if rng.integers(0, 4) == 0:
                sprinkle(rng, coefficients, (np.nan, np.inf, -np.inf))
    return dataclasses.replace(outputs, tensors=tensors), (height, width)


def _move_boxes(rng: np.random.Generator, outputs: Outputs) -> None:
    """Make every fourth box empty, and move every fourth one out of the input."""
    is_decoded = outputs.contract == "decoded"
    rows = outputs.tensors[0][0].T if is_decoded else outputs.tensors[0][0]
    rows[::4, 2] = 0 if is_decoded else rows[::4, 0]
    far = rng.choice(np.float32([-900, 900]), len(rows[1::4]))
    rows[1::4, 0] += far
    if not is_decoded:
        rows[1::4, 2] += far


def coefficients_in(outputs: Outputs) -> list[Values]:
    """Return views of all coefficients."""
    return extras.extra_outputs(outputs.tensors, spec_of(outputs, Extras(outputs.extras)))


def coefficients_of(outputs: Outputs, index: np.typing.NDArray[np.int64]) -> Values:
    """Return the coefficients of candidates, [n, nm]."""
    return extras.extras_at(outputs.tensors, spec_of(outputs, Extras(outputs.extras)), index)


def check_segment(core: KotlinCore, seed: int, cases: int, source: Size | None = None) -> int:
    """Compare the whole task: boxes that have a mask, each pixel of it, and its outline.

    Returns the number of masks; source: the picture's size, or None for any.
    """
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        outputs, size = random_case(rng, CONTRACTS[case % 4], whole=True)
        asked = random_question(rng, outputs.classes, size, source)
        found, kept = chosen(outputs, asked)
        with np.errstate(all="ignore"):
            coefficients = coefficients_of(outputs, found.index[kept])
            masks = reference.masks(coefficients, outputs.tensors[-1][0], found.boxes[kept], size)
        places = reference.shown(masks)
        ours, bitmaps, lines = segment(core, outputs, asked)
        kept = kept[places]
        check_boxes(ours, found, kept, to_image(found.boxes[kept], asked.plan), outputs, asked)
        np.testing.assert_array_equal(bitmaps, masks[places])
        picture_hw = asked.plan.source_height, asked.plan.source_width
        for mask, line in zip(bitmaps, lines, strict=True):
            np.testing.assert_array_equal(line, reference.polygon(mask, picture_hw))
        compared += len(kept)
    return compared


def check_rounded_masks(core: KotlinCore, seed: int, cases: int) -> int:
    """Check that pixels differ only where the reference's value is near 0, for any values."""
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        outputs, size = random_case(rng, CONTRACTS[case % 4], whole=False)
        asked = random_question(rng, outputs.classes, size)
        found, kept = chosen(outputs, asked)
        coefficients = coefficients_of(outputs, found.index[kept])
        prototypes = outputs.tensors[-1][0]
        masks = reference.masks(coefficients, prototypes, found.boxes[kept], size)
        ours, bitmaps, _ = segment(core, outputs, asked)
        place = {int(index): i for i, index in enumerate(ours.index)}
        for i, index in enumerate(found.index[kept]):
            if int(index) not in place:
                assert not masks[i].any()
                continue
            values = np.tensordot(coefficients[i], prototypes, 1)
            large = reference.bilinear.resize(values, *size)
            different = bitmaps[place[int(index)]] != masks[i]
            largest = (np.abs(coefficients[i])[:, None, None] * np.abs(prototypes)).sum(0).max(initial=1)
            assert (np.abs(large[different]) < NEAR * largest).all()
            compared += 1
    return compared

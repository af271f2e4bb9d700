"""Comparisons of semantic maps and depth with the reference, as in task_comparisons.py."""

import numpy as np
import numpy.typing as npt

from edgegen.model.thresholds import Thresholds
from edgegen.reference import LetterboxPlan, plan_letterbox, resize_bilinear
from edgegen.tasks.depth import decode as distances
from edgegen.tasks.semantic import decode as classes
from tests.cpp.box_comparisons import random_keep, sprinkle
from tests.cpp.letterbox_comparisons import random_picture, random_sizes
from tests.helpers.pixel_formats import pack
from tests.kotlin.comparisons import ROTATIONS, stored
from tests.kotlin.jvm import KotlinCore
from tests.kotlin.tasks import Asked, depth, semantic

Float32 = npt.NDArray[np.float32]
Size = tuple[int, int]

MAPS = (1, 2, 5, 19)
BAD = (np.nan, np.inf, -np.inf)


def random_maps(
    rng: np.random.Generator, maps: int, wanted: Size | None = None
) -> tuple[Float32, Size, Size]:
    """Return maps [1, maps, h, w], some on a grid, some with NaN; an input's size and a picture's.

    wanted: the picture's, else any.
    """
    rows, columns = (8 * int(side) for side in rng.integers(1, 8, 2))
    divisor = int(rng.choice([1, 2, 8]))
    source = (int(rng.integers(1, 120)), int(rng.integers(1, 120)))
    kind = int(rng.integers(0, 5))
    if kind == 0:
        source = (rows, columns)
    elif kind == 1:  # as large as the input has it, with a border
        source = (rows, max(columns // 2, 1))
    values = rng.normal(0, 3, (1, maps, rows // divisor, columns // divisor))
    if rng.integers(0, 2):
        values = np.round(values)  # ties
    values = values.astype(np.float32)
    if rng.integers(0, 4) == 0:
        sprinkle(rng, values, BAD)
    return values, (rows, columns), wanted or source


@np.errstate(all="ignore")
def check_semantic(core: KotlinCore, seed: int, cases: int, wanted: Size | None = None) -> int:
    """Compare each pixel and each share; return the number of pixels."""
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        count = MAPS[case % 4]
        logits, input_hw, source = random_maps(rng, count, wanted)
        asked = Asked(plan_letterbox(source, input_hw), Thresholds(), random_keep(rng, count))
        ours, found, shares = semantic(core, logits, asked)
        theirs = classes.class_map(logits[0], input_hw, source)
        if asked.keep_classes is not None and count > 1:  # with one class there is no choice
            theirs = classes.only_classes(theirs, asked.keep_classes)
        np.testing.assert_array_equal(ours, theirs)
        right = classes.shares(theirs, max(count, 2))
        np.testing.assert_array_equal(found, np.argsort(-right, kind="stable")[: np.count_nonzero(right)])
        np.testing.assert_allclose(shares, right[found], rtol=1e-6)
        compared += ours.size
    return compared


@np.errstate(all="ignore")
def check_depth(core: KotlinCore, seed: int, cases: int, wanted: Size | None = None) -> int:
    """Compare each pixel bit by bit; return the number of pixels."""
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        output, input_hw, source = random_maps(rng, 1, wanted)
        if case % 10 == 0:
            output[...] = np.nan
        ours, ends = depth(core, output, LetterboxPlan(*source, *input_hw, *input_hw, left=0, top=0))
        theirs = distances.depth_map(output[0, 0], input_hw, source)
        np.testing.assert_array_equal(ours, theirs)
        known = theirs[np.isfinite(theirs)]
        np.testing.assert_array_equal(ends, [known.min(), known.max()] if known.size else [np.nan] * 2)
        compared += ours.size
    return compared


def check_stretch(core: KotlinCore, seed: int, cases: int) -> None:
    """Compare bytes and tensor, for any orientation of the picture."""
    rng = np.random.default_rng(seed)
    for case in range(cases):
        source, target = random_sizes(rng)
        upright, rotation = random_picture(rng, source), ROTATIONS[case % 4]
        picture = stored(upright, rotation, mirrored=bool(case % 3))
        rows = pack(picture, "rgba", int(rng.integers(0, 9)))
        how = (rows, picture.shape[1], "rgba", rotation, bool(case % 3))
        box = core.stretch(target)
        ours, plan = box.to_bytes(*how)
        assert (plan.resized_height, plan.resized_width, plan.top, plan.left) == (*target, 0, 0)
        theirs = resize_bilinear(upright, *target)
        np.testing.assert_array_equal(ours, theirs)
        tensor, _ = box.to_tensor(*how)
        np.testing.assert_array_equal(tensor, np.moveaxis(theirs.astype(np.float32) / 255, -1, 0))
        box.free()

"""Masks and outlines in numpy against Ultralytics; and mutated copies, which must fail."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

import edgegen.tasks.segment.decode as sound
from edgegen.reference import plan_letterbox
from tests.helpers.mutating import expect_failure, mutant
from tests.python.tasks.random_heads import sizes

Float32 = npt.NDArray[np.float32]
DEPTH: Final = 8  # prototypes


class MaskCase:
    """Random coefficients, prototypes, boxes (some outside, empty or of no size) and picture size."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        count = int(random.integers(0, 6))
        height, width = (int(side) for side in random.integers(2, 33, size=2))
        self.input_hw = 4 * height, 4 * width
        self.picture_hw = tuple(int(side) for side in random.choice([1, 31, 64, 90, 127, 128, 200], size=2))
        if random.integers(4) == 0:  # a letterbox without a border
            self.picture_hw = self.input_hw if random.integers(2) else (height, width)
        self.coefficients = random.normal(0, 1, (count, DEPTH)).astype(np.float32)
        self.prototypes = random.normal(0, 1, (DEPTH, height, width)).astype(np.float32)
        # A box covers one or two prototype pixels or most of them; its corners may be swapped.
        self.relative = random.uniform(-0.2, 1.2, (count, 4))
        small = random.random(count) < 0.3
        self.relative[small, 2:] = self.relative[small, :2] + random.uniform(-0.01, 0.05, (small.sum(), 2))

    def boxes(self, size_hw: tuple[int, int]) -> Float32:
        return (self.relative * (size_hw[1], size_hw[0], size_hw[1], size_hw[0])).astype(np.float32)


def check_masks(decode: Any, seed: int) -> int:
    """Compare predict's default masks, and the shown ones, with Ultralytics; return the number of masks."""
    import torch
    from ultralytics.utils.ops import process_mask

    case = MaskCase(seed)
    corners = case.boxes(case.input_hw)
    protos, coefficients, boxes = map(torch.from_numpy, (case.prototypes, case.coefficients, corners))
    theirs = process_mask(protos, coefficients, boxes, case.input_hw, upsample=True)
    ours = decode.masks(case.coefficients, case.prototypes, corners, case.input_hw)
    np.testing.assert_array_equal(ours, theirs.numpy() > 0)
    wanted = theirs.amax((-2, -1)) > 0 if len(theirs) else torch.zeros(0)
    np.testing.assert_array_equal(decode.shown(ours), np.flatnonzero(wanted.numpy()))
    return len(ours)


def check_undecided(decode: Any, seed: int) -> int:
    """Compare the pixels that a last bit decides with torch's own values; return the number of pixels."""
    import torch

    case = MaskCase(seed)
    corners = case.boxes(case.input_hw)
    if len(corners) == 0:
        return decode.undecided(case.coefficients, case.prototypes, corners, case.input_hw).size
    whole = np.random.default_rng(seed).random(corners.shape) < 0.3  # on a pixel position, or nearly
    corners[whole] = np.round(corners[whole]) + np.float32(0.0005)
    coefficients = case.coefficients * np.float32(0.01)
    depth, *size = case.prototypes.shape
    mixed = torch.from_numpy(coefficients) @ torch.from_numpy(case.prototypes).view(depth, -1)
    values = torch.nn.functional.interpolate(mixed.view(1, -1, *size), case.input_hw, mode="bilinear")[0]
    places = [np.arange(side, dtype=np.float32) for side in reversed(case.input_hw)]

    def within(by: float) -> Any:
        sides = [corners[:, axis, None] - by <= place for axis, place in enumerate(places)]
        ends = [place < corners[:, axis + 2, None] + by for axis, place in enumerate(places)]
        x, y = (low & high for low, high in zip(sides, ends, strict=True))
        return y[:, :, None] & x[:, None, :]

    maybe, surely = within(1e-3) & (values > -1e-3).numpy(), within(-1e-3) & (values > 1e-3).numpy()
    found = decode.undecided(coefficients, case.prototypes, corners, case.input_hw)
    off = found != (maybe & ~surely)
    assert not (off & ((values.abs() - 1e-3).abs() > 1e-6).numpy()).any()
    return int(found.sum())


def check_masks_on_picture(decode: Any, seed: int) -> int:
    """Compare the masks of `retina_masks` with Ultralytics; return the number of masks."""
    import torch
    from ultralytics.utils.ops import process_mask_native

    case = MaskCase(seed)
    corners = case.boxes(case.picture_hw)
    protos, coefficients, boxes = map(torch.from_numpy, (case.prototypes, case.coefficients, corners))
    theirs = process_mask_native(protos, coefficients, boxes, case.picture_hw)
    ours = decode.masks_on_picture(case.coefficients, case.prototypes, corners, case.picture_hw)
    np.testing.assert_array_equal(ours, theirs.numpy() > 0)
    return len(ours)


def check_polygon(decode: Any, seed: int) -> None:
    """Compare outlines with `Results.masks.xy`, for masks of the input's size and of the picture's."""
    import torch
    from ultralytics.engine.results import Masks

    picture, model_input = sizes(seed)
    random = np.random.default_rng(seed)
    size = model_input if random.integers(2) else picture
    coarse = random.random(tuple(random.integers(1, 6, size=2))) < random.choice([0, 0.4, 0.8])
    rows, columns = (np.arange(side) * few // side for side, few in zip(size, coarse.shape, strict=True))
    bitmap = coarse[np.ix_(rows, columns)]
    (theirs,) = Masks(torch.from_numpy(bitmap[None]), picture).xy
    np.testing.assert_allclose(decode.polygon(bitmap, picture), theirs, rtol=2e-7, atol=0)


CHECKS: Final = (check_masks, check_masks_on_picture, check_polygon, check_undecided)


@pytest.mark.parametrize("check", CHECKS)
def test_masks_equal_ultralytics(check: Any) -> None:
    """Compares every pixel of over a thousand random masks."""
    counts = [check(sound, seed) for seed in range(150 if check is check_undecided else 500)]
    assert counts[0] is None or sum(counts) > 1000


@pytest.mark.parametrize(
    ("check", "pattern", "replacement"),
    [
        (check_masks, r"ABOVE: Final = np\.float32\(0\)", "ABOVE: Final = np.float32(0.02)"),
        (check_masks, r"values > threshold", "values >= threshold - 0.02"),
        (check_masks, r"np\.ceil\(box\[i\]\), 0, width", "np.floor(box[i]), 0, width"),
        (check_masks, r"np\.ceil\(box\[i\]\), 0, height", "np.round(box[i]), 0, height"),
        (check_masks, r"np\.ceil\(box\[i\]\), 0, width", "np.ceil(box[i]), 1, width"),
        (check_masks, r"bitmaps\.any\(axis=\(1, 2\)\)", "bitmaps.any(axis=2).all(axis=1)"),
        (check_masks, r"rows\.part\(top, bottom\)", "rows.part(top + 1, bottom + 1)"),
        (check_masks, r"prototypes\.shape\[2\], input_hw\[1\]", "prototypes.shape[1], input_hw[1]"),
        (check_masks_on_picture, r"PROTOTYPE_STRIDE: Final = 4", "PROTOTYPE_STRIDE: Final = 2"),
        (check_masks_on_picture, r"border\[1\]\) // 2", "border[1])"),
        (check_masks_on_picture, r"border\[0\] \| border\[1\] \|", "border[0] |"),
        (check_masks_on_picture, r"if factor > 1", "if factor > 2"),
        (check_masks_on_picture, r"large\[cut\.top :", "large[cut.top + 1 :"),
        (check_masks_on_picture, r"cut\.left : cut\.left", "cut.left // 2 : cut.left"),
        (check_masks_on_picture, r"cut\.resized_height, picture_hw\[0\]", "height, picture_hw[0]"),
        (check_polygon, r"return points_to_picture\(points, plan\)", "return points"),
        (check_undecided, r"np\.float32\(1e-3\)", "np.float32(2e-3)"),
        (check_undecided, r"columns, box \+ outward, -NEAR", "columns, box, -NEAR"),
        (check_undecided, r"columns, box - outward, NEAR", "columns, box, NEAR"),
        (check_undecided, r"-NEAR, -NEAR, NEAR, NEAR", "-NEAR, NEAR, NEAR, NEAR"),
        (check_undecided, r"box \+ outward, -NEAR", "box + outward, ABOVE"),
    ],
)
def test_comparison_fails_for_a_mutated_mask(
    tmp_path: Path, check: Any, pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(check, broken, seeds=200)


@pytest.mark.parametrize(
    "box", [(5, 5, 5, 5), (-9, -9, -1, 50), (70, 2, 90, 50), (20, 20, 10, 10), (-1e30, 8, 1e30, 8)]
)
def test_mask_of_a_box_without_pixels_is_empty_and_hidden(box: tuple[float, ...]) -> None:
    """The boxes have no area, are outside, or have swapped corners."""
    ones, corners = np.ones((1, 1), dtype=np.float32), np.array([box], dtype=np.float32)
    for found in (
        sound.masks(ones, np.ones((1, 16, 16), dtype=np.float32), corners, (64, 64)),
        sound.masks_on_picture(ones, np.ones((1, 16, 16), dtype=np.float32), corners, (64, 64)),
    ):
        assert not found.any()
        assert sound.shown(found).size == 0
        assert sound.polygon(found[0], (64, 64)).shape == (0, 2)


def test_mask_includes_a_pixel_whose_index_is_inside_the_box() -> None:
    """A box from 4.2 to 5.1 contains pixel 5, one from 4.2 to 4.9 contains none."""
    ones, plane = np.ones((2, 1), dtype=np.float32), np.ones((1, 4, 4), dtype=np.float32)
    corners = np.array([[4.2, 4.2, 5.1, 5.1], [4.2, 4.2, 4.9, 4.9]], dtype=np.float32)
    found = sound.masks(ones, plane, corners, (16, 16))
    assert np.argwhere(found).tolist() == [[0, 5, 5]]
    assert sound.shown(found).tolist() == [0]


def test_mask_excludes_pixels_that_are_not_finite() -> None:
    """The coefficients or the prototypes are NaN."""
    coefficients = np.array([[np.nan], [1]], dtype=np.float32)
    plane = np.ones((1, 4, 4), dtype=np.float32)
    plane[0, 0, 0] = np.nan
    corners = np.array([[0, 0, 16, 16]] * 2, dtype=np.float32)
    found = sound.masks(coefficients, plane, corners, (16, 16))
    assert not found[0].any()
    assert not found[1, 0, 0]
    assert found[1, 15, 15]


def test_masks_of_no_boxes_have_an_empty_shape() -> None:
    none, plane = np.empty((0, 8), dtype=np.float32), np.ones((8, 4, 4), dtype=np.float32)
    assert sound.masks(none, plane, none[:, :4], (16, 16)).shape == (0, 16, 16)
    assert sound.masks_on_picture(none, plane, none[:, :4], (30, 40)).shape == (0, 30, 40)


def test_polygon_is_clipped_to_the_picture() -> None:
    """Its points are in picture pixels; the border of the letterbox is cut off."""
    bitmap = np.zeros((64, 64), dtype=np.bool_)
    bitmap[:, 16:33] = True
    outline = sound.polygon(bitmap, (32, 64))
    assert plan_letterbox((32, 64), (64, 64)).top == 16
    assert outline.tolist() == [[16, 0], [16, 32], [32, 32], [32, 0]]

"""Resizing against Pillow, and the input of classification against torchvision."""

import numpy as np
import pytest
from PIL import Image

from edgegen.model.spec import WHOLE_PICTURE
from edgegen.reference import turn_upright
from tests.cpp.native_tasks import Tasks
from tests.helpers.pixel_formats import PACKED, pack

pytestmark = pytest.mark.proof("core")


def check_resize(tasks: Tasks, seed: int, cases: int) -> None:
    """Compare whole pictures and parts with Pillow, bit for bit: larger, smaller, one side equal, thin."""
    random = np.random.default_rng(seed)
    for number in range(cases):
        height, width = (int(side) for side in random.integers(1, 120, 2))
        if number % 4 == 0:
            height, width = int(random.integers(1, 400)), int(random.integers(1, 60))
        rows, columns = (int(side) for side in random.integers(1, 90, 2))
        rows, columns = height if number % 7 == 0 else rows, width if number % 11 == 0 else columns
        name = ("bilinear", "bicubic")[number % 2]
        picture = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        pillow = Image.fromarray(picture).resize((columns, rows), Image.Resampling[name.upper()])
        theirs = np.asarray(pillow)
        np.testing.assert_array_equal(tasks.resize(picture, (rows, columns), name), theirs)
        top, left = int(random.integers(rows)), int(random.integers(columns))
        part = top, left, int(random.integers(1, rows - top + 1)), int(random.integers(1, columns - left + 1))
        np.testing.assert_array_equal(
            tasks.resize(picture, (rows, columns), name, part),
            theirs[top : top + part[2], left : left + part[3]],
        )


def check_crop(tasks: Tasks, seed: int, cases: int) -> None:
    """Compare the bytes of a classification input with torchvision's Resize and CenterCrop."""
    from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

    random = np.random.default_rng(seed)
    for case in range(cases):
        size = (int(random.integers(1, 80)), int(random.integers(1, 80)))
        if case % 4 == 0:
            size = (size[0], size[0])
        shorter = max(size) + int(random.integers(0, 30)) if case % 3 else WHOLE_PICTURE
        name = ("bilinear", "bicubic")[case // 2 % 2]
        height, width = (int(side) for side in random.integers(1, 300, 2))
        picture = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        resize = Resize(shorter or size, InterpolationMode(name))
        theirs = np.asarray(Compose([resize, CenterCrop(size)])(Image.fromarray(picture)))
        crop = tasks.crop(size, name, shorter)
        ours, (rows, columns, left, top) = crop.run(picture.reshape(height, -1), width)
        np.testing.assert_array_equal(ours, theirs)
        assert (rows, columns) == size if shorter == WHOLE_PICTURE else min(rows, columns) == shorter
        assert (rows + 2 * top - size[0]) in (-1, 0, 1)
        assert (columns + 2 * left - size[1]) in (-1, 0, 1)
        tensor, _ = crop.run(picture.reshape(height, -1), width, tensor=True)
        np.testing.assert_array_equal(tensor, theirs.transpose(2, 0, 1) / np.float32(255))


def check_stored(tasks: Tasks, seed: int, cases: int) -> None:
    """Compare pictures of any format and orientation with the upright picture."""
    random = np.random.default_rng(seed)
    crop = tasks.crop((33, 33))
    for number in range(cases):
        height, width = (int(side) for side in random.integers(1, 90, 2))
        picture = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        name, orientation = PACKED[number % len(PACKED)], 1 + number // len(PACKED) % 8
        upright = np.ascontiguousarray(turn_upright(picture, orientation))
        expected, _ = crop.run(upright.reshape(len(upright), -1), upright.shape[1])
        ours, _ = crop.run(pack(picture, name, int(random.integers(9))), width, name, orientation)
        np.testing.assert_array_equal(ours, expected, f"{name} {orientation}")


@pytest.mark.parametrize("seed", range(3))
def test_resized_pixels_equal_those_of_pillow(tasks: Tasks, seed: int) -> None:
    """3,000 pictures, and a part of each."""
    check_resize(tasks, seed, 1000)


def test_centre_crop_equals_that_of_torchvision(tasks: Tasks) -> None:
    """2,000 pictures, for inputs of 1 to 79 pixels."""
    check_crop(tasks, 1, 2000)


def test_crop_is_equal_for_every_format_and_orientation(tasks: Tasks) -> None:
    """1,000 pictures."""
    check_stored(tasks, 1, 1000)


def test_picture_is_stretched_for_an_input_that_is_not_square(tasks: Tasks) -> None:
    """As with a tuple of sizes in torchvision."""
    picture = np.random.default_rng(1).integers(0, 256, (50, 90, 3), dtype=np.uint8)
    ours, plan = tasks.crop((20, 30)).run(picture.reshape(50, -1), 90)
    np.testing.assert_array_equal(ours, np.asarray(Image.fromarray(picture).resize((30, 20), 2)))
    assert plan == (20, 30, 0, 0)


def test_crop_of_a_single_pixel_and_of_a_column_of_pixels(tasks: Tasks) -> None:
    """Both are enlarged, and no other pixel is read."""
    one = np.full((1, 1, 3), 7, dtype=np.uint8)
    np.testing.assert_array_equal(tasks.crop((9, 9)).run(one.reshape(1, -1), 1)[0], np.full((9, 9, 3), 7))
    thread = np.full((12_000, 1, 3), 9, dtype=np.uint8)
    out, plan = tasks.crop((8, 8)).run(thread.reshape(12_000, -1), 1)
    np.testing.assert_array_equal(out, np.full((8, 8, 3), 9))
    assert plan == (96_000, 8, 0, -47_996)

"""Plan and pixels of the letterbox at each rotation, against numpy and the C++ core."""

import numpy as np
import pytest

from edgegen.model.spec import InputSpec
from edgegen.tasks.prepared import prepare
from tests.cpp.letterbox_comparisons import (
    check_plan,
    check_tensor,
    random_picture,
    random_sizes,
    sizes_at_halves,
)
from tests.cpp.native import Core
from tests.cpp.native_letterbox import RESIZES
from tests.helpers.pixel_formats import pack
from tests.kotlin.comparisons import ROTATIONS, check_turned, check_turned_tensor, stored
from tests.kotlin.jvm import KotlinCore

pytestmark = pytest.mark.proof("kotlin")


@pytest.mark.parametrize("resize", RESIZES)
def test_plan_equals_the_reference(kotlin: KotlinCore, resize: str) -> None:
    """Sizes, borders and gains: random sizes, one pixel, extreme aspects, sides of exactly n + 1/2."""
    check_plan(kotlin, sizes_at_halves((640,)), resize)  # type: ignore[arg-type]
    sides = ((1, 1), (1, 5000), (5000, 1), (2, 3), (416, 640))
    check_plan(kotlin, [(source, target) for source in sides for target in sides], resize)  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    pairs = [tuple(tuple(map(int, rng.integers(1, 5000, 2))) for _ in range(2)) for _ in range(2000)]
    check_plan(kotlin, pairs, resize)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_rotated_pictures_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """4000 random pictures: every resize, rotations, mirrored or not, padded rows. Not one byte differs."""
    check_turned(kotlin, seed, 1000)


@pytest.mark.parametrize("seed", range(4))
def test_tensor_equals_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """2000 random pictures and normalisations, each at another rotation: not one bit differs."""
    check_turned_tensor(kotlin, seed, 400)
    check_tensor(kotlin, seed, 100)  # type: ignore[arg-type]


def test_camera_frames_equal_those_of_the_cpp_core(kotlin: KotlinCore, cpp: Core) -> None:
    """Usual frames at usual input sizes and each rotation; the C++ core gets the upright picture."""
    rng = np.random.default_rng(7)
    sizes = [((720, 1280), 640), ((480, 640), 320), ((480, 640), 640), ((1080, 1920), 416)]
    for source, side in [*sizes, ((1280, 853), 640)]:
        upright = random_picture(rng, source)
        theirs, _ = cpp.letterbox((side, side)).to_tensor(pack(upright, "rgba"), source[1], "rgba")
        box = kotlin.letterbox((side, side))
        for rotation in ROTATIONS:
            picture = stored(upright, rotation, mirrored=False)
            rows = pack(picture, "rgba", padding=64)
            ours, _ = box.to_tensor(rows, picture.shape[1], "rgba", rotation)
            np.testing.assert_array_equal(ours, theirs, f"{source} {side} {rotation}")
        box.free()


@pytest.mark.parametrize("resize", RESIZES)
def test_all_small_sizes_equal_the_reference(kotlin: KotlinCore, resize: str) -> None:
    """Every picture of up to 6 x 6 in every input of up to 6 x 6, each at one rotation: 1296 pairs."""
    rng = np.random.default_rng(5)
    sides = range(1, 7)
    case = 0
    for target in [(h, w) for h in sides for w in sides]:
        box = kotlin.letterbox(target, resize=resize)
        for height, width in [(h, w) for h in sides for w in sides]:
            upright = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            rotation, mirrored = ROTATIONS[case % 4], case % 8 >= 4
            case += 1
            picture = stored(upright, rotation, mirrored)
            ours, _ = box.to_bytes(pack(picture, "rgba"), picture.shape[1], "rgba", rotation, mirrored)
            theirs = prepare(upright, InputSpec(*target, resize=resize)).pixels
            assert (ours == theirs).all(), (height, width, target, rotation, mirrored)
        box.free()


def test_alpha_and_padding_make_no_difference(kotlin: KotlinCore) -> None:
    """Bytes outside of the colour channels may have any value."""
    rng = np.random.default_rng(6)
    for rotation in ROTATIONS:
        source, target = random_sizes(rng)
        picture = random_picture(rng, source)
        box = kotlin.letterbox(target)
        answers = [
            box.to_bytes(pack(picture, "rgba", 7, filler), source[1], "rgba", rotation)[0]
            for filler in (0, 0x7F, 0xFF)
        ]
        for answer in answers[1:]:
            np.testing.assert_array_equal(answer, answers[0])
        box.free()


@pytest.mark.parametrize(("height", "width"), [(0, 5), (5, 0), (0, 0)])
def test_picture_without_pixels_is_rejected(kotlin: KotlinCore, height: int, width: int) -> None:
    """The core must not read outside of the buffer."""
    with pytest.raises(ValueError, match="picture"):
        kotlin.letterbox((8, 8)).to_bytes(np.zeros((height, 20), dtype=np.uint8), width, "rgba")


def test_row_stride_below_the_row_width_is_rejected(kotlin: KotlinCore) -> None:
    """The stride was probably given in pixels."""
    with pytest.raises(ValueError, match="picture's rows"):
        kotlin.letterbox((8, 8)).to_bytes(np.zeros((5, 19), dtype=np.uint8), 5, "rgba")


def test_rotation_other_than_a_quarter_turn_is_rejected(kotlin: KotlinCore) -> None:
    with pytest.raises(ValueError, match="45"):
        kotlin.letterbox((8, 8)).to_bytes(np.zeros((5, 20), dtype=np.uint8), 5, "rgba", rotation=45)


@pytest.mark.parametrize("target", [(0, 8), (8, 0), (-1, 8)])
def test_model_input_without_pixels_is_rejected(kotlin: KotlinCore, target: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="input"):
        kotlin.letterbox(target)

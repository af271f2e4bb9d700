"""Plan and pixels of the letterbox, against the numpy reference, OpenCV and Ultralytics."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegen.model.spec import LETTERBOX_TOP_LEFT
from edgegen.reference import letterbox, plan_letterbox
from tests.cpp.letterbox_comparisons import (
    check_letterbox,
    check_plan,
    check_tensor,
    random_picture,
    random_sizes,
    sizes_at_halves,
)
from tests.cpp.native import Core
from tests.helpers.pixel_formats import pack

SIDES = st.integers(1, 2000)
INPUTS = st.integers(1, 700)


def cv2_letterbox(
    picture: npt.NDArray[np.uint8], target: tuple[int, int], pad_value: int
) -> npt.NDArray[np.uint8]:
    """Letterbox with OpenCV's own resize and border."""
    height, width = picture.shape[:2]
    ratio = min(target[0] / height, target[1] / width)
    size = max(round(width * ratio), 1), max(round(height * ratio), 1)
    dw, dh = (target[1] - size[0]) / 2, (target[0] - size[1]) / 2
    resized = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    edges = round(dh - 0.1), round(dh + 0.1), round(dw - 0.1), round(dw + 0.1)
    return cv2.copyMakeBorder(resized, *edges, cv2.BORDER_CONSTANT, value=(pad_value,) * 3)


def to_bytes(
    core: Core, picture: npt.NDArray[np.uint8], target: tuple[int, int], name: str = "rgb", padding: int = 0
) -> npt.NDArray[np.uint8]:
    return core.letterbox(target).to_bytes(pack(picture, name, padding), picture.shape[1], name)[0]


@pytest.mark.proof("core")
@settings(max_examples=500, deadline=None)
@given(SIDES, SIDES, INPUTS, INPUTS)
def test_plan_equals_the_reference(core: Core, height: int, width: int, input_h: int, input_w: int) -> None:
    """Sizes, borders and gains agree for any picture and input.

    The picture fills the input along one side.
    """
    plan = core.plan((height, width), (input_h, input_w))
    assert plan == plan_letterbox((height, width), (input_h, input_w))
    assert plan.resized_width == input_w or plan.resized_height == input_h


@pytest.mark.proof("core")
def test_sides_that_end_in_a_half_are_rounded_to_even(core: Core) -> None:
    """As with Python's round: 853 / 2 becomes 426."""
    assert core.plan((1280, 853), (640, 640)).resized_width == 426
    assert core.plan((1280, 855), (640, 640)).resized_width == 428
    check_plan(core, sizes_at_halves())


@pytest.mark.proof("core")
@settings(max_examples=300, deadline=None)
@given(SIDES, SIDES, INPUTS, INPUTS)
def test_plan_at_the_top_left_equals_the_reference(
    core: Core, height: int, width: int, input_h: int, input_w: int
) -> None:
    """The picture fills the input along one side, or lacks a pixel of it: 49 / 49 may be below 1."""
    check_plan(core, [((height, width), (input_h, input_w))], LETTERBOX_TOP_LEFT)
    plan = core.plan((height, width), (input_h, input_w), LETTERBOX_TOP_LEFT)
    assert input_w - plan.resized_width <= 1 or input_h - plan.resized_height <= 1


@pytest.mark.proof("core")
def test_sides_at_the_top_left_are_cut(core: Core) -> None:
    """853 / 2 becomes 426, and a thin picture keeps one pixel. The gain is that of the whole ratio."""
    plan = core.plan((1280, 853), (640, 640), LETTERBOX_TOP_LEFT)
    assert (plan.resized_height, plan.resized_width, plan.left, plan.top) == (640, 426, 0, 0)
    assert (plan.gain_x, plan.gain_y) == (0.5, 0.5)
    assert core.plan((1280, 854), (320, 320), LETTERBOX_TOP_LEFT).resized_width == 213  # 213.5
    assert core.plan((1280, 859), (320, 320), LETTERBOX_TOP_LEFT).resized_width == 214  # 214.75
    assert core.plan((5000, 1), (320, 320), LETTERBOX_TOP_LEFT).resized_width == 1


@pytest.mark.proof("core")
@settings(max_examples=100, deadline=None)
@given(SIDES, SIDES, INPUTS, INPUTS, st.integers(0, 255), st.integers(0, 2**32 - 1))
def test_bytes_at_the_top_left_equal_those_of_opencv(
    core: Core, height: int, width: int, input_h: int, input_w: int, pad_value: int, seed: int
) -> None:
    """As cv2.resize(INTER_LINEAR) to the cut sizes, copied into an input of padding."""
    picture = random_picture(np.random.default_rng(seed), (height, width))
    box = core.letterbox((input_h, input_w), pad_value=pad_value, rgb=False, resize=LETTERBOX_TOP_LEFT)
    ours, _ = box.to_bytes(pack(picture, "rgb"), width, "rgb")
    ratio = min(input_h / height, input_w / width)
    size = max(int(width * ratio), 1), max(int(height * ratio), 1)
    theirs = np.full((input_h, input_w, 3), pad_value, dtype=np.uint8)
    theirs[: size[1], : size[0]] = cv2.resize(picture[..., ::-1], size, interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.proof("core")
def test_odd_border_pixel_goes_right_and_down(core: Core) -> None:
    """Of a border of 5 pixels, 2 are on the left."""
    assert core.plan((64, 59), (64, 64)).left == 2
    assert core.plan((59, 64), (64, 64)).top == 2


@pytest.mark.proof("core")
def test_plan_and_pixels_equal_those_of_ultralytics(core: Core) -> None:
    """LetterBox(auto=False, scaleup=True) of Ultralytics gives the same bytes."""
    from ultralytics.data import augment

    rng = np.random.default_rng(11)
    for _ in range(100):
        source, target = random_sizes(rng)
        picture = random_picture(rng, source)
        theirs = augment.LetterBox(new_shape=target, auto=False, scaleup=True)(image=picture)
        np.testing.assert_array_equal(to_bytes(core, picture, target), theirs, f"{source} {target}")


@pytest.mark.proof("core")
@pytest.mark.parametrize("seed", range(4))
def test_bytes_equal_the_reference(core: Core, seed: int) -> None:
    """2000 random pictures of all formats, thin, equal, doubled or any size: not one byte differs."""
    check_letterbox(core, seed, 500)


@pytest.mark.proof("core")
@pytest.mark.parametrize("seed", range(4))
def test_tensor_equals_the_reference(core: Core, seed: int) -> None:
    """1200 random pictures and normalisations: not one bit differs."""
    check_tensor(core, seed, 300)


@pytest.mark.proof("core")
@settings(max_examples=150, deadline=None)
@given(SIDES, SIDES, INPUTS, INPUTS, st.integers(0, 255), st.integers(0, 2**32 - 1))
def test_bytes_equal_those_of_opencv(
    core: Core, height: int, width: int, input_h: int, input_w: int, pad_value: int, seed: int
) -> None:
    """Up to 2000 x 2000, not one byte differs from cv2.resize(INTER_LINEAR) and copyMakeBorder."""
    picture = random_picture(np.random.default_rng(seed), (height, width))
    box = core.letterbox((input_h, input_w), pad_value=pad_value)
    ours, _ = box.to_bytes(pack(picture, "rgb"), width, "rgb")
    np.testing.assert_array_equal(ours, cv2_letterbox(picture, (input_h, input_w), pad_value))


@pytest.mark.proof("core")
def test_all_small_sizes_equal_those_of_opencv(core: Core) -> None:
    """Every picture of up to 9 x 9 in every input of up to 9 x 9: 6561 pairs of sizes."""
    rng = np.random.default_rng(5)
    sides = range(1, 10)
    for target in [(h, w) for h in sides for w in sides]:
        box = core.letterbox(target)
        for height, width in [(h, w) for h in sides for w in sides]:
            picture = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            ours, _ = box.to_bytes(pack(picture, "rgb"), width, "rgb")
            theirs = cv2_letterbox(picture, target, 114)
            assert (ours == theirs).all(), (height, width, target)


@pytest.mark.proof("core")
@pytest.mark.parametrize(
    ("source", "side"),
    [((720, 1280), 640), ((1080, 1920), 640), ((480, 640), 320), ((1280, 853), 640), ((240, 320), 640)],
)
def test_usual_photo_sizes_equal_those_of_opencv(core: Core, source: tuple[int, int], side: int) -> None:
    """Camera sizes at the usual input sizes, in bytes and in the tensor."""
    target = (side, side)
    picture = random_picture(np.random.default_rng(1), source)
    theirs = cv2_letterbox(picture, target, 114)
    np.testing.assert_array_equal(to_bytes(core, picture, target), theirs)
    tensor, _ = core.letterbox(target).to_tensor(pack(picture, "rgb"), source[1], "rgb")
    np.testing.assert_array_equal(tensor, (theirs.transpose(2, 0, 1) / 255).astype(np.float32))


@pytest.mark.proof("core")
@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(1, 90),
    st.integers(0, 64),
    st.integers(0, 255),
)
def test_all_pixel_formats_give_the_same_bytes(
    core: Core, height: int, width: int, input_h: int, input_w: int, padding: int, filler: int
) -> None:
    """Byte order, alpha and bytes between rows make no difference."""
    picture = random_picture(np.random.default_rng(height * 91 + width), (height, width))
    target = (input_h, input_w)
    expected = to_bytes(core, picture, target)
    for name in ("bgr", "rgba", "bgra"):
        rows = pack(picture, name, padding, filler)
        ours, _ = core.letterbox(target).to_bytes(rows, width, name)
        np.testing.assert_array_equal(ours, expected, name)


@pytest.mark.proof("core")
def test_tensor_has_the_channel_order_of_the_model(core: Core) -> None:
    """A BGR tensor is the RGB one with its planes reversed, and so are its bytes."""
    picture = random_picture(np.random.default_rng(2), (37, 53))
    rows = pack(picture, "bgra")
    rgb, bgr = core.letterbox((40, 40)), core.letterbox((40, 40), rgb=False)
    np.testing.assert_array_equal(
        bgr.to_tensor(rows, 53, "bgra")[0], rgb.to_tensor(rows, 53, "bgra")[0][::-1]
    )
    np.testing.assert_array_equal(
        bgr.to_bytes(rows, 53, "bgra")[0], rgb.to_bytes(rows, 53, "bgra")[0][..., ::-1]
    )


@pytest.mark.proof("core")
def test_negative_row_stride_reads_a_picture_from_the_bottom_up(core: Core) -> None:
    picture = random_picture(np.random.default_rng(3), (31, 17))
    rows = pack(np.ascontiguousarray(picture[::-1]), "rgb", 5)
    ours, _ = core.letterbox((20, 20)).to_bytes(rows[::-1], 17, "rgb")
    np.testing.assert_array_equal(ours, letterbox(picture, (20, 20)))


@pytest.mark.proof("core")
def test_letterbox_can_be_reused_for_other_sizes_and_formats(core: Core) -> None:
    """One Letterbox over 300 different frames gives what a new one for each frame gives."""
    rng = np.random.default_rng(9)
    target = (48, 64)
    box = core.letterbox(target)
    sizes = [(48, 64), (96, 128), (30, 30), (1, 70), (70, 1), (200, 90)]
    for _ in range(300):
        source = sizes[rng.integers(0, len(sizes))]
        picture = random_picture(rng, source)
        name = str(rng.choice(["rgb", "bgr", "rgba", "bgra"]))
        ours, plan = box.to_bytes(pack(picture, name), source[1], name)
        assert plan == plan_letterbox(source, target)
        np.testing.assert_array_equal(ours, letterbox(picture, target))


@pytest.mark.proof("core")
@pytest.mark.parametrize(("height", "width"), [(0, 5), (5, 0), (0, 0)])
def test_picture_without_pixels_is_rejected(core: Core, height: int, width: int) -> None:
    """The core must not read outside of the buffer."""
    with pytest.raises(ValueError, match="picture"):
        core.letterbox((8, 8)).to_bytes(np.zeros((height, 15), dtype=np.uint8), width, "rgb")


@pytest.mark.proof("core")
def test_row_stride_below_the_row_width_is_rejected(core: Core) -> None:
    """The stride was probably given in pixels."""
    with pytest.raises(ValueError, match="picture"):
        core.letterbox((8, 8)).to_bytes(np.zeros((5, 14), dtype=np.uint8), 5, "rgb")


@pytest.mark.proof("core")
@pytest.mark.parametrize("target", [(0, 8), (8, 0), (-1, 8)])
def test_model_input_without_pixels_is_rejected(core: Core, target: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="input"):
        core.letterbox(target)

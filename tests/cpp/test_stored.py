"""Pictures as cameras and files store them: rotated, mirrored, and in NV12."""

import dataclasses

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from edgegen.reference import YCBCR_ENCODINGS, letterbox, nv12_to_rgb, plan_letterbox, turn_upright
from tests.cpp.letterbox_comparisons import Uint8, check_stored, random_picture, random_stored
from tests.cpp.native import Core
from tests.cpp.native_letterbox import Stored
from tests.helpers.pixel_formats import FORMATS

ORIENTATIONS = range(1, 9)


def to_bytes(
    core: Core, rows: Uint8, width: int, name: str, stored: Stored, target: tuple[int, int]
) -> Uint8:
    return core.letterbox(target).to_bytes(rows, width, name, stored)[0]


# --- numpy reference ---


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_reference_applies_the_exif_orientation_as_pillow_does(orientation: int) -> None:
    picture = random_picture(np.random.default_rng(orientation), (3, 5))
    image = Image.fromarray(picture)
    image.getexif()[0x112] = orientation
    np.testing.assert_array_equal(
        turn_upright(picture, orientation), np.asarray(ImageOps.exif_transpose(image))
    )


def every_luma_with(chroma: Uint8) -> tuple[Uint8, Uint8]:
    """Return luma [n, 512] with every level twice a row, and the pairs [n / 2, 256, 2] below it."""
    luma = np.repeat(np.arange(256, dtype=np.uint8), 2)[None].repeat(2 * len(chroma), axis=0)
    return luma, np.repeat(chroma[:, None], 256, axis=1)


def exact_nv12_to_rgb(luma: Uint8, chroma: Uint8, encoding: str) -> Uint8:
    """Convert luma [h, w] and chroma [(h + 1) / 2, (w + 1) / 2, 2] to RGB by Y' = Kr R' + Kg G' + Kb B'."""
    height, width = luma.shape
    kr, kb, video = YCBCR_ENCODINGS[encoding]
    full = chroma.repeat(2, axis=0)[:height].repeat(2, axis=1)[:, :width].astype(np.float64)
    y = (luma - 16.0) / 219 if video else luma / 255.0
    cb, cr = np.moveaxis((full - 128) / (224 if video else 255), -1, 0)
    red = y + 2 * (1 - kr) * cr
    blue = y + 2 * (1 - kb) * cb
    green = (y - kr * red - kb * blue) / (1 - kr - kb)
    rgb: Uint8 = np.clip(np.rint(np.stack([red, green, blue], axis=-1) * 255), 0, 255).astype(np.uint8)
    return rgb


@pytest.mark.parametrize("encoding", YCBCR_ENCODINGS)
def test_reference_nv12_is_within_one_level_of_the_itu_formulas(encoding: str) -> None:
    """Every luma with every fifth Cb and Cr, the extremes included, against the formulas in float64."""
    levels = np.arange(0, 256, 5, dtype=np.uint8)
    chroma = np.stack(np.meshgrid(levels, levels), axis=-1).reshape(-1, 2)
    luma, pairs = every_luma_with(chroma)
    ours = nv12_to_rgb(luma, pairs, encoding).astype(np.int16)
    difference = np.abs(ours - exact_nv12_to_rgb(luma, pairs, encoding))
    assert difference.max() <= 1
    assert difference.astype(bool).mean() < 0.025


def test_reference_nv12_is_within_two_levels_of_opencv() -> None:
    """OpenCV's NV12 is BT.601 in video range. Below luma 16, OpenCV gives black."""
    levels = np.arange(0, 256, 5, dtype=np.uint8)
    luma, pairs = every_luma_with(np.stack(np.meshgrid(levels, levels), axis=-1).reshape(-1, 2))
    theirs = cv2.cvtColor(np.vstack([luma, pairs.reshape(len(pairs), -1)]), cv2.COLOR_YUV2RGB_NV12)
    difference = np.abs(nv12_to_rgb(luma, pairs, "bt601_video").astype(np.int16) - theirs)
    assert difference[luma >= 16].max() <= 2


def test_reference_nv12_grays_are_exact() -> None:
    """Without colour, 16 and 235 of video range are 0 and 255, and every gray of full range is itself."""
    luma, pairs = every_luma_with(np.array([[128, 128]], dtype=np.uint8))
    for encoding in YCBCR_ENCODINGS:
        rgb = nv12_to_rgb(luma, pairs, encoding)
        assert (rgb == rgb[..., :1]).all()
        if encoding.endswith("video"):
            assert (rgb[luma == 16] == 0).all()
            assert (rgb[luma == 235] == 255).all()
        else:
            np.testing.assert_array_equal(rgb[..., 0], luma)


# --- C++ core ---


@pytest.mark.proof("core")
@pytest.mark.parametrize("seed", range(2))
def test_bytes_equal_those_of_the_upright_picture(core: Core, seed: int) -> None:
    """2000 random pictures, formats, orientations, paddings and sizes: not one byte differs."""
    check_stored(core, seed, 1000)


@pytest.mark.proof("core")
def test_every_orientation_format_and_scale_equals_the_reference(core: Core) -> None:
    """Copied, halved, reduced and enlarged, from one pixel to odd sides and more than a block of rows."""
    rng = np.random.default_rng(3)
    sizes = [(1, 1), (1, 2), (2, 1), (1, 9), (9, 1), (2, 2), (3, 3), (5, 4), (64, 48), (35, 33), (70, 101)]
    for upright in sizes:
        height, width = upright
        targets = [upright, (2 * height, 2 * width), (max(height // 2, 1), max(width // 2, 1)), (24, 40)]
        for target in targets:
            plan = plan_letterbox(upright, target)
            for name in FORMATS:
                for orientation in ORIENTATIONS:
                    picture = random_stored(rng, upright, name, orientation)
                    ours, our_plan = core.letterbox(target).to_bytes(
                        picture.rows, picture.width, name, picture.stored
                    )
                    what = f"{upright} {target} {name} {orientation}"
                    assert our_plan == plan, what
                    np.testing.assert_array_equal(ours, letterbox(picture.upright, target), what)


@pytest.mark.proof("core")
@pytest.mark.parametrize("encoding", range(4))
def test_every_nv12_colour_equals_the_reference(core: Core, encoding: int) -> None:
    """Every luma with every fifteenth Cb and Cr, not resized."""
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    luma, pairs = every_luma_with(np.stack(np.meshgrid(levels, levels), axis=-1).reshape(-1, 2))
    stored = Stored(1, pairs.reshape(len(pairs), -1), encoding)
    ours = to_bytes(core, luma, 512, "nv12", stored, luma.shape)
    np.testing.assert_array_equal(ours, nv12_to_rgb(luma, pairs, list(YCBCR_ENCODINGS)[encoding]))


@pytest.mark.proof("core")
def test_rotated_camera_frames_equal_the_reference(core: Core) -> None:
    """1280 x 720 and 1920 x 1080, as a phone's camera gives them, as a tensor."""
    rng = np.random.default_rng(4)
    for upright in ((1280, 720), (1920, 1080)):
        for name in ("bgra", "nv12"):
            picture = random_stored(rng, upright, name, 6)
            tensor, _ = core.letterbox((640, 640)).to_tensor(
                picture.rows, picture.width, name, picture.stored
            )
            expected = letterbox(picture.upright, (640, 640)).transpose(2, 0, 1)
            np.testing.assert_array_equal(tensor, (expected / 255).astype(np.float32))


@pytest.mark.proof("core")
def test_negative_plane_strides_read_a_picture_from_the_bottom_up(core: Core) -> None:
    """Both planes, luma and chroma, have negative strides."""
    rng = np.random.default_rng(6)
    for orientation in ORIENTATIONS:
        picture = random_stored(rng, (31, 17), "nv12", orientation)
        chroma = picture.stored.chroma
        assert chroma is not None
        stored = dataclasses.replace(picture.stored, chroma=np.ascontiguousarray(chroma[::-1])[::-1])
        rows = np.ascontiguousarray(picture.rows[::-1])[::-1]
        ours = to_bytes(core, rows, picture.width, "nv12", stored, (20, 20))
        np.testing.assert_array_equal(ours, letterbox(picture.upright, (20, 20)))


@pytest.mark.proof("core")
def test_letterbox_can_be_reused_for_any_format_and_orientation(core: Core) -> None:
    """One Letterbox for 400 frames of a few sizes, in any format, encoding and orientation."""
    rng = np.random.default_rng(8)
    target = (48, 64)
    box = core.letterbox(target)
    sizes = [(48, 64), (96, 128), (64, 48), (1, 70), (70, 1), (100, 90)]
    for _ in range(400):
        upright = sizes[rng.integers(0, len(sizes))]
        picture = random_stored(rng, upright, str(rng.choice(list(FORMATS))), int(rng.integers(1, 9)))
        ours, plan = box.to_bytes(picture.rows, picture.width, picture.name, picture.stored)
        assert plan == plan_letterbox(upright, target)
        np.testing.assert_array_equal(ours, letterbox(picture.upright, target))

"""Drawn pictures cover the roundings that apps get wrong; files are read as Ultralytics reads them."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from edgegen.base.errors import InputError
from edgegen.model.spec import LETTERBOX_TOP_LEFT
from edgegen.parity.picture_files import Picture, read_picture, shrink
from edgegen.parity.pictures import KINDS, draw_scene, drawn_pictures
from edgegen.reference import plan_letterbox

SIZES = [
    (640, 640), (320, 320), (160, 160), (416, 416), (384, 640), (96, 640), (64, 1280), (1280, 64),
    (512, 512), (1024, 1024), (32, 32), (32, 640), (352, 352), (736, 1280),
]  # fmt: skip


@pytest.mark.parametrize("input_hw", SIZES)
def test_drawn_pictures_cover_odd_padding_and_half_pixel_rounding(input_hw: tuple[int, int]) -> None:
    """For many input sizes: odd padding on both axes, a side that ends in .5, a side that is scaled down."""
    pictures = {picture.name: picture.rgb for picture in drawn_pictures(input_hw)}
    plans = {name: plan_letterbox(rgb.shape[:2], input_hw) for name, rgb in pictures.items()}
    portrait, landscape, strip = pictures["portrait"], pictures["landscape"], pictures["strip"]
    assert portrait.shape[0] > portrait.shape[1]
    assert (input_hw[1] - plans["portrait"].resized_width) % 2 == 1
    assert landscape.shape[1] > landscape.shape[0]
    assert (input_hw[0] - plans["landscape"].resized_height) % 2 == 1
    height, width = pictures["half"].shape[:2]
    ratio = min(input_hw[0] / height, input_hw[1] / width)
    halves = [side * ratio for side in (height, width) if side * ratio % 1 == 0.5]
    assert halves
    assert int(halves[0]) % 2 == 0  # half to even goes down, half up would not
    assert strip.shape[1] > plans["strip"].resized_width
    assert pictures["small"].shape == (23, 17, 3)
    assert (pictures["small"] == pictures["small"][..., :1]).all()


@pytest.mark.parametrize("input_hw", SIZES)
def test_drawn_pictures_show_whether_sides_at_the_top_left_are_cut(input_hw: tuple[int, int]) -> None:
    """Two of them are a pixel longer if their sides are rounded."""
    for picture in drawn_pictures(input_hw, LETTERBOX_TOP_LEFT)[:2]:
        height, width = picture.rgb.shape[:2]
        ratio = min(input_hw[0] / height, input_hw[1] / width)
        sides = [round(side * ratio) - int(side * ratio) for side in (height, width)]
        assert 1 in sides, picture.name


def test_drawn_scenes_have_a_fixed_digest() -> None:
    """The tiny checkpoint was trained on exactly these drawings."""
    digest = hashlib.sha256(b"".join(draw_scene(60, 80, seed)[0].tobytes() for seed in range(20))).hexdigest()
    assert digest == "dc2ac05e5a48322c28f1112d259a6408df2a1d7c79dfa0459300ee5ed63bc189"


def test_drawn_shape_fills_its_box_exactly() -> None:
    """Its outermost rows and columns have pixels, and none are outside."""
    from edgegen.parity.pictures import _coverage

    for kind in range(len(KINDS)):
        covered = _coverage(kind, 30, 0) > 0
        assert covered.any(axis=1).all()
        assert covered[-1].any() if KINDS[kind] != "triangle" else covered[-1].all()
        assert covered.any(axis=0).sum() >= 29


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2), (7, 5)])
def test_scene_can_be_drawn_at_any_size(size: tuple[int, int]) -> None:
    rgb, shapes = draw_scene(*size, seed=3)
    assert rgb.shape == (*size, 3)
    assert all(0 <= s.x1 < s.x2 <= size[1] and 0 <= s.y1 < s.y2 <= size[0] for s in shapes)


def save(path: Path, array: np.ndarray) -> Path:
    import cv2

    assert cv2.imwrite(str(path), array)
    return path


def test_picture_is_read_as_rgb(tmp_path: Path) -> None:
    """OpenCV reads blue first."""
    path = save(tmp_path / "größe.png", np.full((3, 4, 3), (10, 20, 30), np.uint8))
    picture = read_picture(path)
    assert picture.name == "größe.png"
    assert picture.rgb.shape == (3, 4, 3)
    assert picture.rgb[0, 0].tolist() == [30, 20, 10]


def test_picture_is_read_as_8_bit_without_alpha(tmp_path: Path) -> None:
    """Grey pictures get three channels and 16 bits become 8, as in cv2.imread."""
    assert (
        read_picture(save(tmp_path / "g.png", np.full((2, 2), 7, np.uint8))).rgb.tolist()
        == [[[7] * 3] * 2] * 2
    )
    assert read_picture(save(tmp_path / "a.png", np.full((2, 2, 4), 9, np.uint8))).rgb.shape == (2, 2, 3)
    deep = read_picture(save(tmp_path / "d.png", np.full((2, 2), 0x1234, np.uint16)))
    assert deep.rgb[0, 0].tolist() == [0x12] * 3


def test_picture_is_rotated_by_its_exif_orientation(tmp_path: Path) -> None:
    """As stored by phones."""
    plain = save(tmp_path / "p.jpg", np.zeros((8, 16, 3), np.uint8)).read_bytes()
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    turned = plain[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + plain[2:]
    (tmp_path / "turned.jpg").write_bytes(turned)
    assert read_picture(tmp_path / "turned.jpg").rgb.shape == (16, 8, 3)


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_unreadable_picture_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.jpg"):
        read_picture(path)
    with pytest.raises(InputError, match="there is no picture"):
        read_picture(tmp_path / "missing.jpg")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_truncated_picture_is_reported_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], suffix: str
) -> None:
    """Without the messages of OpenCV's libraries."""
    path = save(tmp_path / f"photo{suffix}", draw_scene(40, 60, seed=1)[0])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=rf"photo\{suffix} is truncated or damaged"):
        read_picture(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("brands", "format_"),
    [("heic", "HEIC"), ("heixmif1", "HEIC"), ("msf1hevc", "HEIC"), ("avifmif1", "AVIF")],
)
def test_heic_or_avif_photo_is_named_with_a_command_to_convert_it(
    tmp_path: Path, brands: str, format_: str
) -> None:
    path = tmp_path / f"my photo.{format_.lower()}"
    path.write_bytes(b"\0\0\0\x18ftyp" + brands[:4].encode() + bytes(4) + brands[4:].encode() + bytes(40))
    with pytest.raises(InputError, match=f"is an? {format_} picture") as error:
        read_picture(path)
    assert f"heif-convert '{path}' '{path.with_suffix('.jpg')}'" in error.value.hint


def test_16_bit_colour_tiff_keeps_its_upper_bits(tmp_path: Path) -> None:
    """As predict does; OpenCV itself rounds 0x1180 up."""
    deep = read_picture(save(tmp_path / "deep.tif", np.full((2, 2, 3), 0x11FF, np.uint16)))
    assert deep.rgb.tolist() == [[[0x11] * 3] * 2] * 2


def test_shrink_keeps_the_aspect_ratio_and_small_pictures() -> None:
    large = Picture("large", np.zeros((600, 900, 3), np.uint8))
    small = shrink(large, 120_000)
    assert small.rgb.nbytes <= 120_000
    assert small.rgb.nbytes > 110_000
    assert abs(small.rgb.shape[1] / small.rgb.shape[0] - 1.5) < 0.02
    assert shrink(small, 120_000) is small
    thin = shrink(Picture("thin", np.zeros((1, 90_000, 3), np.uint8)), 3_000)
    assert thin.rgb.shape[0] == 1

"""Drawn pictures hit the roundings that apps get wrong; the user's own are read as Ultralytics does."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from edgegen.base.errors import InputError
from edgegen.parity.pictures import KINDS, Picture, draw_scene, drawn_pictures, read_picture, shrink
from edgegen.reference import plan_letterbox

SIZES = [
    (640, 640), (320, 320), (160, 160), (416, 416), (384, 640), (96, 640), (64, 1280), (1280, 64),
    (512, 512), (1024, 1024), (32, 32), (32, 640), (352, 352), (736, 1280),
]  # fmt: skip


@pytest.mark.parametrize("input_hw", SIZES)
def test_sizes_for_any_input(input_hw: tuple[int, int]) -> None:
    """Odd padding both ways, a side that ends in .5 and rounds down to even, one that is scaled down."""
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
def test_they_leave_room_for_numbers(input_hw: tuple[int, int]) -> None:
    """The pictures take no more than a fifth of a project's two megabytes."""
    assert sum(picture.rgb.nbytes for picture in drawn_pictures(input_hw)) < 400_000


def test_the_same_everywhere() -> None:
    """A drawn picture never changes: the tiny checkpoint was trained on this very drawing."""
    digest = hashlib.sha256(b"".join(draw_scene(60, 80, seed)[0].tobytes() for seed in range(20))).hexdigest()
    assert digest == "dc2ac05e5a48322c28f1112d259a6408df2a1d7c79dfa0459300ee5ed63bc189"


def test_shapes_lie_where_they_are_said_to_lie() -> None:
    """A shape's box is tight: something is painted in its outermost rows and columns, nothing beyond."""
    from edgegen.parity.pictures import _coverage

    for kind in range(len(KINDS)):
        covered = _coverage(kind, 30, 0) > 0
        assert covered.any(axis=1).all()
        assert covered[-1].any() if KINDS[kind] != "triangle" else covered[-1].all()
        assert covered.any(axis=0).sum() >= 29


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (300, 2), (7, 5)])
def test_scenes_of_odd_sizes(size: tuple[int, int]) -> None:
    """A scene can be drawn at any size."""
    rgb, shapes = draw_scene(*size, seed=3)
    assert rgb.shape == (*size, 3)
    assert all(0 <= s.x1 < s.x2 <= size[1] and 0 <= s.y1 < s.y2 <= size[0] for s in shapes)


def save(path: Path, array: np.ndarray) -> Path:
    import cv2

    assert cv2.imwrite(str(path), array)
    return path


def test_pictures_are_read_as_rgb(tmp_path: Path) -> None:
    """OpenCV's blue comes first on disk, red comes first here."""
    path = save(tmp_path / "größe.png", np.full((3, 4, 3), (10, 20, 30), np.uint8))
    picture = read_picture(path)
    assert picture.name == "größe.png"
    assert picture.rgb.shape == (3, 4, 3)
    assert picture.rgb[0, 0].tolist() == [30, 20, 10]


def test_grey_and_alpha(tmp_path: Path) -> None:
    """Grey pictures get three channels, alpha is dropped, 16 bits become 8: as cv2.imread does."""
    assert (
        read_picture(save(tmp_path / "g.png", np.full((2, 2), 7, np.uint8))).rgb.tolist()
        == [[[7] * 3] * 2] * 2
    )
    assert read_picture(save(tmp_path / "a.png", np.full((2, 2, 4), 9, np.uint8))).rgb.shape == (2, 2, 3)
    deep = read_picture(save(tmp_path / "d.png", np.full((2, 2), 0x1234, np.uint16)))
    assert deep.rgb[0, 0].tolist() == [0x12] * 3


def test_exif_orientation(tmp_path: Path) -> None:
    """A photo that a phone stored on its side is turned upright."""
    plain = save(tmp_path / "p.jpg", np.zeros((8, 16, 3), np.uint8)).read_bytes()
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    turned = plain[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + plain[2:]
    (tmp_path / "turned.jpg").write_bytes(turned)
    assert read_picture(tmp_path / "turned.jpg").rgb.shape == (16, 8, 3)


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_not_a_picture(tmp_path: Path, content: bytes) -> None:
    """What OpenCV cannot read is named."""
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.jpg"):
        read_picture(path)
    with pytest.raises(InputError, match="there is no picture"):
        read_picture(tmp_path / "missing.jpg")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_picture_that_is_cut_short_is_named_as_that(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], suffix: str
) -> None:
    """In one line, without those of OpenCV's libraries."""
    path = save(tmp_path / f"photo{suffix}", draw_scene(40, 60, seed=1)[0])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=rf"photo\{suffix} is cut short or damaged"):
        read_picture(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("brands", "format_"),
    [("heic", "HEIC"), ("heixmif1", "HEIC"), ("msf1hevc", "HEIC"), ("avifmif1", "AVIF")],
)
def test_a_photo_of_a_phone_that_cannot_be_read_is_named_by_its_format(
    tmp_path: Path, brands: str, format_: str
) -> None:
    """And what makes it a JPEG."""
    path = tmp_path / f"my photo.{format_.lower()}"
    path.write_bytes(b"\0\0\0\x18ftyp" + brands[:4].encode() + bytes(4) + brands[4:].encode() + bytes(40))
    with pytest.raises(InputError, match=f"is an? {format_} picture") as error:
        read_picture(path)
    assert f"heif-convert '{path}' '{path.with_suffix('.jpg')}'" in error.value.hint


def test_the_upper_bits_of_a_colour_tiff_are_read(tmp_path: Path) -> None:
    """As predict does it: OpenCV itself rounds 0x1180 up."""
    deep = read_picture(save(tmp_path / "deep.tif", np.full((2, 2, 3), 0x11FF, np.uint16)))
    assert deep.rgb.tolist() == [[[0x11] * 3] * 2] * 2


def test_shrinking_keeps_the_shape() -> None:
    """A large picture is made to fit its budget, a small one stays as it is."""
    large = Picture("large", np.zeros((600, 900, 3), np.uint8))
    small = shrink(large, 120_000)
    assert small.rgb.nbytes <= 120_000
    assert small.rgb.nbytes > 110_000
    assert abs(small.rgb.shape[1] / small.rgb.shape[0] - 1.5) < 0.02
    assert shrink(small, 120_000) is small
    thin = shrink(Picture("thin", np.zeros((1, 90_000, 3), np.uint8)), 3_000)
    assert thin.rgb.shape[0] == 1

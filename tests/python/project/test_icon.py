"""The icon of an app: colour, letter, and position."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

from edgegen.project import icon
from tests.helpers.hard_android import new, project

__all__ = ["project"]


def test_icon_colours_have_a_contrast_of_4_5_to_white() -> None:
    """As WCAG requires for text."""
    for color in icon.COLORS:
        assert 1.05 / (luminance(color) + 0.05) >= 4.5, color


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("Bird Finder", "B"), ("birds", "B"), ('"quoted"', "Q"), ("😀 app", "A"), ("7up", "7"), ("Élan", "E"),
        ("e\u0301lan", "E"), ("ßa", "S"), ("\ufb01ne", "F"), ("犬", ""), ("שלום", ""), ("😀", ""), ("--", ""),
    ],
)  # fmt: skip
def test_icon_has_the_first_letter_or_digit_of_the_font(name: str, letter: str) -> None:
    """Otherwise it has a symbol."""
    assert icon.design(name).letter == letter
    assert icon.design(name) == icon.design(name)


@pytest.mark.parametrize("letter", [*"ABGIJMQWgj7"])
def test_icon_letter_is_centred_in_every_density(letter: str, tmp_path: Path) -> None:
    icon.draw_letter(icon.Icon("#000000", letter), tmp_path)
    for density, scale in icon.DENSITIES.items():
        path = tmp_path / f"drawable-{density}" / icon.LETTER_FILE
        with Image.open(path) as image:
            assert image.size == (round(108 * scale), round(108 * scale))
            box = image.getchannel("A").getbbox()
        assert box is not None
        left, top, right, bottom = (value / scale for value in box)
        assert left > 36
        assert top > 36
        assert right < 72
        assert bottom < 72
        assert abs((left + right) / 2 - 54) < 2
        assert abs((top + bottom) / 2 - 54) < 2


@pytest.mark.parametrize("letter", ["B", "W", "g", ""])
def test_ios_icon_is_an_opaque_square_with_a_centred_letter(letter: str, tmp_path: Path) -> None:
    """1024 pixels without alpha, for light, dark and tinted screens."""
    icon.draw_app_icon(icon.Icon("#3949AB", letter), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(icon.APP_ICON_FILES.values())
    for look, name in icon.APP_ICON_FILES.items():
        with Image.open(tmp_path / name) as image:
            assert (image.mode, image.size) == ("RGB", (1024, 1024))
            background = image.getpixel((0, 0))
            difference = ImageChops.difference(image, Image.new("RGB", image.size, background))
            box = difference.getbbox()
        assert (
            background == {"light": (0x39, 0x49, 0xAB), "dark": (0x1C, 0x1C, 0x1E), "tinted": (0, 0, 0)}[look]
        )
        assert box is not None
        left, top, right, bottom = box
        assert max(abs(left + right - 1024), abs(top + bottom - 1024)) <= 4
        assert left > 150  # clear of the corners that iOS rounds


def test_icon_night_colours_have_a_contrast_of_4_5_to_the_dark_background() -> None:
    for color in icon.COLORS:
        light, dark = luminance(icon.Icon(color, "").night_color), luminance("#1C1C1E")
        assert (light + 0.05) / (dark + 0.05) >= 4.5, color


@pytest.mark.parametrize("letter", ["B", "W", ""])
def test_web_icons_are_opaque_with_the_sign_inside_the_circle_of_launchers(
    letter: str, tmp_path: Path
) -> None:
    """A maskable icon keeps a circle of 80 % of its side."""
    icon.draw_web_icons(icon.Icon("#3949AB", letter), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(icon.WEB_ICON_FILES)
    for name, side in icon.WEB_ICON_FILES.items():
        with Image.open(tmp_path / name) as image:
            assert (image.mode, image.size) == ("RGB", (side, side))
            assert image.getpixel((0, 0)) == (0x39, 0x49, 0xAB)
            outside = Image.new("L", image.size, 255)
            ImageDraw.Draw(outside).ellipse((0.1 * side, 0.1 * side, 0.9 * side, 0.9 * side), fill=0)
            plain = Image.new("RGB", image.size, (0x39, 0x49, 0xAB))
            seen = ImageChops.difference(image, plain)
            assert seen.getbbox() is not None
            seen.paste(0, mask=ImageChops.invert(outside))
            assert max(high for _, high in seen.getextrema()) < 16


@pytest.mark.full
def test_android_project_has_the_icon_of_its_name(project: Path, tiny_export: Path, tmp_path: Path) -> None:
    """A letter, or a symbol if there is no letter, under the same resource name."""
    resources = project / "app/src/main/res"
    assert 'android:drawable="@drawable/ic_launcher_sign"' in (
        resources / "drawable/ic_launcher_foreground.xml"
    ).read_text(encoding="utf-8")
    assert len(list(resources.glob("drawable-*/ic_launcher_sign.png"))) == 5
    assert not (resources / "drawable/ic_launcher_sign.xml").exists()
    color = icon.design('Größe 犬 "$x"').color
    assert color in (resources / "drawable/ic_launcher_background.xml").read_text(encoding="utf-8")
    resources = new(tiny_export, tmp_path / "app", "--name", "犬") / "app/src/main/res"
    assert (resources / "drawable/ic_launcher_sign.xml").is_file()
    assert not list(resources.glob("drawable-*"))

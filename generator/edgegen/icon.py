"""The launcher icon of an Android app: a letter of its name between the corners of a box, on its own colour.

The corners, the colour, and the eye for names that have no letter we can draw are drawables in the templates;
only the letter is drawn here. Its font comes with Pillow, so that every machine draws the same.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

# White stands out from each of them (contrast 4.5 or more).
COLORS: Final = (
    "#B71C1C", "#AD1457", "#8E24AA", "#5E35B1", "#3949AB", "#1565C0", "#00698C", "#00695C", "#2E7D32",
    "#546E00", "#8D5300", "#BF360C", "#6D4C41", "#546E7A",
)  # fmt: skip
CANVAS_DP: Final = 108  # of an adaptive icon, of which a launcher's mask shows the middle
LETTER_DP: Final = 26  # the height of a capital: it stays clear of the box around it
LARGEST_DP: Final = 30  # of a letter that is wide, or goes below the line
STROKE_DP: Final = 0.5  # around the letter: the font has one weight, and it is a thin one
DENSITIES: Final = {"mdpi": 1, "hdpi": 1.5, "xhdpi": 2, "xxhdpi": 3, "xxxhdpi": 4}  # pixels for a dp
LETTER_FILE: Final = "ic_launcher_sign.png"


@dataclass(frozen=True)
class Icon:
    """What makes an app's icon its own."""

    color: str  # #RRGGBB
    letter: str  # "" where an eye has to do


def design(name: str) -> Icon:
    """Return the icon for an app's name: the same for the same name, everywhere."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return Icon(COLORS[number % len(COLORS)], _letter(name))


def draw_letter(icon: Icon, resources: Path) -> None:
    """Write the icon's letter into drawable-mdpi to drawable-xxxhdpi, white on nothing."""
    from PIL import Image, ImageDraw

    for density, scale in DENSITIES.items():
        side = round(CANVAS_DP * scale)
        font = _fitting_font(icon.letter, scale)
        stroke = round(STROKE_DP * scale)
        left, top, right, bottom = font.getbbox(icon.letter)
        mask = Image.new("L", (side, side))
        corner = ((side - left - right) / 2, (side - top - bottom) / 2)
        ImageDraw.Draw(mask).text(corner, icon.letter, fill=255, font=font, stroke_width=stroke)
        white = Image.merge("LA", (Image.new("L", (side, side), 255), mask))
        folder = resources / f"drawable-{density}"
        folder.mkdir(parents=True, exist_ok=True)
        white.save(folder / LETTER_FILE, optimize=True)


def _letter(name: str) -> str:
    """Return the first letter or digit of a name, as a capital, or "" where our font cannot draw it.

    Without its accent, where the font lacks it: the first letter of Élan is E.
    """
    for character in unicodedata.normalize("NFC", name):
        if unicodedata.category(character)[0] in "LN":
            letter = character.upper()[0]
            bare = unicodedata.normalize("NFKD", letter)[0].upper()
            return next((each for each in (letter, bare) if _can_draw(each)), "")
    return ""


def _can_draw(letter: str) -> bool:
    from PIL import features

    if not features.check("freetype2"):  # a Pillow that somebody built without it
        return False
    font = _font(64)
    missing, drawn = font.getmask("\uffff"), font.getmask(letter)
    return (drawn.size, bytes(drawn)) != (missing.size, bytes(missing)) and drawn.getbbox() is not None


def _fitting_font(letter: str, scale: float) -> "FreeTypeFont":
    """Return the font in the size that makes capitals LETTER_DP high and this letter LARGEST_DP at most."""
    trial = 1000
    _, above, _, below = _font(trial).getbbox("H")
    left, top, right, bottom = _font(trial).getbbox(letter)
    return _font(
        trial * scale * min(LETTER_DP / (below - above), LARGEST_DP / max(right - left, bottom - top))
    )


def _font(size: float) -> "FreeTypeFont":
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # noqa: S101 - so it is where FreeType is
    return font

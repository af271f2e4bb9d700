"""The icon of an app: a letter of its name between the corners of a box, on a colour of its own.

For Android, only the letter is drawn here. The corners, the colour, and the eye for names without a letter
that the font has, are drawables in the templates. For iOS and the web, the whole picture is drawn, with the
same numbers.
The font comes with Pillow, so every machine draws the same icon.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

# The contrast with white is 4.5 or more.
COLORS: Final = (
    "#B71C1C", "#AD1457", "#8E24AA", "#5E35B1", "#3949AB", "#1565C0", "#00698C", "#00695C", "#2E7D32",
    "#546E00", "#8D5300", "#BF360C", "#6D4C41", "#546E7A",
)  # fmt: skip
CANVAS_DP: Final = 108  # of an adaptive icon; a launcher shows the middle
LETTER_DP: Final = 26  # the height of a capital
LARGEST_DP: Final = 30  # of a wide letter, or one with a descender
STROKE_DP: Final = 0.5  # around the letter, because the font is thin
DENSITIES: Final = {"mdpi": 1, "hdpi": 1.5, "xhdpi": 2, "xxhdpi": 3, "xxxhdpi": 4}  # pixels for a dp
LETTER_FILE: Final = "ic_launcher_sign.png"

APP_ICON_PIXELS: Final = 1024  # Xcode derives the other sizes
APP_ICON_FILES: Final = {"light": "AppIcon.png", "dark": "AppIcon-Dark.png", "tinted": "AppIcon-Tinted.png"}
WEB_ICON_FILES: Final = {"icon-192.png": 192, "icon-512.png": 512}  # pixels of a side
_WEB_SIGN: Final = 0.95  # of its size on iOS: a launcher may show only a circle of 80 %
_SHOWN_DP: Final = 72  # the middle of the canvas, all of which iOS shows
_LINE_DP: Final = 3
_CORNERS_DP: Final = (
    ((34, 44), (34, 34), (44, 34)), ((64, 34), (74, 34), (74, 44)),
    ((74, 64), (74, 74), (64, 74)), ((44, 74), (34, 74), (34, 64)),
)  # fmt: skip
_EYE_DP: Final = (39, 54, 15, 8)  # left end, vertical middle, half width, half height
_PUPIL_DP: Final = 5  # radius
_NIGHT: Final = "#1C1C1E"  # iOS's own dark grey
_OVERSAMPLING: Final = 2  # smooths lines


@dataclass(frozen=True)
class Icon:
    """The colour and letter of an app's icon."""

    color: str  # #RRGGBB
    letter: str  # "": an eye instead

    @property
    def night_color(self) -> str:
        """The colour for a dark background: half way to white."""
        channels = (int(self.color[i : i + 2], 16) for i in (1, 3, 5))
        return "#" + "".join(f"{(channel + 256) // 2:02X}" for channel in channels)


def design(name: str) -> Icon:
    """Return the icon for an app's name. The same name always gives the same icon."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return Icon(COLORS[number % len(COLORS)], _letter(name))


def draw_letter(icon: Icon, resources: Path) -> None:
    """Write the icon's letter into drawable-mdpi to drawable-xxxhdpi, white on transparent."""
    from PIL import Image, ImageDraw

    for density, scale in DENSITIES.items():
        side = round(CANVAS_DP * scale)
        mask = Image.new("L", (side, side))
        _draw_centred(ImageDraw.Draw(mask), icon.letter, side, scale)
        white = Image.merge("LA", (Image.new("L", (side, side), 255), mask))
        folder = resources / f"drawable-{density}"
        folder.mkdir(parents=True, exist_ok=True)
        white.save(folder / LETTER_FILE, optimize=True)


def draw_app_icon(icon: Icon, folder: Path) -> None:
    """Write iOS's icons for light, dark and tinted screens: opaque, with square corners, which iOS rounds."""
    from PIL import Image

    sign = _sign(icon.letter)
    colors = {
        "light": ("#FFFFFF", icon.color),
        "dark": (icon.night_color, _NIGHT),
        "tinted": ("#FFFFFF", "#000000"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for look, (color, background) in colors.items():
        picture = Image.new("RGB", sign.size, background)
        picture.paste(color, mask=sign)
        picture.save(folder / APP_ICON_FILES[look], optimize=True)


def draw_web_icons(icon: Icon, project: Path) -> None:
    """Write the icons of a web app: opaque, square, with the sign inside the circle that launchers cut."""
    from PIL import Image

    sign = _sign(icon.letter)
    small = sign.resize((round(_WEB_SIGN * sign.width),) * 2, Image.Resampling.LANCZOS)
    picture = Image.new("RGB", sign.size, icon.color)
    picture.paste("#FFFFFF", ((sign.width - small.width) // 2,) * 2, small)
    project.mkdir(parents=True, exist_ok=True)
    for name, side in WEB_ICON_FILES.items():
        picture.resize((side, side), Image.Resampling.LANCZOS).save(project / name, optimize=True)


def _sign(letter: str) -> "Picture":
    """Return the corners and the letter, or an eye, as a mask."""
    from PIL import Image, ImageDraw

    side = APP_ICON_PIXELS * _OVERSAMPLING
    scale = side / _SHOWN_DP
    shift = (CANVAS_DP - _SHOWN_DP) / 2
    mask = Image.new("L", (side, side))
    draw = ImageDraw.Draw(mask)
    lines = [*_CORNERS_DP, *(() if letter else _eye())]
    for line in lines:
        points = [((x - shift) * scale, (y - shift) * scale) for x, y in line]
        draw.line(points, fill=255, width=round(_LINE_DP * scale))
        for point in points:  # round ends and joints
            draw.ellipse(_around(point, _LINE_DP / 2 * scale), fill=255)
    if letter:
        _draw_centred(draw, letter, side, scale)
    else:
        draw.ellipse(_around((side / 2, side / 2), _PUPIL_DP * scale), fill=255)
    return mask.resize((APP_ICON_PIXELS, APP_ICON_PIXELS), Image.Resampling.LANCZOS)


def _draw_centred(draw: "ImageDraw", letter: str, side: int, scale: float) -> None:
    font = _fitting_font(letter, scale)
    left, top, right, bottom = font.getbbox(letter)
    corner = ((side - left - right) / 2, (side - top - bottom) / 2)
    draw.text(corner, letter, fill=255, font=font, stroke_width=round(STROKE_DP * scale))


def _around(point: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    x, y = point
    return x - radius, y - radius, x + radius - 1, y + radius - 1  # Pillow includes the last pixel


def _eye() -> list[list[tuple[float, float]]]:
    """Return the two lids of an eye as parabolas."""
    left, middle, half, bulge = _EYE_DP
    steps = [step / 16 for step in range(-16, 17)]
    return [
        [(left + half * (1 + step), middle + side * bulge * (1 - step * step)) for step in steps]
        for side in (-1, 1)
    ]


def _letter(name: str) -> str:
    """Return the first letter or digit of a name as a capital, or "" if the font lacks it.

    If the font lacks its accent only, the result has no accent: É becomes E.
    """
    for character in unicodedata.normalize("NFC", name):
        if unicodedata.category(character)[0] in "LN":
            letter = character.upper()[0]
            bare = unicodedata.normalize("NFKD", letter)[0].upper()
            return next((each for each in (letter, bare) if _can_draw(each)), "")
    return ""


def _can_draw(letter: str) -> bool:
    from PIL import features

    if not features.check("freetype2"):  # a custom build of Pillow
        return False
    font = _font(64)
    missing, drawn = font.getmask("\uffff"), font.getmask(letter)
    return (drawn.size, bytes(drawn)) != (missing.size, bytes(missing)) and drawn.getbbox() is not None


def _fitting_font(letter: str, scale: float) -> "FreeTypeFont":
    """Return the font with capitals of LETTER_DP, smaller if this letter would exceed LARGEST_DP."""
    trial = 1000
    _, above, _, below = _font(trial).getbbox("H")
    left, top, right, bottom = _font(trial).getbbox(letter)
    return _font(
        trial * scale * min(LETTER_DP / (below - above), LARGEST_DP / max(right - left, bottom - top))
    )


def _font(size: float) -> "FreeTypeFont":
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # noqa: S101 - with FreeType
    return font

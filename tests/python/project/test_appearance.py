"""Colours of classes: distinguishable with every kind of colour vision."""

import colorsys
import re

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from edgegen.project.appearance import LOOK
from edgegen.project.render import templates_dir

Float64 = npt.NDArray[np.float64]

# Linear red, green and blue as seen without one type of cones. Gustavo M. Machado et al., "A
# Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.
VISIONS = {
    "all three": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no long ones": ((0.1523, 1.0526, -0.2049), (0.1145, 0.7863, 0.0992), (-0.0039, -0.0481, 1.0520)),
    "no middle ones": ((0.3673, 0.8606, -0.2280), (0.2801, 0.6725, 0.0474), (-0.0118, 0.0429, 0.9689)),
    "no short ones": ((1.2555, -0.0767, -0.1788), (-0.0784, 0.9308, 0.1476), (0.0047, 0.6914, 0.3039)),
}  # fmt: skip
TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))  # of linear sRGB
WHITE = (0.9505, 1, 1.089)
EPSILON = 216 / 24389


def lab(linear: Float64) -> Float64:
    """Return CIE L*a*b* of linear sRGB, [n, 3]."""
    xyz = np.clip(linear, 0, 1) @ np.array(TO_XYZ).T / WHITE
    f = np.where(xyz > EPSILON, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def least_difference(colours: tuple[int, ...], vision: str) -> float:
    """Return the distance of the two most similar colours (CIE 1976; 2.3 is just noticeable)."""
    rgb = np.array([[colour >> 16, colour >> 8 & 0xFF, colour & 0xFF] for colour in colours]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    places = lab(linear @ np.array(VISIONS[vision]).T)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    return float(apart[np.triu_indices(len(colours), 1)].min())


@pytest.mark.parametrize("vision", VISIONS)
def test_first_seven_class_colours_differ_for_every_colour_vision(vision: str) -> None:
    """Seven hues of the same brightness do not."""
    assert least_difference(LOOK.class_colours[:7], vision) > 15
    hues = (colorsys.hsv_to_rgb(i * 137.508 % 360 / 360, 0.85, 0.95) for i in range(7))
    rainbow = tuple(
        sum(round(part * 255) << 8 * place for place, part in enumerate(hue[::-1])) for hue in hues
    )
    assert vision == "all three" or least_difference(rainbow, vision) < 15


def test_cpp_core_and_apps_have_the_same_keypoint_threshold() -> None:
    said = (templates_dir() / "_shared/cpp/vision/keypoints.h").read_text(encoding="utf-8")
    assert re.findall(r"kLeastVisible = ([\d.]+)F;", said) == [str(LOOK.least_visible)]


@pytest.mark.parametrize("vision", VISIONS)
def test_all_class_colours_differ(vision: str) -> None:
    """By less than the first seven."""
    assert len(LOOK.class_colours) == 21
    assert least_difference(LOOK.class_colours, vision) > 3.5


def test_depth_colours_equal_opencvs_viridis_table() -> None:
    """Within two levels, because the apps interpolate; the brightness increases from stop to stop."""
    parts = np.array([[(colour >> shift) & 0xFF for shift in (16, 8, 0)] for colour in LOOK.distance_colours])
    place = np.linspace(0, len(parts) - 1, 256)
    mixed = np.stack([np.interp(place, np.arange(len(parts)), channel) for channel in parts.T], axis=1)
    table = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[None], cv2.COLORMAP_VIRIDIS)[0, :, ::-1]
    assert np.abs(mixed - table).max() <= 2
    assert (np.diff(parts @ [LOOK.luma_red, LOOK.luma_green, LOOK.luma_blue]) > 0).all()


@pytest.mark.parametrize("colour", LOOK.class_colours)
def test_label_text_has_a_contrast_of_4_5_on_every_colour(colour: int) -> None:
    """As WCAG 2 defines it, for the black or white letters that the apps choose."""
    red, green, blue = (colour >> shift & 0xFF for shift in (16, 8, 0))
    brightness = LOOK.luma_red * red + LOOK.luma_green * green + LOOK.luma_blue * blue
    shares = np.array([red, green, blue]) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    under = float(linear @ TO_XYZ[1])
    letters = 0.0 if brightness > LOOK.darkest_for_black_letters else 1.0
    assert (max(under, letters) + 0.05) / (min(under, letters) + 0.05) >= 4.5

"""Compare a web app's drawing with its results. `drawing.js` notes the calls of the page's canvas."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Float64, Int64
from edgegen.project.appearance import LOOK
from edgegen.reference.letterbox import plan_letterbox
from edgegen.targets.drawn import NOTHING, PIXEL, compare_shapes, palette_of
from edgegen.tasks.semantic.decode import ClassMap
from edgegen.tasks.stage import Stage

COVERED: Final = 0.0  # the tolerance of painted pixels: a share of them
_NEAR: Final = 8  # of 255: half transparent colours are rounded
_MASK: Final = (0x80, 0xFF)  # opacity of a mask's inside and border
_MAP: Final = (0x8C, 0x8C)


def stages(found: Any, picture_hw: tuple[int, int], drawing: Mapping[str, Any]) -> list[Stage]:
    """Return the differences between the drawing and the result of a picture, of this height and width.

    drawing: the answer of `edgegenDrawing()` in the page.
    """
    compared = compare_shapes(found, drawing, drawing["scale"], (drawing["left"], drawing["top"]))
    palette = palette_of(found)
    if palette is not None:
        is_map = isinstance(found, ClassMap)
        name = "drawn class map" if is_map else "drawn masks"
        if (palette != NOTHING).any():
            compared += _painted(name, palette, picture_hw, drawing, is_map=is_map)
        elif drawing["paintings"]:
            compared.append(Stage(name, 1.0, COVERED, "of the pixels", passed=False, compared=1))
    return compared


def _painted(
    name: str, palette: Int64, picture_hw: tuple[int, int], drawing: Mapping[str, Any], *, is_map: bool
) -> list[Stage]:
    """Compare the painted pixels, and the place to which they are stretched."""
    if len(drawing["paintings"]) != 1:
        return [Stage(name, 1.0, COVERED, "of the pixels", passed=False, compared=1)]
    (painting,) = drawing["paintings"]
    size = painting["height"], painting["width"]
    rgba = np.frombuffer(base64.b64decode(painting["rgba"]), dtype=np.uint8).reshape(*size, 4)
    steps = -(-palette.shape[0] // size[0]), -(-palette.shape[1] // size[1])  # of a large map
    expected = palette[:: steps[0], :: steps[1]]
    wrong = 1.0
    if expected.shape == size:
        wrong = float(_wrong(rgba, expected, _MAP if is_map else _MASK).mean())
    height, width = picture_hw
    if is_map:
        source = np.array([[0, 0], [width / steps[1], height / steps[0]]])
    else:  # masks: their models letterbox the picture
        plan = plan_letterbox(picture_hw, (palette.shape[0], palette.shape[1]))
        resized, border = (plan.resized_width, plan.resized_height), (plan.left, plan.top)
        source = np.array([border, np.add(border, resized)])
    corner = np.array([drawing["left"], drawing["top"]])
    target = np.array([[0, 0], [width, height]]) * drawing["scale"] + corner
    worst = max(_apart(painting["from"], source), _apart(painting["to"], target))
    return [
        Stage.of(name, wrong, COVERED, "of the pixels", int((palette != NOTHING).sum())),
        Stage.of("drawn place", worst, PIXEL, "px", 1),
    ]


def _wrong(rgba: npt.NDArray[np.uint8], palette: Int64, opacity: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return which pixels have a wrong colour, or an opacity outside the range."""
    alpha = rgba[..., 3].astype(np.int64)
    painted = palette != NOTHING
    colours = np.array(LOOK.class_colours)[np.where(painted, palette, 0)]
    right = np.stack([colours >> shift & 0xFF for shift in (16, 8, 0)], axis=-1)
    other = (np.abs(rgba[..., :3] - right) > _NEAR).any(axis=-1)
    outside = (alpha < opacity[0] - _NEAR) | (alpha > opacity[1] + _NEAR)
    return np.asarray(np.where(painted, other | outside, alpha > 0))


def _apart(drawn: Sequence[Sequence[float]], right: Float64) -> float:
    return float(np.abs(np.array(drawn) - right).max())

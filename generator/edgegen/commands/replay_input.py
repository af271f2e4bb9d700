"""Explain a wrong model input in a capture: the usual mistakes, each with the input that it leads to."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from edgegen.artifacts.capture import Capture
from edgegen.base.arrays import Uint8
from edgegen.model.spec import CENTRE_CROP, LETTERBOX, WHOLE_PICTURE
from edgegen.reference import turn_upright
from edgegen.tasks.prepared import Prepared, prepare

SAME: Final = 1e-5  # the largest difference of equal inputs

# The EXIF orientations.
TURNED: Final = {
    1: "as it is stored",
    2: "mirrored",
    3: "turned by 180 degrees",
    4: "upside down, mirrored",
    5: "mirrored and turned counter-clockwise",
    6: "turned clockwise by 90 degrees",
    7: "mirrored and turned clockwise",
    8: "turned counter-clockwise by 90 degrees",
}


def is_input(capture: Capture, prepared: Prepared) -> bool:
    """Return whether the app's input equals this one."""
    expected = prepared.tensor.reshape(-1)
    if capture.input.total != expected.size:
        return False
    return bool(np.abs(expected[:: capture.input.step] - capture.input.samples).max() <= SAME)


def explain_input(capture: Capture, stored: Uint8, rgb: Uint8) -> tuple[str, str]:
    """Return the stage and the mistake of a wrong input. `rgb` is the upright picture."""
    for orientation, how in TURNED.items():
        if is_input(capture, prepare(turn_upright(stored, orientation), capture.spec.input)):
            return "rotation", f"the app read the picture {how}, which is not upright"
    for mistake, prepared in _mistakes(capture, rgb):
        if is_input(capture, prepared):
            return "letterbox", mistake
    return "letterbox", "the app's input is not the letterboxed picture, and no usual mistake explains it"


def _mistakes(capture: Capture, rgb: Uint8) -> Iterator[tuple[str, Prepared]]:
    import cv2

    spec = capture.spec.input
    right = prepare(rgb, spec)
    yield "red and blue are exchanged", prepare(np.ascontiguousarray(rgb[..., ::-1]), spec)
    yield "the values are bytes, not divided by 255", replace(right, tensor=right.tensor * 255)
    if spec.resize == CENTRE_CROP and spec.shorter_side == WHOLE_PICTURE:
        cropped = replace(spec, shorter_side=max(spec.height, spec.width))
        yield "the centre is cut out, and the model takes the whole picture", prepare(rgb, cropped)
    elif spec.resize == CENTRE_CROP:
        yield "the picture is stretched, not cropped", prepare(rgb, replace(spec, shorter_side=WHOLE_PICTURE))
    if spec.resize != LETTERBOX:
        return
    stretched = np.asarray(cv2.resize(rgb, (spec.width, spec.height)), dtype=np.uint8)
    yield "the picture is stretched, not letterboxed", prepare(stretched, spec)
    # The border is where another border colour changes the input.
    step = capture.input.step
    light, dark = (
        prepare(rgb, replace(spec, pad_value=value)).tensor.reshape(-1)[::step] for value in (255, 0)
    )
    border = light != dark
    if border.any():
        low, high = float(dark[border][0]), float(light[border][0])
        seen = float(capture.input.samples[border][0])
        pad = round(255 * (seen - low) / (high - low)) if np.isfinite(seen) else -1
        if 0 <= pad <= 255:
            yield (f"the border is {pad}, not {spec.pad_value}", prepare(rgb, replace(spec, pad_value=pad)))

"""Further calls of an iOS project's bridge: pictures in every layout, and invalid calls."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen.base.arrays import Uint8
from edgegen.model.thresholds import Thresholds
from edgegen.parity.picture_files import Picture
from edgegen.reference import YCBCR_ENCODINGS, nv12_to_rgb, turn_upright
from edgegen_kits.ios import bridge_calls
from edgegen_kits.ios.bridge_calls import Call, Plane

_DOMAIN: Final = "EDGErrorDomain"
_RGB: Final = 2  # EDGPixelFormatRGB
# EDGPixelFormatBGRA and ..RGBA, of red, green, blue and alpha
_CHANNELS: Final = {0: (2, 1, 0, 3), 1: (0, 1, 2, 3)}
_UP: Final = 1
_ORIENTATIONS: Final = range(1, 9)
_INVERSE: Final = {6: 8, 8: 6}  # the others are their own inverse
_PADDING: Final = 20  # bytes at the end of every row
_FILLER: Final = 0xA5  # of alpha and padding, which must have no effect
_MANY: Final = Thresholds(confidence=0.001)  # low enough to find something in any picture


def thresholds(wanted: Thresholds) -> Call:
    """Return the call that sets the thresholds of the following calls."""
    return bridge_calls.thresholds(wanted.confidence, wanted.iou, wanted.max_det, wanted.agnostic)


class Memory:
    """Pictures in files, which the bridge reads into one buffer each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._count = 0

    def upright(self, rgb: Uint8) -> Call:
        """Return the call for an upright RGB picture."""
        return self.packed(rgb, _RGB, _UP)

    def packed(self, pixels: Uint8, pixel_format: int, orientation: int) -> Call:
        """Return the call for a picture of one plane."""
        return bridge_calls.detect(self._plane(pixels), pixels.shape, pixel_format, orientation)

    def biplanar(self, luma: Uint8, chroma: Uint8, encoding: int, orientation: int) -> Call:
        """Return the call for a picture of two planes."""
        return bridge_calls.detect_biplanar(
            self._plane(luma), self._plane(chroma), luma.shape, encoding, orientation
        )

    def _plane(self, pixels: Uint8) -> Plane:
        """Write rows with padding into a file, and return it with its bytes per row."""
        rows = pixels.reshape(len(pixels), -1)
        padded = np.pad(rows, ((0, 0), (0, _PADDING)), constant_values=_FILLER)
        path = self._folder / f"{self._count}.bytes"
        path.write_bytes(padded.tobytes())
        self._count += 1
        return str(path), padded.shape[1]


class Layouts:
    """A picture in the layouts of cameras and decoders, each with its upright RGB."""

    def __init__(self, picture: Picture, memory: Memory) -> None:
        self._memory = memory
        self._pairs = [*self._packed(picture.rgb), *self._biplanar(picture.rgb)]
        pictures = ({**call, "brief": True} for pair in self._pairs for call in pair)
        self.calls = [thresholds(_MANY), *pictures]

    def __len__(self) -> int:
        return len(self._pairs)

    def problems(self, answers: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return the layouts with another result than the upright picture. All bits must be equal."""
        keys = ("width", "height", "candidates", "detections")
        detected = answers[1:]  # the first one is that of `thresholds`
        results = zip(self._pairs, detected[::2], detected[1::2], strict=True)
        return [
            f"{_name(call)} in orientation {call['orientation']} gives another result than upright RGB"
            for (call, _), result, right in results
            if any(result.get(key) != right.get(key) for key in keys)
        ]

    def _packed(self, rgb: Uint8) -> Iterator[tuple[Call, Call]]:
        right = self._memory.upright(rgb)
        rgba = np.dstack([rgb, np.full(rgb.shape[:2], _FILLER, np.uint8)])
        for orientation in _ORIENTATIONS:
            stored = turn_upright(rgba, _INVERSE.get(orientation, orientation))
            for number, channels in _CHANNELS.items():
                yield self._memory.packed(stored[:, :, channels], number, orientation), right

    def _biplanar(self, rgb: Uint8) -> Iterator[tuple[Call, Call]]:
        luma, chroma = _to_nv12(rgb)
        for orientation in _ORIENTATIONS:
            number = orientation % len(YCBCR_ENCODINGS)  # each of them twice
            converted = nv12_to_rgb(luma, chroma, list(YCBCR_ENCODINGS)[number])
            right = self._memory.upright(turn_upright(converted, orientation))
            yield self._memory.biplanar(luma, chroma, number, orientation), right


def _to_nv12(rgb: Uint8) -> tuple[Uint8, Uint8]:
    """Return luma and chroma that resemble a picture. Their exact meaning depends on the encoding."""
    red, green, blue = np.moveaxis(rgb.astype(np.float64), -1, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = np.stack([128 + 0.564 * (blue - luma), 128 + 0.713 * (red - luma)], axis=-1)[::2, ::2]
    return np.rint(luma).astype(np.uint8), np.clip(np.rint(chroma), 0, 255).astype(np.uint8)


def _name(call: Call) -> str:
    if "encoding" in call:
        return f"NV12 {list(YCBCR_ENCODINGS)[call['encoding']]}"
    return {0: "BGRA", 1: "RGBA"}[call["format"]]


def invalid_calls(picture: Call, folder: Path, *, has_golden_pictures: bool = True) -> list[Call]:
    """Return calls that must each give an NSError. `picture` is a valid call.

    `has_golden_pictures`: whether the bridge can read the golden vectors' pictures, as the studio's can.
    """
    missing = str(folder / "missing")
    golden_picture = {"call": "golden_picture", "vectors": missing, "index": 0}
    return [
        {**picture, "width": 0},
        {**picture, "height": -1},
        {**picture, "bytes_per_row": picture["width"]},
        {**picture, "format": 9},
        {**picture, "orientation": 0},
        {key: value for key, value in picture.items() if key != "bytes"},
        thresholds(Thresholds(confidence=1.5)),
        {**thresholds(Thresholds()), "iou": "nan"},
        {"call": "load_another", "model": missing, "threads": 0},
        {"call": "self_check", "model": missing, "vectors": missing},
        *([golden_picture] if has_golden_pictures else []),
    ]


def without_error(calls: Sequence[Call], answers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the calls without an NSError, or with one that lacks a description or a suggestion."""
    problems = list[str]()
    for call, answer in zip(calls, answers, strict=True):
        error = answer.get("error", {})
        if error.get("domain") != _DOMAIN or not error.get("description") or not error.get("suggestion"):
            problems.append(f"{call}: no NSError with a description and a suggestion, but {answer}")
    return problems

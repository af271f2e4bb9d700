"""Common calls of the bridge, see `bridge_build`."""

from collections.abc import Mapping
from typing import Any

Call = Mapping[str, Any]
Plane = tuple[str, int]  # the file that its bytes are read from, and the bytes per row


def thresholds(confidence: object, iou: object, max_det: object, agnostic: bool) -> dict[str, Any]:
    """Return the call that sets the thresholds of the following calls. They may be invalid."""
    return {
        "call": "thresholds",
        "confidence": confidence,
        "iou": iou,
        "max_det": max_det,
        "agnostic": agnostic,
    }


def detect(plane: Plane, shape: tuple[int, ...], pixel_format: int, orientation: int) -> dict[str, Any]:
    """Return the call for a picture of one plane. Its shape begins with height and width."""
    path, bytes_per_row = plane
    return {
        "call": "detect",
        "bytes": path,
        "width": shape[1],
        "height": shape[0],
        "bytes_per_row": bytes_per_row,
        "format": pixel_format,
        "orientation": orientation,
    }


def detect_biplanar(
    luma: Plane, chroma: Plane, shape: tuple[int, ...], encoding: int, orientation: int
) -> dict[str, Any]:
    """Return the call for a picture of two planes. The shape is that of luma."""
    luma_path, luma_bytes = luma
    chroma_path, chroma_bytes = chroma
    return {
        "call": "detect_biplanar",
        "luma": luma_path,
        "luma_bytes_per_row": luma_bytes,
        "chroma": chroma_path,
        "chroma_bytes_per_row": chroma_bytes,
        "width": shape[1],
        "height": shape[0],
        "encoding": encoding,
        "orientation": orientation,
    }

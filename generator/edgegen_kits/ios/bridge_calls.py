"""Calls of the bridge that many ask, as `bridge_build` describes them."""

from collections.abc import Mapping
from typing import Any

Call = Mapping[str, Any]
Plane = tuple[str, int]  # the file that its bytes are read from, and the bytes per row


def thresholds(confidence: object, iou: object, max_det: object, agnostic: bool) -> dict[str, Any]:
    """Return the call that sets what the following ones find; numbers may be any that are to be tried."""
    return {
        "call": "thresholds",
        "confidence": confidence,
        "iou": iou,
        "max_det": max_det,
        "agnostic": agnostic,
    }


def detect(plane: Plane, shape: tuple[int, ...], pixel_format: int, orientation: int) -> dict[str, Any]:
    """Return the call that looks at a stored picture of one plane; its shape begins with height and width."""
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
    """Return the call that looks at a stored picture of two planes; the shape is that of luma."""
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

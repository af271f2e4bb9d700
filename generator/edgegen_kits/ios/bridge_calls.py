"""Frequent calls of the bridge, in the format of `bridge_build`."""

from collections.abc import Mapping
from typing import Any

Call = Mapping[str, Any]
Plane = tuple[str, int]  # a file with its bytes, and the bytes per row


def thresholds(confidence: object, iou: object, max_det: object, agnostic: bool) -> dict[str, Any]:
    """Return the call that sets the thresholds of the following calls; invalid values are allowed."""
    return {
        "call": "thresholds",
        "confidence": confidence,
        "iou": iou,
        "max_det": max_det,
        "agnostic": agnostic,
    }


def detect(plane: Plane, shape: tuple[int, ...], pixel_format: int, orientation: int) -> dict[str, Any]:
    """Return the call that detects in a stored picture of one plane; its shape begins with height, width."""
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
    """Return the call that detects in a stored picture of two planes; the shape is that of luma."""
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

"""MP4 files written by OpenCV, and given other times or a rotation."""

import struct
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

PARENTS = {b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl"}
# The matrix of a track header: the first two columns, for the clockwise rotation that a player applies.
MATRICES = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def write_mp4(path: Path, frames: Sequence[np.ndarray], rate: float = 10) -> Path:
    """Write frames (height, width, 3), BGR, as an MPEG-4 video of a constant rate."""
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), rate, (width, height))
    for frame in frames:
        writer.write(np.ascontiguousarray(frame))
    writer.release()
    return path


def changed(data: bytes, change: Callable[[bytes, bytes], bytes]) -> bytes:
    """Return boxes with the content of each replaced by change(type, content); their sizes follow."""
    out = b""
    while data:
        size, kind = struct.unpack(">I4s", data[:8])
        content = changed(data[8:size], change) if kind in PARENTS else change(kind, data[8:size])
        out += struct.pack(">I4s", len(content) + 8, kind) + content
        data = data[size:]
    return out


def set_times(path: Path, milliseconds: Sequence[int]) -> None:
    """Let frame i be shown at milliseconds[i]; the last one for 40 ms."""
    steps = [*(after - before for before, after in pairwise(milliseconds)), 40]

    def change(kind: bytes, content: bytes) -> bytes:
        if kind == b"mdhd":  # version and flags, two dates, ticks a second, duration
            return content[:12] + struct.pack(">II", 1000, sum(steps)) + content[20:]
        if kind == b"stts":
            return struct.pack(">II", 0, len(steps)) + b"".join(struct.pack(">II", 1, step) for step in steps)
        if kind == b"elst":  # version and flags, one entry: its duration, in milliseconds
            return content[:8] + struct.pack(">I", sum(steps)) + content[12:]
        return content

    path.write_bytes(changed(path.read_bytes(), change))


def set_rotation(path: Path, degrees: int) -> None:
    """Let players turn the video clockwise."""
    a, b, c, d = (number << 16 for number in MATRICES[degrees])

    def change(kind: bytes, content: bytes) -> bytes:
        if kind != b"tkhd":  # its matrix begins at byte 40
            return content
        return content[:40] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + content[76:]

    path.write_bytes(changed(path.read_bytes(), change))

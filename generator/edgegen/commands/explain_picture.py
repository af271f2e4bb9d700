"""Draw the results of an app and of PyTorch side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen.base.arrays import Uint8
from edgegen.base.errors import RenderError
from edgegen.base.staging import parents_of
from edgegen.parity.picture_files import Picture

_MAX_HEIGHT: Final = 900  # pixels
_GAP: Final = 12  # pixels
# The colours of Okabe and Ito, which colour-blind people can distinguish; BGR.
_COLORS: Final = (
    (0, 159, 230),
    (233, 180, 86),
    (115, 158, 0),
    (66, 228, 240),
    (178, 114, 0),
    (0, 94, 213),
    (167, 121, 204),
)


def draw_both(
    picture: Picture, app: Sequence[Mapping[str, Any]], pytorch: Sequence[Mapping[str, Any]], path: Path
) -> None:
    """Write a PNG with both results: boxes, oriented boxes and keypoints, or class names and scores.

    Raises:
        RenderError: It cannot be written.
    """
    import cv2

    height, width = picture.rgb.shape[:2]
    scale = min(1.0, _MAX_HEIGHT / height)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    smaller = cv2.resize(np.ascontiguousarray(picture.rgb[..., ::-1]), size, interpolation=cv2.INTER_AREA)
    bgr = np.asarray(smaller, dtype=np.uint8)
    sides = [
        _side(bgr.copy(), rows, scale, title) for rows, title in ((app, "the app"), (pytorch, "PyTorch"))
    ]
    gap = np.full((sides[0].shape[0], _GAP, 3), 255, np.uint8)
    drawn, png = cv2.imencode(".png", np.hstack([sides[0], gap, sides[1]]))
    try:
        if not drawn:
            raise OSError("OpenCV cannot encode it")
        with parents_of(path):
            path.write_bytes(png.tobytes())
    except OSError as error:
        raise RenderError(
            f"{path} cannot be written: {error}", "choose another place with --output"
        ) from error


def _side(canvas: Uint8, rows: Sequence[Mapping[str, Any]], scale: float, title: str) -> Uint8:
    import cv2

    for row in rows:
        color = _COLORS[int(row.get("class_id", 0)) % len(_COLORS)]
        if "corners" in row:
            corners = np.round(np.array(row["corners"]) * scale).astype(np.int32).reshape(-1, 1, 2)
            cv2.polylines(canvas, [corners], isClosed=True, color=color, thickness=2, lineType=cv2.LINE_AA)
            left, top = corners[:, 0].min(axis=0)
        elif "box" in row:
            left, top, right, bottom = (round(value * scale) for value in row["box"])
            cv2.rectangle(canvas, (left, top), (right, bottom), color, 2)
        else:
            continue
        for x, y, *_ in row.get("keypoints", ()):
            cv2.circle(canvas, (round(x * scale), round(y * scale)), 3, color, -1, cv2.LINE_AA)
        _write(canvas, f"{_class_name(row)} {row['score']:.2f}", (int(left), max(int(top), 14)), color)
    lines = [f"{_class_name(row)} {row['score']:.3f}" for row in rows if "box" not in row and "score" in row][
        :5
    ]
    for number, line in enumerate([title, *lines]):
        _write(canvas, line, (6, 22 + 22 * number), (255, 255, 255))
    return canvas


def _class_name(row: Mapping[str, Any]) -> str:
    """Return the class name, or its ID if OpenCV cannot draw the name."""
    name = str(row.get("class_name", ""))
    return name[:40] if name and name.isascii() and name.isprintable() else f"class {row.get('class_id', '')}"


def _write(canvas: Uint8, text: str, at: tuple[int, int], color: tuple[int, int, int]) -> None:
    import cv2

    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)
    x, y = at
    cv2.rectangle(canvas, (x, y - height - 6), (x + width + 6, y + 4), (30, 30, 30), -1)
    cv2.putText(canvas, text, (x + 3, y - 2), cv2.FONT_HERSHEY_SIMPLEX, 0.5, color, 1, cv2.LINE_AA)

"""Draw the results of an app and of PyTorch side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import RenderError
from edgegen.base.staging import parents_of
from edgegen.parity.picture_files import Picture
from edgegen.project.appearance import LOOK

_MAX_HEIGHT: Final = 900  # pixels
_GAP: Final = 12  # pixels
_MOST_ROWS: Final = 5  # classes without a box

Rows = Sequence[Mapping[str, Any]]


def draw_both(picture: Picture, app: Rows, pytorch: Rows, path: Path) -> None:
    """Write a PNG with both results: boxes, oriented boxes and keypoints, or class names and scores.

    Raises:
        RenderError: It cannot be written.
    """
    from PIL import Image

    source = Image.fromarray(picture.rgb)
    scale = min(1.0, _MAX_HEIGHT / source.height)
    size = max(round(source.width * scale), 1), max(round(source.height * scale), 1)
    smaller = source.resize(size, Image.Resampling.BOX)
    both = Image.new("RGB", (2 * size[0] + _GAP, size[1]), "white")
    for number, (rows, title) in enumerate(((app, "the app"), (pytorch, "PyTorch"))):
        side = smaller.copy()
        _draw(side, rows, scale, title)
        both.paste(side, (number * (size[0] + _GAP), 0))
    try:
        with parents_of(path):
            both.save(path, "PNG")
    except OSError as error:
        raise RenderError(
            f"{path} cannot be written: {error}", "choose another place with --output"
        ) from error


def _draw(side: Any, rows: Rows, scale: float, title: str) -> None:
    from PIL import ImageDraw

    canvas = ImageDraw.Draw(side)

    def write(text: str, x: float, y: float, color: str) -> None:
        canvas.rectangle(canvas.textbbox((x + 3, y), text), fill="#1e1e1e")
        canvas.text((x + 3, y), text, fill=color)

    for row in rows:
        color = f"#{LOOK.class_colours[int(row.get('class_id', 0)) % len(LOOK.class_colours)]:06x}"
        if "corners" in row:
            corners = [(x * scale, y * scale) for x, y in row["corners"]]
            canvas.polygon(corners, outline=color, width=2)
            left, top = min(x for x, _ in corners), min(y for _, y in corners)
        elif "box" in row:
            left, top, right, bottom = (value * scale for value in row["box"])
            canvas.rectangle((left, top, max(left, right), max(top, bottom)), outline=color, width=2)
        else:
            continue
        for x, y, *_ in row.get("keypoints", ()):
            x, y = x * scale, y * scale
            canvas.ellipse((x - 3, y - 3, x + 3, y + 3), fill=color)
        write(f"{_class_name(row)} {row['score']:.2f}", left, max(top - 12, 0), color)
    lines = [f"{_class_name(row)} {row['score']:.3f}" for row in rows if "box" not in row and "score" in row]
    for number, line in enumerate([title, *lines[:_MOST_ROWS]]):
        write(line, 3, 4 + 16 * number, "white")


def _class_name(row: Mapping[str, Any]) -> str:
    """Return the class name, or its ID if the font cannot draw the name."""
    name = str(row.get("class_name", ""))
    return name[:40] if name and name.isascii() and name.isprintable() else f"class {row.get('class_id', '')}"

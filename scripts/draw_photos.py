#!/usr/bin/env python3
"""Draw labelled pictures for the tests' tiny detector: `draw_photos.py FOLDER NUMBER`.

They resemble the pictures of its training. A quarter is the split `val`, the others are `train`.
FOLDER/data.yaml names both.
"""

import sys
from pathlib import Path

from PIL import Image

from edgegen.parity.pictures import KINDS, Shape, draw_scene

FIRST = 9000  # training and tests use other seeds
HEIGHT, WIDTH = 180, 240


def main() -> None:
    """Write the pictures into the folder, which is created."""
    folder, number = Path(sys.argv[1]), int(sys.argv[2])
    for seed in range(FIRST, FIRST + number):
        split = "train" if seed % 4 else "val"
        rgb, shapes = draw_scene(HEIGHT, WIDTH, seed)
        (folder / "images" / split).mkdir(parents=True, exist_ok=True)
        Image.fromarray(rgb).save(folder / "images" / split / f"{seed}.png")
        labels = folder / "labels" / split / f"{seed}.txt"
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text("".join(map(format_label, shapes)), encoding="utf-8")
    data = f"train: images/train\nval: images/val\nnames: [{', '.join(KINDS)}]\n"
    (folder / "data.yaml").write_text(data, encoding="utf-8")


def format_label(shape: Shape) -> str:
    """Return a label: the class, and the box's centre, width and height as fractions of the picture."""
    middle = (shape.x1 + shape.x2) / 2 / WIDTH, (shape.y1 + shape.y2) / 2 / HEIGHT
    size = (shape.x2 - shape.x1) / WIDTH, (shape.y2 - shape.y1) / HEIGHT
    return " ".join(map(str, (shape.kind, *middle, *size))) + "\n"


if __name__ == "__main__":
    main()

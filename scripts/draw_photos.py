#!/usr/bin/env python3
"""Draw labelled pictures like those of the tests' tiny detector's training: `draw_photos.py FOLDER NUMBER`.

A quarter of them is the split `val`, the others are `train`; FOLDER/data.yaml names both.
"""

import sys
from pathlib import Path

from PIL import Image

from edgegen.parity.pictures import KINDS, Shape, draw_scene

FIRST = 9000  # other seeds than those of training and tests
HEIGHT, WIDTH = 180, 240


def main() -> None:
    """Write that many pictures into a folder, which is made."""
    folder, number = Path(sys.argv[1]), int(sys.argv[2])
    for seed in range(FIRST, FIRST + number):
        split = "train" if seed % 4 else "val"
        rgb, shapes = draw_scene(HEIGHT, WIDTH, seed)
        (folder / "images" / split).mkdir(parents=True, exist_ok=True)
        Image.fromarray(rgb).save(folder / "images" / split / f"{seed}.png")
        labels = folder / "labels" / split / f"{seed}.txt"
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text("".join(map(line, shapes)), encoding="utf-8")
    told = f"train: images/train\nval: images/val\nnames: [{', '.join(KINDS)}]\n"
    (folder / "data.yaml").write_text(told, encoding="utf-8")


def line(shape: Shape) -> str:
    """Return a label: class, and centre, width and height of the box in shares of the picture."""
    middle = (shape.x1 + shape.x2) / 2 / WIDTH, (shape.y1 + shape.y2) / 2 / HEIGHT
    size = (shape.x2 - shape.x1) / WIDTH, (shape.y2 - shape.y1) / HEIGHT
    return " ".join(map(str, (shape.kind, *middle, *size))) + "\n"


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Draw pictures like those that the tests' tiny detector was trained on: `draw_photos.py FOLDER NUMBER`."""

import sys
from pathlib import Path

from edgegen.parity.pictures import Picture, draw_scene, write_ppm

FIRST = 9000  # other seeds than those of training and tests
HEIGHT, WIDTH = 180, 240


def main() -> None:
    """Write that many pictures into a folder, which is made."""
    folder, number = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True)
    for seed in range(FIRST, FIRST + number):
        name = f"{seed}.ppm"
        write_ppm(folder / name, Picture(name, draw_scene(HEIGHT, WIDTH, seed)[0]))


if __name__ == "__main__":
    main()

"""Pictures of every shape and file format that people have, made from a few."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

EXIF_ORIENTATION = 0x0112


def variants(source: Path, folder: Path) -> Iterator[Path]:
    """Write one picture in many forms into the folder and yield the files."""
    folder.mkdir(parents=True, exist_ok=True)
    bgr = cv2.imread(str(source))
    height, width = bgr.shape[:2]

    def save(name: str, picture: np.ndarray) -> Path:
        path = folder / name
        assert cv2.imwrite(str(path), picture)
        return path

    yield save("landscape.jpg", bgr if width > height else np.ascontiguousarray(np.rot90(bgr)))
    yield save("portrait.jpg", bgr if height > width else np.ascontiguousarray(np.rot90(bgr)))
    yield save("odd.png", bgr[: height - (height + 1) % 2, : width - (width + 1) % 2])
    yield save("tiny.png", cv2.resize(bgr, (37, 23)))
    yield save("strip.png", np.ascontiguousarray(bgr[height // 2 : height // 2 + 9]))
    yield save("pixel.png", bgr[:1, :1])
    yield save("huge.jpg", cv2.resize(bgr, (5001, 3333)))
    yield save("grey.jpg", cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY))
    yield save("sixteen_bits.png", bgr.astype(np.uint16) * 257)
    alpha = np.linspace(0, 255, width).astype(np.uint8)[None].repeat(height, axis=0)
    yield save("alpha.png", np.dstack([bgr, alpha]))
    yield save("picture.bmp", bgr)
    yield save("picture.webp", bgr)
    yield save("name with blanks, quotes ' and ünïcode.jpg", bgr)
    rgb = Image.fromarray(bgr[..., ::-1])
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[EXIF_ORIENTATION] = orientation
        path = folder / f"exif{orientation}.jpg"
        rgb.save(path, exif=exif, quality=92)
        yield path
    rgb.quantize(64).save(folder / "palette.png")
    yield folder / "palette.png"
    rgb.save(folder / "progressive.jpg", progressive=True, quality=80)
    yield folder / "progressive.jpg"

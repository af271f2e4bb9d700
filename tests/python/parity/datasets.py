"""Data sets for tests: their pictures and data.yaml, read by edgegen and by Ultralytics."""

from pathlib import Path

import cv2
import numpy as np

from edgegen.base.quiet import quiet
from edgegen.parity.dataset import in_labels, read_dataset
from edgegen.parity.label_files import Columns

KINDS = ("circle", "square", "triangle")
TRAIN = "train: val/images\n"
NAMES = f"{TRAIN}names: [circle, square, triangle]\n"
Row = tuple[Path, list[int], list[list[float]], int]  # picture, classes, boxes, polygons


def by_library(data: Path, task: str = "detect", split: str = "val") -> list[Row]:
    """Return the pictures that `yolo val` uses, with their labels."""
    with quiet():
        from ultralytics.data.dataset import YOLODataset
        from ultralytics.data.utils import check_det_dataset

        told = check_det_dataset(str(data), autodownload=False, split=split)
        found = YOLODataset(told[split], imgsz=64, augment=False, data=told, task=task).labels
    return [
        (
            Path(each["im_file"]),
            each["cls"][:, 0].astype(int).tolist(),
            each["bboxes"].tolist(),
            len(each["segments"]),
        )
        for each in found
    ]


def by_us(data: Path, task: str = "detect", split: str = "val") -> tuple[list[Row], list[str]]:
    """Return the pictures that edgegen uses, with their labels, and the notes on the others."""
    notes = list[str]()
    rows = list[Row]()
    for each in read_dataset(data, split, Columns(task, KINDS, (0, 0)), notes.append):
        low, high = each.labels.boxes[:, :2], each.labels.boxes[:, 2:]
        boxes = np.concatenate([(low + high) / 2, high - low], axis=1)
        rows.append((each.path, each.labels.class_ids.tolist(), boxes.tolist(), len(each.labels.polygons)))
    return rows, notes


def agree(ours: list[Row], theirs: list[Row], *, polygons: bool = False) -> None:
    assert [row[:2] for row in ours] == [row[:2] for row in theirs]
    for our, their in zip(ours, theirs, strict=True):
        assert np.allclose(our[2], their[2], atol=1e-6), our[0]
        assert not polygons or our[3] == their[3], our[0]


def picture(path: Path, labels: str | None = "0 0.5 0.5 0.2 0.2") -> Path:
    """Write a grey picture, and its labels if it is in a folder `images`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # OpenCV compares the suffix in capitals of the locale: in Turkish, .TIFF is none of its own.
    written, data = cv2.imencode(path.suffix.lower(), np.full((32, 32, 3), len(path.stem), np.uint8))
    assert written
    path.write_bytes(data.tobytes())
    if labels is not None:
        text = Path(str(in_labels(path)))
        text.parent.mkdir(parents=True, exist_ok=True)
        text.write_text(labels, encoding="utf-8")
    return path


def pictures(folder: Path, count: int = 2) -> Path:
    for number in range(count):
        picture(folder / f"{number}.png")
    return folder


def data_of(folder: Path, text: str | bytes) -> Path:
    data = folder / "data.yaml"
    data.write_bytes(text if isinstance(text, bytes) else text.encode())
    return data

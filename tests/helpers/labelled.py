"""Labelled pictures as trainings have them, of the tests' drawn scenes, which are known to the pixel."""

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import yaml

from edgegen.parity.pictures import KINDS, Shape, draw_scene
from tests.tiny import drawn_tasks

Size = tuple[int, int]  # height and width

SIDE = 160
SMALL = 64  # of a classifier's pictures
SEEDS = range(500, 512)
TRAIN_SEEDS = range(512, 524)


def write(folder: Path, task: str, *, split: str = "val", sizes: Sequence[Size] = ((SIDE, SIDE),)) -> Path:
    """Draw a split's pictures, in turn of these sizes, write their labels, and return what `--data` names.

    No picture of `train` is in another split.
    """
    seeds = TRAIN_SEEDS if split == "train" else SEEDS
    if task == "classify":
        for seed in seeds:
            rgb, kind = drawn_tasks.draw_one(SMALL, seed)
            _save(folder / split / KINDS[kind] / f"{seed}.png", rgb)
        return folder
    names = drawn_tasks.TURNED_KINDS if task == "obb" else KINDS
    for seed in seeds:
        size = sizes[seed % len(sizes)]
        if task == "obb":
            rgb, turned = drawn_tasks.draw_turned(*size, seed)
            rows = [_row(each.kind, _corners(each), size) for each in turned]
        else:
            rgb, shapes = draw_scene(*size, seed)
            rows = [_labels(task, shape, size) for shape in shapes]
        _save(folder / "images" / split / f"{seed}.png", rgb)
        labels = folder / "labels" / split / f"{seed}.txt"
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text("\n".join(rows), encoding="utf-8")
    told = {"path": ".", split: f"images/{split}", "names": dict(enumerate(names))}
    if task == "pose":
        told["kpt_shape"] = [drawn_tasks.POINTS, 3]
    for other in ("train", "val"):  # both are in a data.yaml, also if only one was drawn
        told[other] = f"images/{other}" if (folder / "images" / other).is_dir() else told[split]
    (folder / "data.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    return folder / "data.yaml"


def _save(path: Path, rgb: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), rgb[..., ::-1])


def _row(class_id: int, points: np.ndarray, size: Size) -> str:
    """Return a line of points [..., 2] in a picture's pixels."""
    return " ".join(map(str, [class_id, *(points / size[::-1]).reshape(-1).tolist()]))


def _labels(task: str, shape: Shape, size: Size) -> str:
    """Return a line: a box, with points behind it for poses; an outline for masks."""
    if task == "segment":
        return _row(shape.kind, _outline(shape), size)
    centre = [(shape.x1 + shape.x2) / 2, (shape.y1 + shape.y2) / 2]
    box = np.array([centre, [shape.x2 - shape.x1, shape.y2 - shape.y1]])
    points = drawn_tasks.points_of(shape) / (size[1], size[0], 1)
    more = " ".join(map(str, points.reshape(-1).tolist())) if task == "pose" else ""
    return f"{_row(shape.kind, box, size)} {more}".strip()


def _outline(shape: Shape) -> np.ndarray:
    if KINDS[shape.kind] != "circle":
        points = drawn_tasks.points_of(shape)
        return points[points[:, 2] > 0, :2]
    turns = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    middle = np.array([shape.x1 + shape.x2, shape.y1 + shape.y2]) / 2
    return middle + np.column_stack([np.cos(turns), np.sin(turns)]) * (shape.x2 - shape.x1) / 2


def _corners(shape: "drawn_tasks.Turned") -> np.ndarray:
    along = np.array([math.cos(shape.angle), math.sin(shape.angle)])
    across = np.array([-along[1], along[0]])
    middle = np.array([shape.cx, shape.cy])
    halves = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    return np.array([middle + x * shape.w / 2 * along + y * shape.h / 2 * across for x, y in halves])

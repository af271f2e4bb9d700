"""The tiny checkpoints of the other tasks: small, sure of what they were trained for, reproducible."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from tests.helpers.places import ROOT, TINY
from tests.tiny import drawn_tasks

FOLDER: Final = TINY.parent
TASKS: Final = ("pose", "segment", "obb", "classify", "semantic", "depth")
UNSEEN: Final = 5_000_000  # the training's seeds are below
SIDE: Final = 160  # pixels of a drawn picture


def predicted(task: str, rgb: npt.NDArray[np.uint8]) -> Any:
    """Return what Ultralytics' own predict shows of a picture."""
    from ultralytics import YOLO

    if task not in MODELS:
        MODELS[task] = YOLO(FOLDER / f"tiny-{task}.pt", task=task)
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    (result,) = MODELS[task].predict(bgr, rect=False, verbose=False)
    return result


MODELS: dict[str, Any] = {}


def test_small_enough_to_keep() -> None:
    """A file is at most 1.5 MB, all together 6 MB, and no path of their making is in them."""
    contents = [path.read_bytes() for path in FOLDER.glob("*.pt")]
    assert len(contents) == 1 + len(TASKS)
    assert max(map(len, contents)) <= 1_500_000
    assert sum(map(len, contents)) <= 6_000_000
    for content in contents:
        assert not any(part in content for part in (b"/tmp", b"/work", b"/home"))


def test_pose_finds_points() -> None:
    """Of the shapes in scenes that it has not seen, four of five points are within 4 pixels."""
    near: list[bool] = []
    for seed in range(UNSEEN, UNSEEN + 20):
        rgb, shapes = drawn_tasks.draw_scene(SIDE, SIDE, seed)
        shown = predicted("pose", rgb)
        points, kinds = shown.keypoints.data.numpy(), shown.boxes.cls.numpy()
        for shape in shapes:
            wanted = drawn_tasks.points_of(shape)
            there = wanted[:, 2] > 0
            away = np.abs(points[kinds == shape.kind][:, there, :2] - wanted[there, :2]).max(axis=2)
            best = away[away.mean(axis=1).argmin()] if len(away) else np.full(there.sum(), np.inf)
            near += (best < 4).tolist()
    assert len(near) > 150
    assert np.mean(near) > 0.8


def test_segment_finds_masks() -> None:
    """Nine of ten shapes have a mask that agrees with the drawn one: IoU above 0.7."""
    overlaps = []
    for seed in range(UNSEEN, UNSEEN + 20):
        rgb, shapes = drawn_tasks.draw_scene(SIDE, SIDE, seed)
        shown = predicted("segment", rgb)
        masks = shown.masks.data.numpy() > 0 if shown.masks is not None else np.zeros((0, SIDE, SIDE), bool)
        number = drawn_tasks.instances(SIDE, SIDE, shapes)
        for place in range(len(shapes)):
            wanted = number == place + 1
            both = (masks & wanted).sum(axis=(1, 2)) / np.maximum((masks | wanted).sum(axis=(1, 2)), 1)
            overlaps.append(both.max(initial=0))
    assert len(overlaps) > 50
    assert np.mean(np.array(overlaps) > 0.7) > 0.9


def test_obb_finds_turned_boxes() -> None:
    """Four of five turned shapes are found with their class, nearly in place, within 10 degrees."""
    found = []
    for seed in range(UNSEEN, UNSEEN + 20):
        rgb, shapes = drawn_tasks.draw_turned(SIDE, SIDE, seed)
        shown = predicted("obb", rgb).obb
        boxes, kinds = shown.xywhr.numpy(), shown.cls.numpy()
        for shape in shapes:
            same = boxes[kinds == shape.kind]
            turned = np.where(
                same[:, 2] >= same[:, 3], same[:, 4], same[:, 4] + np.pi / 2
            )  # of the long side
            turn = np.abs((turned - shape.angle + np.pi / 2) % np.pi - np.pi / 2)
            place = np.hypot(same[:, 0] - shape.cx, same[:, 1] - shape.cy)
            found.append(bool(((place < 6) & (turn < np.radians(10))).any()))
    assert len(found) > 40
    assert np.mean(found) > 0.8


def test_classify_knows_shapes() -> None:
    """19 of 20 pictures of one shape."""
    right = []
    for seed in range(UNSEEN, UNSEEN + 100):
        rgb, kind = drawn_tasks.draw_one(64, seed)
        right.append(predicted("classify", rgb).probs.top1 == kind)
    assert np.mean(right) > 0.95


def test_semantic_paints_shapes() -> None:
    """95 of 100 pixels have their class, and of the shapes' own pixels 80."""
    pixels, own = [], []
    for seed in range(UNSEEN, UNSEEN + 20):
        rgb, shapes = drawn_tasks.draw_scene(SIDE, SIDE, seed)
        wanted = drawn_tasks.class_map(SIDE, SIDE, shapes)
        shown = predicted("semantic", rgb).semantic_mask.data.numpy().reshape(SIDE, SIDE)
        pixels.append((shown == wanted).mean())
        own.append((shown == wanted)[wanted > 0].mean())
    assert np.mean(pixels) > 0.95
    assert np.mean(own) > 0.8


def test_depth_knows_near_from_far() -> None:
    """Half of the pixels are within a third of their distance, and near is near."""
    errors, alike = [], []
    for seed in range(UNSEEN, UNSEEN + 20):
        rgb, shapes = drawn_tasks.draw_scene(SIDE, SIDE, seed)
        wanted = drawn_tasks.depth_map(SIDE, SIDE, shapes, seed)
        shown = predicted("depth", rgb).depth.data.numpy().reshape(SIDE, SIDE)
        errors.append(np.median(np.abs(np.log(shown / wanted))))
        alike.append(np.corrcoef(np.log(shown).ravel(), np.log(wanted).ravel())[0, 1])
    assert np.mean(errors) < np.log(4 / 3)
    assert np.mean(alike) > 0.9


@pytest.mark.full
def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    """Two short trainings, each in a process of its own, give the same bytes."""

    def train(name: str) -> list[bytes]:
        command = [sys.executable, "-m", "tests.tiny.train_tasks", *TASKS, "--steps", "2", "--scenes", "16"]
        subprocess.run(
            [*command, "--output", str(tmp_path / name)], cwd=ROOT, check=True, capture_output=True
        )
        return [(tmp_path / name / f"tiny-{task}.pt").read_bytes() for task in TASKS]

    assert train("one") == train("another")

"""The tiny checkpoints of the other tasks: accurate on their training domain, and reproducible."""

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
UNSEEN: Final = 5_000_000  # the training uses lower seeds
SIDE: Final = 160  # pixels of a drawn picture


def predicted(task: str, rgb: npt.NDArray[np.uint8]) -> Any:
    """Return the result of Ultralytics' predict for a picture."""
    from ultralytics import YOLO

    if task not in MODELS:
        MODELS[task] = YOLO(FOLDER / f"tiny-{task}.pt", task=task)
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    (result,) = MODELS[task].predict(bgr, rect=False, verbose=False)
    return result


MODELS: dict[str, Any] = {}


def test_checkpoint_of_each_task_contains_no_path_of_the_training_machine() -> None:
    contents = [path.read_bytes() for path in FOLDER.glob("*.pt")]
    assert len(contents) == 1 + len(TASKS)
    for content in contents:
        assert not any(part in content for part in (b"/tmp", b"/work", b"/home"))


def test_pose_checkpoint_finds_keypoints_in_unseen_scenes() -> None:
    """Over 80 % of the points are within 4 pixels."""
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


def test_segment_checkpoint_finds_masks_in_unseen_scenes() -> None:
    """Over 90 % of the shapes have a mask with an IoU above 0.7."""
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


def test_obb_checkpoint_finds_oriented_boxes_in_unseen_scenes() -> None:
    """Over 80 % with the right class, within 6 pixels and 10 degrees."""
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


def test_classify_checkpoint_names_shapes_in_unseen_pictures() -> None:
    """Over 95 % of the pictures."""
    right = []
    for seed in range(UNSEEN, UNSEEN + 100):
        rgb, kind = drawn_tasks.draw_one(64, seed)
        right.append(predicted("classify", rgb).probs.top1 == kind)
    assert np.mean(right) > 0.95


def test_semantic_checkpoint_labels_pixels_in_unseen_scenes() -> None:
    """Over 95 % of all pixels, and over 80 % of the shapes' pixels."""
    pixels, own = [], []
    for seed in range(UNSEEN, UNSEEN + 20):
        rgb, shapes = drawn_tasks.draw_scene(SIDE, SIDE, seed)
        wanted = drawn_tasks.class_map(SIDE, SIDE, shapes)
        shown = predicted("semantic", rgb).semantic_mask.data.numpy().reshape(SIDE, SIDE)
        pixels.append((shown == wanted).mean())
        own.append((shown == wanted)[wanted > 0].mean())
    assert np.mean(pixels) > 0.95
    assert np.mean(own) > 0.8


def test_depth_checkpoint_estimates_distance_in_unseen_scenes() -> None:
    """The median error is below a third, and the log distances correlate above 0.9."""
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
def test_training_with_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    """Two short trainings in separate processes."""

    def train(name: str) -> list[bytes]:
        command = [sys.executable, "-m", "tests.tiny.train_tasks", *TASKS, "--steps", "2", "--scenes", "16"]
        subprocess.run(
            [*command, "--output", str(tmp_path / name)], cwd=ROOT, check=True, capture_output=True
        )
        return [(tmp_path / name / f"tiny-{task}.pt").read_bytes() for task in TASKS]

    assert train("one") == train("another")

"""Train the tests' tiny checkpoints of the tasks beside detection, on drawn pictures.

    python -m tests.tiny.train_tasks [pose segment obb classify semantic depth]

writes tiny-<task>.pt beside this file, each within a few minutes on one core. They begin with the weights of
tiny.pt (`train_tiny.py`), wherever a layer is the same. The same seed gives the same file, byte for byte, on
the same machine.
"""

import argparse
import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import torch
from ultralytics.nn import tasks

from tests.tiny.drawn_tasks import (
    KINDS,
    MAP_NAMES,
    POINTS,
    TURNED_KINDS,
    class_map,
    depth_map,
    draw_one,
    draw_scene,
    draw_turned,
    instances,
    points_of,
)
from tests.tiny.train_tiny import ARCHITECTURE, IMAGE_SIZE, Losses, fit

Labels = dict[str, torch.Tensor]

HERE: Final = Path(__file__).parent
BATCH: Final = 8
SCENES: Final = 800  # drawn once; every step takes a random batch of them
MIDDLE_DEPTH: Final = 2.2  # logarithm of a drawn pixel's depth, nearly
CLASSIFY_SIZE: Final = 64  # pixels, height and width
# Ultralytics' defaults
GAINS: Final = {
    "box": 7.5, "cls": 0.5, "dfl": 1.5, "pose": 12.0, "kobj": 1.0, "angle": 1.0, "overlap_mask": True,
    "dlog": 1.0, "dgrad": 0.5, "dlam": 0.5,
}  # fmt: skip
BACKBONE: Final = [*ARCHITECTURE["backbone"]]
NECK: Final = ARCHITECTURE["head"][:-1]  # ends at number 18
TOP_DOWN: Final = NECK[:6]  # ends at number 12, stride 8
TWO_LEVELS: Final = NECK[:9]  # ends at number 15, stride 16
LEVELS: Final = [12, 15, 18]


@dataclass(frozen=True)
class Kind:
    """How a task's model is made, and what it is shown."""

    model: Callable[..., Any]
    head: list[Any]  # after the backbone
    names: tuple[str, ...]
    draw: Callable[[int], tuple[np.ndarray, Labels]]  # a seed -> a picture [h, w, 3] and its labels
    steps: int
    size: int = IMAGE_SIZE
    more: tuple[tuple[str, Any], ...] = ()  # of the architecture


def boxes_of(shapes: Any) -> Labels:
    """Return classes [n, 1] and boxes [n, 4], cx cy w h in shares of the picture."""
    rows = [(s.kind, s.x1 + s.x2, s.y1 + s.y2, 2 * (s.x2 - s.x1), 2 * (s.y2 - s.y1)) for s in shapes]
    label = torch.tensor(rows, dtype=torch.float32).reshape(-1, 5)
    return {"cls": label[:, :1], "bboxes": label[:, 1:] / (2 * IMAGE_SIZE)}


def draw_pose(seed: int) -> tuple[np.ndarray, Labels]:
    """Draw shapes, with the points of each in shares of the picture."""
    rgb, shapes = draw_scene(IMAGE_SIZE, IMAGE_SIZE, seed)
    points = [points_of(shape) / (IMAGE_SIZE, IMAGE_SIZE, 1) for shape in shapes]
    stacked = np.array(points, dtype=np.float32).reshape(-1, POINTS, 3)
    return rgb, {**boxes_of(shapes), "keypoints": torch.from_numpy(stacked)}


def draw_segment(seed: int) -> tuple[np.ndarray, Labels]:
    """Draw shapes, with every other pixel's instance."""
    rgb, shapes = draw_scene(IMAGE_SIZE, IMAGE_SIZE, seed)
    numbers = instances(IMAGE_SIZE, IMAGE_SIZE, shapes)[1::2, 1::2]
    return rgb, {**boxes_of(shapes), "masks": torch.from_numpy(numbers.copy())}


def draw_obb(seed: int) -> tuple[np.ndarray, Labels]:
    """Draw turned shapes: cx cy w h in shares of the picture, and the angle."""
    rgb, shapes = draw_turned(IMAGE_SIZE, IMAGE_SIZE, seed)
    rows = [(s.kind, s.cx, s.cy, s.w, s.h, s.angle) for s in shapes]
    label = torch.tensor(rows, dtype=torch.float32).reshape(-1, 6)
    label[:, 1:5] /= IMAGE_SIZE
    return rgb, {"cls": label[:, :1], "bboxes": label[:, 1:]}


def draw_classify(seed: int) -> tuple[np.ndarray, Labels]:
    """Draw one shape."""
    rgb, kind = draw_one(CLASSIFY_SIZE, seed)
    return rgb, {"cls": torch.tensor([kind])}


def draw_semantic(seed: int) -> tuple[np.ndarray, Labels]:
    """Draw shapes, with every pixel's class."""
    rgb, shapes = draw_scene(IMAGE_SIZE, IMAGE_SIZE, seed)
    return rgb, {"semantic_mask": torch.from_numpy(class_map(IMAGE_SIZE, IMAGE_SIZE, shapes)).to(torch.uint8)}


def draw_depth(seed: int) -> tuple[np.ndarray, Labels]:
    """Draw shapes, with every fourth pixel's depth."""
    rgb, shapes = draw_scene(IMAGE_SIZE, IMAGE_SIZE, seed)
    depth = depth_map(IMAGE_SIZE, IMAGE_SIZE, shapes, seed)[2::4, 2::4]
    return rgb, {"depth": torch.from_numpy(depth.copy())}


CLASSIFY_HEAD: Final = [[-1, 1, "Classify", ["nc"]]]
TASKS: Final = {
    "pose": Kind(
        tasks.PoseModel, [*TWO_LEVELS, [[12, 15], 1, "Pose", ["nc", "kpt_shape"]]], KINDS, draw_pose, 500,
        more=(("kpt_shape", [POINTS, 3]),),
    ),
    "segment": Kind(
        tasks.SegmentationModel, [*NECK, [LEVELS, 1, "Segment", ["nc", 16, 24]]], KINDS, draw_segment, 150
    ),
    "obb": Kind(
        tasks.OBBModel, [*NECK, [LEVELS, 1, "OBB", ["nc", 1]]], TURNED_KINDS, draw_obb, 500,
        more=(("reg_max", 1),),
    ),
    "classify": Kind(
        tasks.ClassificationModel, CLASSIFY_HEAD, KINDS, draw_classify, 300, size=CLASSIFY_SIZE
    ),
    "semantic": Kind(
        tasks.SemanticSegmentationModel, [*TOP_DOWN, [[12, 9], 1, "SemanticSegment", ["nc"]]], MAP_NAMES,
        draw_semantic, 150,
    ),
    "depth": Kind(
        tasks.DepthModel, [*TOP_DOWN, [[12, 9], 1, "Depth", [32]]], ("depth",), draw_depth, 150,
    ),
}  # fmt: skip


def built(kind: Kind) -> Any:
    """Return the task's model, with tiny.pt's weights in the layers that it shares with it."""
    architecture = {
        "nc": len(kind.names), "channels": 3, "backbone": copy.deepcopy(BACKBONE),
        "head": copy.deepcopy(kind.head), **dict(kind.more),
    }  # fmt: skip
    model = kind.model(architecture, ch=3, nc=len(kind.names), verbose=False)
    model.names = dict(enumerate(kind.names))
    model.args = SimpleNamespace(**GAINS)
    learnt = torch.load(HERE / "tiny.pt", weights_only=False)["ema"].float().state_dict()
    own = model.state_dict()
    model.load_state_dict({
        name: learnt[name] if name in learnt and learnt[name].shape == value.shape else value
        for name, value in own.items()
    })  # fmt: skip
    if kind.draw is draw_depth:  # whose loss hardly cares for the unit
        torch.nn.init.constant_(model.model[-1].head[-1].bias, MIDDLE_DEPTH)
    return model


def batch_of(scenes: list[tuple[torch.Tensor, Labels]], chosen: list[int]) -> Labels:
    """Put the chosen scenes into the form that Ultralytics' losses take."""
    batch: Labels = {"img": torch.stack([scenes[i][0] for i in chosen]).float() / 255}
    for name in scenes[0][1]:
        values = [scenes[i][1][name] for i in chosen]
        of_picture = name in {"masks", "semantic_mask", "depth"}
        batch[name] = torch.stack(values) if of_picture else torch.cat(values)
        if name == "bboxes":
            owners = [torch.full((len(value),), float(place)) for place, value in enumerate(values)]
            batch["batch_idx"] = torch.cat(owners)
    return batch


def train(task: str, output: Path, *, steps: int, scene_count: int, seed: int) -> None:
    """Train for so many steps and write a checkpoint as Ultralytics does: half precision, no optimizer."""
    kind = TASKS[task]
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    model = built(kind)
    drawn = [kind.draw(seed * 1_000_003 + number) for number in range(scene_count)]
    scenes = [(torch.from_numpy(rgb.transpose(2, 0, 1).copy()), labels) for rgb, labels in drawn]

    def losses(chosen: list[int]) -> Losses:
        loss: Losses = model.loss(batch_of(scenes, chosen))
        return loss

    print(task)
    average = fit(model, losses, steps=steps, scene_count=scene_count, batch=BATCH, seed=seed)
    save(average, task, kind.size, output)


def save(model: Any, task: str, size: int, output: Path) -> None:
    """Write the checkpoint without anything that differs from run to run: no date, no path."""
    model.criterion = None
    model.args = {"task": task, "imgsz": size, **GAINS}
    model.task = task
    for parameter in model.parameters():
        parameter.requires_grad = False
    checkpoint = {
        "epoch": -1,
        "model": None,
        "ema": model.half(),
        "train_args": {"task": task, "imgsz": size, "data": "shapes"},
        "date": None,
        "version": None,
        "license": "Apache-2.0",
    }
    with output.open("wb") as file:  # a file object, so that the archive does not carry the file's name
        torch.save(checkpoint, file)


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description="Train the tiny checkpoints of edgegen's tests.")
    parser.add_argument("tasks", nargs="*", choices=[*TASKS, []], default=list(TASKS))
    parser.add_argument("--output", type=Path, default=HERE, help="a folder")
    parser.add_argument("--steps", type=int, help="for all of them")
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for task in options.tasks:
        output = options.output / f"tiny-{task}.pt"
        steps = options.steps or TASKS[task].steps
        train(task, output, steps=steps, scene_count=options.scenes, seed=options.seed)
        print(f"{output}: {output.stat().st_size} bytes")


if __name__ == "__main__":
    main()

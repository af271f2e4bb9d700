"""Train the tests' tiny checkpoint: a small relative of YOLO11 that finds circles, squares and triangles.

    python -m tests.tiny.train_tiny

writes tiny.pt and two pictures beside this file, and takes about two minutes on two cores. The same seed
gives the same file, byte for byte, on the same machine. The training pictures are those of
`edgegen.parity.pictures`, so the model also sees its shapes in the golden vectors.
"""

import argparse
import copy
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("YOLO_OFFLINE", "true")
os.environ.setdefault("YOLO_VERBOSE", "false")

import cv2
import numpy as np
import torch
from ultralytics.nn.tasks import DetectionModel

from edgegen.parity.pictures import KINDS, draw_scene

Losses = tuple[torch.Tensor, Mapping[str, Any]]  # the loss of a batch, and its named parts

IMAGE_SIZE = 160  # pixels, height and width
BATCH = 16
STEPS = 500
SCENES = 1200  # drawn once; every step takes a random batch of them
THREADS = 2  # fixed: the order of floating-point sums depends on it
LEARNING_RATE = 2e-3
EMA_DECAY = 0.99
EXAMPLES = (("landscape.png", 180, 270, 9), ("portrait.png", 240, 170, 5))  # height, width, seed
LOSS_GAINS = {"box": 7.5, "cls": 0.5, "dfl": 1.5}  # Ultralytics' defaults

ARCHITECTURE: dict[str, Any] = {
    "nc": len(KINDS),
    "channels": 3,
    "backbone": [  # from, repeats, module, arguments
        [-1, 1, "Conv", [16, 3, 2]],  # stride 2
        [-1, 1, "Conv", [32, 3, 2]],  # 4
        [-1, 1, "Conv", [48, 3, 2]],  # 8
        [-1, 1, "C3k2", [48, False, 0.5]],  # number 3
        [-1, 1, "Conv", [64, 3, 2]],  # number 4, stride 16
        [-1, 1, "Conv", [80, 3, 2]],  # 32
        [-1, 1, "SPPF", [80, 5]],  # number 6
    ],
    "head": [
        [-1, 1, "nn.Upsample", [None, 2, "nearest"]],
        [[-1, 4], 1, "Concat", [1]],
        [-1, 1, "Conv", [48, 3, 1]],  # number 9
        [-1, 1, "nn.Upsample", [None, 2, "nearest"]],
        [[-1, 3], 1, "Concat", [1]],
        [-1, 1, "C3k2", [32, False]],  # number 12, stride 8
        [-1, 1, "Conv", [32, 3, 2]],
        [[-1, 9], 1, "Concat", [1]],
        [-1, 1, "Conv", [48, 3, 1]],  # number 15, stride 16
        [-1, 1, "Conv", [48, 3, 2]],
        [[-1, 6], 1, "Concat", [1]],
        [-1, 1, "Conv", [64, 3, 1]],  # number 18, stride 32
        [[12, 15, 18], 1, "Detect", ["nc"]],
    ],
}


def scenes(count: int, seed: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Draw pictures, uint8 [count, 3, IMAGE_SIZE, IMAGE_SIZE], and labels [n, 5]: kind, cx cy w h in 0..1."""
    pictures, labels = [], []
    for number in range(count):
        rgb, shapes = draw_scene(IMAGE_SIZE, IMAGE_SIZE, seed * 1_000_003 + number)
        pictures.append(torch.from_numpy(rgb.transpose(2, 0, 1).copy()))
        rows = [(s.kind, s.x1 + s.x2, s.y1 + s.y2, 2 * (s.x2 - s.x1), 2 * (s.y2 - s.y1)) for s in shapes]
        label = torch.tensor(rows, dtype=torch.float32).reshape(-1, 5)
        label[:, 1:] /= 2 * IMAGE_SIZE
        labels.append(label)
    return torch.stack(pictures), labels


def batch_of(
    pictures: torch.Tensor, labels: list[torch.Tensor], chosen: list[int]
) -> dict[str, torch.Tensor]:
    """Put the chosen pictures into the form that Ultralytics' loss takes."""
    rows = torch.cat([labels[i] for i in chosen])
    owner = torch.cat([torch.full((len(labels[i]),), float(place)) for place, i in enumerate(chosen)])
    return {
        "img": pictures[chosen].float() / 255,
        "cls": rows[:, :1],
        "bboxes": rows[:, 1:],
        "batch_idx": owner,
    }


def train(output: Path, *, steps: int, scene_count: int, seed: int) -> None:
    """Train for so many steps and write a checkpoint as Ultralytics does: half precision, no optimizer."""
    torch.manual_seed(seed)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)

    model = DetectionModel(copy.deepcopy(ARCHITECTURE), ch=3, nc=len(KINDS), verbose=False)
    model.names = dict(enumerate(KINDS))
    model.args = SimpleNamespace(**LOSS_GAINS)
    pictures, labels = scenes(scene_count, seed)

    def losses(chosen: list[int]) -> Losses:
        loss: Losses = model.loss(batch_of(pictures, labels, chosen))
        return loss

    save(fit(model, losses, steps=steps, scene_count=scene_count, batch=BATCH, seed=seed), output)


def fit(
    model: Any,
    losses: Callable[[list[int]], Losses],
    *,
    steps: int,
    scene_count: int,
    batch: int,
    seed: int,
    learning_rate: float = LEARNING_RATE,
) -> Any:
    """Train a model with random batches of scenes, and return it with averaged weights.

    losses: from the numbers of scenes to the loss, and its named parts for the terminal.
    """
    order = np.random.RandomState(seed)
    average = copy.deepcopy(model).eval()
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=steps, pct_start=0.1)
    model.train()
    began = time.monotonic()
    for step in range(steps):
        total, parts = losses([int(i) for i in order.randint(0, scene_count, size=batch)])
        optimizer.zero_grad()
        total.sum().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimizer.step()
        schedule.step()
        follow(average, model, min(EMA_DECAY, (1 + step) / (10 + step)))
        if step % 100 == 0 or step == steps - 1:
            shown = " ".join(f"{name} {float(value):.3f}" for name, value in parts.items())
            print(f"{time.monotonic() - began:6.1f} s  step {step:5}  {shown}", flush=True)
    return average


@torch.no_grad()
def follow(average: torch.nn.Module, model: torch.nn.Module, decay: float) -> None:
    """Move the averaged weights towards the trained ones."""
    trained = model.state_dict()
    for name, value in average.state_dict().items():
        if value.dtype.is_floating_point:
            value.lerp_(trained[name], 1 - decay)
        else:
            value.copy_(trained[name])


def save(model: DetectionModel, output: Path) -> None:
    """Write the checkpoint without anything that differs from run to run: no date, no path."""
    model.criterion = None
    model.args = {"imgsz": IMAGE_SIZE, **LOSS_GAINS}
    for parameter in model.parameters():
        parameter.requires_grad = False
    checkpoint = {
        "epoch": -1,
        "model": None,
        "ema": model.half(),
        "train_args": {"task": "detect", "imgsz": IMAGE_SIZE, "data": "shapes"},
        "date": None,
        "version": None,
        "license": "Apache-2.0",
    }
    with output.open("wb") as file:  # a file object, so that the archive does not carry the file's name
        torch.save(checkpoint, file)


def draw_examples(folder: Path) -> None:
    """Write the pictures that the tests show to the model."""
    for name, height, width, seed in EXAMPLES:
        rgb, _ = draw_scene(height, width, seed)
        cv2.imwrite(str(folder / name), rgb[..., ::-1])


def main() -> None:
    """Read the options, train and draw."""
    parser = argparse.ArgumentParser(description="Train the tiny checkpoint of edgegen's tests.")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("tiny.pt"))
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    train(options.output, steps=options.steps, scene_count=options.scenes, seed=options.seed)
    draw_examples(options.output.parent)
    print(f"{options.output}: {options.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()

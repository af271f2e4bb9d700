"""Train the tests' checkpoint of YOLOX: a narrower YOLOX-Nano that finds circles, squares and triangles.

    python -m tests.tiny.train_yolox

writes tiny-yolox.pth beside this file, as YOLOX's trainer saves best_ckpt.pth.
"""

import argparse
import copy
import time
from pathlib import Path

import numpy as np
import torch
from yolox.config import YoloxConfig

from edgegen.parity.pictures import KINDS
from tests.tiny.train_tiny import BATCH, EMA_DECAY, IMAGE_SIZE, SCENES, THREADS, follow, scenes

STEPS = 600
LEARNING_RATE = 3e-3
CONFIG = {"depth": 0.33, "width": 0.125, "depthwise": True}
MOST_SHAPES = 50  # rows of labels


def train(output: Path, *, steps: int, scene_count: int, seed: int) -> None:
    """Train for so many steps and write a checkpoint."""
    torch.manual_seed(seed)
    torch.set_num_threads(THREADS)
    order = np.random.RandomState(seed)
    network = YoloxConfig(name="tiny", num_classes=len(KINDS), **CONFIG).get_model()
    average = copy.deepcopy(network).eval()
    pictures, labels = scenes(scene_count, seed)
    pictures = pictures.flip(1)  # YOLOX takes blue first
    targets = torch.zeros(scene_count, MOST_SHAPES, 5)  # class, cx cy w h in pixels
    for place, rows in enumerate(labels):
        targets[place, : len(rows), 0] = rows[:, 0]
        targets[place, : len(rows), 1:] = rows[:, 1:] * IMAGE_SIZE

    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps, pct_start=0.1)
    network.train()
    began = time.monotonic()
    for step in range(steps):
        chosen = [int(i) for i in order.randint(0, scene_count, size=BATCH)]
        losses = network(pictures[chosen].float(), targets[chosen])
        optimizer.zero_grad()
        losses["total_loss"].backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimizer.step()
        schedule.step()
        follow(average, network, min(EMA_DECAY, (1 + step) / (10 + step)))
        if step % 100 == 0 or step == steps - 1:
            shown = " ".join(f"{name} {float(value):.3f}" for name, value in losses.items())
            print(f"{time.monotonic() - began:6.1f} s  step {step:5}  {shown}", flush=True)
    save(average, output)


def save(network: torch.nn.Module, output: Path) -> None:
    """Write the checkpoint. The optimizer has not stepped: its state would double the size."""
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, nesterov=True)
    state = {
        "start_epoch": 1,
        "model": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "best_ap": 0.0,
        "curr_ap": None,
    }
    with output.open("wb") as file:  # a file object, so that the archive does not carry the file's name
        torch.save(state, file)


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description="Train the tiny YOLOX checkpoint of edgegen's tests.")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("tiny-yolox.pth"))
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    train(options.output, steps=options.steps, scene_count=options.scenes, seed=options.seed)
    print(f"{options.output}: {options.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()

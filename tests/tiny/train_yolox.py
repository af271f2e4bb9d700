"""Train the tests' checkpoint of YOLOX: a narrower YOLOX-Nano that finds circles, squares and triangles.

    python -m tests.tiny.train_yolox

writes tiny-yolox.pth beside this file, as YOLOX's trainer saves best_ckpt.pth.
"""

import argparse
from pathlib import Path

import torch
from yolox.config import YoloxConfig

from edgegen.parity.pictures import KINDS, draw_scene
from tests.tiny.train_tiny import Losses, fit

IMAGE_SIZE = 128  # pixels, height and width
BATCH = 8
STEPS = 1500
SCENES = 1600  # drawn once; every step takes a random batch of them
THREADS = 1  # fixed: the order of floating-point sums depends on it
LEARNING_RATE = 4e-3
CONFIG = {"depth": 0.33, "width": 0.125, "depthwise": True}
MOST_SHAPES = 50  # rows of labels


def scenes(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw pictures, uint8 [count, 3, h, w], blue first, and labels [count, any, 5].

    A label is kind, cx cy w h in pixels; rows of zeros fill up.
    """
    pictures, labels = [], torch.zeros(count, MOST_SHAPES, 5)
    for number in range(count):
        rgb, shapes = draw_scene(IMAGE_SIZE, IMAGE_SIZE, seed * 1_000_003 + number)
        pictures.append(torch.from_numpy(rgb[..., ::-1].transpose(2, 0, 1).copy()))
        for place, s in enumerate(shapes):
            row = (s.kind, (s.x1 + s.x2) / 2, (s.y1 + s.y2) / 2, s.x2 - s.x1, s.y2 - s.y1)
            labels[number, place] = torch.tensor(row, dtype=torch.float32)
    return torch.stack(pictures), labels


def train(output: Path, *, steps: int, scene_count: int, seed: int) -> None:
    """Train a network and write a checkpoint."""
    torch.manual_seed(seed)
    torch.set_num_threads(THREADS)
    network = YoloxConfig(name="tiny", num_classes=len(KINDS), **CONFIG).get_model()
    pictures, targets = scenes(scene_count, seed)

    def losses(chosen: list[int]) -> Losses:
        total = network(pictures[chosen].float(), targets[chosen])["total_loss"]
        return total, {"loss": total}

    options = {"steps": steps, "scene_count": scene_count, "batch": BATCH, "seed": seed}
    save(fit(network, losses, **options, learning_rate=LEARNING_RATE), output)


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

#!/usr/bin/env python3
"""Draw docs/images/android-TASK.png: each task's tiny app, launched, sees a drawn picture.

`draw_screens.py [TASK ...]`: all of them unless some are named. Needs the Android kit.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import cv2

from edgegen.parity.pictures import Picture, draw_scene, write_ppm
from edgegen.project.task_files import TASKS

ROOT = Path(__file__).resolve().parents[1]
TINY = ROOT / "tests" / "tiny"
HEIGHT, WIDTH = 640, 480  # as a phone's camera has it
SEEDS = {"obb": 8, "classify": 4}
SEED = 9005
PIXELS = 360  # of the pictures' width

sys.path.append(str(TINY))

from drawn_tasks import draw_one, draw_turned  # noqa: E402


def scene(task: str) -> Picture:
    """Return what the camera is shown."""
    seed = SEEDS.get(task, SEED)
    if task == "obb":
        return Picture(task, draw_turned(HEIGHT, WIDTH, seed)[0])
    if task == "classify":
        return Picture(task, draw_one(WIDTH, seed)[0])
    return Picture(task, draw_scene(HEIGHT, WIDTH, seed)[0])


def draw(task: str, folder: Path) -> None:
    """Make the app, launch it, and keep its screen."""
    picture, project = folder / f"{task}.ppm", folder / task
    write_ppm(picture, scene(task))
    model = TINY / ("tiny.pt" if task == "detect" else f"tiny-{task}.pt")
    new = ("new", "--model", model, "--target", "android", "--name", "Shapes", "--output", project)
    for command in (new, ("verify", project, "--image", picture, "--screenshots", folder / "screens")):
        subprocess.run(["edgegen", *map(str, command)], check=True)
    (drawn,) = (folder / "screens").glob(f"*-{task}.png")
    screen = cv2.imread(str(drawn))
    size = (PIXELS, round(screen.shape[0] * PIXELS / screen.shape[1]))
    screen = cv2.resize(screen, size, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(ROOT / "docs" / "images" / f"android-{task}.png"), screen)


def main() -> None:
    """Draw the named tasks."""
    for task in sys.argv[1:] or TASKS:
        with tempfile.TemporaryDirectory() as folder:
            draw(task, Path(folder))


if __name__ == "__main__":
    main()

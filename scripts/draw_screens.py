#!/usr/bin/env python3
"""Draw docs/images/android*.png: the tiny apps, launched, see drawn pictures.

`draw_screens.py [app] [TASK ...]`: the screens of the detector's app, and the screen of each task; all unless
some are named. Needs the Android kit.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT))

from edgegen.parity.picture_files import Picture, write_ppm  # noqa: E402
from edgegen.parity.pictures import draw_scene  # noqa: E402
from edgegen.project.task_files import TASKS  # noqa: E402
from edgegen_kits.android.kit import LAUNCH, locate_kit  # noqa: E402
from edgegen_kits.android.launch import launch  # noqa: E402
from edgegen_kits.common.commands import Commands  # noqa: E402
from tests.helpers.android_projects import PACKAGE, launchable, leave_out_what_models_share  # noqa: E402
from tests.helpers.places import TINY  # noqa: E402
from tests.helpers.support import edgegen  # noqa: E402
from tests.tiny.drawn_tasks import draw_one, draw_turned  # noqa: E402

IMAGES: Final = ROOT / "docs" / "images"
HEIGHT, WIDTH = 640, 480  # as a phone's camera has it
SEEDS = {"obb": 4, "classify": 4}
SEED = 9319  # its shapes are in the part of the picture that fills a screen
PIXELS = 360  # of a phone's picture across
COLOURS = 256  # of a file: a quarter as large as with all
BETWEEN, PAPER = 16, (228, 227, 223)  # pixels; blue, green, red

# The tests that leave a picture each, and what is put side by side: screens of a test, as high as each other.
APP: Final[Mapping[str, Sequence[str]]] = {
    "android": ("phone", "phone-panel", "phone-panel-dark", "phone-rtl"),
    "android-landscape": ("phone-landscape", "tablet-landscape"),
    "android-extremes": ("300-boxes", "tiny-boxes", "small-font2", "tablet"),
    "android-lab": ("welcome", "held", "advanced", "self-check"),
    "android-things": ("one-class", "following", "counting", "near"),
}
HEIGHTS: Final = {"android-landscape": 420}
CLASSES: Final = ("Screen", "Welcome", "Hold", "SelfCheck", "Chips", "Follow", "Touch")


def scene(task: str) -> Picture:
    """Return what the camera is shown."""
    seed = SEEDS.get(task, SEED)
    if task == "obb":
        return Picture(task, draw_turned(HEIGHT, WIDTH, seed)[0])
    if task == "classify":
        return Picture(task, draw_one(WIDTH, seed)[0])
    return Picture(task, draw_scene(HEIGHT, WIDTH, seed)[0])


def keep(name: str, screen: np.typing.NDArray[Any]) -> None:
    """Write a picture in few colours."""
    picture = Image.fromarray(cv2.cvtColor(screen, cv2.COLOR_BGR2RGB))
    few = picture.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(IMAGES / f"{name}.png", optimize=True)


def resized(path: Path, height: int | None = None) -> np.typing.NDArray[Any]:
    """Return a screen in its own shape, as high as that, or as wide as a phone."""
    screen = cv2.imread(str(path))
    scale = height / screen.shape[0] if height else PIXELS / screen.shape[1]
    size = (round(screen.shape[1] * scale), round(screen.shape[0] * scale))
    return np.asarray(cv2.resize(screen, size, interpolation=cv2.INTER_AREA))


def draw_task(task: str, folder: Path) -> None:
    """Make the app of a task, launch it, and keep its screen."""
    picture, project = folder / f"{task}.ppm", folder / task
    write_ppm(picture, scene(task))
    model = TINY.with_name("tiny.pt" if task == "detect" else f"tiny-{task}.pt")
    edgegen(
        "new",
        "--model",
        model,
        "--target",
        "android",
        "--app",
        "studio",
        "--name",
        "Shapes",
        "--output",
        project,
    ).ok()
    with pytest.MonkeyPatch.context() as patch:
        leave_out_what_models_share(patch)  # the screens are the same
        edgegen("verify", project, "--image", picture, "--screenshots", folder / "screens").ok()
    (drawn,) = (folder / "screens").glob(f"*-{task}.png")
    keep(f"android-{task}", resized(drawn))


def draw_app(folder: Path) -> None:
    """Run the tests that leave pictures, and put those side by side."""
    edgegen("export", "--model", TINY, "--output", folder / "export").ok()
    photo = folder / "photo.jpg"
    cv2.imwrite(str(photo), scene("detect").rgb[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, 95))

    def once(name: str, make: Any) -> Path:
        make(folder)
        return folder

    built = launchable(once, locate_kit(), folder / "export")
    given = {
        "app.package": PACKAGE,
        "vectors": built.project.folder / "vectors",
        "out": folder,
        "photo": photo,
    }
    with Commands() as commands:
        tests = [f"launch.{each}Test" for each in CLASSES]
        ran = launch(locate_kit(), built, tests, LAUNCH[-1], commands, properties=given)
    if not ran.passed:
        sys.exit(ran.output[-4000:])
    for name, screens in APP.items():
        height = HEIGHTS.get(name, 760)
        row = [resized(folder / "screenshots" / f"{each}-{LAUNCH[-1]}.png", height) for each in screens]
        pieces = [
            cv2.copyMakeBorder(
                each, BETWEEN, BETWEEN, BETWEEN // 2, BETWEEN // 2, cv2.BORDER_CONSTANT, value=PAPER
            )
            for each in row
        ]
        keep(name, np.hstack(pieces))


def main() -> None:
    """Draw what is named."""
    for name in sys.argv[1:] or ("app", *TASKS):
        with tempfile.TemporaryDirectory() as folder:
            if name == "app":
                draw_app(Path(folder))
            else:
                draw_task(name, Path(folder))


if __name__ == "__main__":
    main()

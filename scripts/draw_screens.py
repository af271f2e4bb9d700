#!/usr/bin/env python3
"""Draw docs/images/android*.png: screens of apps of the tiny checkpoints, on synthetic pictures.

`draw_screens.py [starter] [studio] [TASK ...]`: `starter` and `studio` draw the detector's apps, a task its
screen. Without arguments, all are drawn. Needs the Android kit.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
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
from edgegen_kits.android.app_build import Built  # noqa: E402
from edgegen_kits.android.kit import LAUNCH, Kit, locate_kit  # noqa: E402
from edgegen_kits.android.launch import launch  # noqa: E402
from edgegen_kits.common.commands import Commands  # noqa: E402
from tests.helpers.android_projects import (  # noqa: E402
    PACKAGE,
    generate,
    launchable,
    launchable_starter,
    leave_out_what_models_share,
)
from tests.helpers.once import Once  # noqa: E402
from tests.helpers.places import TINY  # noqa: E402
from tests.helpers.support import edgegen  # noqa: E402
from tests.tiny.drawn_tasks import draw_one, draw_turned  # noqa: E402

IMAGES: Final = ROOT / "docs" / "images"
HEIGHT, WIDTH = 640, 480  # of a phone's camera
SEEDS = {"obb": 4, "classify": 4}
SEED = 9319  # its shapes are in the part of the picture that the screen shows
PIXELS = 360  # width of a phone's picture
COLOURS = 256  # of a file: with all colours it is four times as large
BETWEEN, PAPER = 16, (228, 227, 223)  # pixels; blue, green, red

# File name -> the screens that it shows side by side, with equal heights. Tests write them.
STARTER: Final[Mapping[str, Sequence[str]]] = {
    "android": ("camera-portrait", "sheet-portrait", "sheet-night", "photo-portrait"),
}
STUDIO: Final[Mapping[str, Sequence[str]]] = {
    "android-studio": ("phone", "phone-panel", "phone-panel-dark", "phone-rtl"),
    "android-landscape": ("phone-landscape", "tablet-landscape"),
    "android-extremes": ("300-boxes", "tiny-boxes", "small-font2", "tablet"),
    "android-lab": ("welcome", "held", "advanced", "self-check"),
    "android-things": ("one-class", "following", "counting", "near"),
}
HEIGHTS: Final = {"android-landscape": 420}
STUDIO_TESTS: Final = ("Screen", "Welcome", "Hold", "SelfCheck", "Chips", "Follow", "Touch")


def draw_camera_picture(task: str) -> Picture:
    """Return the picture that the camera sees."""
    seed = SEEDS.get(task, SEED)
    if task == "obb":
        return Picture(task, draw_turned(HEIGHT, WIDTH, seed)[0])
    if task == "classify":
        return Picture(task, draw_one(WIDTH, seed)[0])
    return Picture(task, draw_scene(HEIGHT, WIDTH, seed)[0])


def save(name: str, screen: np.typing.NDArray[Any]) -> None:
    """Save a picture with few colours."""
    picture = Image.fromarray(cv2.cvtColor(screen, cv2.COLOR_BGR2RGB))
    few = picture.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(IMAGES / f"{name}.png", optimize=True)


def read_resized(path: Path, height: int | None = None) -> np.typing.NDArray[Any]:
    """Return a screenshot with this height, or with the width PIXELS. The aspect ratio stays."""
    screen = cv2.imread(str(path))
    scale = height / screen.shape[0] if height else PIXELS / screen.shape[1]
    size = (round(screen.shape[1] * scale), round(screen.shape[0] * scale))
    return np.asarray(cv2.resize(screen, size, interpolation=cv2.INTER_AREA))


def draw_task(task: str, folder: Path) -> None:
    """Make the app of a task, launch it, and save its screen."""
    picture, project = folder / f"{task}.ppm", folder / task
    write_ppm(picture, draw_camera_picture(task))
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
    save(f"android-{task}", read_resized(drawn))


def build_starter(once: Once, kit: Kit, export: Path) -> Built:
    """Return the starter with the tests of its screen."""
    return launchable_starter(once, kit, generate(export.parent / "starter", export, app="starter"))


def draw_app(
    folder: Path,
    build: Callable[[Once, Kit, Path], Built],
    tests: Sequence[str],
    pictures: Mapping[str, Sequence[str]],
) -> None:
    """Run the tests that write screenshots, and put these side by side."""
    edgegen("export", "--model", TINY, "--output", folder / "export").ok()
    photo = folder / "photo.jpg"
    cv2.imwrite(str(photo), draw_camera_picture("detect").rgb[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, 95))

    def once(name: str, make: Any) -> Path:
        make(folder)
        return folder

    built = build(once, locate_kit(), folder / "export")
    properties = {
        "app.package": PACKAGE,
        "vectors": built.project.folder / "vectors",
        "out": folder,
        "photo": photo,
    }
    with Commands() as commands:
        run = launch(locate_kit(), built, tests, LAUNCH[-1], commands, properties=properties)
    if not run.passed:
        sys.exit(run.output[-4000:])
    for name, screens in pictures.items():
        height = HEIGHTS.get(name, 760)
        row = [read_resized(folder / "screenshots" / f"{each}-{LAUNCH[-1]}.png", height) for each in screens]
        pieces = [
            cv2.copyMakeBorder(
                each, BETWEEN, BETWEEN, BETWEEN // 2, BETWEEN // 2, cv2.BORDER_CONSTANT, value=PAPER
            )
            for each in row
        ]
        save(name, np.hstack(pieces))


def main() -> None:
    """Draw the pictures that the arguments name."""
    for name in sys.argv[1:] or ("starter", "studio", *TASKS):
        with tempfile.TemporaryDirectory() as folder:
            if name == "starter":
                draw_app(Path(folder), build_starter, ["starter.SheetTest"], STARTER)
            elif name == "studio":
                tests = [f"launch.{each}Test" for each in STUDIO_TESTS]
                draw_app(Path(folder), launchable, tests, STUDIO)
            else:
                draw_task(name, Path(folder))


if __name__ == "__main__":
    main()

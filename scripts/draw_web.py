#!/usr/bin/env python3
"""Draw docs/images/web.png: screens of web apps of the tiny checkpoints, in Chromium."""

import io
import sys
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT))

from edgegen.model.thresholds import Thresholds  # noqa: E402
from edgegen.parity.pictures import draw_scene  # noqa: E402
from edgegen.targets.web.page import AppPage, open_page  # noqa: E402
from tests.helpers.places import checkpoint_of  # noqa: E402
from tests.helpers.support import edgegen  # noqa: E402

IMAGE: Final = ROOT / "docs" / "images" / "web.png"
HEIGHT, WIDTH = 640, 480  # of the photo
SEED: Final = 9319
SCREEN: Final = 360, 800  # pixels of a screen in the picture
BETWEEN, PAPER = 16, (223, 227, 228)
COLOURS: Final = 256  # of the file: with all colours it is four times as large


def main() -> None:
    """Make two projects, and draw four of their screens side by side."""
    photo = io.BytesIO()
    Image.fromarray(draw_scene(HEIGHT, WIDTH, SEED)[0]).save(photo, "PNG")
    screens = list[Image.Image]()
    with tempfile.TemporaryDirectory() as folder:
        for task in ("detect", "segment"):
            project = Path(folder) / task
            options = ("--model", checkpoint_of(task), "--target", "web", "--output", project)
            edgegen("new", *options, "--name", "Shapes").ok()
            with open_page(project) as app:
                app.open()
                app.show(photo.getvalue(), "photo.png", Thresholds())
                screens.append(screenshot(app))
                if task == "detect":
                    screens += [see_inside(app), self_check(app)]
    width, height = SCREEN
    picture = Image.new("RGB", (len(screens) * (width + BETWEEN) - BETWEEN, height), PAPER)
    for number, screen in enumerate(screens):
        picture.paste(screen, (number * (width + BETWEEN), 0))
    few = picture.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(IMAGE, optimize=True)


def see_inside(app: AppPage) -> Image.Image:
    """Return the screen with the best score of each grid cell."""
    app.page.click("#see-inside")
    app.page.click("#inside-stages label:nth-of-type(2)")
    screen = screenshot(app)
    app.page.click("#inside [data-closes]")
    return screen


def self_check(app: AppPage) -> Image.Image:
    """Return the settings in dark mode, with the verdict of the self-check."""
    app.page.emulate_media(color_scheme="dark")
    app.page.click("#adjust")
    app.page.click("#self-check")
    app.page.wait_for_selector("#verdict:not([hidden])")
    return screenshot(app)


def screenshot(app: AppPage) -> Image.Image:
    """Return the screen in the size of the picture."""
    screen = Image.open(io.BytesIO(app.page.screenshot())).convert("RGB")
    return screen.resize(SCREEN, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()

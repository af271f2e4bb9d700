"""The camera window on a virtual screen opens, shows the frames, and reacts to keys."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageGrab

from tests.helpers.projects import build, environment, run
from tests.helpers.support import PATIENCE, wait_until
from tests.helpers.tools import missing

pytestmark = pytest.mark.full

SIZE = (640, 240)  # of the frames and of the window: width, height
GREY = 90


def video(path: Path, frames: int, level: Callable[[int], int], rate: float = 30) -> Path:
    """Write a video of grey frames."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, SIZE)
    for number in range(frames):
        writer.write(np.full((SIZE[1], SIZE[0], 3), level(number), np.uint8))
    writer.release()
    return path


def window(display: str) -> Image.Image:
    return ImageGrab.grab(xdisplay=display).crop((0, 0, *SIZE))


def written(shown: Image.Image) -> float:
    """Return the share of pixels that do not have the frame's grey."""
    return 1 - float((np.abs(np.asarray(shown).astype(int) - GREY) <= 2).all(axis=2).mean())


def until(display: str, condition: Callable[[Image.Image], bool], running: subprocess.Popen[str]) -> None:
    """Wait until two screenshots in a row meet the condition, because one may show half a frame."""
    met = [False]

    def is_shown() -> bool:
        met.append(condition(window(display)))
        return met[-1] and met[-2]

    wait_until(is_shown, running)


def test_camera_window_opens_if_there_is_a_screen(tiny_linux: Path, tmp_path: Path) -> None:
    """The video is shown to its end. Without a screen the app falls back to --headless."""
    if shutil.which("xvfb-run") is None:
        missing("xvfb-run")
    frames = 20
    path = video(tmp_path / "v.avi", frames, lambda number: 10 * number)
    app = build(tiny_linux, "app").app
    answer = run(["xvfb-run", "-a", app, "--camera", path], tmp_path, timeout=PATIENCE)
    assert answer.returncode == 0, answer.stderr
    shown, skipped = re.search(r"(\d+) frames? in .*?(?:, (\d+) skipped)?$", answer.stdout.strip()).groups()
    assert int(shown) > 0
    assert int(shown) + int(skipped or 0) == frames  # a busy machine skips some
    assert "no screen" not in answer.stderr
    assert "no screen" in run([app, "--camera", path], tmp_path, timeout=PATIENCE).stderr


def test_camera_window_keys_hide_figures_and_quit(tiny_linux: Path, tmp_path: Path, display: str) -> None:
    """`i` toggles the figures, `q` ends the app long before the video ends."""
    frames, rate = 6000, 5  # 20 minutes
    path = video(tmp_path / "v.avi", frames, lambda _: GREY, rate)
    app = build(tiny_linux, "app").app
    command = [str(app), "--camera", str(path)]
    with subprocess.Popen(
        command,
        env={**environment(), "DISPLAY": display},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:

        def press(key: str) -> None:
            found = ["xdotool", "search", "--onlyvisible", "--name", "."]  # the only one there is
            subprocess.run(
                [*found, "windowfocus", "--sync", "key", key],
                env={**os.environ, "DISPLAY": display},
                check=True,
                capture_output=True,
            )

        try:
            until(display, lambda shown: 0 < written(shown) < 0.4, running)
            press("i")
            until(display, lambda shown: written(shown) == 0, running)
            press("i")
            until(display, lambda shown: 0 < written(shown) < 0.4, running)
            press("q")
            out, err = running.communicate(timeout=PATIENCE)
        finally:
            running.kill()
    assert running.returncode == 0, err
    found = re.search(r"(\d+) frames? in", out)
    assert found, out
    shown = int(found[1])
    assert 0 < shown < frames, out

"""The camera's window on a virtual screen: it opens, shows every frame, and obeys the keys typed in it."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageGrab

from conftest import missing
from projects import build, environment, run

SIZE = (640, 240)  # of the frames and of the window: width, height
GREY = 90
PATIENCE = 60.0  # seconds: other tests may keep both cores busy


def video(path: Path, frames: int, level: Callable[[int], int]) -> Path:
    """Write a video of grey frames."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, SIZE)
    for number in range(frames):
        writer.write(np.full((SIZE[1], SIZE[0], 3), level(number), np.uint8))
    writer.release()
    return path


@pytest.fixture
def display() -> Iterator[str]:
    """Return the name of a virtual screen."""
    for tool in ("Xvfb", "xdotool"):
        if shutil.which(tool) is None:
            missing(tool)
    read, write = os.pipe()
    # Not begun anew whenever its last client goes, as each look at it does: the app might come just then.
    screen = ["-screen", "0", "700x300x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), *screen], pass_fds=[write], stderr=subprocess.DEVNULL
    ) as server:
        os.close(write)
        try:
            with os.fdopen(read) as said:
                yield f":{said.readline().strip()}"
        finally:
            server.terminate()


def right(display: str) -> Image.Image:
    """Return the window's right third: figures, which change, are on the left and the keys on the right."""
    picture = ImageGrab.grab(xdisplay=display)
    return picture.crop((SIZE[0] * 2 // 3, 0, SIZE[0], SIZE[1]))


def written(shown: Image.Image) -> float:
    """Return the share of pixels that are not the frame's grey."""
    return 1 - float((np.abs(np.asarray(shown).astype(int) - GREY) <= 2).all(axis=2).mean())


def until(display: str, condition: Callable[[Image.Image], bool], what: str) -> Image.Image:
    """Wait for what the right third shows."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        shown = right(display)
        if condition(shown):
            return shown
        time.sleep(0.05)
    raise AssertionError(what)


def test_the_camera_window_opens_where_there_is_a_screen(tiny_linux: Path, tmp_path: Path) -> None:
    """Under a virtual screen every frame of a video is shown; the app does not fall back to --headless."""
    if shutil.which("xvfb-run") is None:
        missing("xvfb-run")
    frames = 20
    path = video(tmp_path / "v.avi", frames, lambda number: 10 * number)
    app = build(tiny_linux, "app").app
    answer = run(["xvfb-run", "-a", app, "--camera", path], tmp_path, timeout=60)
    assert answer.returncode == 0, answer.stderr
    assert f"{frames} frames in" in answer.stdout
    assert "no screen" not in answer.stderr
    assert "no screen" in run([app, "--camera", path], tmp_path, timeout=60).stderr


def test_keys_show_what_they_do_hide_the_figures_and_end(
    tiny_linux: Path, tmp_path: Path, display: str
) -> None:
    """The keys' list comes and goes with h, all that is written goes with i, q ends long before the video."""
    frames = 6000
    path = video(tmp_path / "v.avi", frames, lambda _: GREY)
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
            before = until(display, lambda shown: 0 < written(shown) < 0.2, "nothing is shown")
            press("h")
            until(display, lambda shown: written(shown) > 1.5 * written(before), "h shows nothing")
            press("h")
            until(display, lambda shown: shown == before, "h hides nothing")
            press("i")
            until(display, lambda shown: written(shown) == 0, "i hides nothing")
            press("q")
            out, err = running.communicate(timeout=PATIENCE)
        finally:
            running.kill()
    assert running.returncode == 0, err
    shown = int(out.split(" frames in")[0].split()[-1])
    assert 0 < shown < frames, out

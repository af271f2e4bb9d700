"""Fixtures of the Linux tests."""

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.helpers.tools import missing


@pytest.fixture
def display() -> Iterator[str]:
    """Return the name of a virtual screen."""
    for tool in ("Xvfb", "xdotool"):
        if shutil.which(tool) is None:
            missing(tool)
    read, write = os.pipe()
    # -noreset: otherwise the end of a screenshot, a client too, resets the screen while the app connects.
    # -r: otherwise a key is repeated if a busy machine releases it late.
    screen = ["-screen", "0", "700x600x24", "-nolisten", "tcp", "-noreset", "-r"]
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), *screen], pass_fds=[write], stderr=subprocess.DEVNULL
    ) as server:
        os.close(write)
        try:
            with os.fdopen(read) as said:
                yield f":{said.readline().strip()}"
        finally:
            server.terminate()

"""A real browser without a window, for the pages that edgegen writes and apps serve."""

import os
import shutil
import subprocess
import tempfile
from typing import Final

import pytest

from tests.helpers.support import PATIENCE

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")


def find_chromium() -> str:
    """Return the path of Chromium.

    Without one the test is left out, and fails where CI is set: the set-up installs it there.
    """
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        assert not os.environ.get("CI"), "no Chromium"
        pytest.skip("no Chromium: apt-get install chromium")
    return program


def browse(*arguments: object) -> str:
    """Run Chromium with an address as last argument, and return what it writes."""
    program = find_chromium()
    with tempfile.TemporaryDirectory() as profile:
        folders = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), profile)  # it writes there
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        return subprocess.run(
            [program, *options, f"--user-data-dir={profile}", *map(str, arguments)],
            env={**os.environ, **folders},
            check=True,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
        ).stdout

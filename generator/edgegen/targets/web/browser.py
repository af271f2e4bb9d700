"""Find a browser of the Chromium family: the runner drives it with Playwright."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edgegen.base import tools
from edgegen.base.tools import UNKNOWN, ToolStatus

MINIMUM: Final = "123"
_NAMES: Final = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "microsoft-edge-stable", "msedge"),
)
_MAC: Final = ("Google Chrome", "Chromium", "Microsoft Edge")
_WINDOWS: Final = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")


def program() -> Path | None:
    """Return the browser's program, the first of a usable version; None if there is none."""
    return _choose()[0]


def find() -> ToolStatus:
    """Return the browser's version."""
    return _choose()[1]


def _choose() -> tuple[Path | None, ToolStatus]:
    """Return the first usable browser; if there is none, the first one."""
    first: tuple[Path | None, ToolStatus] = None, ToolStatus()
    for path in _programs():
        status = _status(path)
        if status.usable:
            return path, status
        if first[0] is None:
            first = path, status
    return first


def _status(path: Path) -> ToolStatus:
    if sys.platform == "win32":  # there, a browser opens a window instead of printing its version
        return ToolStatus(UNKNOWN)
    return tools.program(str(path), minimum=MINIMUM)()


def _programs() -> Iterator[Path]:
    for name in _NAMES:
        on_path = shutil.which(name)
        if on_path is not None:
            yield Path(on_path)
    for path in _usual_places():
        if path.is_file():
            yield path


def _usual_places() -> Iterator[Path]:
    if sys.platform == "darwin":
        for name in _MAC:
            yield Path(f"/Applications/{name}.app/Contents/MacOS/{name}")
    elif sys.platform == "win32":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            for name in _WINDOWS:
                yield Path(os.environ.get(variable, "")) / name
    else:  # `playwright install chromium`
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"
        yield from sorted(folder.glob("chromium-*/chrome-linux*/chrome"), reverse=True)

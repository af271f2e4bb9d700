"""The folder for what edgegen fetches once and uses for every project."""

import os
import sys
from pathlib import Path


def home() -> Path:
    """Return $EDGEGEN_HOME, or a folder of ours in the user's cache."""
    named = os.environ.get("EDGEGEN_HOME")
    if named:
        return Path(named).absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "edgegen"
    cache = os.environ.get("XDG_CACHE_HOME")
    # The standard says that a relative path is to be ignored.
    return (Path(cache) if cache and Path(cache).is_absolute() else Path.home() / ".cache") / "edgegen"

"""The folder for what edgegen fetches once and uses for every project."""

import os
from pathlib import Path

from platformdirs import user_cache_path


def home() -> Path:
    """Return $EDGEGEN_HOME, or a folder of ours in the user's cache."""
    named = os.environ.get("EDGEGEN_HOME")
    if named:
        return Path(named).absolute()
    return user_cache_path("edgegen", appauthor=False)

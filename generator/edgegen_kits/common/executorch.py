"""Finds the C++ side of the ExecuTorch that is installed for Python."""

import importlib.util
from pathlib import Path

from edgegen.base import pins
from edgegen.base.errors import ToolchainError


def executorch_sdk() -> Path:
    """Return the folder of the installed ExecuTorch: headers and libraries.

    Raises:
        ToolchainError: It brings none.
    """
    found = importlib.util.find_spec("executorch")
    places = list(found.submodule_search_locations or []) if found else []
    for place in places:
        if (Path(place) / "lib" / "libexecutorch.so").is_file():
            return Path(place)
    raise ToolchainError(
        "the installed executorch has no C++ libraries",
        f"type: pip install --force-reinstall executorch=={pins.EXECUTORCH}",
    )

"""Find the C++ headers and libraries of the installed ExecuTorch package."""

import importlib.util
from pathlib import Path
from typing import Final

from edgegen.base import pins
from edgegen.base.errors import ToolchainError

STEERED: Final = Path(__file__).parent / "steered" / "steered_backend.cpp"  # a double of Core ML and Vulkan


def executorch_sdk() -> Path:
    """Return the package folder with headers and libraries.

    Raises:
        ToolchainError: The package has none.
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

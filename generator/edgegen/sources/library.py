"""Import a library that a source needs, and that may not be installed."""

from importlib import import_module
from typing import Any, Final

from edgegen.base.errors import ToolchainError
from edgegen.base.quiet import quiet

_EXTRAS: Final = {"onnxruntime": "onnx"}  # others have the library's name


def import_library(module: str) -> Any:
    """Return a module, such as torchvision.models, of a library that an extra of edgegen installs.

    Raises:
        ToolchainError: It is not installed.
    """
    library = module.partition(".")[0]
    try:
        with quiet():
            import_module(library)
            return import_module(module)
    except ImportError as error:
        raise ToolchainError(
            f"this model needs {library}, which is not installed",
            f'pip install "edgegen[{_EXTRAS.get(library, library)}]"',
        ) from error

"""The library Ultralytics: whether it is installed, its folder of data sets, ImageNet's words, a photo."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from edgegen.base import pins
from edgegen.base.errors import ToolchainError
from edgegen.base.quiet import quiet

_IMAGENET: Final = "n0"  # the start of a class folder's code, such as n01440764


def is_installed() -> bool:
    """Return whether Ultralytics is installed."""
    return find_spec("ultralytics") is not None


def require_ultralytics() -> None:
    """Raise ToolchainError unless ultralytics can load checkpoints safely. Call it in `quiet`."""
    try:
        import torch
        import ultralytics.utils
    except ImportError as error:
        packages = {"torch": "edgegen", "ultralytics": '"edgegen[yolo]"'}
        if error.name in packages:
            raise ToolchainError(
                f"reading a checkpoint needs {error.name}, which is not installed",
                f"pip install {packages[error.name]}",
            ) from None
        raise ToolchainError(
            f"ultralytics is installed but cannot be imported: {error}",
            'pip install --upgrade "edgegen[yolo]"',
        ) from error
    if not hasattr(ultralytics.utils, "SAFE_LOAD"):
        raise ToolchainError(
            f"ultralytics {ultralytics.__version__} cannot load a checkpoint without executing code from it",
            "pip install --upgrade ultralytics",
        )
    # With a torch that lacks it, Ultralytics ignores `safe_only` without a warning.
    if not hasattr(torch.serialization, "get_unsafe_globals_in_checkpoint"):
        raise ToolchainError(
            f"torch {torch.__version__} cannot load a checkpoint without executing code from it",
            f'pip install --upgrade "torch=={pins.TORCH}.*"',
        )


def datasets_folder() -> Path | None:
    """Return Ultralytics' download folder, to which a data.yaml may be relative; None without Ultralytics."""
    try:
        with quiet():
            from ultralytics.utils import DATASETS_DIR
    except ImportError:
        return None
    return Path(DATASETS_DIR)


def readable_names(names: Sequence[str]) -> list[str]:
    """Return the class names, with ImageNet's codes replaced by words as Ultralytics' training does."""
    if not (names and names[0].startswith(_IMAGENET)):
        return list(names)
    try:
        with quiet():
            from ultralytics.nn import autobackend
    except ImportError:
        return list(names)
    library: Any = autobackend
    return list(library.check_class_names(list(names)).values())


def example_photo() -> Path:
    """Return the 1280 x 720 photo that Ultralytics includes."""
    with quiet():
        require_ultralytics()
        from ultralytics.utils import ASSETS

    return Path(ASSETS) / "zidane.jpg"

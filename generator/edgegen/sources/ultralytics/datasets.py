"""Ultralytics' settings for data sets: its download folder, and ImageNet's class names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgegen.base.quiet import quiet

_IMAGENET = "n0"  # the start of a class folder's code, such as n01440764


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

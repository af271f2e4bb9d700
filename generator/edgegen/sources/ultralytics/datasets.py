"""What Ultralytics knows of data sets: the folder that it downloads them to, and ImageNet's class names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgegen.base.quiet import quiet

_IMAGENET = "n0"  # a folder's code begins with it, as n01440764


def datasets_folder() -> Path | None:
    """Return the folder from which a relative `path` of a data.yaml may count; None without Ultralytics."""
    try:
        with quiet():
            from ultralytics.utils import DATASETS_DIR
    except ImportError:
        return None
    return Path(DATASETS_DIR)


def readable_names(names: Sequence[str]) -> list[str]:
    """Return class names with ImageNet's codes replaced by words, as a training with these names does."""
    if not (names and names[0].startswith(_IMAGENET)):
        return list(names)
    try:
        with quiet():
            from ultralytics.nn import autobackend
    except ImportError:
        return list(names)
    library: Any = autobackend
    return list(library.check_class_names(list(names)).values())

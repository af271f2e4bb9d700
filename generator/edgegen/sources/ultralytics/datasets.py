"""What Ultralytics has for data sets: its folder, words for ImageNet's codes, an example photo."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from edgegen.base.quiet import quiet
from edgegen.sources.ultralytics.checkpoint import require_ultralytics

_IMAGENET: Final = "n0"  # the start of a class folder's code, such as n01440764


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

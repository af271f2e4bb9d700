"""What a classification checkpoint says of how it sees pictures: the transforms that it was trained with."""

import math
from pathlib import Path
from typing import Any

from edgegen.base.errors import UnsupportedModelError
from edgegen.model.facts import Normalization

_KNOWN = ("Resize", "CenterCrop", "ToTensor", "Normalize")  # torchvision's, in this order


def normalization_of(path: Path, model: Any) -> Normalization | None:
    """Return mean and deviation of a model's own transforms; None where it has none.

    Raises:
        UnsupportedModelError: They do something else than a bilinear resize and a cut of the same size.
    """
    transforms = getattr(model, "transforms", None)
    if transforms is None:
        return None
    steps = list(getattr(transforms, "transforms", ()))
    names = [type(step).__name__ for step in steps]
    if tuple(names) != _KNOWN:
        raise _other(path, f"{', '.join(names[:8]) or type(transforms).__name__}")
    resize, cut, _, normalize = steps
    size, part = _size(resize.size), _size(cut.size)
    # One number is the shorter side's; two are both sides, whatever the picture's shape: only of other
    # shapes than squares are they what Ultralytics makes.
    stretches = len(_sides(resize.size)) > 1
    if size != part or stretches != (size[0] != size[1]) or getattr(resize, "max_size", None) is not None:
        raise _other(path, f"a resize to {resize.size} before a cut of {cut.size}")
    filter_name = str(getattr(resize.interpolation, "value", resize.interpolation))
    if filter_name != "bilinear":
        raise _other(path, f"a {filter_name} resize")
    mean, std = (tuple(float(each) for each in values) for values in (normalize.mean, normalize.std))
    if len(mean) != 3 or len(std) != 3 or not all(map(math.isfinite, (*mean, *std))) or min(std) <= 0:
        raise _other(path, f"mean {list(mean)} and deviation {list(std)}")
    return Normalization(size, mean, std)


def _sides(recorded: Any) -> list[Any]:
    return [recorded] if isinstance(recorded, int) else list(recorded)


def _size(recorded: Any) -> tuple[int, int]:
    sides = _sides(recorded)
    return int(sides[0]), int(sides[-1])


def _other(path: Path, what: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"pictures that are prepared by {what} ({path.name})",
        f"train it with Ultralytics' own transforms: {', '.join(_KNOWN)}, bilinear",
    )

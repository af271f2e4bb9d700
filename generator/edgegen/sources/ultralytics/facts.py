"""Read the facts of a model from its checkpoint: classes, sizes, strides, origin, preprocessing."""

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from edgegen import tasks
from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.private import last_part, strip_folders
from edgegen.base.text import how_many, shorten
from edgegen.model.spec import CENTRE_CROP, WHOLE_PICTURE, CheckpointFacts, InputSpec, YoloHead
from edgegen.sources.ultralytics import heads

LEAST_STRIDE = 32  # Ultralytics rounds input sizes to this, even if the model has smaller strides
_TRANSFORMS = ("Resize", "CenterCrop", "ToTensor", "Normalize")  # torchvision's, in this order


def read_facts(path: Path, model: Any, record: Mapping[str, Any]) -> CheckpointFacts:
    """Return what a checkpoint records about its model; InputError if the record contradicts the layers."""
    head, task = heads.supported_head(model)
    arguments = record.get("train_args")
    arguments = arguments if isinstance(arguments, Mapping) else {}
    recipe = getattr(model, "yaml", None)
    recipe = recipe if isinstance(recipe, Mapping) else {}
    strides = _strides(path, head, task)
    stem = last_part(_text(recipe.get("yaml_file") or arguments.get("model"))).rpartition(".")[0]
    architecture = re.sub("^yolo", "YOLO", stem)  # YOLO11n for yolo11n.yaml
    data = last_part(_text(arguments.get("data")))
    description = f"Ultralytics {architecture} model" if architecture else "Ultralytics model"
    imgsz = _trained_size(arguments.get("imgsz"), strides[-1])
    default = tasks.find(task).default_input(*imgsz)
    own = _preprocessing(path, model, imgsz) if task == "classify" else None
    return CheckpointFacts(
        task=task,
        class_names=class_names(path, getattr(model, "names", None), heads.class_count(head, task)),
        input=own if own is not None and own.size == imgsz else default,
        architecture=architecture,
        data=data,
        date=_text(record.get("date")),
        library="ultralytics",
        library_version=_text(record.get("version")),
        license=strip_folders(_text(record.get("license"))),
        description=f"{description} trained on {data}" if data else description,
        docs="https://docs.ultralytics.com",
        yolo=YoloHead(type(head).__name__, strides, int(getattr(head, "reg_max", 0)), heads.branches(head)),
        extras=heads.extras(path, head, task, getattr(model, "kpt_names", None)),
        inputs_by_size=(own or default,) if task == "classify" else (),
        # At another size, predict might use the transforms that it ignores at this one.
        is_fixed_size=task == "classify" and own is None and getattr(model, "transforms", None) is not None,
    )


def _strides(path: Path, head: Any, task: str) -> tuple[int, ...]:
    """Return the strides of the levels; for a head without levels, Ultralytics' rounding of input sides."""
    if not hasattr(head, "cv2"):
        return (LEAST_STRIDE,)
    strides = tuple(sorted(int(stride) for stride in head.stride.tolist()))
    if not strides or strides[0] < 1:
        raise InputError(f"{path} has unusable strides: {list(strides)}", "train or save it again")
    return strides


def class_names(path: Path, names: Any, count: int) -> tuple[str, ...]:
    """Return the class names by number. A record has a list, or a dict with the keys 0 to n-1."""
    if count < 1:
        raise InputError(f"{path} has a head for {count} classes", "train it with at least one class")
    if names is None:
        return tuple(f"class{number}" for number in range(count))
    if isinstance(names, Mapping):
        try:
            by_number = {int(key): name for key, name in names.items()}
        except (TypeError, ValueError):
            by_number = {}
        if len(by_number) != len(names) or sorted(by_number) != list(range(len(names))):
            raise InputError(
                f"{path} does not number its classes from 0: {shorten(list(names))}",
                "save it again with names = {0: ..., 1: ..., ...}",
            )
        names = [by_number[number] for number in range(len(by_number))]
    if not isinstance(names, (list, tuple)):
        raise InputError(f"{path} has no list of class names but {shorten(names)}", "save it again with one")
    # Lone surrogates cannot be written to a file: they become question marks.
    listed = tuple(str(name).encode("utf-8", "replace").decode("utf-8") for name in names)
    if len(listed) != count:
        raise InputError(
            f"{path} contradicts itself: {how_many(len(listed), 'class name')},"
            f" a head for {how_many(count, 'class')}",
            "save it again with one name for each class",
        )
    return listed


def _trained_size(recorded: Any, stride: int) -> tuple[int, int]:
    """Return the recorded height and width, rounded up to the stride as predict does.

    Whole numbers of other types count too, although predict rejects them. The default is 640 x 640.
    """
    from ultralytics.utils.checks import check_imgsz

    for read in (lambda: recorded, lambda: _whole_numbers(recorded)):
        with suppress(ArithmeticError, LookupError, MemoryError, RecursionError, TypeError, ValueError):
            height, width = check_imgsz(read(), stride=stride, min_dim=2)  # type: ignore[no-untyped-call]
            return int(height), int(width)
    return 640, 640


def _whole_numbers(recorded: Any) -> list[int]:
    sides = [float(str(side)) for side in (recorded if isinstance(recorded, (list, tuple)) else [recorded])]
    if not all(side.is_integer() and side > 0 for side in sides):
        raise ValueError("no size")
    return [int(side) for side in sides]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _preprocessing(path: Path, model: Any, imgsz: tuple[int, int]) -> InputSpec | None:
    """Return the model's own transforms; None if predict does not use them at this size."""
    transforms = getattr(model, "transforms", None)
    if transforms is None:
        return None
    steps = list(getattr(transforms, "transforms", ()))
    names = [type(step).__name__ for step in steps]
    if tuple(names) != _TRANSFORMS:
        raise _unknown_preprocessing(path, f"{', '.join(names[:8]) or type(transforms).__name__}")
    resize, cut, _, normalize = steps
    size, part = _size(resize.size), _size(cut.size)
    if size not in (part, imgsz):  # saved with a crop_fraction; predict has no such crop any more
        return None
    if size != part or getattr(resize, "max_size", None) is not None:
        raise _unknown_preprocessing(path, f"a resize to {resize.size} before a crop to {cut.size}")
    filter_name = str(getattr(resize.interpolation, "value", resize.interpolation))
    if filter_name != "bilinear":
        raise _unknown_preprocessing(path, f"a {filter_name} resize")
    mean, std = (tuple(float(each) for each in values) for values in (normalize.mean, normalize.std))
    if len(mean) != 3 or len(std) != 3 or not all(map(math.isfinite, (*mean, *std))) or min(std) <= 0:
        raise _unknown_preprocessing(path, f"mean {list(mean)} and deviation {list(std)}")
    # One number is the shorter side. Two are both sides, so the picture is stretched.
    is_stretched = len(_sides(resize.size)) > 1
    shorter_side = WHOLE_PICTURE if is_stretched else size[0]
    return InputSpec(*size, mean=mean, std=std, resize=CENTRE_CROP, shorter_side=shorter_side)


def _sides(recorded: Any) -> list[Any]:
    return [recorded] if isinstance(recorded, int) else list(recorded)


def _size(recorded: Any) -> tuple[int, int]:
    sides = _sides(recorded)
    return int(sides[0]), int(sides[-1])


def _unknown_preprocessing(path: Path, what: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"preprocessing by {what} ({path.name})",
        f"train it with Ultralytics' own transforms: {', '.join(_TRANSFORMS)}, bilinear",
    )

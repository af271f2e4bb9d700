"""Labelled pictures as Ultralytics' trainings have them: a data.yaml, or a folder for each class."""

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError
from edgegen.base.naming import how_many
from edgegen.base.strict_yaml import load_mapping, shorten
from edgegen.model.labelled import Labels
from edgegen.parity.label_files import Columns, read_labels

# What OpenCV reads of what Ultralytics takes for a picture; in small letters.
SUFFIXES: Final = frozenset(
    {".bmp", ".dib", ".jp2", ".jpe", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)
SPLITS: Final = ("train", "val", "test")
_MOST_NAMED: Final = 5
_TRAINED: Final = "give the data.yaml that the model was trained with"
_FROM_0: Final = "number the classes from 0"


@dataclass(frozen=True)
class LabelledPicture:
    """A picture file and what is in it."""

    path: Path
    labels: Labels


@dataclass(frozen=True)
class Splits:
    """The pictures of a data.yaml by split, sorted; none where it has no such split."""

    train: list[Path]
    val: list[Path]
    note: str | None  # on what it says that is not so


def _say_nothing(_: str) -> None:
    """Take a note that nobody reads."""


def read_dataset(
    data: Path, split: str, columns: Columns, note: Callable[[str], object] = _say_nothing
) -> list[LabelledPicture]:
    """Return a split's pictures with their labels, by path; `note` takes what is to be said of them.

    A classifier's pictures lie in a folder for each class, below the split's; all others are named by a
    data.yaml, and have a text file of the same name in `labels` where the picture is in `images`. Whatever
    begins with a dot is left out, as in Ultralytics' training: other systems leave such things behind.

    Raises:
        InputError: Something is missing, or contradicts the model.
    """
    try:
        if columns.task == "classify":
            return _of_class_folders(data, split, columns.class_names)
        return _of_yaml(_yaml(data), split, columns, note)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{data} cannot be followed: {shorten(str(error))}",
            "look at the paths in it, and at their rights",
        ) from error


def splits_of(data: Path) -> Splits:
    """Return the pictures of a data.yaml to train with, and those to look at.

    Raises:
        InputError: What it names is not there.
    """
    told = load_mapping(data)
    train, val = (
        list(_listed(data, told, split)) if told.get(split) is not None else [] for split in ("train", "val")
    )
    return Splits(train, val, _note_on_path(data, told))


def _yaml(data: Path) -> Path:
    """Return the file that `--data` means."""
    if data.is_dir():
        found = sorted(path for ending in ("yaml", "yml") for path in data.glob(f"*.{ending}"))
        named = [path for path in found if path.stem == "data"] or found
        if len(named) == 1:
            return named[0]
        raise InputError(
            f"{data} is a folder with {len(found)} .yaml files", "name the data.yaml with --data"
        )
    if not data.exists():
        raise InputError(f"there is no {data}", _TRAINED)
    return data


def _of_yaml(
    data: Path, split: str, columns: Columns, note: Callable[[str], object]
) -> list[LabelledPicture]:
    told = load_mapping(data)
    _same_names(data, told, columns.class_names)
    _same_points(data, told, columns)
    if columns.task == "pose":
        columns = replace(columns, sigmas=_sigmas(data, told, columns.kpt_shape[0]))
    pictures = list(_listed(data, told, split))
    missing = {path for path in pictures if not _label_file(path).is_file()}
    hint = "put the text files into `labels`, in place of the `images` in the pictures' paths"
    if len(missing) == len(pictures):
        raise InputError(
            f"none of the {len(pictures)} pictures of the split {split!r} has labels: "
            f"{_label_file(pictures[0])} is not there, say",
            hint,
        )
    none = columns.nothing()
    found = [
        LabelledPicture(path, none if path in missing else read_labels(_label_file(path), columns))
        for path in pictures
    ]
    if not any(len(each.labels) for each in found):
        raise InputError(f"all label files of the split {split!r} are empty: there is nothing to find", hint)
    if said := _note_on_path(data, told):
        note(said)
    return found


def _same_points(data: Path, told: dict[Any, Any], columns: Columns) -> None:
    """Tell labels of poses from others: their lines can look like a polygon's."""
    theirs = told.get("kpt_shape")
    if theirs is None or (columns.task == "pose" and list(columns.kpt_shape) == theirs):
        return
    ours = f"has {list(columns.kpt_shape)}" if columns.task == "pose" else f"is for the task {columns.task!r}"
    raise InputError(
        f"{data} is for poses, with kpt_shape {shorten(theirs)}; the model {ours}",
        _TRAINED,
    )


def _sigmas(data: Path, told: dict[Any, Any], points: int) -> tuple[float, ...]:
    """Return what a data.yaml says of its own keypoints, as Ultralytics has it; () where it says nothing."""
    given = told.get("kpt_oks_sigmas")
    if not given:
        return ()
    numbers = [each for each in given if isinstance(each, (int, float))] if isinstance(given, list) else []
    if len(numbers) != points or numbers != given or not all(0 < each < math.inf for each in numbers):
        raise InputError(
            f"{data} has {shorten(given)} as kpt_oks_sigmas", f"give {how_many(points, 'number')} above 0"
        )
    return tuple(float(each) for each in numbers)


def _same_names(data: Path, told: dict[Any, Any], class_names: Sequence[str]) -> None:
    """Hold the classes of a data.yaml against the model's."""
    names, count = told.get("names"), told.get("nc", len(class_names))
    if count != len(class_names):
        raise InputError(f"{data} has {shorten(count)} classes, the model {len(class_names)}", _TRAINED)
    if isinstance(names, dict):
        if names and 0 not in names:
            raise InputError(
                f"{data} has no class 0: `names` begins with {shorten(min(names, key=str))}", _FROM_0
            )
        ordered = [names.get(number) for number in range(len(names))]
    elif isinstance(names, list):
        ordered = names
    elif names is None and "nc" in told:
        ordered = list(class_names)
    else:
        raise InputError(f"{data} names no classes: `names` is {shorten(names)}", "write them as a list")
    theirs = [str(each) for each in ordered]
    ours = list(class_names)
    if len(theirs) != len(ours):
        raise InputError(f"{data} has {how_many(len(theirs), 'class')}, the model {len(ours)}", _TRAINED)
    for number, (their, our) in enumerate(zip(theirs, ours, strict=True)):
        if their != our:
            raise InputError(f"class {number} of {data} is {their!r}, the model's is {our!r}", _TRAINED)


def _listed(data: Path, told: dict[Any, Any], split: str) -> Iterator[Path]:
    """Return the pictures of a split, sorted: of folders, of lists in text files, or named themselves."""
    given = told.get(split)
    if given is None:
        there = ", ".join(each for each in SPLITS if told.get(each)) or "none"
        raise InputError(f"{data} has no split {split!r}: there is {there}", "name another with --split")
    root = _root(data, told)
    found = set[Path]()
    for each in given if isinstance(given, list) else [given]:
        place = root / str(each)
        if place.is_dir():
            found.update(pictures_in(place))
        elif place.is_file() and place.suffix == ".txt":
            found.update(listed_in(place))
        elif place.is_file() and place.suffix.lower() in SUFFIXES:
            found.add(place)
        else:
            named = _lost(data, told)
            lost = f", nor is its `path`, {named}" if named else ""
            raise InputError(
                f"{data} says that the split {split!r} is in {shorten(str(place))[1:-1]}, which is not "
                f"there{lost}",
                "mend `path` and the split in it: paths count from the folder of the file",
            )
    if not found:
        raise InputError(f"the split {split!r} of {data} has no pictures", "look at the folder that it names")
    yield from sorted(found)


def _note_on_path(data: Path, told: dict[Any, Any]) -> str | None:
    """Return a note on a data.yaml whose `path` leads nowhere, as one has that came from another machine.

    Its splits are looked for in its own folder then.
    """
    if lost := _lost(data, told):
        return f"{data} says `path: {lost}`, which is not there: its pictures are those beside it"
    return None


def _lost(data: Path, told: dict[Any, Any]) -> str:
    """Return what a data.yaml says in `path`, where there is no such folder; else ""."""
    named = told.get("path")
    return "" if named is None or _named_roots(data, told) else shorten(str(named))[1:-1]


def _named_roots(data: Path, told: dict[Any, Any]) -> list[Path]:
    """Return the folders that a data.yaml's `path` is: it counts from the file's folder, or from here."""
    named = str(told["path"])
    return [place for place in (data.parent / named, Path(named)) if place.is_dir()]


def _root(data: Path, told: dict[Any, Any]) -> Path:
    """Return what a data.yaml's paths count from: its `path`, or its own folder."""
    found = [] if told.get("path") is None else _named_roots(data, told)
    return found[0] if found else data.parent


def listed_in(listed: Path) -> Iterator[Path]:
    """Return the paths in a text file, one a line; `./` counts from the file's folder."""
    for number, line in enumerate(listed.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        path = listed.parent / line.strip()
        if not path.is_file():
            raise InputError(
                f"{listed}, line {number}: there is no picture {path}", "mend the list, or fetch the picture"
            )
        yield path


def _label_file(picture: Path) -> Path:
    """Return where the labels of a picture are: the last folder `images` of its path is `labels` there."""
    text = os.sep + str(picture.with_suffix(".txt").absolute()).lstrip(os.sep)
    before, found, after = text.rpartition(f"{os.sep}images{os.sep}")
    return Path(f"{before}{os.sep}labels{os.sep}{after}") if found else picture.with_suffix(".txt")


def pictures_in(folder: Path) -> Iterator[Path]:
    """Return the picture files in a folder and below, but for hidden ones."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.relative_to(folder).parts)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            yield path


def _of_class_folders(data: Path, split: str, class_names: Sequence[str]) -> list[LabelledPicture]:
    """Return a classifier's pictures: below the folder of the split, a folder for each class."""
    folder = data / split
    hint = "give a folder with one below it for each split, and in these one for each class: data/val/cat"
    if data.is_file():
        raise InputError(f"{data} is a file, and a classifier's labels are folders", hint)
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}", hint)
    found = list[LabelledPicture]()
    for place in sorted(each for each in folder.iterdir() if each.is_dir() and each.name[0] != "."):
        if place.name not in class_names:
            raise InputError(f"{place} is named after no class of the model", _classes(class_names))
        labels = Columns.of_picture(class_names.index(place.name))
        found += [LabelledPicture(path, labels) for path in sorted(pictures_in(place))]
    if not found:
        raise InputError(f"there are no pictures in {folder}", hint)
    return found


def _classes(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"its classes are {', '.join(map(repr, names[:_MOST_NAMED]))}{more}"

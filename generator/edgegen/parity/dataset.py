"""Labelled pictures as Ultralytics' trainings have them: a data.yaml, or a folder for each class."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError
from edgegen.base.strict_yaml import load_mapping, shorten
from edgegen.model.labelled import Labels
from edgegen.model.spec import ModelSpec
from edgegen.parity.label_files import Columns, read_labels

# What OpenCV reads of what Ultralytics takes for a picture; in small letters.
SUFFIXES: Final = frozenset(
    {".bmp", ".dib", ".jp2", ".jpe", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)
SPLITS: Final = ("train", "val", "test")
_MOST_NAMED: Final = 5


@dataclass(frozen=True)
class LabelledPicture:
    """A picture file and what is in it."""

    path: Path
    labels: Labels


def read_dataset(data: Path, split: str, spec: ModelSpec) -> list[LabelledPicture]:
    """Return a split's pictures with their labels, by path.

    A classifier's pictures lie in a folder for each class, below the split's; all others are named by a
    data.yaml, and have a text file of the same name in `labels` where the picture is in `images`.

    Raises:
        InputError: Something is missing, or contradicts the model.
    """
    if spec.task == "classify":
        return _of_class_folders(data, split, spec)
    if data.is_dir():
        found = sorted(data.glob("*.yaml"))
        if len(found) != 1:
            raise InputError(
                f"{data} is a folder with {len(found)} .yaml files", "name the data.yaml with --data"
            )
        data = found[0]
    elif not data.exists():
        raise InputError(f"there is no {data}", "give the data.yaml that the model was trained with")
    told = load_mapping(data)
    _same_names(data, told, spec)
    pictures = list(_listed(data, told, split))
    columns = Columns.of(spec)
    missing = [path for path in pictures if not _label_file(path).is_file()]
    if len(missing) == len(pictures):
        raise InputError(
            f"none of the {len(pictures)} pictures of the split {split!r} has labels: "
            f"{_label_file(pictures[0])} is not there, say",
            "put the text files into `labels`, in place of the `images` in the pictures' paths",
        )
    none = Columns.nothing(spec)
    return [
        LabelledPicture(path, none if path in missing else read_labels(_label_file(path), columns))
        for path in pictures
    ]


def _same_names(data: Path, told: dict[Any, Any], spec: ModelSpec) -> None:
    """Hold the classes of a data.yaml against the model's."""
    names = told.get("names")
    if isinstance(names, dict):
        ordered = [names.get(number) for number in range(len(names))]
    elif isinstance(names, list):
        ordered = names
    elif names is None and isinstance(told.get("nc"), int):
        ordered = list(spec.class_names) if told["nc"] == len(spec.class_names) else [None] * told["nc"]
    else:
        raise InputError(f"{data} names no classes: `names` is {shorten(names)}", "write them as a list")
    theirs = [str(each) for each in ordered]
    ours = list(spec.class_names)
    hint = "give the data.yaml that the model was trained with"
    if len(theirs) != len(ours):
        raise InputError(f"{data} has {len(theirs)} classes, the model {len(ours)}", hint)
    for number, (their, our) in enumerate(zip(theirs, ours, strict=True)):
        if their != our:
            raise InputError(f"class {number} of {data} is {their!r}, the model's is {our!r}", hint)


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
            found.update(path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES)
        elif place.is_file() and place.suffix == ".txt":
            found.update(_of_list(place))
        elif place.is_file() and place.suffix.lower() in SUFFIXES:
            found.add(place)
        else:
            raise InputError(
                f"{data} says that the split {split!r} is in {place}, which is not there",
                "mend `path` and the split in it: paths count from the folder of the file",
            )
    if not found:
        raise InputError(f"the split {split!r} of {data} has no pictures", "look at the folder that it names")
    yield from sorted(found)


def _root(data: Path, told: dict[Any, Any]) -> Path:
    """Return what a data.yaml's paths count from: `path`, itself from the file's folder or from here."""
    named = told.get("path")
    if named is None:
        return data.parent
    places = [data.parent / str(named), Path(str(named)), data.parent]
    return next((place for place in places if place.is_dir()), places[0])


def _of_list(listed: Path) -> Iterator[Path]:
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


def _of_class_folders(data: Path, split: str, spec: ModelSpec) -> list[LabelledPicture]:
    """Return a classifier's pictures: below the folder of the split, a folder for each class."""
    folder = data / split
    hint = "give a folder with one below it for each split, and in these one for each class: data/val/cat"
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}", hint)
    found = list[LabelledPicture]()
    for place in sorted(each for each in folder.iterdir() if each.is_dir()):
        if place.name not in spec.class_names:
            raise InputError(f"{place} is named after no class of the model", _classes(spec.class_names))
        labels = Columns.of_picture(spec.class_names.index(place.name))
        pictures = sorted(path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES)
        found += [LabelledPicture(path, labels) for path in pictures]
    if not found:
        raise InputError(f"there are no pictures in {folder}", hint)
    return found


def _classes(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"its classes are {', '.join(map(repr, names[:_MOST_NAMED]))}{more}"

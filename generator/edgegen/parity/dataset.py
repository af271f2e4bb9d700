"""Labelled pictures as Ultralytics' trainings have them: a data.yaml, or a folder for each class."""

import glob
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any, Final

from edgegen.base.errors import InputError, reason, shorten_text
from edgegen.base.naming import how_many
from edgegen.base.strict_yaml import load_mapping, shorten
from edgegen.model.labelled import Labels
from edgegen.parity.label_files import Columns, read_labels
from edgegen.sources.ultralytics.datasets import datasets_folder, readable_names

# Suffixes that `yolo val` counts; in small letters.
COUNTED: Final = frozenset((
    ".avif", ".bmp", ".dng", ".heic", ".heif", ".jp2", ".jpeg", ".jpg", ".mpo", ".png", ".tif", ".tiff",
    ".webp",
))  # fmt: skip
# With those that OpenCV reads besides.
SUFFIXES: Final = COUNTED | {".dib", ".jpe", ".pgm", ".ppm"}
# Pictures that `yolo val` leaves out without a word.
_LEFT_OUT: Final = (SUFFIXES - COUNTED) | frozenset((
    ".exr", ".gif", ".hdr", ".jfif", ".jxl", ".pbm", ".pfm", ".pic", ".pnm", ".ras", ".svg", ".tga",
))  # fmt: skip
SPLITS: Final = ("train", "val", "test")
# The folders of a classifier's split, in the order in which they are looked for.
_CLASS_SPLITS: Final = {
    "train": ("train",),
    "val": ("val", "validation", "valid", "test"),
    "test": ("test", "val", "validation", "valid"),
}
_MOST_NAMED: Final = 5
_TRAINED: Final = "give the data.yaml that the model was trained with"
_FROM_0: Final = "number the classes from 0"
_POLYGONS: Final = ("segment", "obb")

Note = Callable[[str], object]


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


@dataclass(frozen=True)
class _Listing:
    """The pictures of a split, sorted: one that is named twice is there twice, as in `yolo val`."""

    pictures: list[Path] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)  # files by a suffix that does not count

    def add(self, path: Path) -> None:
        """Add a file if its suffix counts."""
        suffix = path.suffix.lower()
        if suffix in COUNTED:
            self.pictures.append(path)
        elif suffix in _LEFT_OUT:
            self.left_out[suffix] += 1

    def note(self) -> str | None:
        """Return a note on the files that are left out."""
        if not self.left_out:
            return None
        named = ", ".join(sorted(self.left_out))
        return f"left out, as in `yolo val`: {how_many(self.left_out.total(), 'picture')} ending in {named}"


def _say_nothing(_: str) -> None:
    """Ignore a note."""


def read_dataset(
    data: Path, split: str, columns: Columns, note: Note = _say_nothing
) -> list[LabelledPicture]:
    """Return the pictures of a split with their labels, by path, as `yolo val` counts them.

    A classifier's pictures are in a folder for each class, below the split's. All others are named by a
    data.yaml, and have a text file of the same name in `labels` where the picture is in `images`. Files and
    folders that begin with a dot are left out. `note` gets a line for each kind of picture that is left out.

    Raises:
        InputError: Something is missing, or contradicts the model.
    """
    try:
        if columns.task == "classify":
            return _of_class_folders(data, split, columns.class_names, note)
        return _of_yaml(_yaml(data), split, columns, note)
    except OSError as error:
        raise InputError(
            f"{data} cannot be followed: {shorten_text(reason(error))}",
            "look at the paths in it, and at their rights",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{data} cannot be followed: {error}", "save the lists of pictures that it names as UTF-8"
        ) from error


def splits_of(data: Path) -> Splits:
    """Return the pictures of a data.yaml to train with, and those to look at.

    Raises:
        InputError: What it names is not there.
    """
    told = _load(data)
    train, val = (
        list(dict.fromkeys(_listed(data, told, split).pictures)) if told.get(split) is not None else []
        for split in ("train", "val")
    )
    return Splits(train, val, _note_on_path(data, told))


def yaml_files_in(folder: Path) -> list[Path]:
    """Return the files in a folder that may be its data.yaml; one alone where the name tells."""
    for endings in (("*.yaml", "*.yml"), ("*/**/*.yaml", "*/**/*.yml")):
        found = sorted(path for ending in endings for path in folder.glob(ending) if path.name[0] != ".")
        for stem in ("data", folder.resolve().name):
            if len(named := [path for path in found if path.stem == stem]) == 1:
                return named
        if found:
            return found
    return []


def _yaml(data: Path) -> Path:
    """Return the file that `--data` means."""
    if data.is_dir():
        found = yaml_files_in(data)
        if len(found) == 1:
            return found[0]
        raise InputError(
            f"{data} is a folder with {how_many(len(found), '.yaml file')}", "name the data.yaml with --data"
        )
    if not data.exists():
        raise InputError(f"there is no {data}", _TRAINED)
    return data


def _load(data: Path) -> dict[Any, Any]:
    """Return the mapping of a data.yaml, with Ultralytics' other spellings replaced by the usual ones."""
    told = {
        key: None if value == "None" else value for key, value in load_mapping(data, lenient=True).items()
    }
    if "val" not in told and "validation" in told:
        told["val"] = told.pop("validation")
    return told


def _of_yaml(data: Path, split: str, columns: Columns, note: Note) -> list[LabelledPicture]:
    told = _load(data)
    _same_names(data, told, columns.class_names)
    columns = replace(columns, dropped=_dropped(data, told, columns))
    if columns.task == "pose":
        columns = replace(columns, sigmas=_sigmas(data, told, columns.kpt_shape[0]))
    listing = _listed(data, told, split)
    pictures = listing.pictures
    missing = {path for path in pictures if not _label_file(path).is_file()}
    hint = "put the text files into `labels`, in place of the `images` in the pictures' paths"
    if len(missing) == len(pictures):
        raise InputError(
            f"the split {split!r} has {how_many(len(pictures), 'picture')} and no labels: "
            f"there is no {_label_file(pictures[0])}, for example",
            hint,
        )
    none = columns.nothing()
    found, wrong = list[LabelledPicture](), dict[Path, InputError]()
    for path in pictures:
        labels = none if path in missing else _read(_label_file(path), columns)
        if isinstance(labels, InputError):
            wrong[path] = labels
        else:
            found.append(LabelledPicture(path, labels))
    if wrong and len(wrong) == len(set(pictures) - missing):
        raise next(iter(wrong.values()))
    _same_shapes(columns, found)
    if not any(len(each.labels) for each in found):
        raise InputError(f"all label files of the split {split!r} are empty: there is nothing to find", hint)
    for said in (_note_on_path(data, told), listing.note(), *_notes_on_labels(wrong)):
        if said:
            note(said)
    return found


def _read(path: Path, columns: Columns) -> Labels | InputError:
    try:
        return read_labels(path, columns)
    except InputError as error:
        return error


def _notes_on_labels(wrong: dict[Path, InputError]) -> Iterator[str]:
    """Return notes on pictures that are left out because of their labels."""
    for error in [*wrong.values()][:_MOST_NAMED]:
        yield f"picture left out, as in `yolo val`: {error.message}"
    if len(wrong) > _MOST_NAMED:
        more = how_many(len(wrong) - _MOST_NAMED, "more picture")
        yield f"left out, as in `yolo val`: {more} with wrong labels"


def _same_shapes(columns: Columns, found: Sequence[LabelledPicture]) -> None:
    """Reject boxes where the model's labels are polygons: `yolo val` cannot count them, either."""
    if columns.task not in _POLYGONS:
        return
    for each in found:
        if len(each.labels) != len(each.labels.polygons):
            raise InputError(f"{_label_file(each.path)} has boxes, not polygons", columns.expected())


def _dropped(data: Path, told: dict[Any, Any], columns: Columns) -> int:
    """Return how many numbers of keypoints follow a box that the model has no use for.

    Raises:
        InputError: The labels are for poses that the model does not know, or have no polygons.
    """
    theirs = told.get("kpt_shape")
    if theirs is None or (columns.task == "pose" and list(columns.kpt_shape) == theirs):
        return 0
    if columns.task not in ("pose", *_POLYGONS) and _is_shape(theirs):
        return int(theirs[0] * theirs[1])
    ours = f"has {list(columns.kpt_shape)}" if columns.task == "pose" else f"is for the task {columns.task!r}"
    raise InputError(f"{data} is for poses, with kpt_shape {shorten(theirs)}; the model {ours}", _TRAINED)


def _is_shape(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(each, int) for each in value)


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
    """Compare the classes of a data.yaml with the model's."""
    names, ours = told.get("names"), list(class_names)
    if "nc" in told:
        count = _whole(data, told["nc"])
        if count != len(ours):
            raise InputError(f"{data} has {how_many(count, 'class')}, the model {len(ours)}", _TRAINED)
    if isinstance(names, dict):
        numbered = {_class_number(data, key): name for key, name in names.items()}
        if numbered and 0 not in numbered:
            raise InputError(f"{data} has no class 0: `names` begins with {min(numbered)}", _FROM_0)
        ordered: list[Any] = [numbered.get(number) for number in range(len(numbered))]
    elif isinstance(names, list):
        ordered = names
    elif names is None and "nc" in told:
        ordered = ours
    else:
        raise InputError(f"{data} names no classes: `names` is {shorten(names)}", "write them as a list")
    theirs = readable_names([str(each) for each in ordered])
    if len(theirs) != len(ours):
        raise InputError(f"{data} has {how_many(len(theirs), 'class')}, the model {len(ours)}", _TRAINED)
    for number, (their, our) in enumerate(zip(theirs, ours, strict=True)):
        if their != our:
            raise InputError(f"class {number} of {data} is {their!r}, the model's is {our!r}", _TRAINED)


def _whole(data: Path, count: object) -> int:
    """Return the number of classes: 3, 3.0 or '3'."""
    number = _whole_number(count)
    if number is None:
        said = "is empty" if count is None else f"is {shorten(count)}"
        raise InputError(f"`nc` of {data} {said}", "give the number of classes, or leave out `nc`")
    return number


def _class_number(data: Path, key: object) -> int:
    """Return the number of a class: 0, 0.0 or '0'."""
    number = _whole_number(key)
    if number is None:
        raise InputError(f"{data} has the class number {shorten(key)} in `names`", _FROM_0)
    return number


def _whole_number(value: object) -> int | None:
    """Return 3 for 3, 3.0 and '3'; None if the value is not a whole number."""
    try:
        number = float(value)  # type: ignore[arg-type]
        return int(number) if number == int(number) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _listed(data: Path, told: dict[Any, Any], split: str) -> _Listing:
    """Return the pictures of a split: of folders, of lists in text files, or named themselves."""
    given = told.get(split)
    if not given:
        there = ", ".join(each for each in SPLITS if told.get(each)) or "none"
        raise InputError(f"{data} has no split {split!r}: there is {there}", "name another with --split")
    found = _Listing()
    for each in given if isinstance(given, list) else [given]:
        place = _place(data, told, str(each))
        if place is None:
            named = _lost(data, told)
            lost = f", nor is its `path`, {named}" if named else ""
            missing = shorten_text(str((_roots(data, told)[-1] / str(each)).absolute()))
            raise InputError(
                f"{data} says that the split {split!r} is in {missing}, which is not there{lost}",
                "correct `path` and the split in it",
            )
        if place.is_dir():
            files: Iterator[Path] = _files_in(place)
        elif place.suffix.lower() in SUFFIXES:
            files = iter([place])
        else:
            files = listed_in(place)
        for path in files:
            found.add(path)
    if not found.pictures:
        others = f": {said}" if (said := found.note()) else ""
        raise InputError(
            f"the split {split!r} of {data} has no pictures{others}", "look at the folder that it names"
        )
    found.pictures.sort()
    return found


def _note_on_path(data: Path, told: dict[Any, Any]) -> str | None:
    """Return a note on a data.yaml whose `path` leads nowhere, as one has that came from another machine.

    Its splits are looked for in its own folder then.
    """
    if lost := _lost(data, told):
        return f"{data} says `path: {lost}`, which does not exist; the folder of the data.yaml is used"
    return None


def _lost(data: Path, told: dict[Any, Any]) -> str:
    """Return what a data.yaml says in `path`, where there is no such folder; else ""."""
    named = told.get("path")
    return shorten_text(str(named)) if named and not _named_roots(data, str(named)) else ""


def _named_roots(data: Path, named: str) -> list[Path]:
    """Return the folders that a `path` can mean, in Ultralytics' order, and last the one beside the file."""
    path = Path(named)
    places = [path, data.parent / path]
    if not path.exists() and not path.is_absolute() and (folder := datasets_folder()) is not None:
        places.insert(1, folder / path)
    return [place for place in places if place.is_dir()]


def _roots(data: Path, told: dict[Any, Any]) -> list[Path]:
    """Return what a data.yaml's paths may count from: its `path`, or its own folder."""
    named = told.get("path")
    return (_named_roots(data, str(named)) if named else []) or [data.parent]


def _place(data: Path, told: dict[Any, Any], named: str) -> Path | None:
    """Return the folder or file of a split; Roboflow's `../valid/images` may be `valid/images`."""
    for root in _roots(data, told):
        for each in (named, named.removeprefix("../")):
            place = root / each
            if place.exists():
                return place.resolve()
    return None


def listed_in(listed: Path) -> Iterator[Path]:
    """Return the paths in a text file, one a line.

    With `./` they count from the file's folder, others from here if they are here, as in `yolo val`.
    """
    for line in listed.read_text(encoding="utf-8-sig").splitlines():
        if named := line.strip():
            here = Path(named).absolute()
            yield here if here.is_file() and not named.startswith("./") else listed.parent / named


def _label_file(picture: Path) -> Path:
    """Return where the labels of a picture are."""
    return Path(in_labels(picture.absolute()))


def in_labels(picture: PurePath) -> PurePath:
    """Return the path of a picture's labels: the last folder `images` of its path is `labels` there."""
    parts = list(picture.with_suffix(".txt").parts)
    for place in range(len(parts) - 2, 0, -1):
        if parts[place] == "images":
            parts[place] = "labels"
            break
    return type(picture)(*parts)


def pictures_in(folder: Path) -> Iterator[Path]:
    """Return the picture files in a folder and below, but for hidden ones."""
    return (path for path in _files_in(folder) if path.suffix.lower() in SUFFIXES)


def _files_in(folder: Path) -> Iterator[Path]:
    """Return the files in a folder and below, through links too, but for hidden ones."""
    for name in glob.iglob("**/*.*", root_dir=folder, recursive=True):  # noqa: PTH207  follows links
        path = folder / name
        if "__MACOSX" not in path.relative_to(folder).parts and path.is_file():
            yield path


def _of_class_folders(
    data: Path, split: str, class_names: Sequence[str], note: Note
) -> list[LabelledPicture]:
    """Return a classifier's pictures: below the folder of the split, a folder for each class."""
    hint = "give a folder with one below it for each split, and in these one for each class: data/val/cat"
    if data.is_file():
        raise InputError(f"{data} is a file, and a classifier's labels are folders", hint)
    folder = _class_split(data, split, hint, note)
    folders = sorted(each for each in folder.iterdir() if each.is_dir() and each.name[0] != ".")
    # Of two classes of one name the last counts, as in `yolo val`.
    numbers = {name: number for number, name in enumerate(class_names)}
    names = readable_names([each.name for each in folders])
    found, without = _Listing(), list[Path]()
    labels = dict[Path, Labels]()
    for place, name in zip(folders, names, strict=True):
        if name not in numbers:
            without.append(place)
            continue
        before = len(found.pictures)
        for path in sorted(_files_in(place)):
            found.add(path)
        labels |= dict.fromkeys(found.pictures[before:], Columns.of_picture(numbers[name]))
    if without and len(without) == len(folders):
        raise InputError(f"{without[0]} is not a class of the model", _classes(class_names))
    if not found.pictures:
        raise InputError(f"there are no pictures in {folder}", hint)
    if without:
        named = ", ".join(shorten_text(each.name) for each in without[:_MOST_NAMED])
        more = f" and {len(without) - _MOST_NAMED} more" if len(without) > _MOST_NAMED else ""
        note(f"left out, as in `yolo val`: folders that are not classes of the model: {named}{more}")
    if said := found.note():
        note(said)
    return [LabelledPicture(path, labels[path]) for path in found.pictures]


def _class_split(data: Path, split: str, hint: str, note: Note) -> Path:
    """Return the folder of a classifier's split, by its own name or by that of another."""
    for name in _CLASS_SPLITS[split]:
        folder = data / name
        if folder.is_dir():
            if name != split:
                note(f"there is no {data / split}: the folder {name} is taken")
            return folder
    others = [each.name for each in data.iterdir() if each.is_dir()] if data.is_dir() else []
    if there := sorted(set(others) & {*SPLITS, *_CLASS_SPLITS["val"]}):
        hint = f"name another split with --split: there is {', '.join(there)}"
    raise InputError(f"there is no folder {data / split}", hint)


def _classes(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"its classes are {', '.join(map(repr, names[:_MOST_NAMED]))}{more}"

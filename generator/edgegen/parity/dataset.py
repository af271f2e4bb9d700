"""Read labelled pictures of Ultralytics' data sets: a data.yaml, or a folder for each class."""

import glob
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any, Final

from edgegen.base.errors import InputError, reason
from edgegen.base.strict_yaml import load_mapping
from edgegen.base.text import MOST_PATH, first_of, how_many, plain, shorten
from edgegen.parity.label_files import Columns, Labels, read_labels
from edgegen.sources.ultralytics.library import datasets_folder, readable_names

# The possible folders of a classifier's split, in the order of the search.
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

# Lower-case suffixes of pictures that `yolo val` counts.
COUNTED: Final = frozenset((
    ".avif", ".bmp", ".dng", ".heic", ".heif", ".jp2", ".jpeg", ".jpg", ".mpo", ".png", ".tif", ".tiff",
    ".webp",
))  # fmt: skip
# These, and others that OpenCV reads.
SUFFIXES: Final = COUNTED | {".dib", ".jpe", ".pgm", ".ppm"}
# Pictures that `yolo val` skips without a message.
_SKIPPED: Final = (SUFFIXES - COUNTED) | frozenset((
    ".exr", ".gif", ".hdr", ".jfif", ".jxl", ".pbm", ".pfm", ".pic", ".pnm", ".ras", ".svg", ".tga",
))  # fmt: skip
SPLITS: Final = ("train", "val", "test")


@dataclass(frozen=True)
class LabelledPicture:
    """A picture file and its labels."""

    path: Path
    labels: Labels


def read_dataset(
    data: Path, split: str, columns: Columns, note: Note = lambda _note: None
) -> list[LabelledPicture]:
    """Return the pictures of a split with their labels, by path, as `yolo val` counts them.

    A classifier's pictures are in the split's folder, in one folder for each class. Other pictures are listed
    in a data.yaml; the labels of `images/a.jpg` are in `labels/a.txt`. Hidden files and folders are skipped.
    `note` gets a line for each kind of skipped picture.
    """
    try:
        if columns.task == "classify":
            return _of_class_folders(data, split, columns.class_names, note)
        return _of_yaml(_find_data_yaml(data), split, columns, note)
    except OSError as error:
        raise InputError(
            f"the pictures of {data} cannot be read: {plain(reason(error), MOST_PATH)}",
            "check the paths in it, and their permissions",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"the pictures of {data} cannot be read: {error}", "save the lists of pictures in it as UTF-8"
        ) from error


def in_labels(picture: PurePath) -> PurePath:
    """Return the path of a picture's labels: `labels` replaces the last folder `images`."""
    parts = list(picture.with_suffix(".txt").parts)
    for place in range(len(parts) - 2, 0, -1):
        if parts[place] == "images":
            parts[place] = "labels"
            break
    return type(picture)(*parts)


@dataclass(frozen=True)
class Splits:
    """The pictures of a data.yaml by split, sorted; empty without such a split."""

    train: list[Path]
    val: list[Path]
    note: str | None  # on a wrong `path`


@dataclass(frozen=True)
class Listing:
    """The pictures of a split. One that is named twice counts twice, as in `yolo val`."""

    pictures: list[Path] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)  # number of skipped files by suffix

    def add(self, path: Path) -> None:
        """Add a file if its suffix counts."""
        suffix = path.suffix.lower()
        if suffix in COUNTED:
            self.pictures.append(path)
        elif suffix in _SKIPPED:
            self.skipped[suffix] += 1

    def note(self) -> str | None:
        """Return a note on the skipped files."""
        if not self.skipped:
            return None
        named = ", ".join(sorted(self.skipped))
        return f"skipped, as in `yolo val`: {how_many(self.skipped.total(), 'picture')} ending in {named}"


class DataYaml:
    """A data.yaml, with Ultralytics' alternative spellings normalized."""

    def __init__(self, file: Path) -> None:
        try:
            record = load_mapping(file, lenient=True)
        except InputError as error:
            error.hint = error.hint or "correct it, or give the data.yaml that the model was trained with"
            raise
        self.file = file
        self.record = {key: None if value == "None" else value for key, value in record.items()}
        if "val" not in self.record and "validation" in self.record:
            self.record["val"] = self.record.pop("validation")
        named = self.record.get("path")
        roots = _folders_named(file, Path(str(named))) if named else []
        self._roots = roots or [file.parent]  # the folders to which its paths may be relative
        self._lost = plain(str(named), MOST_PATH) if named and not roots else ""

    @property
    def note(self) -> str | None:
        """A note if its `path` does not exist, for example because it is of another machine."""
        if not self._lost:
            return None
        problem = f"{self.file} says `path: {self._lost}`, which does not exist"
        return f"{problem}; the folder of the data.yaml is used"

    def splits(self) -> Splits:
        """Return the pictures of the splits train and val, once each."""
        train, val = (
            [] if self.record.get(split) is None else list(dict.fromkeys(self.list_split(split).pictures))
            for split in ("train", "val")
        )
        return Splits(train, val, self.note)

    def list_split(self, split: str) -> Listing:
        """Return the pictures of a split. Each entry is a folder, a text file with paths, or a picture."""
        given = self.record.get(split)
        if not given:
            there = ", ".join(each for each in SPLITS if self.record.get(each)) or "none"
            raise InputError(
                f"{self.file} has no split {split!r}; it has {there}", "name another with --split"
            )
        found = Listing()
        for each in given if isinstance(given, list) else [given]:
            names = (str(each), str(each).removeprefix("../"))  # Roboflow's may be `valid/images`
            places = (root / name for root in self._roots for name in names)
            place = next((place.resolve() for place in places if place.exists()), None)
            if place is None:
                lost = f", and neither does its `path`, {self._lost}" if self._lost else ""
                missing = plain(str((self._roots[-1] / str(each)).absolute()), MOST_PATH)
                raise InputError(
                    f"{self.file}: the split {split!r} is {missing}, which does not exist{lost}",
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
                f"the split {split!r} of {self.file} has no pictures{others}",
                "check the folder that it names",
            )
        found.pictures.sort()
        return found


def yaml_files_in(folder: Path) -> list[Path]:
    """Return the files in a folder that may be its data.yaml; only one if its name decides."""
    for endings in (("*.yaml", "*.yml"), ("*/**/*.yaml", "*/**/*.yml")):
        found = sorted(path for ending in endings for path in folder.glob(ending) if path.name[0] != ".")
        for stem in ("data", folder.resolve().name):
            if len(named := [path for path in found if path.stem == stem]) == 1:
                return named
        if found:
            return found
    return []


def listed_in(listed: Path) -> Iterator[Path]:
    """Yield the paths in a text file, one a line.

    Paths that begin with `./` are relative to the file's folder. Others are relative to the current folder if
    they exist there, as in `yolo val`.
    """
    for line in listed.read_text(encoding="utf-8-sig").splitlines():
        if named := line.strip():
            here = Path(named).absolute()
            yield here if here.is_file() and not named.startswith("./") else listed.parent / named


def pictures_in(folder: Path) -> Iterator[Path]:
    """Yield the picture files in a folder and its subfolders, without hidden ones."""
    return (path for path in _files_in(folder) if path.suffix.lower() in SUFFIXES)


def _of_class_folders(
    data: Path, split: str, class_names: Sequence[str], note: Note
) -> list[LabelledPicture]:
    """Return a classifier's pictures: the split's folder has a folder for each class."""
    hint = "give a folder with a folder for each split, and in it one for each class: data/val/cat"
    if data.is_file():
        raise InputError(f"{data} is a file, but a classifier's labels are folders", hint)
    folder = _class_split(data, split, hint, note)
    folders = sorted(each for each in folder.iterdir() if each.is_dir() and each.name[0] != ".")
    # If two classes have the same name, the last counts, as in `yolo val`.
    numbers = {name: number for number, name in enumerate(class_names)}
    names = readable_names([each.name for each in folders])
    found, without = Listing(), list[Path]()
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
        named = first_of([repr(name) for name in class_names], _MOST_NAMED)
        raise InputError(f"{without[0]} is not a class of the model", f"its classes are {named}")
    if not found.pictures:
        raise InputError(f"there are no pictures in {folder}", hint)
    if without:
        skipped = first_of([plain(each.name) for each in without], _MOST_NAMED)
        note(f"skipped, as in `yolo val`: folders that are not classes of the model: {skipped}")
    if said := found.note():
        note(said)
    return [LabelledPicture(path, labels[path]) for path in found.pictures]


def _class_split(data: Path, split: str, hint: str, note: Note) -> Path:
    """Return the folder of a classifier's split, under its own or another name."""
    for name in _CLASS_SPLITS[split]:
        folder = data / name
        if folder.is_dir():
            if name != split:
                note(f"there is no {data / split}: the folder {name} is used")
            return folder
    others = [each.name for each in data.iterdir() if each.is_dir()] if data.is_dir() else []
    if there := sorted(set(others) & {*SPLITS, *_CLASS_SPLITS["val"]}):
        hint = f"name another split with --split: {', '.join(there)}"
    raise InputError(f"there is no folder {data / split}", hint)


def _files_in(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and its subfolders, following links, without hidden ones."""
    for name in glob.iglob("**/*.*", root_dir=folder, recursive=True):  # noqa: PTH207  follows links
        path = folder / name
        if "__MACOSX" not in path.relative_to(folder).parts and path.is_file():
            yield path


def _of_yaml(data: Path, split: str, columns: Columns, note: Note) -> list[LabelledPicture]:
    data_yaml = DataYaml(data)
    record = data_yaml.record
    _same_names(data, record, columns.class_names)
    columns = replace(columns, dropped=_dropped(data, record, columns))
    if columns.task == "pose":
        columns = replace(columns, sigmas=_sigmas(data, record, columns.kpt_shape[0]))
    listing = data_yaml.list_split(split)
    pictures = listing.pictures
    missing = {path for path in pictures if not _label_file(path).is_file()}
    hint = "put the text files into `labels`, which replaces `images` in the paths"
    if len(missing) == len(pictures):
        raise InputError(
            f"the split {split!r} has {how_many(len(pictures), 'picture')} but no labels: "
            f"{_label_file(pictures[0])} does not exist, for example",
            hint,
        )
    labelled, errors = _read_all(pictures, missing, columns)
    if errors and len(errors) == len(set(pictures) - missing):
        raise next(iter(errors.values()))
    for picture in labelled:  # `yolo val` cannot count boxes either, if the model needs polygons
        if columns.task in _POLYGONS and len(picture.labels) != len(picture.labels.polygons):
            raise InputError(f"{_label_file(picture.path)} has boxes, not polygons", columns.expected())
    if not any(len(picture.labels) for picture in labelled):
        raise InputError(f"all label files of the split {split!r} are empty", hint)
    for said in filter(None, (data_yaml.note, listing.note(), *_notes_on(errors))):
        note(said)
    return labelled


def _same_names(data: Path, record: dict[Any, Any], class_names: Sequence[str]) -> None:
    """Raise InputError unless the data.yaml has the model's classes."""
    names, ours = record.get("names"), list(class_names)
    if "nc" in record:
        count = _whole_number(record["nc"])
        if count is None:
            value = "is empty" if record["nc"] is None else f"is {shorten(record['nc'])}"
            raise InputError(f"`nc` of {data} {value}", "write the number of classes, or leave out `nc`")
        if count != len(ours):
            raise InputError(f"{data} has {how_many(count, 'class')}, the model {len(ours)}", _TRAINED)
    if isinstance(names, dict):
        numbered = dict[int, Any]()
        for key, name in names.items():
            if (number := _whole_number(key)) is None:
                raise InputError(f"{data} has the class number {shorten(key)} in `names`", _FROM_0)
            numbered[number] = name
        if numbered and 0 not in numbered:
            raise InputError(f"{data} has no class 0: `names` begins with {min(numbered)}", _FROM_0)
        ordered: list[Any] = [numbered.get(number) for number in range(len(numbered))]
    elif isinstance(names, list):
        ordered = names
    elif names is None and "nc" in record:
        ordered = ours
    else:
        raise InputError(f"{data} names no classes: `names` is {shorten(names)}", "write them as a list")
    theirs = readable_names([str(each) for each in ordered])
    if len(theirs) != len(ours):
        raise InputError(f"{data} has {how_many(len(theirs), 'class')}, the model {len(ours)}", _TRAINED)
    for number, (their, our) in enumerate(zip(theirs, ours, strict=True)):
        if their != our:
            raise InputError(f"class {number} of {data} is {their!r}, the model's is {our!r}", _TRAINED)


def _whole_number(value: object) -> int | None:
    """Return 3 for 3, 3.0 and '3'; None if the value is not a whole number."""
    try:
        number = float(value)  # type: ignore[arg-type]
        return int(number) if number == int(number) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _dropped(data: Path, record: dict[Any, Any], columns: Columns) -> int:
    """Return how many numbers of keypoints after a box the model does not use."""
    theirs = record.get("kpt_shape")
    if theirs is None or (columns.task == "pose" and list(columns.kpt_shape) == theirs):
        return 0
    is_shape = isinstance(theirs, list) and [type(each) for each in theirs] == [int, int]
    if columns.task not in ("pose", *_POLYGONS) and is_shape:
        return int(theirs[0] * theirs[1])
    ours = f"has {list(columns.kpt_shape)}" if columns.task == "pose" else f"is for the task {columns.task!r}"
    raise InputError(f"{data} is for poses with kpt_shape {shorten(theirs)}; the model {ours}", _TRAINED)


def _sigmas(data: Path, record: dict[Any, Any], points: int) -> tuple[float, ...]:
    """Return a data.yaml's tolerances of keypoints; () if it has none."""
    given = record.get("kpt_oks_sigmas")
    if not given:
        return ()
    numbers = [each for each in given if isinstance(each, (int, float))] if isinstance(given, list) else []
    if len(numbers) != points or numbers != given or not all(0 < each < math.inf for each in numbers):
        raise InputError(
            f"{data} has {shorten(given)} as kpt_oks_sigmas", f"give {how_many(points, 'number')} above 0"
        )
    return tuple(float(each) for each in numbers)


def _label_file(picture: Path) -> Path:
    """Return the label file of a picture."""
    return Path(in_labels(picture.absolute()))


def _read_all(
    pictures: Sequence[Path], missing: Collection[Path], columns: Columns
) -> tuple[list[LabelledPicture], dict[Path, InputError]]:
    """Return the pictures with their labels, and the errors of those that `yolo val` skips.

    missing: pictures without a label file, which have no objects.
    """
    labelled, errors = list[LabelledPicture](), dict[Path, InputError]()
    no_objects = columns.nothing()
    for path in pictures:
        labels = no_objects if path in missing else _read(_label_file(path), columns)
        if isinstance(labels, InputError):
            errors[path] = labels
        else:
            labelled.append(LabelledPicture(path, labels))
    return labelled, errors


def _read(path: Path, columns: Columns) -> Labels | InputError:
    try:
        return read_labels(path, columns)
    except InputError as error:
        return error


def _notes_on(errors: Mapping[Path, InputError]) -> list[str]:
    """Return a note for each of the first skipped pictures, and one for the others."""
    problems = [error.message for error in errors.values()][:_MOST_NAMED]
    notes = [f"picture skipped, as in `yolo val`: {problem}" for problem in problems]
    if len(errors) > _MOST_NAMED:
        others = how_many(len(errors) - _MOST_NAMED, "more picture")
        notes.append(f"skipped, as in `yolo val`: {others} with wrong labels")
    return notes


def _find_data_yaml(data: Path) -> Path:
    """Return the data.yaml of `--data`."""
    if data.is_dir():
        found = yaml_files_in(data)
        if len(found) == 1:
            return found[0]
        raise InputError(
            f"{data} is a folder with {how_many(len(found), '.yaml file')}", "name the data.yaml with --data"
        )
    if not data.exists():
        raise InputError(f"there is no {data}", "give the data.yaml that the model was trained with")
    return data


def _folders_named(file: Path, path: Path) -> list[Path]:
    """Return the existing folders that `path` can mean: Ultralytics' order, then the data.yaml's folder."""
    places = [path, file.parent / path]
    if not path.exists() and not path.is_absolute() and (folder := datasets_folder()) is not None:
        places.insert(1, folder / path)
    return [place for place in places if place.is_dir()]

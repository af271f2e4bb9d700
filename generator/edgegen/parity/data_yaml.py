"""Read a data.yaml: its splits, and the picture files that they name."""

import glob
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError
from edgegen.base.strict_yaml import load_mapping
from edgegen.base.text import MOST_PATH, how_many, plain
from edgegen.sources.ultralytics.datasets import datasets_folder

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


def splits_of(data: Path) -> Splits:
    """Return the pictures of the splits train and val.

    Raises:
        InputError: A listed file or folder does not exist.
    """
    record = load_data_yaml(data)
    train, val = (
        list(dict.fromkeys(list_split(data, record, split).pictures)) if record.get(split) is not None else []
        for split in ("train", "val")
    )
    return Splits(train, val, note_on_path(data, record))


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


def find_data_yaml(data: Path) -> Path:
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


def load_data_yaml(data: Path) -> dict[Any, Any]:
    """Return the mapping of a data.yaml, with Ultralytics' alternative spellings normalized."""
    record = {
        key: None if value == "None" else value for key, value in load_mapping(data, lenient=True).items()
    }
    if "val" not in record and "validation" in record:
        record["val"] = record.pop("validation")
    return record


def list_split(data: Path, record: dict[Any, Any], split: str) -> Listing:
    """Return the pictures of a split. Each entry is a folder, a text file with paths, or a picture."""
    given = record.get(split)
    if not given:
        there = ", ".join(each for each in SPLITS if record.get(each)) or "none"
        raise InputError(f"{data} has no split {split!r}; it has {there}", "name another with --split")
    found = Listing()
    for each in given if isinstance(given, list) else [given]:
        place = _find_entry(data, record, str(each))
        if place is None:
            named = _missing_path(data, record)
            lost = f", and neither does its `path`, {named}" if named else ""
            missing = plain(str((_roots(data, record)[-1] / str(each)).absolute()), MOST_PATH)
            raise InputError(
                f"{data}: the split {split!r} is {missing}, which does not exist{lost}",
                "correct `path` and the split in it",
            )
        if place.is_dir():
            files: Iterator[Path] = files_in(place)
        elif place.suffix.lower() in SUFFIXES:
            files = iter([place])
        else:
            files = listed_in(place)
        for path in files:
            found.add(path)
    if not found.pictures:
        others = f": {said}" if (said := found.note()) else ""
        raise InputError(
            f"the split {split!r} of {data} has no pictures{others}", "check the folder that it names"
        )
    found.pictures.sort()
    return found


def note_on_path(data: Path, record: dict[Any, Any]) -> str | None:
    """Return a note on a data.yaml whose `path` does not exist, for example because of another machine.

    Its own folder is used instead.
    """
    if lost := _missing_path(data, record):
        return f"{data} says `path: {lost}`, which does not exist; the folder of the data.yaml is used"
    return None


def _missing_path(data: Path, record: dict[Any, Any]) -> str:
    """Return the `path` of a data.yaml if there is no such folder, else ""."""
    named = record.get("path")
    return plain(str(named), MOST_PATH) if named and not _named_roots(data, str(named)) else ""


def _named_roots(data: Path, named: str) -> list[Path]:
    """Return the existing folders that `path` can mean: Ultralytics' order, then the data.yaml's folder."""
    path = Path(named)
    places = [path, data.parent / path]
    if not path.exists() and not path.is_absolute() and (folder := datasets_folder()) is not None:
        places.insert(1, folder / path)
    return [place for place in places if place.is_dir()]


def _roots(data: Path, record: dict[Any, Any]) -> list[Path]:
    """Return the folders to which a data.yaml's paths may be relative: its `path`, or its own folder."""
    named = record.get("path")
    return (_named_roots(data, str(named)) if named else []) or [data.parent]


def _find_entry(data: Path, record: dict[Any, Any], named: str) -> Path | None:
    """Return the folder or file of a split. Roboflow's `../valid/images` may be `valid/images`."""
    for root in _roots(data, record):
        for each in (named, named.removeprefix("../")):
            place = root / each
            if place.exists():
                return place.resolve()
    return None


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
    return (path for path in files_in(folder) if path.suffix.lower() in SUFFIXES)


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and its subfolders, following links, without hidden ones."""
    for name in glob.iglob("**/*.*", root_dir=folder, recursive=True):  # noqa: PTH207  follows links
        path = folder / name
        if "__MACOSX" not in path.relative_to(folder).parts and path.is_file():
            yield path

"""Read a data.yaml: its splits, and the picture files that they name."""

import glob
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError
from edgegen.base.strict_yaml import load_mapping
from edgegen.base.text import MOST_PATH, how_many, plain
from edgegen.sources.ultralytics.library import datasets_folder

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
        """Return the pictures of the splits train and val, once each. Raises the errors of `list_split`."""
        train, val = (
            [] if self.record.get(split) is None else list(dict.fromkeys(self.list_split(split).pictures))
            for split in ("train", "val")
        )
        return Splits(train, val, self.note)

    def list_split(self, split: str) -> Listing:
        """Return the pictures of a split. Each entry is a folder, a text file with paths, or a picture.

        Raises:
            InputError: There is no such split, or a listed file or folder does not exist.
        """
        given = self.record.get(split)
        if not given:
            there = ", ".join(each for each in SPLITS if self.record.get(each)) or "none"
            raise InputError(
                f"{self.file} has no split {split!r}; it has {there}", "name another with --split"
            )
        found = Listing()
        for each in given if isinstance(given, list) else [given]:
            place = self._find_entry(str(each))
            if place is None:
                lost = f", and neither does its `path`, {self._lost}" if self._lost else ""
                missing = plain(str((self._roots[-1] / str(each)).absolute()), MOST_PATH)
                raise InputError(
                    f"{self.file}: the split {split!r} is {missing}, which does not exist{lost}",
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
                f"the split {split!r} of {self.file} has no pictures{others}",
                "check the folder that it names",
            )
        found.pictures.sort()
        return found

    def _find_entry(self, named: str) -> Path | None:
        """Return the folder or file of a split. Roboflow's `../valid/images` may be `valid/images`."""
        places = (root / each for root in self._roots for each in (named, named.removeprefix("../")))
        return next((place.resolve() for place in places if place.exists()), None)


def _folders_named(file: Path, path: Path) -> list[Path]:
    """Return the existing folders that `path` can mean: Ultralytics' order, then the data.yaml's folder."""
    places = [path, file.parent / path]
    if not path.exists() and not path.is_absolute() and (folder := datasets_folder()) is not None:
        places.insert(1, folder / path)
    return [place for place in places if place.is_dir()]


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

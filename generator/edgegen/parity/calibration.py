"""Pictures of the user's own: a quantizer watches ranges on some, what that costs is measured on others."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError
from edgegen.model.int8 import LEAST, PICTURES
from edgegen.parity.dataset import SUFFIXES, LabelledPicture, listed_in, pictures_in, read_dataset, split_of
from edgegen.parity.label_files import Columns
from edgegen.parity.pictures import read_picture

HELD_BACK: Final = 5  # every fifth is not watched, but judged by
_YAML: Final = (".yaml", ".yml")
_HINT: Final = "give photos like those that the app will see: a folder, a data.yaml, or a text file of paths"


@dataclass(frozen=True)
class Calibration:
    """The pictures of a calibration, in a fixed order."""

    watched: tuple[Path, ...]
    judged: tuple[Path, ...]  # none of those that are watched
    labelled: tuple[LabelledPicture, ...]  # those judged by, where labels say what is right; else empty
    skipped: tuple[Path, ...]  # cannot be read

    def digest(self) -> str:
        """Return the SHA-256 of the watched files' SHA-256, in order."""
        parts = (hashlib.sha256(path.read_bytes()).digest() for path in self.watched)
        return hashlib.sha256(b"".join(parts)).hexdigest()


def read_calibration(given: Path, most: int, columns: Columns, *, scored: bool) -> Calibration:
    """Choose at most that many pictures to watch, and others to judge by.

    Of more pictures than that, those at equal distances in the order of their paths are taken. Of a folder
    and of a list every fifth is held back to judge by. A data.yaml gives its split `train` to watch and `val`
    to judge by; where these have pictures in common, what is judged is not watched. Labels count where
    `scored` says that there is a score for the model's task.

    Raises:
        InputError: There are too few pictures, or labels contradict the model.
    """
    if given.suffix.lower() in _YAML and given.is_file():
        return _of_data(given, most, columns, scored=scored)
    try:
        found = _found(given)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the calibration pictures in {given} cannot be listed: {error}", _HINT) from error
    readable, skipped = _readable(_spread(found, most), given)
    judged = readable[HELD_BACK - 1 :: HELD_BACK] or readable[-1:]
    return Calibration(_without(readable, judged), tuple(judged), (), skipped)


def _found(given: Path) -> list[Path]:
    if not given.exists():
        raise InputError(f"there is no {given} to calibrate with", _HINT)
    if given.is_dir():
        return sorted(pictures_in(given))
    if given.suffix.lower() in SUFFIXES:
        raise InputError(f"{given} is one picture, and {LEAST} are the least to calibrate with", _HINT)
    return list(dict.fromkeys(listed_in(given)))


def _of_data(data: Path, most: int, columns: Columns, *, scored: bool) -> Calibration:
    """Take what a training was made with."""
    train = split_of(data, "train")
    val = split_of(data, "val") if split_of(data, "val") != train else []
    watched = _spread(train, most)
    if not val:
        val = watched[HELD_BACK - 1 :: HELD_BACK]
        watched = [path for path in watched if path not in set(val)]
    judged = _spread(val, most)
    readable, skipped = _readable([*watched, *judged], data)
    judged = [path for path in judged if path not in set(skipped)]
    labelled = list[LabelledPicture]()
    if scored:
        chosen = set(judged)
        split = "val" if set(split_of(data, "val")) >= chosen else "train"
        labelled = [each for each in read_dataset(data, split, columns) if each.path in chosen]
    return Calibration(_without(readable, judged), tuple(judged), tuple(labelled), skipped)


def _spread(paths: Sequence[Path], most: int) -> list[Path]:
    """Return at most that many, at equal distances."""
    if len(paths) <= most:
        return list(paths)
    return [paths[i * len(paths) // most] for i in range(most)]


def _without(paths: Sequence[Path], others: Sequence[Path]) -> tuple[Path, ...]:
    left_out = set(others)
    return tuple(path for path in paths if path not in left_out)


def _readable(paths: Sequence[Path], given: Path) -> tuple[list[Path], tuple[Path, ...]]:
    """Tell what can be read from what cannot; InputError where too little is left."""
    readable = [path for path in paths if _is_readable(path)]
    skipped = _without(paths, readable)
    if len(readable) < LEAST:
        broken = f", and {len(skipped)} that cannot be read" if skipped else ""
        what = f"{len(readable)} picture{'s' if len(readable) != 1 else ''}"
        raise InputError(
            f"{given} has {what}{broken}: {LEAST} are the least to calibrate with, {PICTURES} are good",
            _HINT,
        )
    return readable, skipped


def _is_readable(path: Path) -> bool:
    try:
        read_picture(path)
    except InputError:
        return False
    return True

"""Pictures of the user's own: a quantizer watches ranges on some, what that costs is measured on others."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from edgegen.base import interruption
from edgegen.base.errors import InputError, reason
from edgegen.base.naming import how_many
from edgegen.model.int8 import LEAST, PICTURES
from edgegen.parity.dataset import (
    SUFFIXES,
    LabelledPicture,
    Splits,
    listed_in,
    pictures_in,
    read_dataset,
    splits_of,
    yaml_files_in,
)
from edgegen.parity.label_files import Columns
from edgegen.parity.pictures import read_picture

HELD_BACK: Final = 5  # every fifth is not watched, but judged by
_YAML: Final = (".yaml", ".yml")
_HINT: Final = "give photos like those that the app will see: a folder, a data.yaml, or a text file of paths"


@dataclass(frozen=True)
class Calibration:
    """The pictures of a calibration, in a fixed order."""

    watched: tuple[Path, ...]
    judged: tuple[Path, ...]  # none of those that are watched, nor a copy of one
    labelled: tuple[LabelledPicture, ...]  # those judged by, where labels say what is right; else empty
    skipped: tuple[Path, ...]  # cannot be read
    notes: tuple[str, ...] = ()  # on where they were found, and on labels that do not count

    def digest(self) -> str:
        """Return the SHA-256 of the watched files' SHA-256, in order."""
        parts = (hashlib.sha256(path.read_bytes()).digest() for path in self.watched)
        return hashlib.sha256(b"".join(parts)).hexdigest()


def read_calibration(given: Path, most: int, columns: Columns, *, scored: bool) -> Calibration:
    """Choose at most that many pictures, to watch and to judge by.

    Of more pictures than that, those at equal distances in the order of their paths are taken, and others for
    what cannot be read. Of a folder and of a list every fifth is held back to judge by. A data.yaml, also one
    in the folder if its splits exist, gives at most that many of its split `train` to watch and of `val` to
    judge by; where these are the same, or one is missing, every fifth of that many is held back. A picture
    that is there twice counts once. Labels count where `scored` says that there is a score for the model's
    task.

    Raises:
        InputError: There are too few pictures, or labels contradict the model.
    """
    files = _Files()
    notes = list[str]()
    try:
        if (data := _data_yaml(given)) is not None and (splits := _splits(given, data, notes)) is not None:
            found = _of_data(data, splits, most, columns, files, scored=scored)
            return replace(found, notes=(*notes, *found.notes))
        watched, judged = _held_back(files.take(_found(given), most))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the calibration pictures in {given} cannot be listed: {reason(error)}", _HINT
        ) from error
    _check_enough(given, watched, judged, files)
    return Calibration(tuple(watched), tuple(judged), (), tuple(files.skipped), tuple(notes))


@dataclass
class _Files:
    """Files that were looked at: which cannot be read, and which are copies of others."""

    skipped: list[Path] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)

    def take(self, paths: Sequence[Path], most: int) -> list[Path]:
        """Return at most that many new pictures that can be read, in their order."""
        first = [paths[i * len(paths) // most] for i in range(most)] if len(paths) > most else list(paths)
        chosen = set[Path]()
        for path in dict.fromkeys([*first, *paths]):
            interruption.check()
            if len(chosen) == most:
                break
            if self._is_new(path):
                chosen.add(path)
        return [path for path in paths if path in chosen]

    def _is_new(self, path: Path) -> bool:
        try:
            read_picture(path)
        except InputError:
            self.skipped.append(path)
            return False
        digest = hashlib.sha256(path.read_bytes()).digest()
        is_new = digest not in self._seen
        self._seen.add(digest)
        return is_new


def _data_yaml(given: Path) -> Path | None:
    """Return the data.yaml that is meant: the file itself, or the one in the folder."""
    if given.is_dir():
        found = yaml_files_in(given)
        return found[0] if len(found) == 1 else None
    return given if given.suffix.lower() in _YAML and given.is_file() else None


def _splits(given: Path, data: Path, notes: list[str]) -> Splits | None:
    """Return the splits of a data.yaml; None where the photos of the folder around it are taken instead."""
    if data == given:
        return splits_of(data)
    try:
        splits = splits_of(data)
    except InputError as error:
        if not any(pictures_in(given)):
            raise
        problem = error.message
    else:
        if splits.train or splits.val:
            notes.append(f"{data} is used: it names the splits")
            return splits
        problem = f"{data} has no splits"
    notes.append(f"{problem}; all photos in {given} are used, without labels")
    return None


def _found(given: Path) -> list[Path]:
    if not given.exists():
        raise InputError(f"there is no {given} to calibrate with", _HINT)
    if given.is_dir():
        return sorted(pictures_in(given))
    if given.suffix.lower() in SUFFIXES:
        raise InputError(f"{given} is one picture, and {LEAST} are the least to calibrate with", _HINT)
    return list(dict.fromkeys(listed_in(given)))


def _held_back(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return what is watched, and what is held back: one at least."""
    judged = list(paths[HELD_BACK - 1 :: HELD_BACK] or paths[-1:])
    return [path for path in paths if path not in set(judged)], judged


def _of_data(
    data: Path, splits: Splits, most: int, columns: Columns, files: _Files, *, scored: bool
) -> Calibration:
    """Take what a training was made with."""
    train, val = splits.train, splits.val
    split = "val" if val else "train"
    judged = files.take(val, most)  # first: what is in both is judged, not watched
    watched = files.take([] if set(train) <= set(val) else train, most)
    if not watched or not judged:
        watched, judged = _held_back(judged or watched)
    _check_enough(data, watched, judged, files)
    notes = [] if splits.note is None else [splits.note]
    labelled = dict[Path, LabelledPicture]()
    if scored:
        chosen = set(judged)
        pictures = read_dataset(data, split, columns, notes.append)
        labelled = {each.path: each for each in pictures if each.path in chosen}
    return Calibration(
        tuple(watched),
        tuple(judged),
        tuple(labelled.values()),
        tuple(files.skipped),
        tuple(dict.fromkeys(notes)),
    )


def _check_enough(given: Path, watched: Sequence[Path], judged: Sequence[Path], files: _Files) -> None:
    """Refuse what nothing can be learnt from."""
    if len(watched) >= LEAST - 1 and judged:
        return
    count = len(watched) + len(judged)
    broken = f", and {len(files.skipped)} that cannot be read" if files.skipped else ""
    few = f" to watch: {len(watched)}, to judge by: {len(judged)}" if count >= LEAST else ""
    raise InputError(
        f"{given} has {how_many(count, 'picture')}{few}{broken}: {LEAST} are the least to "
        f"calibrate with, {PICTURES} are good",
        _HINT,
    )

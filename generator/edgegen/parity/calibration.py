"""Choose calibration pictures: some to observe value ranges, others to measure the loss of int8."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from edgegen.base import interruption
from edgegen.base.errors import InputError, reason
from edgegen.base.text import how_many
from edgegen.model.int8 import LEAST, PICTURES
from edgegen.parity.dataset import (
    SUFFIXES,
    DataYaml,
    LabelledPicture,
    Splits,
    listed_in,
    pictures_in,
    read_dataset,
    yaml_files_in,
)
from edgegen.parity.label_files import Columns
from edgegen.parity.picture_files import read_picture

HELD_OUT: Final = 5  # every fifth picture is held out
_YAML: Final = (".yaml", ".yml")
_HINT: Final = "give photos like those that the app will see: a folder, a data.yaml, or a text file of paths"


@dataclass(frozen=True)
class Calibration:
    """The pictures of a calibration, in a fixed order."""

    observed: tuple[Path, ...]  # for the ranges of values
    held_out: tuple[Path, ...]  # for the loss; never a copy of an observed one
    labelled: tuple[LabelledPicture, ...]  # the held-out ones with labels, if the task has a score
    skipped: tuple[Path, ...]  # unreadable
    notes: tuple[str, ...] = ()  # on the splits, and on labels that do not count

    def digest(self) -> str:
        """Return the SHA-256 of the observed files' SHA-256, in order."""
        parts = (hashlib.sha256(path.read_bytes()).digest() for path in self.observed)
        return hashlib.sha256(b"".join(parts)).hexdigest()


def read_calibration(given: Path, most: int, columns: Columns, *, scored: bool) -> Calibration:
    """Choose at most `most` pictures.

    If there are more, it takes those at equal distances in the order of their paths; others replace
    unreadable ones. In a folder or list, every fifth is held out. A data.yaml gives up to `most` observed
    pictures of `train`, and up to `most` held-out ones of `val`. It may be in the folder, if its splits
    exist. If one split is missing or both are the same, every fifth picture is held out. Duplicates count
    once. Labels count if `scored`: the model's task has a score.
    """
    files = _Files()
    notes = list[str]()
    try:
        if (data := _data_yaml(given)) is not None and (splits := _splits(given, data, notes)) is not None:
            found = _of_data(data, splits, most, columns, files, scored=scored)
            return replace(found, notes=(*notes, *found.notes))
        observed, held_out = _hold_out(files.take(_listed_pictures(given), most))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the calibration pictures in {given} cannot be listed: {reason(error)}", _HINT
        ) from error
    _check_enough(given, observed, held_out, files)
    return Calibration(tuple(observed), tuple(held_out), (), tuple(files.skipped), tuple(notes))


@dataclass
class _Files:
    """Remembers unreadable and duplicate files."""

    skipped: list[Path] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)

    def take(self, paths: Sequence[Path], most: int) -> list[Path]:
        """Return at most `most` new readable pictures, in the order of `paths`."""
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
    """Return the data.yaml: the file itself, or the one in the folder."""
    if given.is_dir():
        found = yaml_files_in(given)
        return found[0] if len(found) == 1 else None
    return given if given.suffix.lower() in _YAML and given.is_file() else None


def _splits(given: Path, data: Path, notes: list[str]) -> Splits | None:
    """Return the splits of a data.yaml; None to use the photos of the folder around it."""
    if data == given:
        return DataYaml(data).splits()
    try:
        splits = DataYaml(data).splits()
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


def _listed_pictures(given: Path) -> list[Path]:
    if not given.exists():
        raise InputError(f"there is no {given} to calibrate with", _HINT)
    if given.is_dir():
        return sorted(pictures_in(given))
    if given.suffix.lower() in SUFFIXES:
        raise InputError(f"{given} is one picture, but calibration needs at least {LEAST}", _HINT)
    return list(dict.fromkeys(listed_in(given)))


def _hold_out(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return the observed and the held-out pictures; at least one is held out."""
    held_out = list(paths[HELD_OUT - 1 :: HELD_OUT] or paths[-1:])
    return [path for path in paths if path not in set(held_out)], held_out


def _of_data(
    data: Path, splits: Splits, most: int, columns: Columns, files: _Files, *, scored: bool
) -> Calibration:
    """Choose pictures of a training's splits."""
    train, val = splits.train, splits.val
    split = "val" if val else "train"
    held_out = files.take(val, most)  # first: a picture in both splits is held out
    observed = files.take([] if set(train) <= set(val) else train, most)
    if not observed or not held_out:
        observed, held_out = _hold_out(held_out or observed)
    _check_enough(data, observed, held_out, files)
    notes = [] if splits.note is None else [splits.note]
    labelled = dict[Path, LabelledPicture]()
    if scored:
        chosen = set(held_out)
        pictures = read_dataset(data, split, columns, notes.append)
        labelled = {each.path: each for each in pictures if each.path in chosen}
    return Calibration(
        tuple(observed),
        tuple(held_out),
        tuple(labelled.values()),
        tuple(files.skipped),
        tuple(dict.fromkeys(notes)),
    )


def _check_enough(given: Path, observed: Sequence[Path], held_out: Sequence[Path], files: _Files) -> None:
    """Raise InputError if there are too few pictures."""
    if len(observed) >= LEAST - 1 and held_out:
        return
    count = len(observed) + len(held_out)
    broken = f", and {len(files.skipped)} that cannot be read" if files.skipped else ""
    few = f" ({len(observed)} in train, {len(held_out)} in val)" if count >= LEAST else ""
    raise InputError(
        f"{given} has {how_many(count, 'picture')}{few}{broken}, but calibration needs at least {LEAST}; "
        f"{PICTURES} are good",
        _HINT,
    )

"""What `edgegen batch` is to make: the models below a folder, or the lines of a CSV, each under one name."""

import csv
import io
import os
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from edgegen.artifacts.metadata_reader import read_metadata, recorded_name
from edgegen.artifacts.pte import METADATA_NAME
from edgegen.base import naming
from edgegen.base.errors import EdgegenError, InputError, reason
from edgegen.base.naming import how_many
from edgegen.commands.resolve_model import find_model
from edgegen.model.class_selection import resolve_classes
from edgegen.project import manifest
from edgegen.sources.exported import ExportedSource

COLUMNS: Final = ("model", "name", "package", "classes")
_CHECKPOINT: Final = ".pt"
_PROGRAM: Final = ".pte"
_BEST: Final = "best.pt"
_ENOUGH: Final = 10_000  # models: whoever has more has named the wrong folder


@dataclass(frozen=True)
class Item:
    """One model, and what is said of its projects."""

    folder: str  # below the output folder
    name: str  # of the app, as people read it
    model: str
    package: str | None = None
    classes: str | None = None

    def wrong(self, classes: str | None = None) -> EdgegenError | None:
        """Return why no project can be made of it, as far as a look at the file tells; nothing is loaded.

        `classes` are what all projects are to show, where nothing is said of this one. Those of a checkpoint
        only opening it would tell.
        """
        try:
            source = find_model(self.model)
            if isinstance(source, ExportedSource):
                wanted = classes if self.classes is None else self.classes
                resolve_classes(read_metadata(source.metadata).class_names, wanted)
        except EdgegenError as error:
            return error
        return None


@dataclass(frozen=True)
class BatchList:
    """All that is to be made, and what is worth saying of how it was found."""

    items: tuple[Item, ...]
    notes: tuple[str, ...] = field(default=())

    def only(self, folders: Sequence[str]) -> "BatchList":
        """Return those of these names; all of them where none is given.

        Raises:
            InputError: There is none of such a name.
        """
        known = {item.folder: item for item in self.items}
        for folder in folders:
            if folder not in known:
                raise InputError(
                    f"there is no {folder!r} among the {how_many(len(known), 'model')} of this list",
                    f"the names are: {_some(list(known))}",
                )
        return replace(self, items=tuple(known[each] for each in dict.fromkeys(folders))) if folders else self


def read_list(path: Path, made_of: Callable[[str], Path | None]) -> BatchList:
    """Read what is to be made: of a folder every model below it, of a CSV every line.

    made_of tells of which checkpoint the project in a folder of this name was made, if there is one: of two
    models whose names are the same, each then keeps the one that it had.

    Raises:
        InputError: There is nothing, or the list is wrong.
    """
    if path.is_dir():
        return _of_folder(path, made_of)
    if not path.exists():
        raise InputError(f"there is no folder or list {path}", "give the folder of your runs, or a CSV file")
    return _of_csv(path, made_of)


def _of_folder(folder: Path, made_of: Callable[[str], Path | None]) -> BatchList:
    left = list[Path]()
    models = sorted(models_below(folder, left))
    if not models:
        raise InputError(
            f"there is no checkpoint (.pt) and no export (model.pte with its metadata.yaml) below {folder}",
            "give the folder of your training runs, such as runs/detect",
        )
    items, notes = _named([Item("", model_name(path), str(path)) for path in models], made_of)
    beside = [f"{_some([str(each) for each in left])}: not taken, there is a {_BEST} beside"] if left else []
    return BatchList(items, (*beside, *notes))


def models_below(folder: Path, left: list[Path], deep: int | None = None) -> Iterator[Path]:
    """Yield checkpoints and exported folders; what is below a project is the project's.

    Beside a `best.pt` other checkpoints are of the same run, and what is called after it is its export. What
    is not taken for that comes into `left`. `deep` is how many folders down is looked, if not all the way.

    Raises:
        InputError: A folder cannot be read, or there is no end of models.
    """

    def wrong(error: OSError) -> None:
        raise InputError(
            f"{error.filename or folder} cannot be read: {reason(error)}", "check the rights there"
        ) from error

    seen = 0
    for place, folders, files in os.walk(folder, onerror=wrong):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if deep is not None and len(here.relative_to(folder).parts) >= deep:
            folders.clear()
        if manifest.NAME in files and not manifest.is_export(here):
            folders.clear()
            continue
        found = [here / name for name in files if Path(name).suffix.lower() == _CHECKPOINT and name[0] != "."]
        if any(path.name == _BEST for path in found):
            left.extend(sorted(path for path in found if path.name != _BEST))
            found = [here / _BEST]
            folders[:] = [name for name in folders if not name.startswith(f"{Path(_BEST).stem}_executorch")]
        if METADATA_NAME in files and any(name.lower().endswith(_PROGRAM) for name in files):
            found.append(here)
            folders.clear()
        seen += len(found)
        if seen > _ENOUGH:
            raise InputError(f"there are more than {_ENOUGH} models below {folder}", "name a smaller folder")
        yield from found


def model_name(path: Path) -> str:
    """Return what a model is called: as its export recorded it, or after its path."""
    with suppress(EdgegenError, OSError):
        recorded = recorded_name(path / METADATA_NAME) if path.is_dir() else ""
        if recorded:
            return recorded
    return naming.model_name(path)


def _of_csv(path: Path, made_of: Callable[[str], Path | None]) -> BatchList:
    items = list[Item]()
    given = dict[str, int]()  # folders of names that were typed -> line
    names = dict[int, str]()  # by their lines
    typed = set[int]()
    packages = dict[str, int]()
    for line, row in _rows(path):
        model = row.get("model", "")
        if not model:
            raise InputError(
                f"{path}, line {line}: it names no model", "write a path into the column `model`"
            )
        if model == Path(model).name and not (path.parent / model).exists():
            where = model  # an official name, or what a message will say is not there
        else:
            where = os.path.normpath(path.parent / Path(model).expanduser())
        with _in_line(path, line):
            name = row.get("name") or model_name(Path(where))
            naming.check_display_name(name)
            if row.get("package"):
                naming.check_package(row["package"])
        if row.get("name"):
            folder = naming.folder_name(name)
            before = _once(given, _same(folder), line)
            if before and names[before] == name:
                raise _twice(path, before, line, f"both have the name {name!r}")
            if before:
                what = f"{names[before]!r} and {name!r} would both go into the folder {folder}"
                raise _twice(path, before, line, what)
            names[line] = name
            typed.add(len(items))
        if row.get("package"):
            before = _once(packages, row["package"], line)
            if before:
                raise _twice(path, before, line, f"both have the package {row['package']!r}")
        items.append(Item("", name.strip(), where, row.get("package") or None, row.get("classes") or None))
    if not items:
        raise InputError(f"{path} lists no model", f"below its first line ({','.join(COLUMNS)}), one a line")
    named, notes = _named(items, made_of, typed)
    return BatchList(named, notes)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the lines that say something, by their numbers: column -> what stands there."""
    takes = f"its first line names columns of these: {', '.join(COLUMNS)}; `model` has to be there"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}", "check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no CSV file in UTF-8: {error.reason}", takes) from error
    if "\0" in text:
        raise InputError(f"{path} is no CSV file: it holds a zero byte", takes)
    first = text.split("\n", 1)[0]
    separator = (
        ";" if ";" in first and "," not in first else ","
    )  # as spreadsheets of many countries write it
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = [column.strip().lower() for column in next(reader, [])]
        others = [column for column in header if column not in COLUMNS]
        if others or "model" not in header or len(set(header)) < len(header):
            wrong = (
                f"has columns of other names: {_some(others)}"
                if others
                else ("has no column `model`" if "model" not in header else "has a column twice")
            )
            raise InputError(f"{path} {wrong}", takes)
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            if len(values) > len(header):
                given, columns = how_many(len(values), "value"), how_many(len(header), "column")
                raise InputError(
                    f"{path}, line {reader.line_num}: {given} for {columns}",
                    'put a value with a comma in it into double quotes: "0,2"',
                )
            yield reader.line_num, dict(zip(header, (value.strip() for value in values), strict=False))
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}", takes) from error


@contextmanager
def _in_line(path: Path, line: int) -> Iterator[None]:
    """Say in which line of a list an error lies: there it is bad input, whatever it is on a command line."""
    try:
        yield
    except EdgegenError as error:
        raise InputError(f"{path}, line {line}: {error.message}", error.hint) from error


def _once(seen: dict[str, int], key: str, line: int) -> int:
    """Return the line where this was before; 0 where it was not, and now it is."""
    before = seen.get(key, 0)
    seen.setdefault(key, line)
    return before


def _twice(path: Path, before: int, line: int, what: str) -> InputError:
    return InputError(f"{path}, lines {before} and {line}: {what}", "give each its own")


def _named(
    items: Sequence[Item], made_of: Callable[[str], Path | None], typed: Collection[int] = ()
) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Give each a folder of its own; names that are there twice get a number, and that is said.

    A name that was typed (of these items, by their places) is taken as it is. Others that are the same count
    from 2, in the order of their paths; but one whose project is there already keeps what it is called.
    """
    wanted = [naming.folder_name(item.name) for item in items]
    groups: dict[str, list[int]] = {}
    for number, name in enumerate(wanted):
        groups.setdefault(_same(name), []).append(number)
    taken = set(groups)
    folders = dict[int, str]()
    for members in groups.values():
        first = next((number for number in members if number in typed), None)
        if first is not None:
            folders[first] = wanted[first]
        others = [number for number in members if number != first]
        name = wanted[members[0]]
        free, count = [] if first is not None else [name], 1
        while len(free) < len(others):
            count += 1
            if _same(f"{name}-{count}") not in taken:
                free.append(f"{name}-{count}")
                taken.add(_same(free[-1]))
        folders |= _shared_out(others, free, items, made_of)
    named, notes = [], []
    for number, item in enumerate(items):
        folder, title = folders[number], item.name
        if folder != wanted[number]:
            suffix = folder.rpartition("-")[2]
            title = f"{title[: naming.MAX_NAME - len(suffix) - 1]} {suffix}"
            notes.append(f"{item.model} is called {folder}: there are several {wanted[number]}")
        named.append(replace(item, folder=folder, name=title))
    return tuple(named), tuple(notes)


def _shared_out(
    members: Sequence[int], free: Sequence[str], items: Sequence[Item], made_of: Callable[[str], Path | None]
) -> dict[int, str]:
    """Share names out: who had one keeps it, all others take the first that is free."""
    before = {name: made_of(name) for name in free} if len(free) > 1 else {}
    result = dict[int, str]()
    for number in members:
        path = Path(os.path.realpath(items[number].model))
        name = next((name for name, made in before.items() if made == path), None)
        if name is not None and name not in result.values():
            result[number] = name
    rest = iter([name for name in free if name not in result.values()])
    return {number: result[number] if number in result else next(rest) for number in members}


def _same(name: str) -> str:
    """Return what is the same of two names that one file system takes for one."""
    return unicodedata.normalize("NFC", name).casefold()


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(name or repr(name) for name in names[:most]) + more

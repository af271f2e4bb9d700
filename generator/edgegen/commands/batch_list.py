"""The models of `edgegen batch`: those below a folder, or the lines of a CSV. Each has its own folder."""

import csv
import io
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple

from edgegen.artifacts.metadata import read_metadata
from edgegen.base import app_ids, naming
from edgegen.base.errors import EdgegenError, InputError, reason
from edgegen.base.files import expand
from edgegen.base.model_files import METADATA_NAME, PTE_SUFFIX, is_folder_model
from edgegen.base.text import first_of, how_many, shorten
from edgegen.commands.resolve_model import find_model
from edgegen.model.class_selection import resolve_classes
from edgegen.project import manifest
from edgegen.sources.description import NOTHING_SAID, Description
from edgegen.sources.source import ModelSource

_COLUMNS: Final = ("model", "name", "package", "classes")
_SUFFIXES: Final = (".pt", ".pth", ".onnx", ".torchscript")  # of one name in a folder, the first one is taken
# The checkpoint of a run that counts, by the training's program: Ultralytics, YOLOX, rfdetr.
_BEST: Final = ("best.pt", "best_ckpt.pth", "checkpoint_best_total.pth")
_MOST_MODELS: Final = 10_000  # more are a mistyped folder


@dataclass(frozen=True)
class Item:
    """A model, and the options of its projects."""

    folder: str  # below the output folder
    name: str  # the app's display name
    model: str
    package: str | None = None
    classes: str | None = None
    is_named: bool = field(default=False, compare=False)  # by the user: the name gets no number

    def find(self, classes: str | None = None, description: Description = NOTHING_SAID) -> ModelSource:
        """Return the model's source, or raise the EdgegenError that `new` would have, if its files show it.

        classes, description: the options for all models; the item's own classes take precedence.
        """
        source = find_model(self.model, description)
        if source.is_exported:
            wanted = classes if self.classes is None else self.classes
            resolve_classes(source.record.class_names, wanted)
        return source

    def error(self, description: Description) -> EdgegenError | None:
        """Return the error of `find`, if there is one."""
        try:
            self.find(description=description)
        except EdgegenError as error:
            return error
        return None


@dataclass(frozen=True)
class BatchList:
    """The models, and notes on how they were found."""

    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()

    def only(self, folders: Sequence[str]) -> "BatchList":
        """Return the models of these folders; all if there are none. InputError for an unknown folder."""
        items = {item.folder: item for item in self.items}
        for folder in folders:
            if folder not in items:
                raise InputError(
                    f"there is no {folder!r} among the {how_many(len(items), 'model')} of this list",
                    f"the names are: {first_of(list(items))}",
                )
        return replace(self, items=tuple(items[each] for each in dict.fromkeys(folders))) if folders else self


def read_list(path: Path, model_of: Callable[[str], Path | None]) -> BatchList:
    """Return every model below a folder, or on the lines of a CSV.

    `model_of` returns the model of an existing project in a folder of this name: models with the same name
    then keep their folders.
    """
    if not path.exists():
        raise InputError(f"there is no folder or list {path}", "give the folder of your runs, or a CSV file")
    if not path.is_dir():
        return _assign_folders(_csv_items(path), model_of)
    skipped = list[Path]()
    models = sorted(models_below(path, skipped))
    if not models:
        raise InputError(
            f"there is no checkpoint (.pt, .pth), no ONNX or TorchScript file and no export below {path}",
            "give the folder of your training runs, such as runs/detect",
        )
    listed = _assign_folders([Item("", _default_name(model), str(model)) for model in models], model_of)
    if skipped:
        best = " or ".join(_BEST)
        note = f"{first_of([str(each) for each in skipped])}: skipped, because there is a {best}"
        return replace(listed, notes=(note, *listed.notes))
    return listed


def models_below(folder: Path, skipped: list[Path], depth: int | None = None) -> Iterator[Path]:
    """Yield model files, exported folders and Transformers folders. Models inside projects are skipped.

    Next to the best checkpoint of a run, its exports are skipped, and the run's other checkpoints are added
    to `skipped`. `depth` limits the levels of folders.
    """

    def fail(error: OSError) -> None:
        raise InputError(
            f"{error.filename or folder} cannot be read: {reason(error)}", "check its permissions"
        ) from error

    count = 0
    for place, folders, files in os.walk(folder, onerror=fail):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if depth is not None and len(here.relative_to(folder).parts) >= depth:
            folders.clear()
        if manifest.NAME in files and not manifest.is_export(here):
            folders.clear()
            continue
        found = _model_files(here, files)
        best = next((path for path in found if path.name in _BEST), None)
        if best is not None:
            skipped.extend(sorted(path for path in found if path != best))
            found = [best]
            folders[:] = [name for name in folders if not name.startswith(f"{best.stem}_executorch")]
        is_export = METADATA_NAME in files and any(name.lower().endswith(PTE_SUFFIX) for name in files)
        if is_export or is_folder_model(files):
            found.append(here)
            folders.clear()
        count += len(found)
        if count > _MOST_MODELS:
            raise InputError(
                f"there are more than {_MOST_MODELS} models below {folder}", "name a smaller folder"
            )
        yield from found


def _model_files(folder: Path, names: Iterable[str]) -> list[Path]:
    """Return the models among the files of a folder, without exports of a checkpoint there."""
    by_stem: dict[str, Path] = {}
    models = [folder / name for name in names if name[0] != "." and _order(name) >= 0]
    for path in sorted(models, key=lambda path: _order(path.name)):
        by_stem.setdefault(path.stem, path)
    return list(by_stem.values())


def _order(name: str) -> int:
    """Return the place of a file's suffix among those of models; -1 for others."""
    suffix = Path(name).suffix.lower()
    return _SUFFIXES.index(suffix) if suffix in _SUFFIXES else -1


def _default_name(path: Path) -> str:
    """Return a model's name: the one that its export recorded, or one from its path."""
    with suppress(EdgegenError, OSError):
        recorded = read_metadata(path / METADATA_NAME).display_name if path.is_dir() else ""
        if recorded:
            return recorded
    return naming.name_from_path(path)


def _csv_items(path: Path) -> list[Item]:
    """Return the models of a list, without their folders."""
    items = list[Item]()
    names, packages = dict[str, _Line](), dict[str, _Line]()  # by folder key, by package
    for line, row in _rows(path):
        item = _item(path, line, row)
        if item.is_named:
            before = names.setdefault(_file_key(naming.folder_name(item.name)), _Line(line, item.name))
            if before.text != item.name:
                folder = naming.folder_name(item.name)
                what = f"{before.text!r} and {item.name!r} would both go into the folder {folder}"
                raise _repeated(path, before, line, what)
            if before.number != line:
                raise _repeated(path, before, line, f"both have the name {item.name!r}")
        if item.package:
            before = packages.setdefault(item.package, _Line(line, item.package))
            if before.number != line:
                raise _repeated(path, before, line, f"both have the package {item.package!r}")
        items.append(item)
    if not items:
        raise InputError(
            f"{path} lists no model", f"write one per line, below the header {','.join(_COLUMNS)}"
        )
    return items


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the numbers and the values (by column) of the lines that are not empty."""
    takes = f"the first line must name columns of: {', '.join(_COLUMNS)}; `model` is required"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}", "check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a CSV file in UTF-8: {error.reason}", takes) from error
    if "\0" in text:
        raise InputError(f"{path} is not a CSV file: it holds a zero byte", takes)
    first = text.split("\n", 1)[0]
    separator = ";" if ";" in first and "," not in first else ","  # depends on a spreadsheet's language
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = [column.strip().lower() for column in next(reader, [])]
        others = [column or repr(column) for column in header if column not in _COLUMNS]
        if others:
            raise InputError(f"{path} has unknown columns: {first_of(others)}", takes)
        if "model" not in header:
            raise InputError(f"{path} has no column `model`", takes)
        if len(set(header)) < len(header):
            raise InputError(f"{path} has a column twice", takes)
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            if len(values) > len(header):
                count, columns = how_many(len(values), "value"), how_many(len(header), "column")
                raise InputError(
                    f"{path}, line {reader.line_num}: {count} for {columns}",
                    'put a value with a comma into double quotes: "0,2"',
                )
            yield reader.line_num, dict(zip(header, (value.strip() for value in values), strict=False))
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}", takes) from error


def _item(path: Path, line: int, row: Mapping[str, str]) -> Item:
    """Return the model of a line, without its folder."""
    model, name, package = (row.get(column, "") for column in ("model", "name", "package"))
    if not model:
        raise InputError(f"{path}, line {line}: there is no model", "write a path into the column `model`")
    try:
        is_official = model == Path(model).name and not (path.parent / model).exists()  # such as yolo11n.pt
        where = model if is_official else os.path.normpath(path.parent / expand(model))
        display_name = naming.check_display_name(name or _default_name(Path(where)))
        if package:
            app_ids.check_package(package)
    except EdgegenError as error:
        raise InputError(f"{path}, line {line}: {error.message}", error.hint) from error
    except OSError as error:  # its name is too long
        why = f"{shorten(model)} cannot be read: {reason(error)}"
        raise InputError(f"{path}, line {line}: {why}", "check the path") from error
    return Item("", display_name, where, package or None, row.get("classes") or None, is_named=bool(name))


class _Line(NamedTuple):
    """A name or package, and the line of the list that it was first on."""

    number: int
    text: str


def _repeated(path: Path, before: _Line, line: int, what: str) -> InputError:
    return InputError(f"{path}, lines {before.number} and {line}: {what}", "give each its own")


def _assign_folders(items: Sequence[Item], model_of: Callable[[str], Path | None]) -> BatchList:
    """Give each model a folder. Repeated names get a number and a note.

    Names that the user chose stay. The others are numbered from 2 in the order of their paths, but a model
    keeps the folder of its existing project.
    """
    groups = dict[str, list[int]]()  # the numbers of models with the same name
    for number, item in enumerate(items):
        groups.setdefault(_file_key(naming.folder_name(item.name)), []).append(number)
    taken, folders = set(groups), dict[int, str]()
    for numbers in groups.values():
        group = [items[number] for number in numbers]
        free = _free_folders(naming.folder_name(group[0].name), len(group), taken)
        folders.update(zip(numbers, _distribute(group, free, model_of), strict=True))
    named, notes = [], []
    for number, item in enumerate(items):
        folder, wanted, title = folders[number], naming.folder_name(item.name), item.name
        if folder != wanted:
            suffix = folder.rpartition("-")[2]
            title = f"{title[: naming.MAX_NAME - len(suffix) - 1]} {suffix}"
            notes.append(f"{item.model} is called {folder}: there are several {wanted}")
        named.append(replace(item, folder=folder, name=title))
    return BatchList(tuple(named), tuple(notes))


def _free_folders(name: str, count: int, taken: set[str]) -> list[str]:
    """Return a name and numbered ones, `count` in all. The keys of the numbered ones are added to `taken`."""
    free, number = [name], 2
    while len(free) < count:
        folder = f"{name}-{number}"
        if _file_key(folder) not in taken:
            taken.add(_file_key(folder))
            free.append(folder)
        number += 1
    return free


def _distribute(
    group: Sequence[Item], folders: Sequence[str], model_of: Callable[[str], Path | None]
) -> list[str]:
    """Return a folder for each model of a group: the user's own name, its project's, or the next free one."""
    if len(group) == 1:
        return [naming.folder_name(group[0].name)]
    project_of = {model_of(folder): folder for folder in folders}
    free, chosen = list(folders), dict[int, str]()
    for number, item in enumerate(group):
        if item.is_named:  # only one of them: `_csv_items` rejects two
            chosen[number] = naming.folder_name(item.name)
            free.pop(0)
    for number, item in enumerate(group):
        folder = project_of.get(Path(os.path.realpath(item.model)))
        if number not in chosen and folder in free:
            chosen[number] = folder
            free.remove(folder)
    for number in range(len(group)):
        if number not in chosen:
            chosen[number] = free.pop(0)
    return [chosen[number] for number in range(len(group))]


def _file_key(name: str) -> str:
    """Return a key that is equal for names which some file systems do not distinguish."""
    return unicodedata.normalize("NFC", name).casefold()

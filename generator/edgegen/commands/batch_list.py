"""The models of `edgegen batch`: those below a folder, or the lines of a CSV. Each has its own name."""

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from edgegen.artifacts.metadata import recorded_name
from edgegen.base import app_ids, naming
from edgegen.base.errors import EdgegenError, InputError, reason
from edgegen.base.files import expand
from edgegen.base.model_files import METADATA_NAME, PTE_SUFFIX
from edgegen.base.text import first_of, how_many
from edgegen.commands.batch_folders import BatchList, Item, assign_folders, file_key
from edgegen.project import manifest

COLUMNS: Final = ("model", "name", "package", "classes")
_SUFFIXES: Final = (".pt", ".onnx", ".torchscript")  # of one name in a folder, the first one is taken
_BEST: Final = "best.pt"
_MOST_MODELS: Final = 10_000  # more are a mistyped folder


def read_list(path: Path, model_of: Callable[[str], Path | None]) -> BatchList:
    """Return every model below a folder, or on the lines of a CSV.

    `model_of` returns the model of an existing project in a folder of this name: models with the same name
    then keep their folders.

    Raises:
        InputError: There are no models, or the list is wrong.
    """
    if not path.exists():
        raise InputError(f"there is no folder or list {path}", "give the folder of your runs, or a CSV file")
    if not path.is_dir():
        return assign_folders(_csv_items(path), model_of)
    skipped = list[Path]()
    models = sorted(models_below(path, skipped))
    if not models:
        raise InputError(
            f"there is no checkpoint (.pt), no ONNX or TorchScript file and no export below {path}",
            "give the folder of your training runs, such as runs/detect",
        )
    listed = assign_folders([Item("", _default_name(model), str(model)) for model in models], model_of)
    if skipped:
        note = f"{first_of([str(each) for each in skipped])}: skipped, because there is a {_BEST}"
        return replace(listed, notes=(note, *listed.notes))
    return listed


def models_below(folder: Path, skipped: list[Path], depth: int | None = None) -> Iterator[Path]:
    """Yield model files and exported folders. Models inside projects are skipped.

    Next to a `best.pt`, its exports are skipped, and the other checkpoints of the run are added to
    `skipped`. `depth` limits the levels of folders.

    Raises:
        InputError: A folder cannot be read, or there are too many models.
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
        if any(path.name == _BEST for path in found):
            skipped.extend(sorted(path for path in found if path.name != _BEST))
            found = [here / _BEST]
            folders[:] = [name for name in folders if not name.startswith(f"{Path(_BEST).stem}_executorch")]
        if METADATA_NAME in files and any(name.lower().endswith(PTE_SUFFIX) for name in files):
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
    models = [folder / name for name in names if name[0] != "." and Path(name).suffix.lower() in _SUFFIXES]
    for path in sorted(models, key=lambda path: _SUFFIXES.index(path.suffix.lower())):
        by_stem.setdefault(path.stem, path)
    return list(by_stem.values())


def _default_name(path: Path) -> str:
    """Return a model's name: the one that its export recorded, or one from its path."""
    with suppress(EdgegenError, OSError):
        recorded = recorded_name(path / METADATA_NAME) if path.is_dir() else ""
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
            before = names.setdefault(file_key(naming.folder_name(item.name)), _Line(line, item.name))
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
            f"{path} lists no model", f"write one per line, below the header {','.join(COLUMNS)}"
        )
    return items


class _Line(NamedTuple):
    """A name or package, and the line of the list that it was first on."""

    number: int
    text: str


def _repeated(path: Path, before: _Line, line: int, what: str) -> InputError:
    return InputError(f"{path}, lines {before.number} and {line}: {what}", "give each its own")


def _item(path: Path, line: int, row: Mapping[str, str]) -> Item:
    """Return the model of a line, without its folder."""
    model, name, package = (row.get(column, "") for column in ("model", "name", "package"))
    if not model:
        raise InputError(f"{path}, line {line}: there is no model", "write a path into the column `model`")
    is_official = model == Path(model).name and not (path.parent / model).exists()  # such as yolo11n.pt
    try:
        where = model if is_official else os.path.normpath(path.parent / expand(model))
        display_name = naming.check_display_name(name or _default_name(Path(where)))
        if package:
            app_ids.check_package(package)
    except EdgegenError as error:
        raise InputError(f"{path}, line {line}: {error.message}", error.hint) from error
    return Item("", display_name, where, package or None, row.get("classes") or None, is_named=bool(name))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the numbers and the values (by column) of the lines that are not empty."""
    takes = f"the first line must name columns of: {', '.join(COLUMNS)}; `model` is required"
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
        others = [column or repr(column) for column in header if column not in COLUMNS]
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

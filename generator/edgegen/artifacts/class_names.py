"""Names of classes: in a metadata.yaml, or in a file of a user."""

from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, reason
from edgegen.base.strict_yaml import load_yaml
from edgegen.base.text import how_many, shorten

_HINT: Final = "write one name per line into a .txt file in UTF-8, in the order of the training"
MAX_NAME: Final = 10_000  # characters of a class name, below any compiler's limit for a string


def read_names(path: Path) -> tuple[str, ...]:
    """Read a user's file of names.

    A .yaml or .json has a list, a mapping from 0, 1, ... to names, or one from names to numbers, such as
    ImageFolder's `class_to_idx`; a data.yaml has one under `names`. Any other file has one name per line.
    """
    is_data = path.suffix.lower() in {".yaml", ".yml", ".json"}
    try:
        content = load_yaml(path, lenient=True) if is_data else _lines(path)
        if isinstance(content, dict):
            content = content.get("names", content)
        if isinstance(content, dict) and all(type(value) is int for value in content.values()):
            content = _by_number(path, content)
        if not content:
            raise InputError(f"{path} has no names")
        return names_by_number(path, content)
    except InputError as error:
        error.hint = _HINT
        raise


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the file of names {path} cannot be read: {reason(error)}") from error
    return [line.strip() for line in lines if line.strip()]


def _by_number(path: Path, numbers: dict[Any, int]) -> dict[int, Any]:
    """Return the names by number, from the numbers by name."""
    names: dict[int, Any] = {}
    for name, number in numbers.items():
        if number in names:
            raise InputError(f"{path}: {names[number]!r} and {name!r} have the number {number}")
        names[number] = name
    return names


def names_by_number(path: Path, names: object) -> tuple[str, ...]:
    """Return the names by class id, from {0: name, ...}, {"0": name, ...} or [name, ...]."""
    if names is None:
        raise InputError(f"{path} does not name the classes: the key `names` is missing")
    if isinstance(names, dict):
        names = _in_order(path, names)
    if not isinstance(names, list):
        raise InputError(
            f"{path}: `names` must be a list, or a mapping from 0, 1, ... to names; it is {shorten(names)}"
        )
    if not names:
        raise InputError(
            f"{path} has 0 classes: `names` is empty", "export a model that was trained with classes"
        )
    for class_id, name in enumerate(names):
        what = f"{path}: the name of class {class_id}"
        if not isinstance(name, str):
            raise InputError(f"{what} is {shorten(name)}, which is not text in YAML", "write it in quotes")
        if len(name) > MAX_NAME:
            raise InputError(f"{what} has {len(name)} characters; the maximum is {MAX_NAME}")
        if not name.isascii() and any("\ud800" <= character <= "\udfff" for character in name):
            raise InputError(f"{what} is not Unicode text: {shorten(name)}")
    return tuple(names)


def _in_order(path: Path, names: dict[Any, Any]) -> list[Any]:
    """Return a mapping's values by their keys, which must be 0 to n - 1, as integers or as text."""
    by_id: dict[int, Any] = {}
    for number, name in names.items():
        is_digits = isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 10
        if not is_digits and (not isinstance(number, int) or isinstance(number, bool)):
            raise InputError(f"{path}: `names` has the key {shorten(number)}, which is not a class number")
        if int(number) in by_id:
            raise InputError(f"{path}: `names` has class {int(number)} twice")
        by_id[int(number)] = name
    for class_id in range(len(by_id)):
        if class_id not in by_id:
            raise InputError(
                f"{path}: `names` has {how_many(len(by_id), 'class')}, but none with the number {class_id}",
                "number them 0, 1, 2, ... without a gap",
            )
    return [by_id[class_id] for class_id in range(len(by_id))]

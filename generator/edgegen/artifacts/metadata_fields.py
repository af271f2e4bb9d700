"""Typed access to the values of a metadata.yaml. Every wrong value is an InputError with key and value."""

import math
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.naming import how_many
from edgegen.base.strict_yaml import shorten

MAX_NAME: Final = 10_000  # characters of a class name, below any compiler's limit for a string


class Fields:
    """A mapping of the file, with a method for each type of value. An absent key gives None or a default."""

    def __init__(self, path: Path, values: dict[Any, Any], prefix: str = "") -> None:
        self.path = path
        self.values = values
        self._prefix = prefix

    def wrong(self, key: str | int, wanted: str) -> InputError:
        """Return the error for a wrong value."""
        return InputError(
            f"{self.path}: `{self._prefix}{key}` must be {wanted}; it is {shorten(self.values.get(key))}"
        )

    def mapping(self, key: str | int) -> "Fields":
        """Return a mapping; an empty one if absent."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "a mapping")
        return Fields(self.path, value, f"{self._prefix}{key}.")

    def text(self, key: str, *, required: bool = False) -> str:
        """Return a text; "" if absent."""
        value = self.values.get(key)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value):
            raise self.wrong(key, "text")
        return value.encode("utf-8", "replace").decode()  # lone surrogates become question marks

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.wrong(key, "a list of texts")
        return tuple(value)

    def one_of(self, key: str, known: tuple[str, ...]) -> str:
        """Return one of the known values; the first if absent."""
        value = self.text(key) or known[0]
        if value not in known:
            raise UnsupportedModelError(f"`{self._prefix}{key}: {shorten(value)}` ({self.path})")
        return value

    def boolean(self, key: str) -> bool | None:
        """Return true or false."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def integer(self, key: str, *, minimum: int) -> int | None:
        """Return an integer."""
        value = self.values.get(key)
        if value is None:
            return None
        if not _is_integer(value, minimum):
            raise self.wrong(key, f"an integer of at least {minimum}")
        return int(value)

    def required(self, key: str) -> int:
        """Return a count of at least one, which must be present."""
        value = self.integer(key, minimum=1)
        if value is None:
            raise self.wrong(key, "an integer of at least 1")
        return value

    def between(self, key: str, low: float, high: float) -> float:
        """Return a number of this range, which must be present."""
        value = self.values.get(key)
        if not _is_number(value, positive=False) or not low <= float(value or 0) <= high:
            raise self.wrong(key, f"a number from {low} to {high}")
        return float(value or 0)

    def integers(self, key: str, *, minimum: int) -> tuple[int, ...] | None:
        """Return a list of integers."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(_is_integer(each, minimum) for each in value):
            raise self.wrong(key, f"a list of integers of at least {minimum}")
        return tuple(value)

    def shapes(self, key: str) -> tuple[tuple[int, ...], ...] | None:
        """Return a list of tensor shapes."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(_is_shape(each) for each in value):
            raise self.wrong(key, "a list of shapes, each a list of positive integers")
        return tuple(tuple(each) for each in value)

    def number(self, key: str, default: float, *, positive: bool = False) -> float:
        """Return a finite number."""
        value = self.values.get(key, default)
        if not _is_number(value, positive):
            raise self.wrong(key, "a positive number" if positive else "a number")
        return float(value)

    def numbers(self, key: str, default: tuple[float, ...], *, positive: bool = False) -> tuple[float, ...]:
        """Return one number for each channel."""
        value = self.values.get(key, list(default))
        if (
            not isinstance(value, list)
            or len(value) != 3
            or not all(_is_number(each, positive) for each in value)
        ):
            raise self.wrong(key, f"a list of three {'positive ' if positive else ''}numbers")
        return tuple(float(each) for each in value)


def _is_integer(value: object, minimum: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and minimum <= value < 2**31


def _is_shape(value: object) -> bool:
    return isinstance(value, list) and all(_is_integer(each, 1) for each in value)


def _is_number(value: object, positive: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e30:
        return False
    return math.isfinite(value) and (value > 1e-30 or not positive)


def read_class_names(path: Path, names: object) -> tuple[str, ...]:
    """Return the class names by id, from {0: name, ...}, {"0": name, ...} or [name, ...]."""
    if names is None:
        raise InputError(f"{path} has no class names: the key `names` is missing")
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
        if not isinstance(name, str):
            raise InputError(
                f"{path}: the name of class {class_id} is {shorten(name)}, which is not text in YAML",
                "write it in quotes",
            )
        if len(name) > MAX_NAME:
            raise InputError(
                f"{path}: the name of class {class_id} has {len(name)} characters, more than {MAX_NAME}"
            )
        if not name.isascii() and any("\ud800" <= character <= "\udfff" for character in name):
            raise InputError(f"{path}: the name of class {class_id} is not Unicode text: {shorten(name)}")
    return tuple(names)


def _in_order(path: Path, names: dict[Any, Any]) -> list[Any]:
    """Return the values by their keys, which must be 0 to n - 1, as integers or text."""
    by_id: dict[int, Any] = {}
    for key, name in names.items():
        is_number = isinstance(key, int) and not isinstance(key, bool)
        if not is_number and not (isinstance(key, str) and len(key) < 10 and key.isascii() and key.isdigit()):
            raise InputError(f"{path}: `names` has the key {shorten(key)}, which is not a class number")
        if int(key) in by_id:
            raise InputError(f"{path}: `names` has class {int(key)} twice")
        by_id[int(key)] = name
    for class_id in range(len(by_id)):
        if class_id not in by_id:
            raise InputError(
                f"{path}: `names` has {how_many(len(by_id), 'class')}, but none with the number {class_id}",
                "number them 0, 1, 2, ... without a gap",
            )
    return [by_id[class_id] for class_id in range(len(by_id))]

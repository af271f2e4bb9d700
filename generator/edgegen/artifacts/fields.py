"""Checks the values of a mapping from anywhere. A wrong one is an InputError that names key and value."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.model_files import ONNX_SUFFIX, PTE_SUFFIX
from edgegen.base.text import shorten


@dataclass(frozen=True)
class Kind:
    """The values that a key accepts: in words, as a check, and how they are converted."""

    wanted: str
    accepts: Callable[[Any], bool]
    convert: Callable[[Any], Any] = lambda value: value
    known: tuple[str, ...] = ()  # texts that this edgegen supports; empty: all


class Fields:
    """A mapping of a file; its keys are checked when they are read."""

    def __init__(self, path: Path, values: Mapping[Any, Any], prefix: str = "") -> None:
        self.path = path
        self.values = values
        self._prefix = prefix

    def wrong(self, key: str | int, wanted: str) -> InputError:
        """Return the error of a wrong value."""
        return InputError(
            f"{self.path}: `{self._prefix}{key}` must be {wanted}; it is {shorten(self.values.get(key))}"
        )

    def mapping(self, key: str | int) -> "Fields":
        """Return the mapping under a key; an empty one if the key is missing."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "a mapping")
        return Fields(self.path, value, f"{self._prefix}{key}.")

    def get(self, key: str, kind: Kind, default: Any = None) -> Any:
        """Return the value of a key, or the default if it is missing or null."""
        return default if self.values.get(key) is None else self.required(key, kind)

    def required(self, key: str, kind: Kind) -> Any:
        """Return the value of a key."""
        value = self.values.get(key)
        if not kind.accepts(value):
            raise self.wrong(key, kind.wanted)
        if kind.known and value not in kind.known:
            raise UnsupportedModelError(
                f"`{self._prefix}{key}: {shorten(value)}` ({self.path})",
                f"known values are {', '.join(kind.known)}: update edgegen, or export the model again",
            )
        return kind.convert(value)

    def read(self, owner: type) -> dict[str, Any]:
        """Return the values of those fields of a dataclass that `key` declares."""
        found = {}
        for each in fields(owner):
            if each.metadata:
                *folders, name = each.metadata["key"].split(".")
                place = self
                for folder in folders:
                    place = place.mapping(folder)
                found[each.name] = place.get(name, each.metadata["kind"], each.default)
        return found


def key(name: str, kind: Kind, default: Any = None) -> Any:
    """Return a dataclass field that `Fields.read` reads. Dots in the name lead into nested mappings."""
    return field(default=default, metadata={"key": name, "kind": kind})


def is_integer(value: Any, low: int = 1, high: int = 2**31 - 1) -> bool:
    """Return whether a value is an integer within the bounds."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_number(value: Any, above: float = -1e30) -> bool:
    """Return whether a value is a number that float32 holds, which NaN and infinity are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and above < value < 1e30


def is_positive(value: Any) -> bool:
    """Return whether a value is a positive number."""
    return is_number(value, above=1e-30)


def between(low: float, high: float) -> Kind:
    """Return the kind of a number within bounds."""
    return Kind(
        f"a number from {low} to {high}", lambda value: is_number(value) and low <= value <= high, float
    )


def choice(*known: str) -> Kind:
    """Return the kind of a text that is one of those that edgegen knows."""
    return Kind("text", _is_text, known=known)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # a lone surrogate becomes a question mark


def _list(wanted: str, accepts: Callable[[Any], bool], convert: Callable[[Any], Any] = tuple) -> Kind:
    return Kind(wanted, lambda value: isinstance(value, list) and all(map(accepts, value)), convert)


def _three(wanted: str, accepts: Callable[[Any], bool]) -> Kind:
    kind = _list(wanted, accepts, lambda value: tuple(map(float, value)))
    return Kind(wanted, lambda value: kind.accepts(value) and len(value) == 3, kind.convert)


TEXT: Final = Kind("text", _is_text, _clean)
SOME_TEXT: Final = Kind("text", lambda value: _is_text(value) and value != "", _clean)
DIGEST: Final = Kind("text", _is_text, lambda text: _clean(text).lower())
_PROGRAM_NAME: Final = re.compile(
    rf"\w[\w.-]{{0,99}}({re.escape(PTE_SUFFIX)}|{re.escape(ONNX_SUFFIX)})", re.ASCII
)
PROGRAM_FILE: Final = Kind(
    "the name of a .pte or .onnx file in letters, digits, points and dashes",
    lambda value: _is_text(value) and _PROGRAM_NAME.fullmatch(value) is not None,
)
TEXTS: Final = _list("a list of texts", _is_text)
BOOLEAN: Final = Kind("true or false", lambda value: isinstance(value, bool))
COUNT: Final = Kind("an integer of at least 1", is_integer)
COUNTS: Final = _list("a list of integers of at least 1", is_integer)
NATURAL: Final = Kind("an integer of at least 0", lambda value: is_integer(value, 0))
BYTE: Final = Kind("a byte, 0 to 255", lambda value: is_integer(value, 0, 255))
SIGNED_BYTE: Final = Kind("an integer from -128 to 127", lambda value: is_integer(value, -128, 127))
SHAPES: Final = _list(
    "a list of shapes, each a list of positive integers",
    COUNTS.accepts,
    lambda value: tuple(map(tuple, value)),
)
NUMBER: Final = Kind("a number", is_number, float)
POSITIVE: Final = Kind("a positive number", is_positive, float)
NOT_NEGATIVE: Final = Kind("a number of at least 0", lambda value: is_number(value) and value >= 0, float)
NUMBERS: Final = _three("a list of three numbers", is_number)
POSITIVES: Final = _three("a list of three positive numbers", is_positive)

"""Options as .edgegen.yml records them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgegen.model.precision import INT8
from edgegen.model.spec import STRETCH
from edgegen.project.option_table import (
    COUNT,
    INT8_EXPORT,
    NUMBER,
    NUMBERS,
    OPTIONS,
    PATH,
    RESIZE,
    SIZE,
    Option,
)


def to_record(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as .edgegen.yml records them. `values` are fields of a Request.

    Fields without a value are left out, and for float32 the options of int8.
    """
    is_int8 = values.get("precision") == INT8.name
    record = {}
    for option in OPTIONS:
        value = values.get(option.field)
        if not option.recorded or value in (None, "", ()) or (option.concern == INT8_EXPORT and not is_int8):
            continue
        if isinstance(value, tuple):
            value = list(value)
        record[option.key] = str(value) if isinstance(value, Path) else value
    return record


def from_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's fields of a Request. Raise ValueError or TypeError if one has a wrong value."""
    values: dict[str, Any] = {}
    for option in OPTIONS:
        value = record.get(option.key)
        if not option.recorded or value in (None, [], ()):
            continue
        values[option.field] = _value(option, value)
    return values


def _value(option: Option, value: Any) -> Any:
    if option.repeatable:
        return tuple(map(str, value))
    if option.kind == SIZE:
        size = tuple(int(side) for side in value)
        return size[0], size[-1]
    if option.kind == NUMBERS:
        return tuple(map(float, value))
    if option.kind == RESIZE and value == STRETCH:
        return value
    return {NUMBER: float, COUNT: int, RESIZE: int, PATH: Path}.get(option.kind, str)(value)

"""Options as .edgegen.yml records them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgegen.model.precision import INT8
from edgegen.model.spec import STRETCH
from edgegen.project.option_table import (
    COUNT,
    FP32,
    INT8_ONLY,
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

    Fields without a value are left out, also the precision fp32, and without int8 its options.
    """
    precision = values.get("precision")
    left_out = INT8_ONLY if precision != INT8.name else ()
    left_out += ("precision",) if precision == FP32 else ()
    record = {}
    for option in OPTIONS:
        value = values.get(option.field)
        if not option.recorded or value in (None, "", ()) or option.field in left_out:
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

"""Fuzz tests: any metadata.yaml is read or rejected with an InputError."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edgegen.base.errors import InputError
from tests.helpers.metadata_files import OWN, SMALLEST, ULTRALYTICS, read

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5) | st.integers(-2, 5), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = [
    "task",
    "names",
    "imgsz",
    "stride",
    "batch",
    "channels",
    "head",
    "end2end",
    "license",
    "version",
    "edgegen",
]
OWN_KEYS = [
    *OWN,
    "layout",
    "color",
    "scale",
    "mean",
    "std",
    "resize",
    "pad_value",
    "contract",
    "reg_max",
    "strides",
    "shapes",
]
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
fuzz = settings(max_examples=300, deadline=None, suppress_health_check=QUIET)


def read_or_refuse(folder: Path, content: str | bytes | dict[Any, Any]) -> None:
    """Read the content; fail on any result other than Metadata or an InputError."""
    try:
        metadata = read(folder, content)
    except InputError as error:
        error.message.encode()
    else:
        assert metadata.class_names
        assert all(isinstance(name, str) for name in metadata.class_names)


@pytest.mark.full
@fuzz
@given(st.dictionaries(st.sampled_from(KEYS), values), st.dictionaries(st.sampled_from(OWN_KEYS), values))
def test_metadata_with_any_types_is_read_or_rejected(
    tmp_path: Path, outer: dict[str, Any], inner: dict[str, Any]
) -> None:
    recorded = {"schema": 1, "input": inner, "output": inner} | inner
    read_or_refuse(tmp_path, SMALLEST | {"edgegen": recorded} | outer)


@pytest.mark.full
@fuzz
@given(st.data())
def test_damaged_metadata_is_read_or_rejected(tmp_path: Path, data: st.DataObject) -> None:
    """Parts of a real file are cut, repeated, and overwritten with special characters of YAML."""
    content = bytearray(yaml.safe_dump(yaml.safe_load(ULTRALYTICS) | {"edgegen": OWN}).encode())
    signs = [
        b"[",
        b"{",
        b"&a ",
        b"*a",
        b"!!int ",
        b"? ",
        b": ",
        b"- ",
        b"|\n",
        b"\t",
        b"'",
        b'"',
        b"\xff",
        b"\n",
        b"<<: ",
    ]
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(content)))
        end = min(len(content), start + data.draw(st.integers(0, 20)))
        content[start:end] = data.draw(st.sampled_from([*signs, b"", bytes(content[start:end]) * 2]))
    read_or_refuse(tmp_path, bytes(content))


@fuzz
@given(st.binary(max_size=200))
@example(b"%YAML 9.9\n---\na: b")
@example(b"!<tag:yaml.org,2002:binary> x")
def test_random_bytes_as_metadata_are_read_or_rejected(tmp_path: Path, content: bytes) -> None:
    read_or_refuse(tmp_path, content)

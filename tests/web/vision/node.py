"""JavaScript functions of a Node process that answers over a pipe: serve.mjs explains the messages."""

import json
import math
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tests.helpers.tools import missing

PROGRAM: Final = Path(__file__).with_name("serve.mjs")
TYPES: Final = {"u8": "u1", "i32": "<i4", "u32": "<u4", "f32": "<f4"}
_NAMES: Final = {np.dtype(numpy): name for name, numpy in TYPES.items()}


class NodeError(AssertionError):
    """An exception in JavaScript."""


class Node:
    """A Node process."""

    def __init__(self) -> None:
        if shutil.which("node") is None:
            missing("node")
        self._process = subprocess.Popen(
            ["node", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=-1
        )

    def call(self, file: Path, name: str, *args: object) -> Any:
        """Call an exported function, or return an exported constant. Arrays are numpy's, flat in results.

        Raises:
            NodeError: The function has thrown.
        """
        parts: list[bytes] = []
        question = {"file": str(file), "name": name, "args": _packed(list(args), parts)}
        text, arrays = json.dumps(question).encode(), b"".join(parts)
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        assert pipe_in is not None and pipe_out is not None
        pipe_in.write(struct.pack("<II", len(text), len(arrays)) + text + arrays)
        pipe_in.flush()
        text_length, arrays_length = struct.unpack("<II", pipe_out.read(8))
        text, arrays = pipe_out.read(text_length), pipe_out.read(arrays_length)
        answer = json.loads(text, object_hook=lambda each: _unpacked(each, arrays))
        if "error" in answer:
            raise NodeError(answer["error"])
        return answer["value"]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def _packed(value: Any, parts: list[bytes]) -> Any:
    if isinstance(value, np.ndarray):
        first, name = sum(map(len, parts)), _NAMES[value.dtype]
        parts.append(np.ascontiguousarray(value).tobytes())
        return {"$array": name, "first": first, "length": value.size}
    if isinstance(value, dict):
        return {key: _packed(each, parts) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(each, parts) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": str(value).replace("inf", "Infinity").replace("nan", "NaN")}
    return value


def _unpacked(value: dict[str, Any], arrays: bytes) -> Any:
    if "$number" in value:
        return float(value["$number"].replace("Infinity", "inf"))
    if "$array" not in value:
        return value
    dtype = np.dtype(TYPES[value["$array"]])
    found: npt.NDArray[Any] = np.frombuffer(arrays, dtype, value["length"], value["first"])
    return found

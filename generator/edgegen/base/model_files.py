"""The files of a model: the names of an exported one's, and the digest of all that belong to one."""

import contextlib
import hashlib
import mmap
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

from edgegen.base.files import file_sha256, inside

PTE_SUFFIX: Final = ".pte"
_STEM: Final = "model"
PTE_NAME: Final = f"{_STEM}{PTE_SUFFIX}"  # the first program
ONNX_SUFFIX: Final = ".onnx"
ONNX_NAME: Final = f"{_STEM}{ONNX_SUFFIX}"  # the program of web apps
METADATA_NAME: Final = "metadata.yaml"  # next to it
_EXTRA: Final = re.compile(rf"{_STEM}\.[\w-]+{re.escape(PTE_SUFFIX)}")

FOLDER_WEIGHTS: Final = "model.safetensors"  # of a model that is a folder
_FOLDER_CONFIG: Final = "config.json"
_FOLDER_FILES: Final = (_FOLDER_CONFIG, "preprocessor_config.json", FOLDER_WEIGHTS)
_ONNX_START: Final = b"\x08"  # of its first field, ir_version
# The key "location" of an external tensor in protobuf, and the length of its value in one or two bytes.
_LOCATION: Final = re.compile(rb"\x0a\x08location\x12([\x01-\x7f]|[\x80-\xff][\x01-\x7f])")


def extra_name(backend: str) -> str:
    """Return the name of the program for another backend: model.coreml.pte."""
    return f"{_STEM}.{backend}{PTE_SUFFIX}"


def is_extra_name(name: str) -> bool:
    """Return whether a file has the name of a program for another backend."""
    return _EXTRA.fullmatch(name) is not None


def external_weights(model: Path) -> dict[str, Path]:
    """Return the files with an ONNX file's weights, by their location in it; {} for other files.

    Only files that exist are among them. The file is not parsed: its bytes are searched for locations.
    """
    try:
        with model.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if content[:1] != _ONNX_START:
                return {}
            locations = {
                content[match.end() : match.end() + _varint(match[1])]
                for match in _LOCATION.finditer(content)
            }
    except (OSError, ValueError):  # ValueError: it is empty
        return {}
    found = dict[str, Path]()
    for location in sorted(locations):
        with contextlib.suppress(UnicodeDecodeError, OSError):
            path = inside(model.parent, location.decode())
            if path is not None and path.is_file():
                found[location.decode()] = path
    return found


def _varint(content: bytes) -> int:
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(content))


def is_model(path: Path) -> bool:
    """Return whether a path is a model's file, or a folder with a model's weights."""
    return path.is_file() or (path / FOLDER_WEIGHTS).is_file()


def is_folder_model(names: Collection[str]) -> bool:
    """Return whether a folder with these files is a model."""
    return FOLDER_WEIGHTS in names and _FOLDER_CONFIG in names


def model_sha256(path: Path) -> str:
    """Return the digest of a model; of a folder or with external weights, of all its files.

    Raises:
        InputError: A file cannot be read.
    """
    if path.is_dir():
        paths = [each for name in _FOLDER_FILES if (each := path / name).is_file()]
    else:
        paths = [path, *external_weights(path).values()]
    digests = [file_sha256(each) for each in paths]
    return digests[0] if len(digests) == 1 else hashlib.sha256(" ".join(digests).encode()).hexdigest()

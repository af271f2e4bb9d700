"""The names of an exported model's files, in an export and in a project."""

import re
from typing import Final

PTE_SUFFIX: Final = ".pte"
_STEM: Final = "model"
PTE_NAME: Final = f"{_STEM}{PTE_SUFFIX}"  # the first program
ONNX_SUFFIX: Final = ".onnx"
ONNX_NAME: Final = f"{_STEM}{ONNX_SUFFIX}"  # the program of web apps
METADATA_NAME: Final = "metadata.yaml"  # next to it
_EXTRA: Final = re.compile(rf"{_STEM}\.[\w-]+{re.escape(PTE_SUFFIX)}")


def extra_name(backend: str) -> str:
    """Return the name of the program for another backend: model.coreml.pte."""
    return f"{_STEM}.{backend}{PTE_SUFFIX}"


def is_extra_name(name: str) -> bool:
    """Return whether a file has the name of a program for another backend."""
    return _EXTRA.fullmatch(name) is not None

"""Read a `.pt2` file without executing code from it.

`torch.export.load` executes what an archive asks for: pickles, compiled libraries, operators by name, guards
and symbolic sizes as Python expressions. So the archive is checked first, and may have only what
`torch.export.save` writes for a plain model: tensors as bytes, operators of ATen, and sizes.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.quiet import quiet
from edgegen.base.strict_yaml import shorten

_PROGRAM: Final = "models/model.json"
_SAMPLE: Final = "data/sample_inputs/model.pt"
_CONFIGS: Final = ("data/weights/model_weights_config.json", "data/constants/model_constants_config.json")
_MEMBERS: Final = re.compile(
    r"models/model\.json|data/sample_inputs/model\.pt|data/(weights|constants)/model_\w+_config\.json"
    r"|data/(weights/weight|constants/tensor)_\d+|archive_format|archive_version|byteorder|\.data/\w+|extra/.*"
)
_OPERATORS: Final = re.compile(
    r"torch\.ops\.aten\.\w+\.\w+|_operator\.(add|sub|mul|floordiv|mod|getitem|eq|ge|gt|le|lt|ne)"
)
_SYMBOL: Final = re.compile(r"'[su]\d+'")
_SIZE: Final = re.compile(
    r"(Symbol|Integer|Add|Mul|Pow|FloorDiv|CleanDiv|Mod|Max|Min|positive|integer|True|\d+|[(),=+*/ -])*"
)


def read_program(path: Path) -> Any:
    """Return the torch.export.ExportedProgram of a file.

    Raises:
        InputError: It is damaged, or asks for code that edgegen does not execute.
        UnsupportedModelError: Another version of torch saved it.
    """
    import torch

    content = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check(path, archive)
        with quiet():
            return torch.export.load(io.BytesIO(content))
    except InputError:
        raise
    except Exception as error:  # torch raises many types for a damaged program
        raise InputError(
            f"{path} cannot be read by torch {torch.__version__}: {shorten(str(error))}",
            "export it again with torch.export.save",
        ) from error


def _check(path: Path, archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise _unsafe(path, "a member twice")
    root = names[0].partition("/")[0]
    for name in names:
        folder, _, inside = name.partition("/")
        if folder != root or not _MEMBERS.fullmatch(inside):
            raise _unsafe(path, f"the member {shorten(name)}")
    program = json.loads(archive.read(f"{root}/{_PROGRAM}"))
    _check_version(path, program)
    for config in _CONFIGS:
        for tensor, about in json.loads(archive.read(f"{root}/{config}"))["config"].items():
            if about["use_pickle"]:
                raise _unsafe(path, f"the pickled tensor {shorten(tensor)}")
    _check_sample(path, archive.read(f"{root}/{_SAMPLE}"))
    for key, value in _items(program):
        if key == "target" and not _OPERATORS.fullmatch(str(value)):
            raise UnsupportedModelError(
                f"the operator {shorten(value)} ({path.name})", "edgegen takes programs of ATen's operators"
            )
        if key == "expr_str" and not _SIZE.fullmatch(_SYMBOL.sub("1", str(value))):
            raise _unsafe(path, f"the size {shorten(value)}")


def _check_version(path: Path, program: dict[str, Any]) -> None:
    import torch
    from torch._export.serde.schema import SCHEMA_VERSION

    major = program["schema_version"]["major"]
    if major != SCHEMA_VERSION[0]:
        raise UnsupportedModelError(
            f"programs of another torch ({path.name}): the schema is {shorten(major)}, and torch "
            f"{torch.__version__} reads {SCHEMA_VERSION[0]}",
            "export it again with the installed torch",
        )


def _check_sample(path: Path, content: bytes) -> None:
    """Check that the sample inputs are tensors: torch reads them as any pickle if they are something else."""
    import torch

    try:
        torch.load(io.BytesIO(content), weights_only=True) if content else None
    except Exception as error:
        raise _unsafe(path, "sample inputs that are no tensors") from error


def _items(value: object) -> Iterator[tuple[str, object]]:
    """Yield all keys and values of nested mappings. They may nest too deeply for recursion."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            yield from each.items()
            stack += each.values()
        elif isinstance(each, list):
            stack += each


def _unsafe(path: Path, what: str) -> InputError:
    return InputError(
        f"{path} has {what}, which could execute code",
        "export the model with torch.export.save from plain PyTorch layers",
    )

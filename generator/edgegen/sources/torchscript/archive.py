"""Read the members of a TorchScript archive with torch's own zip reader, and reject what it should not have.

Checks of one reader are worth nothing if another one loads the file. torch ignores the case of names, for
example. It also reads a zip archive that starts with the bytes PTMF as a flatbuffer.
"""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.strict_yaml import shorten

HINT: Final = "export the model again with torch.jit.trace"
_START: Final = b"PK\x03\x04"
_FLATBUFFER: Final = b"PTMF"
_MOST_COMPRESSED: Final = 64 << 20  # bytes that compressed members may have more than the file
_KNOWN: Final = re.compile(
    r"(data|constants|traced_inputs)\.pkl|(data|constants|traced_inputs)/[0-9]+"
    r"|code/__torch__(/\w+)*\.py(\.debug_pkl)?|extra/[^/]+"
    r"|(\.data/)?version|byteorder|\.data/serialization_id|\.format_version|\.storage_alignment",
    re.ASCII,
)


@dataclass(frozen=True)
class Archive:
    """The members of an archive, without the folder that has the file's name."""

    path: Path
    names: tuple[str, ...]
    reader: Any

    def read(self, name: str) -> bytes:
        """Return the content of a member."""
        content: bytes = self.reader.get_record(name)
        return content


def open_archive(path: Path) -> Archive:
    """Return the archive.

    Raises:
        InputError: It is damaged, or readers of zip archives see different contents.
        UnsupportedModelError: It has other members than a TorchScript module.
    """
    with path.open("rb") as file:
        start = file.read(len(_START) + len(_FLATBUFFER))
    if not start.startswith(_START) or start.endswith(_FLATBUFFER):
        raise InputError(f"{path} is damaged: it does not begin like a zip archive", HINT)
    try:
        reader = torch._C.PyTorchFileReader(str(path))
        names = tuple(reader.get_all_records())
        sizes = [int(reader.get_record_size(name)) for name in names]
        with zipfile.ZipFile(path) as archive:
            others = sorted(name.partition("/")[2] for name in archive.namelist())
        order = reader.get_record("byteorder") if "byteorder" in names else b"little"
    except Exception as error:  # torch and zipfile raise many types
        raise InputError(f"{path} is damaged: {shorten(str(error))}", HINT) from error
    if sorted(names) != others or len({name.lower() for name in names}) != len(names):
        raise InputError(f"{path} is damaged: names of its members are not unique", HINT)
    if sum(sizes) > path.stat().st_size + _MOST_COMPRESSED:
        raise InputError(f"{path} is damaged: its members are larger than the file", HINT)
    unknown = [name for name in names if not _KNOWN.fullmatch(name)]
    if unknown or order != b"little":
        what = f"the member {shorten(unknown[0])}" if unknown else "big-endian weights"
        raise UnsupportedModelError(f"TorchScript archives with {what} ({path.name})", HINT)
    return Archive(path, names, reader)

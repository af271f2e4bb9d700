"""`.edgegen-base.tar.xz`: what edgegen wrote of every text file.

An owner's edits are merged by it with what edgegen writes later.
Of pictures, vectors and the model the digests in the manifest are enough: they are never merged.
"""

import io
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError
from edgegen.project import manifest
from edgegen.project.manifest import Manifest

NAME: Final = ".edgegen-base.tar.xz"
MAX_BYTES: Final = 300_000  # of the file: it goes into the owner's repository with every update
MAX_TEXT_BYTES: Final = 64 << 20  # of all that is in it; a project may come from anywhere
_PRESET: Final = 1  # an eighth larger than the best, and six times as fast


def is_text(content: bytes) -> bool:
    """Tell whether lines of a file can be merged: git's own rule, a byte of 0 makes it binary."""
    return b"\0" not in content


def write(project: Path, names: Iterable[str]) -> None:
    """Keep the named files of a project that was just written, those of them that are text.

    The same files give the same bytes. Where ten thousand class names make it too large, the largest files
    are left out.
    """
    texts = {name: content for name in sorted(names) if _is_utf8(content := (project / name).read_bytes())}
    packed = _packed(texts)
    while len(packed) > MAX_BYTES:
        del texts[max(texts, key=lambda name: len(texts[name]))]
        packed = _packed(texts)
    (project / NAME).write_bytes(packed)


def read(project: Path, known: Manifest) -> dict[str, bytes] | None:
    """Return what edgegen wrote, by name; None where a project has no base.

    Raises:
        InputError: It is not what the manifest says; nothing can be merged with it.
    """
    path = project / NAME
    if NAME not in known.files or not path.is_file():
        return None
    try:
        texts = _unpacked(path) if manifest.sha256(path) == known.files[NAME] else None
    except (OSError, EOFError, ValueError, tarfile.TarError, _lzma_error()):
        texts = None
    if texts is None:
        raise InputError(
            f"{path} is damaged: it is not what edgegen wrote",
            "restore it, from git say; or remove it: what edgegen can, it then renders again",
        )
    return texts


def of(names: Iterable[str], project: Path, known: Manifest) -> dict[str, bytes]:
    """Return what files of a folder hold, of those that are what a manifest lists: edgegen wrote that."""
    same = (name for name in names if known.files.get(name) == manifest.sha256(project / name))
    return {name: (project / name).read_bytes() for name in same}


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return is_text(content)


def _packed(texts: Mapping[str, bytes]) -> bytes:
    import lzma

    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in texts.items():
            entry = tarfile.TarInfo(name)  # its time is 1970, its owner nobody
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return lzma.compress(tar.getvalue(), preset=_PRESET)


def _unpacked(path: Path) -> dict[str, bytes] | None:
    """Return the files of an archive, or None where it holds what we do not write."""
    import lzma

    with lzma.open(path) as packed:
        content = packed.read(MAX_TEXT_BYTES + 1)
    if len(content) > MAX_TEXT_BYTES:
        return None
    texts = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isreg() else None
            if file is None or not manifest.inside(entry.name):
                return None
            texts[entry.name] = file.read()
    return texts


def _lzma_error() -> type[Exception]:
    import lzma

    return lzma.LZMAError

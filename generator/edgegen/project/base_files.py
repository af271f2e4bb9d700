"""`.edgegen-base.tar.xz`: every text file as edgegen wrote it, the base of a three-way merge.

Pictures, vectors and the model are never merged: their digests in the manifest are enough.
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
RECORDS: Final = (NAME, manifest.NAME)  # edgegen's record of a project: always written, never merged
MAX_BYTES: Final = 300_000  # of the file: every update adds it to the user's repository
MAX_TEXT_BYTES: Final = 64 << 20  # of its content, which is untrusted input
_PRESET: Final = 1  # an eighth larger than the best one, and six times faster


def is_text(content: bytes) -> bool:
    """Return whether lines of a file can be merged. As for git, a zero byte makes it binary."""
    return b"\0" not in content


def write(project: Path, names: Iterable[str]) -> None:
    """Save the text files among the named files of a new project.

    The same files give the same bytes. If the archive is too large, for example with 10,000 class names, the
    largest files are left out.
    """
    texts = {name: content for name in sorted(names) if _is_utf8(content := (project / name).read_bytes())}
    packed = _packed(texts)
    while len(packed) > MAX_BYTES:
        del texts[max(texts, key=lambda name: len(texts[name]))]
        packed = _packed(texts)
    (project / NAME).write_bytes(packed)


def read(project: Path, known: Manifest) -> dict[str, bytes] | None:
    """Return the files as edgegen wrote them, by name, or None if the project has no base."""
    import lzma

    path = project / NAME
    if NAME not in known.files or not path.is_file():
        return None
    try:
        texts = _unpacked(path) if manifest.sha256(path) == known.files[NAME] else None
    except (OSError, EOFError, ValueError, tarfile.TarError, lzma.LZMAError):
        texts = None
    if texts is None:
        raise InputError(
            f"{path} is damaged or cannot be read: it is not what edgegen wrote",
            "restore it, for example from git; or remove it: edgegen then renders the files again if it can",
        )
    return texts


def of(names: Iterable[str], project: Path, known: Manifest) -> dict[str, bytes]:
    """Return the content of the named files of a folder that have the digests of a manifest."""
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
            entry = tarfile.TarInfo(name)  # without a time and an owner
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return lzma.compress(tar.getvalue(), preset=_PRESET)


def _unpacked(path: Path) -> dict[str, bytes] | None:
    """Return the files of an archive, or None if edgegen cannot have written it."""
    import lzma

    with lzma.open(path) as packed:
        content = packed.read(MAX_TEXT_BYTES + 1)
    if len(content) > MAX_TEXT_BYTES:
        return None
    texts = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isreg() else None
            if file is None or not manifest.is_inside(entry.name):
                return None
            texts[entry.name] = file.read()
    return texts

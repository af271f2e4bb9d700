"""Tells what the MODEL argument is. Content decides, never the name; nothing is loaded or executed here."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from edgegen import sources
from edgegen.base.errors import InputError, NotFetchedError, UnsupportedModelError, reason
from edgegen.sources.exported import ExportedSource

if TYPE_CHECKING:
    from edgegen.sources.source import Found, Opened

MAGIC_LENGTH = 16  # bytes read to tell formats apart
TEXT_LENGTH = 4096  # bytes read to tell text from other things

# Formats that people have and try: (offset, bytes, what it is called).
_OTHER_FORMATS = (
    (4, b"TFL3", "a TensorFlow Lite model"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file (a Keras model, say)"),
    (0, b"GGUF", "a GGUF file"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"%PDF", "a PDF"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf", "a 7z archive"),
    (0, b"\x7fELF", "a compiled program or a TensorRT engine"),
)


def identify(argument: str, metadata: Path | None = None) -> "Found":
    """Tell what MODEL is, or raise InputError saying why it cannot be used.

    metadata is the value of --metadata: it describes a .pte that has no metadata.yaml beside it.
    """
    if not argument.strip() or "\0" in argument:
        raise InputError(
            f"MODEL is no path: {argument!r}", "give the path of a checkpoint or an exported folder"
        )
    try:
        path = Path(argument).expanduser()
    except RuntimeError as error:  # ~name, where there is no user of that name
        raise InputError(f"there is no file or folder {argument}: {error}", "write the path out") from error
    try:
        source = _identify(argument, path, metadata)
    except OSError as error:
        raise InputError(
            f"{argument} cannot be read: {reason(error)}", "check the rights and the disk there"
        ) from error
    if metadata is not None and not isinstance(source, ExportedSource):
        raise InputError(
            f"--metadata was given, but {argument} is not a .pte", "leave it out: a checkpoint needs none"
        )
    return source


def opened(path: Path) -> "Opened":
    """Open a file by the source that takes it; what none opens, Ultralytics' loader explains."""
    from edgegen.sources.source import FoundModel
    from edgegen.sources.ultralytics import checkpoint

    found = identify(str(path)) if path.is_file() else None
    return found.open(path) if isinstance(found, FoundModel) else checkpoint.load(path)


def _identify(argument: str, path: Path, metadata: Path | None) -> "Found":
    if path.is_file() and not path.stat().st_size:
        raise InputError(f"{path} is empty", "download or export it again")
    for name in sources.names():
        found = sources.find(name).sniff(argument, path, metadata)
        if found is not None:
            return found
    if path.is_file():
        raise _foreign(path)
    inside = next(path.rglob("*.pte"), None) if (path / ".edgegen.yml").is_file() else None
    if inside is not None:
        raise InputError(
            f"{argument} is a project: it holds no .pte itself, {inside.parent} does",
            "give that folder; `edgegen verify` and `edgegen evaluate` take the project",
        )
    if path.is_dir():
        raise InputError(
            f"the folder {argument} holds no .pte",
            "give a folder that `edgegen export` or `yolo export format=executorch` made",
        )
    if path.exists():
        raise InputError(
            f"{argument} is neither a file nor a folder", "give a checkpoint (.pt) or an exported folder"
        )
    hint = "give a checkpoint (.pt), an exported folder, or an official name such as yolo11n.pt"
    if path.is_symlink():
        raise InputError(f"{argument} is a link to {path.readlink()}, which is not there", hint)
    raise InputError(f"there is no file or folder {argument}", hint)


def _foreign(path: Path) -> InputError:
    """Say what the file is, as far as its first bytes tell."""
    with path.open("rb") as file:
        start = file.read(TEXT_LENGTH)
    head = start[:MAGIC_LENGTH]
    hint = "give a PyTorch checkpoint (.pt), or a folder made by `yolo export format=executorch`"
    for offset, magic, what in _OTHER_FORMATS:
        if head[offset : offset + len(magic)] == magic:
            return InputError(f"{path} is {what}, not a model that edgegen reads", hint)
    if re.match(rb"\x08[\x01-\x1f][\x12\x3a\x42]", head):  # ir_version, then another field
        return UnsupportedModelError(f"ONNX models ({path.name})", hint)
    if head[8:9] == b"{":
        return UnsupportedModelError(
            f"safetensors files ({path.name}): they hold weights without a model", hint
        )
    if _is_text(start):
        first = start.decode("utf-8", "replace").lstrip("\ufeff").strip().split("\n", 1)[0][:60]
        if first.startswith("version https://git-lfs"):
            return NotFetchedError(f"{path} is a Git LFS pointer, not the file itself", "run `git lfs pull`")
        return InputError(f"{path} is a text file, not a model; it begins with {first!r}", hint)
    return InputError(f"{path} is of no kind that edgegen knows", hint)


def _is_text(start: bytes) -> bool:
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(start) < TEXT_LENGTH or error.start < len(start) - 3:  # one character may be cut in two
            return False
        text = start[: error.start].decode("utf-8")
    return not any(ord(character) < 9 for character in text)

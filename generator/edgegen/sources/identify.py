"""Identify the MODEL argument by its content, never by its name. Loads and executes nothing."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from edgegen import sources
from edgegen.base.errors import InputError, NotFetchedError, UnsupportedModelError, reason

if TYPE_CHECKING:
    from edgegen.sources.source import ModelSource, OpenedModel

MAGIC_LENGTH = 16  # bytes to tell binary formats apart
TEXT_LENGTH = 4096  # bytes to recognize text

# Formats that users try: offset, bytes, name.
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


def identify(argument: str, metadata: Path | None = None) -> "ModelSource":
    """Return the source of the MODEL argument, or raise InputError with the reason.

    metadata: the value of --metadata, for a .pte without a metadata.yaml in its folder.
    """
    if not argument.strip() or "\0" in argument:
        raise InputError(
            f"MODEL is not a path: {argument!r}", "give the path of a checkpoint or an exported folder"
        )
    try:
        path = Path(argument).expanduser()
    except RuntimeError as error:  # ~name of an unknown user
        raise InputError(f"there is no file or folder {argument}: {error}", "write the path out") from error
    try:
        source = _identify(argument, path, metadata)
    except OSError as error:
        raise InputError(
            f"{argument} cannot be read: {reason(error)}", "check the permissions and the disk"
        ) from error
    if metadata is not None and not source.is_exported:
        raise InputError(f"--metadata was given, but {argument} is not a .pte", "leave out --metadata")
    return source


def open_model(path: Path) -> "OpenedModel":
    """Open a file with the source that recognizes it, else with Ultralytics, which explains the error."""
    from edgegen.sources.ultralytics import checkpoint

    source = identify(str(path)) if path.is_file() else None
    return checkpoint.load(path) if source is None or source.is_exported else source.open(path)


def _identify(argument: str, path: Path, metadata: Path | None) -> "ModelSource":
    if path.is_file() and not path.stat().st_size:
        raise InputError(f"{path} is empty", "download or export it again")
    for name in sources.names():
        source = sources.find(name).sniff(argument, path, metadata)
        if source is not None:
            return source
    if path.is_file():
        raise _foreign(path)
    inside = next(path.rglob("*.pte"), None) if (path / ".edgegen.yml").is_file() else None
    if inside is not None:
        raise InputError(
            f"{argument} is a project: the .pte is not in it, but in {inside.parent}",
            "give that folder; `edgegen verify` and `edgegen evaluate` take the project",
        )
    if path.is_dir():
        raise InputError(
            f"the folder {argument} has no .pte",
            "give a folder made by `edgegen export` or `yolo export format=executorch`",
        )
    if path.exists():
        raise InputError(
            f"{argument} is neither a file nor a folder", "give a checkpoint (.pt) or an exported folder"
        )
    hint = "give a checkpoint (.pt), an exported folder, or an official name such as yolo11n.pt"
    if path.is_symlink():
        raise InputError(f"{argument} is a link to {path.readlink()}, which does not exist", hint)
    raise InputError(f"there is no file or folder {argument}", hint)


def _foreign(path: Path) -> InputError:
    """Return the error that names the file's format, if its first bytes tell it."""
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
            f"safetensors files ({path.name}): they contain weights without a model", hint
        )
    if _is_text(start):
        first = start.decode("utf-8", "replace").lstrip("\ufeff").strip().split("\n", 1)[0][:60]
        if first.startswith("version https://git-lfs"):
            return NotFetchedError(f"{path} is a Git LFS pointer, not the file itself", "run `git lfs pull`")
        return InputError(f"{path} is a text file, not a model: it begins with {first!r}", hint)
    return InputError(f"{path} has an unknown format", hint)


def _is_text(start: bytes) -> bool:
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(start) < TEXT_LENGTH or error.start < len(start) - 3:  # else a character is cut in two
            return False
        text = start[: error.start].decode("utf-8")
    return not any(ord(character) < 9 for character in text)

"""Tell formats of files apart, by their first bytes or the members of their archive."""

import re
import zipfile
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError, NotFetchedError, UnsupportedModelError

_BINARY_LENGTH: Final = 16  # bytes to tell binary formats apart
_TEXT_LENGTH: Final = 4096  # bytes to recognize text
_HINT: Final = "give a checkpoint (.pt), an ONNX or TorchScript file, or an exported folder"

# Formats that users try: offset, bytes, name.
_FORMATS: Final = (
    (4, b"TFL3", "a TensorFlow Lite model"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file (a Keras model, say)"),
    (0, b"GGUF", "a GGUF file"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"%PDF", "a PDF"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf", "a 7z archive"),
    (0, b"\x7fELF", "a compiled program or a TensorRT engine"),
    (2, b"\0\0{", "a TensorRT engine"),  # after two bytes of the length of Ultralytics' metadata
)
# Exports in folders that users try: a file of theirs, name.
_FOLDERS: Final = (
    ("saved_model.pb", "a TensorFlow SavedModel"),
    ("Manifest.json", "a Core ML package"),
    ("*.ncnn.param", "an ncnn export"),
    ("*.xml", "an OpenVINO export"),
    ("*.pdmodel", "a PaddlePaddle export"),
    ("group1-shard*.bin", "a TensorFlow.js export"),
    ("*.tflite", "a TensorFlow Lite export"),
    ("*.rknn", "an RKNN export"),
)
# ir_version, then another field of a ModelProto.
_ONNX: Final = re.compile(rb"\x08[\x01-\x1f][\x12\x1a\x22\x28\x32\x3a\x42]")


def zip_members(path: Path) -> frozenset[str]:
    """Return the names of the members without their first folder; none for any other file."""
    try:
        if not path.is_file() or not zipfile.is_zipfile(path):
            return frozenset()
        with zipfile.ZipFile(path) as archive:
            return frozenset(name.partition("/")[2] for name in archive.namelist())
    except Exception:  # zipfile raises many types for a damaged archive
        return frozenset()


def is_torchscript(path: Path) -> bool:
    """Return whether the file is TorchScript's archive, which has a data.pkl too, as a checkpoint has."""
    members = zip_members(path)
    return "constants.pkl" in members or any(name.startswith("code/") for name in members)


def is_exported_program(path: Path) -> bool:
    """Return whether the file is torch.export's archive."""
    return "models/model.json" in zip_members(path)


def is_onnx(path: Path) -> bool:
    """Return whether a file begins like an ONNX model."""
    with path.open("rb") as file:
        return _ONNX.match(file.read(3)) is not None


def unknown_file_error(path: Path) -> InputError:
    """Return the error that names the file's format, if it is known."""
    with path.open("rb") as file:
        start = file.read(_TEXT_LENGTH)
    head = start[:_BINARY_LENGTH]
    if head.startswith(b"PK"):
        return _archive_error(path)
    for offset, magic, what in _FORMATS:
        if head[offset : offset + len(magic)] == magic:
            return InputError(f"{path} is {what}, not a model that edgegen reads", _HINT)
    if head[8:9] == b"{":
        return UnsupportedModelError(
            f"safetensors files ({path.name}) without --arch: they contain weights without a model",
            "name a classifier's architecture, such as --arch timm:convnext_atto",
        )
    if _is_text(start):
        first = start.decode("utf-8", "replace").lstrip("\ufeff").strip().split("\n", 1)[0][:60]
        if first.startswith("version https://git-lfs"):
            return NotFetchedError(f"{path} is a Git LFS pointer, not the file itself", "run `git lfs pull`")
        return InputError(f"{path} is a text file, not a model: it begins with {first!r}", _HINT)
    return InputError(f"{path} has an unknown format", _HINT)


def unknown_folder_error(path: Path) -> InputError:
    """Return the error that names the program whose export is in the folder, if it is known."""
    for pattern, what in _FOLDERS:
        if any(path.glob(pattern)):
            return InputError(
                f"{path} is {what}, not a model that edgegen reads",
                "give the checkpoint (.pt) that it was made from, or an ONNX file of the same model",
            )
    return InputError(
        f"the folder {path} has no .pte",
        "give a folder made by `edgegen export` or `yolo export format=executorch`",
    )


def _archive_error(path: Path) -> InputError:
    """Return the error that names the kind of zip archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        return InputError(
            f"{path} begins like a checkpoint but is truncated or damaged ({error})",
            "download or copy it again",
        )
    inside = {name.partition("/")[2] for name in names}
    if "archive_format" in inside or any("/models/" in f"/{name}" for name in names):
        return UnsupportedModelError(
            f"torch.export archives ({path.name})", "give the checkpoint (.pt) that it was made from"
        )
    return InputError(
        f"{path} is a zip archive without data.pkl, so it is not a PyTorch checkpoint", "unpack it first"
    )


def _is_text(start: bytes) -> bool:
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(start) < _TEXT_LENGTH or error.start < len(start) - 3:  # else a character is cut in two
            return False
        text = start[: error.start].decode("utf-8")
    return not any(ord(character) < 9 for character in text)

"""Tells what the MODEL argument is. Content decides, never the name; nothing is loaded or executed here."""

import pickletools
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from edgegen.artifacts import vector_files
from edgegen.artifacts.pte import check_kind
from edgegen.base.errors import InputError, UnsupportedModelError

METADATA_NAME = "metadata.yaml"
MAGIC_LENGTH = 16  # bytes read to tell formats apart
TEXT_LENGTH = 4096  # bytes read to tell text from other things

# yolo11n, yolov8s-seg.pt, yolov5nu, rtdetr-l, ... Whether one exists is for Ultralytics to say. Without the
# suffix it must look like one all through: yolo11n.onnx and yolo11n-exported are files and folders mistyped.
_OFFICIAL_NAME = re.compile(
    r"(yolo|rtdetr-|sam|mobile_sam|fastsam-)[a-z0-9._-]*\.pt"
    r"|(?!.*-exported$)(yolo|rtdetr-|fastsam-)[a-z0-9-]*|yolo_nas_[a-z]|mobile_sam|sam(2(\.1)?)?_[a-z]",
    re.IGNORECASE,
)

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


@dataclass(frozen=True)
class CheckpointSource:
    """A PyTorch checkpoint on disk: a pickle, in a zip archive or alone."""

    path: Path

    @property
    def name_path(self) -> Path:
        """The path that a project is named after."""
        return self.path


@dataclass(frozen=True)
class OfficialSource:
    """The name of an official Ultralytics checkpoint that is not on disk, with its suffix: yolo11n.pt."""

    name: str

    @property
    def name_path(self) -> Path:
        """The path that a project is named after."""
        return Path(self.name)


@dataclass(frozen=True)
class ExportedSource:
    """An exported model: the program and the metadata that describes it."""

    pte: Path
    metadata: Path
    folder: Path | None  # the folder that was named; None where the .pte itself was

    @property
    def name_path(self) -> Path:
        """The path that a project is named after."""
        return self.folder or self.pte

    @property
    def vectors(self) -> Path | None:
        """The golden vectors that `edgegen export` put beside the model, if they are there."""
        folder = self.pte.parent / "vectors"
        try:
            return folder if vector_files.are_in(folder) else None
        except PermissionError:
            return folder  # whoever reads it says what is wrong


Source = CheckpointSource | OfficialSource | ExportedSource


def identify(argument: str, metadata: Path | None = None) -> Source:
    """Tell what MODEL is, or raise InputError saying why it cannot be used.

    metadata is the value of --metadata: it describes a .pte that has no metadata.yaml beside it.
    """
    if not argument.strip() or "\0" in argument:
        raise InputError(
            f"MODEL is no path: {argument!r}", "give the path of a checkpoint or an exported folder"
        )
    try:
        source = _identify(argument, Path(argument).expanduser(), metadata)
    except RuntimeError as error:  # ~name, where there is no user of that name
        raise InputError(f"there is no file or folder {argument}: {error}", "write the path out") from error
    except OSError as error:
        raise InputError(
            f"{argument} cannot be read: {error.strerror or error}", "check the rights and the disk there"
        ) from error
    if metadata is not None and not isinstance(source, ExportedSource):
        raise InputError(
            f"--metadata was given, but {argument} is not a .pte", "leave it out: a checkpoint needs none"
        )
    return source


def _identify(argument: str, path: Path, metadata: Path | None) -> Source:
    if path.is_dir():
        return _folder(path, metadata)
    if path.is_file():
        return _file(path, metadata)
    if path.exists():
        raise InputError(
            f"{argument} is neither a file nor a folder", "give a checkpoint (.pt) or an exported folder"
        )
    if Path(argument).name == argument and _OFFICIAL_NAME.fullmatch(argument):
        return OfficialSource(argument if argument.lower().endswith(".pt") else f"{argument}.pt")
    hint = "give a checkpoint (.pt), an exported folder, or an official name such as yolo11n.pt"
    if path.is_symlink():
        raise InputError(f"{argument} is a link to {path.readlink()}, which is not there", hint)
    raise InputError(f"there is no file or folder {argument}", hint)


def _folder(folder: Path, metadata: Path | None) -> ExportedSource:
    programs = sorted(
        child for child in folder.iterdir() if child.suffix.lower() == ".pte" and child.is_file()
    )
    if not programs:
        raise InputError(
            f"the folder {folder} holds no .pte",
            "give a folder that `edgegen export` or `yolo export format=executorch` made",
        )
    if len(programs) > 1:
        names = ", ".join(child.name for child in programs)
        raise InputError(f"the folder {folder} holds {len(programs)} .pte files: {names}", "name one of them")
    check_kind(programs[0])
    return ExportedSource(programs[0], _metadata_of(programs[0], metadata), folder)


def _file(path: Path, metadata: Path | None) -> Source:
    with path.open("rb") as file:
        head = file.read(MAGIC_LENGTH)
    if not head:
        raise InputError(f"{path} is empty", "download or export it again")
    if head[4:6] == b"ET" and head[6:8].isdigit():
        check_kind(path)
        return ExportedSource(path, _metadata_of(path, metadata), None)
    if head.startswith(b"PK"):
        return _archive(path)
    if _is_pickle(path, head):
        return CheckpointSource(path)
    raise _foreign(path, head)


def _metadata_of(pte: Path, metadata: Path | None) -> Path:
    found = metadata if metadata is not None else pte.with_name(METADATA_NAME)
    if found.is_file():
        return found
    if metadata is not None:
        raise InputError(
            f"there is no metadata file {metadata}",
            "check the path: --metadata takes the metadata.yaml itself",
        )
    raise InputError(
        f"there is no {METADATA_NAME} beside {pte}",
        "Ultralytics and edgegen write it when they export: give its place with --metadata",
    )


def _archive(path: Path) -> CheckpointSource:
    """Tell a checkpoint from the other things that are zip archives."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise InputError(
            f"{path} begins like a checkpoint, but is cut short or damaged ({error})",
            "download or copy it again",
        ) from error
    inside = {name.partition("/")[2] for name in names}
    if "constants.pkl" in inside or any(name.startswith("code/") for name in inside):
        raise UnsupportedModelError(
            f"TorchScript archives ({path.name})", "give the checkpoint (.pt) that it was made from"
        )
    if "data.pkl" in inside:
        return CheckpointSource(path)
    if "archive_format" in inside or any("/models/" in f"/{name}" for name in names):
        raise UnsupportedModelError(
            f"torch.export archives ({path.name})", "give the checkpoint (.pt) that it was made from"
        )
    raise InputError(
        f"{path} is a zip archive, but not a PyTorch checkpoint: it has no data.pkl", "unpack it first"
    )


def _is_pickle(path: Path, head: bytes) -> bool:
    """Tell whether the file is a bare pickle. Protocols 0 and 1 have no header: all opcodes are read."""
    if head[0] == 0x80:
        return head[1:2] in {b"\2", b"\3", b"\4", b"\5"}
    with path.open("rb") as file:
        try:
            opcodes = {opcode.name for opcode, _, _ in pickletools.genops(file)}
        except Exception:  # genops raises what the broken stream provokes, not one kind of error
            return False
    return len(opcodes) > 1


def _foreign(path: Path, head: bytes) -> InputError:
    """Say what the file is, as far as its first bytes tell."""
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
    with path.open("rb") as file:
        start = file.read(TEXT_LENGTH)
    if _is_text(start):
        first = start.decode("utf-8", "replace").lstrip("\ufeff").strip().split("\n", 1)[0][:60]
        if first.startswith("version https://git-lfs"):
            return InputError(f"{path} is a Git LFS pointer, not the file itself", "run `git lfs pull`")
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

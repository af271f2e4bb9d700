"""The source for Ultralytics' checkpoints: files on disk, and official names."""

import pickletools
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.progress import Progress

if TYPE_CHECKING:
    from edgegen.sources.source import OpenedModel

# yolo11n, yolov8s-seg.pt, rtdetr-l, ... Ultralytics decides whether it exists. Without the suffix all of it
# must look official: yolo11n.onnx and yolo11n-exported are mistyped files and folders.
_OFFICIAL_NAME = re.compile(
    r"(yolo|rtdetr-|sam|mobile_sam|fastsam-)[a-z0-9._-]*\.pt"
    r"|(?!.*-exported$)(yolo|rtdetr-|fastsam-)[a-z0-9-]*|yolo_nas_[a-z]|mobile_sam|sam(2(\.1)?)?_[a-z]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CheckpointSource:
    """A PyTorch checkpoint on disk: a zip archive with a pickle, or a bare pickle."""

    is_exported: ClassVar[Literal[False]] = False

    path: Path

    @property
    def name_path(self) -> Path:
        """The path that a project is named after."""
        return self.path

    @property
    def here(self) -> Path:
        """The path."""
        return self.path

    def file(self, progress: Progress, *, fetch: bool) -> Path:
        """Return the path."""
        return self.path

    def open(self, path: Path) -> "OpenedModel":
        """Load the checkpoint safely."""
        return _load(path)


@dataclass(frozen=True)
class OfficialSource:
    """The name of an official Ultralytics checkpoint that is not on disk, with suffix: yolo11n.pt."""

    is_exported: ClassVar[Literal[False]] = False

    name: str

    @property
    def name_path(self) -> Path:
        """The path that a project is named after."""
        return Path(self.name)

    @property
    def here(self) -> None:
        """None: a file of that name would be a CheckpointSource."""

    def file(self, progress: Progress, *, fetch: bool) -> Path:
        """Find or download it."""
        from edgegen.sources.ultralytics.official import find_or_fetch

        return find_or_fetch(self.name, progress, fetch=fetch)

    def open(self, path: Path) -> "OpenedModel":
        """Load the checkpoint safely."""
        return _load(path)


def _load(path: Path) -> "OpenedModel":
    from edgegen.sources.ultralytics import checkpoint

    return checkpoint.load(path)


class Ultralytics:
    """Recognizes checkpoints and official names."""

    name = "ultralytics"
    takes = "a checkpoint (.pt) that Ultralytics saved, or an official name such as yolo11n.pt"

    def sniff(
        self, argument: str, path: Path, metadata: Path | None
    ) -> CheckpointSource | OfficialSource | None:
        """Accept pickles, zip archives with a pickle, and official names without a file of that name."""
        if path.is_file():
            with path.open("rb") as file:
                head = file.read(2)
            if head == b"PK":
                return _archive(path)
            return CheckpointSource(path) if head and _is_pickle(path, head) else None
        if path.exists() or Path(argument).name != argument or not _OFFICIAL_NAME.fullmatch(argument):
            return None
        return OfficialSource(argument if argument.lower().endswith(".pt") else f"{argument}.pt")


SOURCE: Final = Ultralytics()


def _archive(path: Path) -> CheckpointSource:
    """Return the source of a zip archive, or raise InputError if it is not a checkpoint."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise InputError(
            f"{path} begins like a checkpoint but is truncated or damaged ({error})",
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
        f"{path} is a zip archive without data.pkl, so it is not a PyTorch checkpoint", "unpack it first"
    )


def _is_pickle(path: Path, head: bytes) -> bool:
    """Return whether the file is a bare pickle. Protocols 0 and 1 have no header: all opcodes are read."""
    if head[0] == 0x80:
        return head[1:2] in {b"\2", b"\3", b"\4", b"\5"}
    with path.open("rb") as file:
        try:
            opcodes = {opcode.name for opcode, _, _ in pickletools.genops(file)}
        except Exception:  # genops raises many types of errors
            return False
    return len(opcodes) > 1

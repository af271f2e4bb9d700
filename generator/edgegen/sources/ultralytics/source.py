"""Ultralytics' checkpoints, on disk or by their official name."""

import pickletools
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.progress import Progress

if TYPE_CHECKING:
    from edgegen.sources.source import Opened

# yolo11n, yolov8s-seg.pt, yolov5nu, rtdetr-l, ... Whether one exists is for Ultralytics to say. Without the
# suffix it must look like one all through: yolo11n.onnx and yolo11n-exported are files and folders mistyped.
_OFFICIAL_NAME = re.compile(
    r"(yolo|rtdetr-|sam|mobile_sam|fastsam-)[a-z0-9._-]*\.pt"
    r"|(?!.*-exported$)(yolo|rtdetr-|fastsam-)[a-z0-9-]*|yolo_nas_[a-z]|mobile_sam|sam(2(\.1)?)?_[a-z]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CheckpointSource:
    """A PyTorch checkpoint on disk: a pickle, in a zip archive or alone."""

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

    def open(self, path: Path) -> "Opened":
        """Load the checkpoint safely."""
        return _load(path)


@dataclass(frozen=True)
class OfficialSource:
    """The name of an official Ultralytics checkpoint that is not on disk, with its suffix: yolo11n.pt."""

    name: str

    @property
    def name_path(self) -> Path:
        """The path that a project is named after."""
        return Path(self.name)

    @property
    def here(self) -> None:
        """Nowhere: a file of that name would have been taken for one."""

    def file(self, progress: Progress, *, fetch: bool) -> Path:
        """Find or fetch it."""
        from edgegen.sources.ultralytics.official import find_or_fetch

        return find_or_fetch(self.name, progress, fetch=fetch)

    def open(self, path: Path) -> "Opened":
        """Load the checkpoint safely."""
        return _load(path)


def _load(path: Path) -> "Opened":
    from edgegen.sources.ultralytics import checkpoint

    return checkpoint.load(path)


class Ultralytics:
    """The source of such models."""

    name = "ultralytics"
    takes = "a checkpoint (.pt) that Ultralytics saved, or an official name such as yolo11n.pt"

    def sniff(
        self, argument: str, path: Path, metadata: Path | None
    ) -> CheckpointSource | OfficialSource | None:
        """Take pickles, alone or in a zip archive, and official names that are no file."""
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

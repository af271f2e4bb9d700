"""The source of Ultralytics' checkpoints: files on disk, and official names, which it finds or downloads.

Only this package imports ultralytics.
"""

import inspect
import os
import pickletools
import re
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.base.text import did_you_mean
from edgegen.sources.description import Description
from edgegen.sources.file_formats import is_torchscript, zip_members
from edgegen.sources.library import download_unless_pretended, unreachable
from edgegen.sources.source import OpenableSource, OpenedModel
from edgegen.sources.ultralytics.heads import SUPPORTED
from edgegen.sources.ultralytics.library import require_ultralytics

# yolo11n, yolov8s-seg.pt, rtdetr-l, ... Ultralytics decides whether it exists. Without the suffix all of it
# must look official: yolo11n.onnx and yolo11n-exported are mistyped files and folders.
_OFFICIAL_NAME = re.compile(
    r"(yolo|rtdetr-|sam|mobile_sam|fastsam-)[a-z0-9._-]*\.pt"
    r"|(?!.*-exported$)(yolo|rtdetr-|fastsam-)[a-z0-9-]*|yolo_nas_[a-z]|mobile_sam|sam(2(\.1)?)?_[a-z]",
    re.IGNORECASE,
)
DOWNLOADS: Final = "https://github.com/ultralytics/assets/releases/download"
# Parts of official names that edgegen cannot export: rejected before the download.
_OTHER_KINDS: Final = (
    ("yoloe", "YOLOE models before their classes are fixed (`set_classes`, `save`)"),
    ("-world.", "the first YOLO-World, whose texts depend on the picture"),
    ("sam", "segment-anything models"),
    ("rtdetr", "RT-DETR models"),
    ("yolo_nas", "YOLO-NAS models"),
    ("grayscale", "models that take 1-channel pictures"),
)
_OFF: Final = {"", "0", "false", "no", "off", "n", "f"}  # values of YOLO_OFFLINE for "online"


class CheckpointSource(OpenableSource):
    """A PyTorch checkpoint on disk: a zip archive with a pickle, or a bare pickle."""

    def open(self, path: Path) -> OpenedModel:
        """Load the checkpoint safely."""
        from edgegen.sources.ultralytics import checkpoint

        return checkpoint.load(path)


class OfficialSource(CheckpointSource):
    """The name of an official Ultralytics checkpoint that is not on disk, with suffix: yolo11n.pt."""

    @property
    def path_on_disk(self) -> None:
        """None: a file of that name would be a CheckpointSource."""

    def file(self, progress: Progress, *, fetch: bool) -> Path:
        """Find or download it."""
        return find_or_fetch(self.path.name, progress, fetch=fetch)


class Ultralytics:
    """Recognizes checkpoints and official names."""

    name = "ultralytics"
    takes = "a checkpoint (.pt) that Ultralytics saved, or an official name such as yolo11n.pt"

    def sniff(self, argument: str, path: Path, description: Description) -> CheckpointSource | None:
        """Accept pickles, zip archives with a pickle, and official names without a file of that name."""
        if description.architecture:  # a state dict
            return None
        if path.is_file():
            with path.open("rb") as file:
                head = file.read(2)
            if head == b"PK":
                found = "data.pkl" in zip_members(path) and not is_torchscript(path)
            else:
                found = bool(head) and _is_pickle(path, head)
            return CheckpointSource(path) if found else None
        if path.exists() or Path(argument).name != argument or not _OFFICIAL_NAME.fullmatch(argument):
            return None
        return OfficialSource(Path(argument if argument.lower().endswith(".pt") else f"{argument}.pt"))


SOURCE: Final = Ultralytics()


def find_or_fetch(name: str, progress: Progress, *, fetch: bool = True) -> Path:
    """Return the path of an official checkpoint in the current folder.

    Looks in Ultralytics' weights folder too, then downloads. A file gets its name when it is complete.
    Without `fetch`, a file that is not on disk is an InputError.
    """
    offline = os.environ.get("YOLO_OFFLINE", "").strip().lower() not in _OFF
    with quiet():
        require_ultralytics()
        from ultralytics.utils import SETTINGS, checks, downloads

        name = Path(checks.check_yolov5u_filename(name, verbose=False)).name
        official_names = downloads.GITHUB_ASSETS_NAMES
        release = inspect.signature(downloads.attempt_download_asset).parameters["release"].default
        library_copy = Path(SETTINGS["weights_dir"]) / name
    if name not in official_names:
        raise InputError(
            f"there is no file and no official checkpoint called {name}{did_you_mean(name, official_names)}",
            "give the path of a checkpoint, or one of the official names",
        )
    for part, kind in _OTHER_KINDS:
        if part in name.lower():
            raise UnsupportedModelError(f"{kind} ({name})", SUPPORTED)
    for path in (Path(name), library_copy):
        if path.is_file():
            progress.note(f"{name} is in {path.parent.resolve()}")
            return path
    address, target = f"{DOWNLOADS}/{release}/{name}", Path(name)
    if offline and fetch:
        raise unreachable(address, target, "YOLO_OFFLINE is set")
    download_unless_pretended(address, target, progress, fetch=fetch)
    return target


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

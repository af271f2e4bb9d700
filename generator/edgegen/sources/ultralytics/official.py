"""Official Ultralytics checkpoints by name."""

import inspect
import os
from pathlib import Path
from typing import Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.base.text import did_you_mean
from edgegen.sources.library import download_unless_pretended, unreachable
from edgegen.sources.ultralytics.heads import SUPPORTED
from edgegen.sources.ultralytics.library import require_ultralytics

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


def find_or_fetch(name: str, progress: Progress, *, fetch: bool = True) -> Path:
    """Return the path of an official checkpoint in the current folder.

    Looks in Ultralytics' weights folder too, then downloads. A file gets its name when it is complete.
    Without `fetch`, a file that is not on disk is an InputError.

    Raises:
        InputError: No official checkpoint has that name, or the download failed.
        RenderError: It cannot be written.
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

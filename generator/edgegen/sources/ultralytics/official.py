"""Find or download official Ultralytics checkpoints by name."""

import inspect
import os
import re
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, RenderError, UnsupportedModelError, reason
from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.sources.ultralytics.checkpoint import require_ultralytics
from edgegen.sources.ultralytics.heads import SUPPORTED

DOWNLOADS: Final = "https://github.com/ultralytics/assets/releases/download"
CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 60  # the longest wait for the next byte
CHUNK_BYTES: Final = 1 << 18
# Parts of official names that edgegen cannot export: rejected before the download.
_OTHER_KINDS: Final = (
    ("yoloe", "YOLOE models before their classes are fixed (`set_classes`, `save`)"),
    ("-world.", "the first YOLO-World, whose texts depend on the picture"),
    ("sam", "segment-anything models"),
    ("rtdetr", "RT-DETR models"),
    ("yolo_nas", "YOLO-NAS models"),
    ("grayscale", "models that take 1-channel pictures"),
)
# Patterns of the system's messages on several systems.
_NETWORK_ERRORS: Final = (
    (
        "Name or service not known|name resolution|getaddrinfo failed|nodename nor servname",
        "no network (the server's name is not found)",
    ),
    ("timed out", "the server does not answer"),
    ("refused", "the connection was refused"),
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
            _unknown(name, official_names), "give the path of a checkpoint, or one of the official names"
        )
    for part, kind in _OTHER_KINDS:
        if part in name.lower():
            raise UnsupportedModelError(f"{kind} ({name})", SUPPORTED)
    for path in (Path(name), library_copy):
        if path.is_file():
            progress.note(f"{name} is in {path.parent.resolve()}")
            return path
    address = f"{DOWNLOADS}/{release}/{name}"
    target = Path(name)
    if not fetch:
        raise InputError(
            f"{name} is not on disk, and --pretend does not download it",
            "leave out --pretend, or give a model on disk",
        )
    if offline:
        raise _unreachable(name, address, "YOLO_OFFLINE is set")
    progress.step(f"Download {name}")
    _fetch(address, target, progress)
    return target


def _unknown(name: str, official_names: frozenset[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, official_names, n=3)
    return f"there is no file and no official checkpoint called {name}" + (
        f"; did you mean {' or '.join(near)}?" if near else ""
    )


def _fetch(address: str, target: Path, progress: Progress) -> None:
    import requests

    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with requests.get(address, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)) as response:
            response.raise_for_status()
            _write_response(response, part, target, progress)
        part.replace(target)
    except requests.exceptions.RequestException as error:
        raise _unreachable(target.name, address, _short_reason(error)) from error
    except OSError as error:
        raise RenderError(f"cannot write {target}: {reason(error)}") from error
    finally:
        part.unlink(missing_ok=True)


def _write_response(response: Any, part: Path, target: Path, progress: Progress) -> None:
    total = int(response.headers.get("Content-Length", 0))
    size = f"{total / 1e6:.1f} MB" if total else "size unknown"
    progress.note(f"{target.name}, {size}, from {response.url.split('?')[0]} into {target.parent.resolve()}")
    done, reported = 0, 0
    with part.open("wb") as file:
        for chunk in response.iter_content(CHUNK_BYTES):
            file.write(chunk)
            done += len(chunk)
            quarter = 4 * done // total if total else 0
            if reported < quarter < 4:
                progress.note(f"{done / 1e6:.1f} of {total / 1e6:.1f} MB")
                reported = quarter
    if total and done != total:
        import requests

        raise requests.exceptions.ConnectionError(f"{done} of {total} bytes arrived")


def _unreachable(name: str, address: str, cause: str) -> InputError:
    return InputError(
        f"{name} is not on disk and cannot be downloaded: {cause}",
        f"download {address} on another machine and put it into {Path.cwd()}",
    )


def _short_reason(error: Exception) -> str:
    """Return a short reason: requests wraps the system's message in several layers."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server answers {response.status_code} {response.reason}"
    text = str(error)
    for pattern, cause in _NETWORK_ERRORS:
        if re.search(pattern, text):
            return cause
    return text.split("\n", 1)[0][:200]

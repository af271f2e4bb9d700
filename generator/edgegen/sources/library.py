"""Import the library of a source, which may not be installed, and download the weights that it publishes."""

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, RenderError, ToolchainError, reason
from edgegen.base.pins import extra_of
from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet

CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 60  # the longest wait for the next byte
CHUNK_BYTES: Final = 1 << 18
# Patterns of the system's messages on several systems.
_NETWORK_ERRORS: Final = (
    (
        "Name or service not known|name resolution|getaddrinfo failed|nodename nor servname",
        "no network (the server's name is not found)",
    ),
    ("timed out", "the server does not answer"),
    ("refused", "the connection was refused"),
)


def import_library(module: str) -> Any:
    """Return a module, such as torchvision.models, of a library that an extra of edgegen installs."""
    library = module.partition(".")[0]
    try:
        with quiet():
            import_module(library)
            return import_module(module)
    except ImportError as error:
        raise ToolchainError(
            f"this model needs {library}, which is not installed",
            f'pip install "edgegen{extra_of(library)}"',
        ) from error


def licenses(library: str, weights: str) -> str:
    """Return the licences of weights, "" if not recorded, and of a library's code under Apache-2.0."""
    return f"weights: {weights or 'not recorded'}; code of {library}: Apache-2.0"


def download_unless_pretended(address: str, target: Path, progress: Progress, *, fetch: bool) -> None:
    """Download a file of published weights, into a folder that may not exist."""
    if not fetch:
        raise InputError(
            f"{target.name} is not on disk, and --pretend does not download it",
            "leave out --pretend, or give a model on disk",
        )
    progress.step(f"Download {target.name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    download(address, target, progress)


def download(address: str, target: Path, progress: Progress) -> None:
    """Download a file. It gets its name when it is complete."""
    import requests

    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with requests.get(address, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)) as response:
            response.raise_for_status()
            _write_response(response, part, target, progress)
        part.replace(target)
    except requests.exceptions.RequestException as error:
        raise unreachable(address, target, _short_reason(error)) from error
    except OSError as error:
        raise RenderError(
            f"cannot write {target}: {reason(error)}", "free some space or check the permissions"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def unreachable(address: str, target: Path, cause: str) -> InputError:
    """Return the error for a file that cannot be downloaded."""
    return InputError(
        f"{target.name} is not on disk and cannot be downloaded: {cause}",
        f"download {address} on another machine and put it into {target.parent.resolve()}",
    )


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

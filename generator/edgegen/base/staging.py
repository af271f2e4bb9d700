"""A folder in which something is made aside, on the disk where it is to stand."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from edgegen.base import interruption
from edgegen.base.errors import RenderError


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give an empty folder on the same file system as the output folder, and take it away in the end.

    Parents that are missing are made, and taken away again when the output folder did not come to be.

    Raises:
        RenderError: It cannot be made, or anything below raised OSError: no right to write, a full disk.
    """
    folder = folder.absolute()
    with writing_to(folder), parents_of(folder):
        path = None
        try:
            with contextlib.suppress(FileNotFoundError):
                folder.lstat()  # no file system takes the name? Better now than when all is made.
            beside = folder.parent if not folder.exists() or _holds(folder.parent, folder) else folder
            path = Path(tempfile.mkdtemp(prefix=prefix(folder), dir=beside))
            yield path
        finally:
            with interruption.held():  # people press Ctrl-C twice
                if path is not None:
                    shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def parents_of(path: Path) -> Iterator[None]:
    """Make the folders that an output lacks, and take them away again when it did not come to be.

    Raises:
        OSError: One cannot be made.
    """
    path = path.absolute()
    missing = [parent for parent in path.parents if not parent.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        with interruption.held():
            if not os.path.lexists(path):
                for parent in missing:
                    with contextlib.suppress(OSError):
                        parent.rmdir()


def prefix(folder: Path) -> str:
    """Return how the names of folders begin in which something is made for this one."""
    return f".{folder.name[:40]}-"


def _holds(parent: Path, folder: Path) -> bool:
    """Tell whether files made in the parent can be moved into the folder, which may be a link or a mount."""
    return os.access(parent, os.W_OK) and parent.stat().st_dev == folder.stat().st_dev


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn what the system says into a RenderError that names the folder."""
    try:
        yield
    except OSError as error:
        # shutil.copytree collects its failures in a list of (from, to, why).
        collected = error.args[0] if isinstance(error, shutil.Error) else None
        why = str(collected[0][2]) if collected else error.strerror or str(error)
        where = f" ({error.filename})" if error.filename and str(error.filename) != str(folder) else ""
        raise RenderError(
            f"cannot write to {folder}: {why}{where}",
            "free some space or check the rights there; `edgegen new` takes another folder with --output",
        ) from error

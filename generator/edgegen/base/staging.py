"""A folder in which something is made aside, on the disk where it is to stand."""

import contextlib
import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from edgegen.base import interruption
from edgegen.base.errors import RenderError, reason
from edgegen.base.files import remove_tree

_LONGEST: Final = 40  # characters of a folder's name
_PATIENCE: Final = 600.0  # seconds: a folder is claimed as soon as it is made, and that takes no moment


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give an empty folder on the same file system as the output folder, and take it away in the end.

    Parents that are missing are made, and taken away again when the output folder did not come to be.

    Raises:
        RenderError: It cannot be made, or anything below raised OSError: no right to write, a full disk.
    """
    folder = folder.absolute()
    with writing_to(folder), parents_of(folder):
        path, claim = None, None
        try:
            with contextlib.suppress(FileNotFoundError):
                folder.lstat()  # no file system takes the name? Better now than when all is made.
            beside = folder.parent if not folder.exists() or _holds(folder.parent, folder) else folder
            sweep(beside, folder)
            path = Path(tempfile.mkdtemp(prefix=prefix(folder), dir=beside))
            claim = _claim(path)
            yield path
        finally:
            with interruption.held():  # people press Ctrl-C twice
                if path is not None:
                    remove_tree(path)
                if claim is not None:
                    os.close(claim)


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
    """Return how the names of folders begin in which something is made for this one.

    Nobody types such a name. Long ones are told apart by a digest.
    """
    name = folder.name
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}-{sha256(os.fsencode(name)).hexdigest()[:8]}"
    return f".{name}.edgegen-tmp-"


def _staged(parent: Path, folder: Path) -> Iterator[Path]:
    """Yield the folders in which something is made for this one, or was by a process that was killed."""
    name = re.compile(re.escape(prefix(folder)) + "[a-z0-9_]{8}")  # as `tempfile` ends them
    for path in parent.iterdir():
        if name.fullmatch(path.name) and path.is_dir() and not path.is_symlink():
            yield path


def sweep(parent: Path, folder: Path, patience: float = _PATIENCE) -> None:
    """Take away what killed processes left: nobody holds it, and it is that many seconds old."""
    with contextlib.suppress(OSError):
        for path in _staged(parent, folder):
            if time.time() - path.stat().st_mtime < patience:
                continue
            claim = _claim(path)
            if claim is not None:
                remove_tree(path)
                os.close(claim)


def _claim(path: Path) -> int | None:
    """Hold a folder for as long as this process lives; None where another does, or there are no locks."""
    try:
        import fcntl
    except ImportError:
        return None
    descriptor = None
    try:
        descriptor = os.open(path, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if descriptor is not None:
            os.close(descriptor)
        return None
    return descriptor


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
        why = str(collected[0][2]) if collected else reason(error)
        # Of a copy that did not fit, the second name is where it was to go.
        named = (error.errno == errno.ENOSPC and error.filename2) or error.filename
        where = f" ({named})" if named and str(named) != str(folder) else ""
        raise RenderError(
            f"cannot write to {folder}: {why}{where}",
            "free some space or check the rights there; what makes a new folder takes another with --output",
        ) from error

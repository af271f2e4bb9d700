"""Build output in a temporary folder on the same file system as its destination."""

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
_PATIENCE: Final = 600.0  # seconds; longer than any process needs between creating and claiming a folder


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Yield an empty folder on the file system of the output folder, and remove it at the end.

    Missing parents are created, and removed again if the output folder was not created.
    """
    folder = folder.absolute()
    with writing_to(folder), parents_of(folder):
        path, claim = None, None
        try:
            with contextlib.suppress(FileNotFoundError):
                folder.lstat()  # fail early if the file system does not take the name
            # Files are not moved into a folder on another device, or past a parent that is read-only.
            can_move = not folder.exists() or (
                os.access(folder.parent, os.W_OK) and folder.parent.stat().st_dev == folder.stat().st_dev
            )
            beside = folder.parent if can_move else folder
            sweep(beside, folder)
            path = Path(tempfile.mkdtemp(prefix=prefix(folder), dir=beside))
            claim = _claim(path)
            yield path
        finally:
            with interruption.defer():  # users press Ctrl-C twice
                if path is not None:
                    remove_tree(path)
                if claim is not None:
                    os.close(claim)


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Yield an empty folder in the system's temporary folder, and remove it at the end."""
    with writing_to(Path("the temporary folder")):
        folder = Path(tempfile.gettempdir()) / "edgegen"
    with staging(folder) as path:
        yield path


@contextlib.contextmanager
def parents_of(path: Path) -> Iterator[None]:
    """Create the missing parents of an output, and remove them again if it was not created.

    Raises:
        OSError: A folder cannot be created.
    """
    path = path.absolute()
    missing = [parent for parent in path.parents if not parent.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        with interruption.defer():
            if not os.path.lexists(path):
                for parent in missing:
                    with contextlib.suppress(OSError):
                        parent.rmdir()


def prefix(folder: Path) -> str:
    """Return the prefix of temporary folders for this output folder.

    A digest distinguishes long names.
    """
    name = folder.name
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}-{sha256(os.fsencode(name)).hexdigest()[:8]}"
    return f".{name}.edgegen-tmp-"


def sweep(parent: Path, folder: Path, patience: float = _PATIENCE) -> None:
    """Remove the folders of killed processes: those without a lock that are `patience` seconds old."""
    name = re.compile(re.escape(prefix(folder)) + "[a-z0-9_]{8}")  # the suffix of `tempfile`
    with contextlib.suppress(OSError):
        for path in parent.iterdir():
            is_staged = name.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
            if not is_staged or time.time() - path.stat().st_mtime < patience:
                continue
            claim = _claim(path)
            if claim is not None:
                remove_tree(path)
                os.close(claim)


def _claim(path: Path) -> int | None:
    """Lock a folder until this process ends. Return None if another holds it, or without locks."""
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


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn an OSError into a RenderError that names the folder."""
    try:
        yield
    except OSError as error:
        # shutil.copytree collects its failures as (source, destination, reason).
        collected = error.args[0] if isinstance(error, shutil.Error) else None
        why = str(collected[0][2]) if collected else reason(error)
        # If a copy did not fit, the second name is its destination.
        named = (error.errno == errno.ENOSPC and error.filename2) or error.filename
        where = f" ({named})" if named and str(named) != str(folder) else ""
        raise RenderError(
            f"cannot write to {folder}: {why}{where}",
            "free some space or check the permissions; a command with --output can write elsewhere",
        ) from error

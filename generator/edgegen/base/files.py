"""What several modules do with files: digests, second names, folders that go, one process at a time."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from edgegen.base.errors import InputError, reason


def file_sha256(path: Path) -> str:
    """Return the hexadecimal digest of a file; InputError where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {reason(error)}", "check the rights and the disk there"
        ) from None
    return digest.hexdigest()


def give_second_name(source: Path, name: Path) -> None:
    """Make a file readable under another name: a link, or a copy where there are no links."""
    source = source.resolve(strict=True)
    try:
        name.symlink_to(source)
    except OSError:  # Windows allows links to administrators only
        shutil.copyfile(source, name)


def remove_tree(folder: Path) -> None:
    """Take away a folder with all that is in it, as far as that can be.

    A copy of somebody's read-only folder is read-only too, and nothing can be taken out of it as it is.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.is_dir() or folder.is_symlink():
        return
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
    for inside, folders, _ in os.walk(folder):
        for name in folders:
            if not (Path(inside) / name).is_symlink():
                with contextlib.suppress(OSError):
                    (Path(inside) / name).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def alone_with(path: Path, without_locks: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Let one at a time, of all processes and threads, do this with a file or a folder.

    The lock ends with its process. Windows has none, nor have some network file systems: what else is to be
    done there is called then.

    Raises:
        OSError: The file or folder cannot be opened.
    """
    try:
        import fcntl
    except ImportError:
        without_locks()
        yield
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:
            without_locks()
        yield
    finally:
        os.close(descriptor)

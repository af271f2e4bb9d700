"""Shared file helpers: the cache folder, digests, links, writing files, removal of folders, locks."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from edgegen.base.errors import InputError, reason


def home() -> Path:
    """Return the folder for shared downloads and caches: $EDGEGEN_HOME, or one in the user's cache."""
    from platformdirs import user_cache_path

    named = os.environ.get("EDGEGEN_HOME")
    return Path(named).absolute() if named else user_cache_path("edgegen", appauthor=False)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal. Raise InputError if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {reason(error)}", "check the permissions and the disk"
        ) from None
    return digest.hexdigest()


def external_weights(model: Path) -> Path:
    """Return where an ONNX file keeps weights outside of it: best.onnx.data. It need not exist."""
    return model.with_name(f"{model.name}.data")


def model_sha256(path: Path) -> str:
    """Return the digest of a model file; with external weights, of both. Raise InputError as file_sha256."""
    digest, weights = file_sha256(path), external_weights(path)
    if not weights.is_file():
        return digest
    return hashlib.sha256(f"{digest} {file_sha256(weights)}".encode()).hexdigest()


def link_or_copy(source: Path, name: Path) -> None:
    """Make a file available under a second name: by a symbolic link, or a copy if links fail."""
    source = source.resolve(strict=True)
    try:
        name.symlink_to(source)
    except OSError:  # Windows allows links to administrators only
        shutil.copyfile(source, name)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file. Raise OSError if that fails; an old file is then unchanged."""
    temporary = path.with_name(f".{path.name[:40]}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def remove_tree(folder: Path) -> None:
    """Remove a folder and its content. Never raise; a part that cannot be removed stays.

    A copy of a read-only folder is read-only itself and must become writable first.
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
def exclusive_lock(path: Path, without_locks: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Hold a lock on a file or folder, against other processes and threads.

    The lock ends with its process. Windows and some network file systems have no locks: there,
    `without_locks` is called first.

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

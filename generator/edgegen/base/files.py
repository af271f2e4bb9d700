"""Shared file helpers: the cache folder, digests, links, writing files, removal of folders, locks."""

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath

from edgegen.base.errors import InputError, reason


def expand(argument: str) -> Path:
    """Return the path of an argument, with ~ and ~name expanded. Raise InputError for an unknown user."""
    try:
        return Path(argument).expanduser()
    except RuntimeError as error:
        raise InputError(f"there is no file or folder {argument}: {error}", "write the path out") from error


def ensure_home() -> None:
    """Set $HOME to a folder of the user in the system's temporary folder, if the user has no home.

    Containers often run with a user ID that has no account. Libraries fail there when they are imported.
    """
    try:
        Path.home()
        return
    except RuntimeError as error:
        if os.name != "posix":
            raise InputError(f"{error}", "set USERPROFILE to your home folder") from error
        number = os.getuid()
    folder = Path(tempfile.gettempdir(), f"edgegen-{number}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        about = folder.lstat()
        is_private = stat.S_ISDIR(about.st_mode) and about.st_uid == number and not about.st_mode & 0o077
    except OSError:
        is_private = False
    if not is_private:  # it is another user's
        try:
            folder = Path(tempfile.mkdtemp(prefix="edgegen-"))
        except OSError as error:
            raise InputError(
                f"the user ID {number} has no home folder, and none can be made: {reason(error)}",
                "set HOME, or EDGEGEN_HOME and YOLO_CONFIG_DIR, to folders that can be written",
            ) from error
    os.environ["HOME"] = str(folder)
    os.environ.setdefault("USER", str(number))  # torch asks for the user's name


def home() -> Path:
    """Return the folder for shared downloads and caches: $EDGEGEN_HOME, or one in the user's cache."""
    from platformdirs import user_cache_path

    named = os.environ.get("EDGEGEN_HOME")
    if not named:
        ensure_home()
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


def inside(folder: Path, location: str) -> Path | None:
    """Return the path of a location in a folder; None if it is outside, for example by a symbolic link."""
    parts = location.replace("\\", "/").split("/")
    if not location or "\0" in location or ".." in parts or not parts[0] or PureWindowsPath(location).drive:
        return None
    path = folder.joinpath(*parts)
    try:
        return path if path.resolve().is_relative_to(folder.resolve()) else None
    except (OSError, RuntimeError):  # links in a circle
        return None


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

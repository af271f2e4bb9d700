"""Shared file helpers: the cache folder, digests, links, writing files, removal of folders, locks."""

import contextlib
import hashlib
import mmap
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path, PureWindowsPath
from typing import Final

from edgegen.base.errors import InputError, reason

FOLDER_WEIGHTS: Final = "model.safetensors"  # of a model that is a folder
_FOLDER_CONFIG: Final = "config.json"
_FOLDER_FILES: Final = (_FOLDER_CONFIG, "preprocessor_config.json", FOLDER_WEIGHTS)
_ONNX_START: Final = b"\x08"  # of its first field, ir_version
# The key "location" of an external tensor in protobuf, and the length of its value in one or two bytes.
_LOCATION: Final = re.compile(rb"\x0a\x08location\x12([\x01-\x7f]|[\x80-\xff][\x01-\x7f])")


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


def external_weights(model: Path) -> dict[str, Path]:
    """Return the files with an ONNX file's weights, by their location in it; {} for other files.

    Only files that exist are among them. The file is not parsed: its bytes are searched for locations.
    """
    try:
        with model.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if content[:1] != _ONNX_START:
                return {}
            locations = {
                content[match.end() : match.end() + _varint(match[1])]
                for match in _LOCATION.finditer(content)
            }
    except (OSError, ValueError):  # ValueError: it is empty
        return {}
    found = dict[str, Path]()
    for location in sorted(locations):
        with contextlib.suppress(UnicodeDecodeError, OSError):
            path = inside(model.parent, location.decode())
            if path is not None and path.is_file():
                found[location.decode()] = path
    return found


def _varint(content: bytes) -> int:
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(content))


def is_model(path: Path) -> bool:
    """Return whether a path is a model's file, or a folder with a model's weights."""
    return path.is_file() or (path / FOLDER_WEIGHTS).is_file()


def is_folder_model(names: Collection[str]) -> bool:
    """Return whether a folder with these files is a model."""
    return FOLDER_WEIGHTS in names and _FOLDER_CONFIG in names


def model_sha256(path: Path) -> str:
    """Return the digest of a model; of a folder or with external weights, of all its files.

    Raises:
        InputError: A file cannot be read.
    """
    if path.is_dir():
        paths = [each for name in _FOLDER_FILES if (each := path / name).is_file()]
    else:
        paths = [path, *external_weights(path).values()]
    digests = [file_sha256(each) for each in paths]
    return digests[0] if len(digests) == 1 else hashlib.sha256(" ".join(digests).encode()).hexdigest()


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

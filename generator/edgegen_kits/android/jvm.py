"""A JVM that runs one tool repeatedly: after the first run it is several times faster.

Its program is compiled once, and an archive has the classes that the last first run loaded: with both, a
start costs half. They belong to one JDK and one class path, and are made again for others.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.android.recipe import HERE
from edgegen_kits.common.commands import Commands, Conversation

QUICK_JAVAC: Final = ("javac", "-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC")  # its runs are short
# By default a heap begins with a 64th of the memory. A third of the time went into its garbage collection.
HEAP: Final = ("-XX:+UseSerialGC", "-Xms1200m", "-Xmn500m")
# Libraries of Robolectric look for files by names in lower case: in Turkish, these have another i.
ENGLISH: Final = ("-Duser.language=en", "-Duser.country=US")
JAVA: Final = (
    *("java", "-Xmx1500m", *HEAP, *ENGLISH, "-Xshare:auto"),
    # Runs are short, so the optimizing compiler costs more than it saves. Without it the code cache is too
    # small for the Kotlin compiler.
    *("-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=240m"),
    # The JVM's own messages must not look like an answer.
    *("-Xlog:disable", "-Xlog:all=warning:stderr"),
)
_PROGRAM: Final = "program.jar"
_CLASSES: Final = "classes.jsa"
_PATIENCE: Final = 60  # seconds to write the archive: it has up to 100 MB


def start(
    commands: Commands, cache: Path | None, program: str, classpath: Sequence[Path], *options: str
) -> Conversation:
    """Start a program of the folder `java` with this class path.

    `cache` is a folder for compiled programs and archives. Without one, or if it cannot be written, the
    program is started from its source.
    """
    source = HERE / "java" / program
    try:
        entry = _entry(commands, cache, source, classpath) if cache else None
    except OSError:
        entry = None
    if entry is None:
        return commands.start([*JAVA, *options, "-cp", _join(classpath), source])
    command = ["-cp", _join([*classpath, entry / _PROGRAM]), source.stem]
    classes = entry / _CLASSES
    if classes.is_file():
        return commands.start([*JAVA, f"-XX:SharedArchiveFile={classes}", *options, *command])
    new = entry / f"{uuid.uuid4().hex}.new"

    def keep() -> None:
        with contextlib.suppress(OSError):  # the JDK has no archive of its own, and writes none
            new.rename(classes)
            for stale in entry.glob("*.new"):  # of JVMs that were killed
                stale.unlink()

    archiving = [*JAVA, f"-XX:ArchiveClassesAtExit={new}", *options, *command]
    return commands.start(archiving, patience=_PATIENCE, at_end=keep)


def _entry(commands: Commands, cache: Path, source: Path, classpath: Sequence[Path]) -> Path:
    """Return the folder of a program's jar and archive. Compile the program if it is not there.

    Raises:
        OSError: The folder cannot be written.
        ToolchainError: The program does not compile.
    """
    entry = cache / f"{source.stem}-{_digest(source, classpath)}"
    if not (entry / _PROGRAM).is_file():
        cache.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            new = Path(scratch) / "new"
            commands.run([*QUICK_JAVAC, "-proc:none", "-cp", _join(classpath), "-d", scratch, source])
            new.mkdir()
            with zipfile.ZipFile(new / _PROGRAM, "w") as jar:
                for compiled in sorted(Path(scratch).glob("*.class")):
                    jar.write(compiled, compiled.name)
            for old in cache.glob(f"{source.stem}-*"):
                if old != entry:
                    shutil.rmtree(old, ignore_errors=True)
            with contextlib.suppress(FileExistsError, NotADirectoryError):  # another process was faster
                new.rename(entry)
    return entry


def _digest(source: Path, classpath: Sequence[Path]) -> str:
    """Return a digest of a program, its JDK and its class path: an archive is valid for these only."""
    total = hashlib.sha256(source.read_bytes())
    jdk = Path(os.path.realpath(shutil.which("java") or "java")).parents[1]
    for path in (jdk / "lib" / "modules", *classpath):
        status = path.stat()
        total.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return total.hexdigest()[:16]


def _join(paths: Sequence[Path]) -> str:
    return ":".join(str(path) for path in paths)


class Server:
    """A program that reads files of a tool's arguments, one per line, and answers with the tool's output."""

    def __init__(
        self, commands: Commands, cache: Path | None, program: str, classpath: Sequence[Path], *options: str
    ) -> None:
        """Start it with these options of the JVM."""
        self._running = start(commands, cache, program, classpath, *options)
        self._program = program

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the JVM end."""
        self._running.close()

    def ask(self, arguments: Path) -> tuple[int, str]:
        """Run the tool; return its exit code and its messages.

        Raises:
            ToolchainError: The JVM ended.
        """
        head = self._running.ask(f"{arguments}\n")
        code, _, length = head.partition(" ")
        if not length:
            raise ToolchainError(
                f"{self._program} ended: {self._running.read_errors()}",
                "Check the free memory of this machine",
            )
        return int(code), self._running.read(int(length))

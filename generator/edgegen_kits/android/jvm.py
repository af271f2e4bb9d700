"""A JVM that runs one tool repeatedly: after the first run it is several times faster."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.android.recipe import HERE
from edgegen_kits.common.commands import Commands, Conversation

JAVA: Final = (
    *("java", "-Xmx1500m", "-XX:+UseSerialGC", "-Xshare:auto"),
    # Runs are short, so the optimizing compiler costs more than it saves. Without it the code cache is too
    # small for the Kotlin compiler.
    *("-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=240m"),
    # The JVM's own messages must not look like an answer.
    *("-Xlog:disable", "-Xlog:all=warning:stderr"),
)


def start(commands: Commands, program: str, classpath: Sequence[Path], *options: str) -> Conversation:
    """Start a program of the folder `java` from its source, with this class path."""
    jars = ":".join(str(path) for path in classpath)
    return commands.start([*JAVA, *options, "-cp", jars, HERE / "java" / program])


class Server:
    """A program that reads files of a tool's arguments, one per line, and answers with the tool's output."""

    def __init__(self, commands: Commands, program: str, classpath: Sequence[Path], *options: str) -> None:
        """Start it with these options of the JVM."""
        self._running = start(commands, program, classpath, *options)
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

"""A JVM that runs one tool again and again: all but the first time is several times faster."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.android.recipe import HERE
from edgegen_kits.common.commands import Commands, Conversation

JAVA: Final = (
    *("java", "-Xmx1500m", "-XX:+UseSerialGC", "-Xshare:auto"),
    # Short runs: the optimizing compiler would not pay for itself. Without it a JVM keeps room for 48 MB of
    # machine code, which the Kotlin compiler fills.
    *("-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=240m"),
    # What the JVM has to say goes where it is not taken for an answer.
    *("-Xlog:disable", "-Xlog:all=warning:stderr"),
)


def start(commands: Commands, program: str, classpath: Sequence[Path], *options: str) -> Conversation:
    """Start a program of the folder `java`, from its source, with what it calls on the class path."""
    jars = ":".join(str(path) for path in classpath)
    return commands.start([*JAVA, *options, "-cp", jars, HERE / "java" / program])


class Server:
    """A program that takes files with a tool's arguments, one a line, and answers with what the tool said."""

    def __init__(self, commands: Commands, program: str, classpath: Sequence[Path], *options: str) -> None:
        """Start it; options are the JVM's."""
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
            raise ToolchainError(f"{self._program} ended: {self._running.said()}", "is there enough memory?")
        return int(code), self._running.read(int(length))

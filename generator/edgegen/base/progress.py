"""Show named steps with elapsed time on stderr: live on a terminal, else as plain lines."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, TextIO

from edgegen.base import interruption

if TYPE_CHECKING:
    from rich.text import Text


class Progress:
    """The interface through which modules report their work. This class shows nothing."""

    def step(self, name: str) -> None:
        """End the running step, if any, and begin another."""

    def status(self, text: str) -> None:
        """Show the state of the running step, for example "12 pictures", until it ends."""

    def note(self, text: str) -> None:
        """Print a line between the steps, for example the size of a download."""

    def pause(self) -> AbstractContextManager[None]:
        """Suspend the display while the user is asked or a program writes to the terminal."""
        return nullcontext()


NoProgress = Progress  # for callers that show nothing


class Lines(Progress):
    """One line for each finished step: `  12.3 s  Lower to XNNPACK`."""

    def __init__(
        self,
        write: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._write = write
        self._clock = clock
        self._pause = pause
        self._name = ""
        self._status = ""
        self._since = 0.0

    def step(self, name: str) -> None:
        """Write the finished step and begin the next. Raise KeyboardInterrupt after a signal."""
        self.end()
        interruption.check()
        self._name, self._since = name, self._clock()

    def status(self, text: str) -> None:
        """Show the text after the step's name."""
        self._status = f", {text}"

    def note(self, text: str) -> None:
        """Write a line, indented below the steps' names."""
        self._write(f"{'':11}{text}")

    def pause(self) -> AbstractContextManager[None]:
        """Hide the live line, if there is one."""
        return self._pause()

    def end(self) -> None:
        """Write the last step."""
        self._status = ""
        if self._name:
            self._write(self.running())
        self._name = ""

    def drop(self) -> None:
        """Discard the running step: it failed, and an error message follows."""
        self._name = ""

    def running(self) -> str:
        """Return the line of the running step with its elapsed seconds."""
        return f"{self._clock() - self._since:7.1f} s  {self._name}{self._status}" if self._name else ""


def _plain(stream: TextIO) -> Lines:
    def write(line: str) -> None:
        with suppress(OSError):  # the reader is gone (`edgegen ... 2>&1 | head`); the work continues
            print(line, file=stream, flush=True)

    return Lines(write)


@contextmanager
def _live(stream: TextIO) -> Iterator[Lines]:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(file=stream, highlight=False)

    @contextmanager
    def pause() -> Iterator[None]:
        live.stop()
        try:
            yield
        finally:
            live.start()

    lines = Lines(lambda line: console.print(Text(line)), pause=pause)

    def render() -> "Text":
        return Text(lines.running(), style="dim")

    live = Live(console=console, get_renderable=render, refresh_per_second=5, transient=True)
    with live:
        yield lines


@contextmanager
def on_stderr() -> Iterator[Progress]:
    """Yield the progress for stderr, and write its last step unless an exception is raised."""
    is_live = sys.stderr.isatty()
    with _live(sys.stderr) if is_live else nullcontext(_plain(sys.stderr)) as lines:
        try:
            yield lines
        except BaseException:
            lines.drop()
            raise
        lines.end()

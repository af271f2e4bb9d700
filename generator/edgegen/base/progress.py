"""Named steps with elapsed time on stderr: a live line on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Protocol, TextIO

from edgegen.base import interruption

if TYPE_CHECKING:
    from rich.text import Text


class Progress(Protocol):
    """What the working modules know of the screen."""

    def step(self, name: str) -> None:
        """End the running step, if any, and begin one of this name."""

    def so_far(self, text: str) -> None:
        """Say how far the running step is, "12 pictures" say, to who watches; no line stays of it."""

    def note(self, text: str) -> None:
        """Say something beside the steps: the size of a file that is being fetched, say."""

    def aside(self) -> AbstractContextManager[None]:
        """Leave the screen to somebody who asks there, or to a program that writes there."""


class Silent:
    """Progress that shows nothing."""

    def step(self, name: str) -> None:
        """Do nothing."""

    def so_far(self, text: str) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""

    def aside(self) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()


class Lines:
    """One line for each finished step: `  12.3 s  Lower to XNNPACK`."""

    def __init__(
        self,
        write: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
        aside: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._write = write
        self._clock = clock
        self._aside = aside
        self._name = ""
        self._so_far = ""
        self._since = 0.0

    def step(self, name: str) -> None:
        """Write the step that ends here and begin the new one, unless the user wants no more of them."""
        self.end()
        interruption.check()
        self._name, self._since = name, self._clock()

    def so_far(self, text: str) -> None:
        """Show it after the step's name, if that is seen while it runs."""
        self._so_far = f", {text}"

    def note(self, text: str) -> None:
        """Write a line of its own, below the steps' names."""
        self._write(f"{'':11}{text}")

    def aside(self) -> AbstractContextManager[None]:
        """Take the live line away for as long as it lasts, if there is one."""
        return self._aside()

    def end(self) -> None:
        """Write the last step."""
        self._so_far = ""
        if self._name:
            self._write(self.running())
        self._name = ""

    def drop(self) -> None:
        """Forget the running step: it failed, and an error message follows."""
        self._name = ""

    def running(self) -> str:
        """Return the line of the running step, with its seconds so far."""
        return f"{self._clock() - self._since:7.1f} s  {self._name}{self._so_far}" if self._name else ""


def _plain(stream: TextIO) -> Lines:
    def write(line: str) -> None:
        with suppress(OSError):  # nobody reads it any more (`edgegen ... 2>&1 | head`): the work goes on
            print(line, file=stream, flush=True)

    return Lines(write)


@contextmanager
def _live(stream: TextIO) -> Iterator[Lines]:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(file=stream, highlight=False)

    @contextmanager
    def aside() -> Iterator[None]:
        live.stop()
        try:
            yield
        finally:
            live.start()

    lines = Lines(lambda line: console.print(Text(line)), aside=aside)

    def render() -> "Text":
        return Text(lines.running(), style="dim")

    live = Live(console=console, get_renderable=render, refresh_per_second=5, transient=True)
    with live:
        yield lines


@contextmanager
def on_stderr() -> Iterator[Progress]:
    """Give the progress that fits stderr, and end its last step unless something was raised."""

    @contextmanager
    def closing(lines: Lines) -> Iterator[Progress]:
        try:
            yield lines
        except BaseException:
            lines.drop()
            raise
        lines.end()

    if sys.stderr.isatty():
        with _live(sys.stderr) as lines, closing(lines) as progress:
            yield progress
    else:
        with closing(_plain(sys.stderr)) as progress:
            yield progress

"""The progress of many projects on stderr: running ones on a terminal, and a line for each result."""

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

_STEP = re.compile(r" *[\d.]+ s  (.*)")  # a finished step, as `base.progress` prints it


def _print(line: str) -> None:
    with suppress(OSError):  # a closed pipe does not stop the work
        print(line, file=sys.stderr, flush=True)


class StderrProgress:
    """Shows the running projects, their times and last steps: a `commands.children.ChildrenProgress`."""

    def __init__(self, write: Callable[[str], object] = _print) -> None:
        self._write = write  # prints a line above the live table
        self._lock = threading.Lock()
        self._running = dict[str, tuple[float, str]]()
        self._done = (0, 0)

    def show(self, name: str, line: str) -> None:
        """Show a line of a project's process."""
        step = _STEP.fullmatch(line)
        with self._lock:
            since, last = self._running.get(name, (time.monotonic(), ""))
            self._running[name] = since, f"done: {step.group(1)}" if step else last or line.strip()[:80]

    def finish(self, name: str, lines: Sequence[str], done: int, of: int) -> None:
        """Print the results of a process that ended, and show how many have ended."""
        with self._lock:
            self._running.pop(name, None)
            self._done = done, of
        for line in lines:
            self._write(line)

    def table(self) -> "RenderableType":
        """Return the live table of a terminal."""
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        with self._lock:
            done, of = self._done
            for name, (since, last) in self._running.items():
                table.add_row(f"{time.monotonic() - since:7.1f} s", Text(name), Text(last))
        if of:
            table.add_row(f"{done:7} of {of}", "", "")
        return table


@contextmanager
def on_stderr() -> Iterator[StderrProgress]:
    """Yield the progress for a terminal or a file."""
    if not sys.stderr.isatty():
        yield StderrProgress()
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(file=sys.stderr, highlight=False)
    progress = StderrProgress(lambda line: console.print(Text(line)))
    with Live(console=console, get_renderable=progress.table, refresh_per_second=4, transient=True):
        yield progress

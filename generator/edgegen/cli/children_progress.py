"""The progress of many projects on stderr: running ones on a terminal, and a line for each result."""

import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

    from edgegen.commands.batch_plan import Row

_STEP = re.compile(r" *[\d.]+ s  (.*)")  # a finished step, as `base.progress` prints it


def _line(row: "Row") -> str:
    why = f": {row.why}" if row.why else ""
    return f"{row.seconds:7.1f} s  {row.result:9}  {row.name} ({row.target}){why}"


class ChildrenProgress:
    """Shows the running projects, their times and last steps. Several threads call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = dict[str, tuple[float, str]]()
        self._done = (0, 0)

    def show(self, name: str, line: str) -> None:
        """Show a line of a project's process."""
        step = _STEP.fullmatch(line)
        with self._lock:
            since, last = self._running.get(name, (time.monotonic(), ""))
            self._running[name] = since, f"done: {step.group(1)}" if step else last or line.strip()[:80]

    def finish(self, rows: "Sequence[Row]", done: int, of: int) -> None:
        """Print the results of a model."""
        self.forget(rows[0].name)
        with self._lock:
            self._done = done, of
        for row in rows:
            self.write(_line(row))

    def forget(self, name: str) -> None:
        """Stop showing a process that ended."""
        with self._lock:
            self._running.pop(name, None)

    def write(self, line: str) -> None:
        """Print a line above the live table."""
        with suppress(OSError):  # a closed pipe does not stop the work
            print(line, file=sys.stderr, flush=True)

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
def on_stderr() -> Iterator[ChildrenProgress]:
    """Yield the progress for a terminal or a file."""
    if not sys.stderr.isatty():
        yield ChildrenProgress()
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(file=sys.stderr, highlight=False)

    class LiveProgress(ChildrenProgress):
        """Prints above the live table."""

        def write(self, line: str) -> None:
            """Print a line above the live table."""
            console.print(Text(line))

    progress = LiveProgress()
    with Live(console=console, get_renderable=progress.table, refresh_per_second=4, transient=True):
        yield progress

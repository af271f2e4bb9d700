"""How far many projects are, on stderr: what runs now on a terminal, a line for each that ended elsewhere."""

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

_STEP = re.compile(r" *[\d.]+ s  (.*)")  # as `base.progress` tells a step that is done


def _line(row: "Row") -> str:
    why = f": {row.why}" if row.why else ""
    return f"{row.seconds:7.1f} s  {row.result:9}  {row.name} ({row.target}){why}"


class Board:
    """What runs, since when, and what it did last; threads may tell it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = dict[str, tuple[float, str]]()
        self._done = (0, 0)

    def says(self, name: str, line: str) -> None:
        """Take a line that the process of a project said."""
        step = _STEP.fullmatch(line)
        with self._lock:
            since, last = self._running.get(name, (time.monotonic(), ""))
            self._running[name] = since, f"done: {step.group(1)}" if step else last or line.strip()[:80]

    def ended(self, rows: "Sequence[Row]", done: int, of: int) -> None:
        """Take what became of a model."""
        self.forget(rows[0].name)
        with self._lock:
            self._done = done, of
        for row in rows:
            self.write(_line(row))

    def forget(self, name: str) -> None:
        """Take what ran and has ended."""
        with self._lock:
            self._running.pop(name, None)

    def write(self, line: str) -> None:
        """Write a line that stays."""
        with suppress(OSError):  # nobody reads it any more: the work goes on
            print(line, file=sys.stderr, flush=True)

    def table(self) -> "RenderableType":
        """Return what a terminal shows below those lines."""
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
def on_stderr() -> Iterator[Board]:
    """Give the board that fits stderr."""
    if not sys.stderr.isatty():
        yield Board()
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(file=sys.stderr, highlight=False)

    class Shown(Board):
        """Writes above what moves."""

        def write(self, line: str) -> None:
            """Write a line that stays."""
            console.print(Text(line))

    board = Shown()
    with Live(console=console, get_renderable=board.table, refresh_per_second=4, transient=True):
        yield board

"""Run edgegen commands in child processes: a crash or a memory leak costs one of them only."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final, Protocol

from edgegen.base import interruption

_PATIENCE: Final = 60.0  # seconds for a child to clean up
_KEPT_LINES: Final = 40  # of a child's stderr


@dataclass(frozen=True)
class ChildResult:
    """The result of a child."""

    code: int  # below 0: the signal that ended it
    stdout: str
    stderr: tuple[str, ...]  # the last lines
    seconds: float

    @property
    def killed(self) -> bool:
        """Whether a signal ended it before it could clean up."""
        return self.code < 0

    @property
    def why(self) -> str:
        """The error in one line; "" after success."""
        if self.code == 0:
            return ""
        if self.killed:
            name = signal.Signals(-self.code).name if -self.code in set(signal.Signals) else str(-self.code)
            memory = ": most likely there was not enough memory" if name == "SIGKILL" else ""
            return f"its process was ended by {name}{memory}"
        errors = [line.removeprefix("edgegen: ") for line in self.stderr if line.startswith("edgegen: ")]
        last = next((line.strip() for line in reversed(self.stderr) if line.strip()), "")
        return (errors[-1] if errors else last) or f"it ended with code {self.code}"

    def report(self) -> Any:
        """Return the JSON that it printed; None if it printed something else."""
        try:
            return json.loads(self.stdout)
        except ValueError:
            return None


class ChildrenProgress(Protocol):
    """Shows the running children. Several threads call it."""

    def show(self, name: str, line: str) -> None:
        """Show a line of stderr of the child with this name."""

    def finish(self, name: str, lines: Sequence[str], done: int, of: int) -> None:
        """Replace a child by its result lines, and show that `done` of `of` children have ended."""


class Children:
    """Starts children. The end of its `with` block interrupts them and waits for their clean-up."""

    def __init__(self, at_once: int) -> None:
        self._running = set[subprocess.Popen[str]]()
        self._lock = threading.Lock()
        self._stopped = False
        self._environment = {"PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "utf-8"}
        if at_once > 1:  # more threads than cores would wait for each other
            self._environment["OMP_NUM_THREADS"] = str(max((os.cpu_count() or 1) // at_once, 1))

    def __enter__(self) -> "Children":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(
        self, arguments: Sequence[object], on_line: Callable[[str], object] = lambda _: None
    ) -> ChildResult:
        """Run `edgegen ARGUMENTS` to its end, and call `on_line` with each line of stderr."""
        since, last_lines = time.monotonic(), deque[str](maxlen=_KEPT_LINES)
        command = [sys.executable, "-m", "edgegen", *map(str, arguments)]
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as stdout:
            child = self._start(command, stdout)
            if child is None:
                return ChildResult(-signal.SIGTERM, "", (), 0.0)
            try:
                for line in child.stderr or ():
                    last_lines.append(line.rstrip("\n"))
                    on_line(last_lines[-1])
                code = child.wait()
            finally:
                with interruption.defer():  # people press Ctrl-C twice
                    _end([child])  # it may still run after Ctrl-C
                    with self._lock:
                        self._running.discard(child)
                    if child.stderr is not None:
                        child.stderr.close()
            stdout.seek(0)
            return ChildResult(code, stdout.read(), tuple(last_lines), time.monotonic() - since)

    def _start(self, command: Sequence[str], stdout: IO[str]) -> subprocess.Popen[str] | None:
        """Start a child; None after `stop`."""
        with interruption.defer(), self._lock:  # or an unregistered child would keep running
            if self._stopped:
                return None
            child = subprocess.Popen(
                command,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
            self._running.add(child)
        return child

    def stop(self) -> None:
        """Interrupt the running children, wait until they cleaned up, and start no more."""
        with interruption.defer():  # people press Ctrl-C twice
            with self._lock:
                self._stopped = True
                running = list(self._running)
            _end(running)


def _end(children: Sequence[subprocess.Popen[str]]) -> None:
    """Interrupt the children, and wait until they cleaned up."""
    for child in children:
        with contextlib.suppress(OSError):
            child.terminate()
    until = time.monotonic() + _PATIENCE
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=max(until - time.monotonic(), 0))
        child.kill()  # does nothing if it has ended

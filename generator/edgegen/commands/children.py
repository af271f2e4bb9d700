"""Run edgegen commands in child processes: a crash or a memory leak costs one of them only."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final

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
        since = time.monotonic()
        with self._started([sys.executable, "-m", "edgegen", *map(str, arguments)]) as running:
            if running is None:
                return ChildResult(-signal.SIGTERM, "", (), 0.0)
            assert running.stdout is not None  # noqa: S101 - a pipe
            assert running.stderr is not None  # noqa: S101
            stderr = deque[str](maxlen=_KEPT_LINES)
            stdout = list[str]()
            reader = threading.Thread(target=_read_all, args=(running.stdout, stdout), daemon=True)
            reader.start()
            for line in running.stderr:
                stderr.append(line.rstrip("\n"))
                on_line(stderr[-1])
            reader.join()
            code = running.wait()
        return ChildResult(code, "".join(stdout), tuple(stderr), time.monotonic() - since)

    @contextlib.contextmanager
    def _started(self, command: Sequence[str]) -> Iterator[subprocess.Popen[str] | None]:
        running = None
        with interruption.defer(), self._lock:  # or an unregistered child would keep running
            if not self._stopped:
                running = subprocess.Popen(
                    command,
                    env={**os.environ, **self._environment},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                )
                self._running.add(running)
        if running is None:
            yield None
            return
        try:
            yield running
        finally:
            with interruption.defer():  # people press Ctrl-C twice
                _end([running])  # it may still run after Ctrl-C
                with self._lock:
                    self._running.discard(running)
                for pipe in (running.stdout, running.stderr):
                    if pipe is not None:
                        pipe.close()

    def stop(self) -> None:
        """Interrupt the running children, wait until they cleaned up, and start no more."""
        with interruption.defer():  # people press Ctrl-C twice
            with self._lock:
                self._stopped = True
                running = list(self._running)
            _end(running)


def _end(children: Sequence[subprocess.Popen[str]]) -> None:
    """Interrupt the children, and wait until they cleaned up."""
    for each in children:
        with contextlib.suppress(OSError):
            each.terminate()
    until = time.monotonic() + _PATIENCE
    for each in children:
        _wait(each, max(until - time.monotonic(), 0))


def _wait(child: subprocess.Popen[str], seconds: float) -> None:
    try:
        child.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        child.kill()


def _read_all(stream: IO[str], into: list[str]) -> None:
    with contextlib.suppress(ValueError, OSError):  # it may be closed
        into.append(stream.read())

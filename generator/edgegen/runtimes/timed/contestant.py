"""This process's end of a worker that runs one runtime."""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.errors import ToolchainError
from edgegen.base.quiet import ultralytics_environment
from edgegen.runtimes.executorch.profile import Kind

LIMIT: Final = 1800  # seconds for one answer: an export of a large model takes minutes


class WorkerError(ToolchainError):
    """A runtime failed in its process; the message ends with its own, in a line."""


@dataclass(frozen=True)
class Lap:
    """A turn that was taken."""

    ms: float  # the median of its frames
    cores: float | None = None  # that were at work, on average; None where nobody counted


class Contestant:
    """A worker: started when it is made, ended when its `with` ends.

    It runs in an empty folder of its own, which is its temporary folder too: what libraries leave there or
    delete there (as NCNN's export does with files called debug.bin) is nobody's, and goes with it.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._name, self._threads = name, threads
        self._folder = tempfile.TemporaryDirectory(prefix="edgegen-", ignore_cleanup_errors=True)
        self._said = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 (closed with the worker)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edgegen.runtimes.timed.worker"],
            cwd=self._folder.name,
            env={
                **os.environ,
                **ultralytics_environment(),
                "OMP_NUM_THREADS": str(threads),
                "PYTHONSAFEPATH": "1",
                "TMPDIR": self._folder.name,
            },
            start_new_session=True,  # so that what it starts itself can be ended with it
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )

    def __enter__(self) -> "Contestant":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End the process and all that it started, at once; its folder goes with it."""
        if self._said.closed:  # it was ended before: its number may be another process's by now
            return
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.communicate()
        self._said.close()
        self._folder.cleanup()

    def export(self, checkpoint: Path, form: str, folder: Path, **more: Any) -> Path:
        """Have Ultralytics export a checkpoint into a folder; WorkerError where that fails."""
        where = {"checkpoint": str(checkpoint.absolute()), "folder": str(folder.absolute())}
        return Path(self._ask("export", **where, form=form, **more)["path"])

    def load(self, name: str, model: Path, given: Path, **more: Any) -> None:
        """Load a model, and the array (a .npy) that it is run on; WorkerError where that fails."""
        where = {"model": str(model.absolute()), "given": str(given.absolute())}
        self._ask("load", name=name, **where, threads=self._threads, **more)

    def outputs(self) -> Sequence[npt.NDArray[np.float32]]:
        """Run once and return what came out; WorkerError where that fails."""
        with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
            count = self._ask("outputs", folder=folder)["outputs"]
            return [np.load(Path(folder) / f"outputs-{number}.npy") for number in range(count)]

    def turn(self, frames: int, warm_up: int) -> Lap:
        """Run that often after a warm-up; WorkerError where that fails."""
        taken = self._ask("turn", frames=frames, warm_up=warm_up)
        return Lap(statistics.median(taken["ms"]), taken["cores"])

    def operators(self, pte: Path, given: Path, runs: int) -> list[Kind]:
        """Trace a `.pte`'s operators in that many runs, by their kinds, the costliest first."""
        where = {"pte": str(pte.absolute()), "given": str(given.absolute())}
        asked = {**where, "threads": self._threads, "runs": runs}
        return [Kind(**each) for each in self._ask("operators", **asked)["operators"]]

    def _ask(self, what: str, **request: Any) -> dict[str, Any]:
        given, answers = self._process.stdin, self._process.stdout
        if given is None or answers is None:
            raise ValueError("the worker was started without pipes")
        since = time.monotonic()
        try:
            with self._limit():
                given.write(json.dumps({"do": what, **request}) + "\n")
                given.flush()
                line = answers.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            code = self._process.wait()
            if time.monotonic() - since >= LIMIT:
                raise WorkerError(f"{self._name}: no answer within {LIMIT} s")
            raise WorkerError(f"{self._name}: its process ended with {code}{self._last_words()}")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise WorkerError(f"{self._name}: {reply['error'].strip().split(chr(10), 1)[0][:300]}")
        return reply

    @contextlib.contextmanager
    def _limit(self) -> Iterator[None]:
        """Kill a process that does not answer, so that nobody waits for ever."""
        watch = threading.Timer(LIMIT, self._process.kill)
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = [line.strip() for line in self._said.read().splitlines() if line.strip()]
        return f": {lines[-1][:300]}" if lines else ""

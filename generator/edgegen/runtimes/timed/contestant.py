"""This process's end of a worker that runs one runtime."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.errors import EdgegenError
from edgegen.base.quiet import without_network
from edgegen.runtimes.executorch.profile import Kind

LAST_LINES: Final = 12


class WorkerError(EdgegenError):
    """A runtime failed in its process; the message is its own, in a line."""


class Contestant:
    """A worker: started when it is made, ended when its `with` ends."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._said = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 (closed with the worker)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edgegen.runtimes.timed.worker"],
            env={**os.environ, **without_network(), "OMP_NUM_THREADS": str(threads)},
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
        if kind is None:
            self._process.communicate()  # its input ends, and so does it
        else:
            self._process.kill()
            self._process.wait()
        self._said.close()

    def export(self, checkpoint: Path, form: str, input_hw: tuple[int, int], folder: Path) -> Path:
        """Have Ultralytics export a checkpoint into a folder; WorkerError where that fails."""
        where = {"checkpoint": str(checkpoint), "folder": str(folder)}
        return Path(self._ask("export", **where, form=form, input_hw=input_hw)["path"])

    def load(self, name: str, model: Path, given: Path, **more: Any) -> None:
        """Load a model, and the array (a .npy) that it is run on; WorkerError where that fails."""
        self._ask("load", name=name, model=str(model), given=str(given), threads=self._threads, **more)

    def outputs(self) -> Sequence[npt.NDArray[np.float32]]:
        """Run once and return what came out; WorkerError where that fails."""
        with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
            count = self._ask("outputs", folder=folder)["outputs"]
            return [np.load(Path(folder) / f"outputs-{number}.npy") for number in range(count)]

    def turn(self, frames: int, warm_up: int) -> float:
        """Run that often after a warm-up; return the median of the frames, in milliseconds."""
        times: list[float] = self._ask("turn", frames=frames, warm_up=warm_up)["ms"]
        return statistics.median(times)

    def operators(self, pte: Path, given: Path, runs: int) -> list[Kind]:
        """Trace a `.pte`'s operators in that many runs, by their kinds, the costliest first."""
        asked = {"pte": str(pte), "given": str(given), "threads": self._threads, "runs": runs}
        return [Kind(**each) for each in self._ask("operators", **asked)["operators"]]

    def _ask(self, what: str, **request: Any) -> dict[str, Any]:
        given, answers = self._process.stdin, self._process.stdout
        if given is None or answers is None:
            raise ValueError("the worker was started without pipes")
        try:
            given.write(json.dumps({"do": what, **request}) + "\n")
            given.flush()
            line = answers.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise WorkerError(f"its process ended with {self._process.wait()}{self._last_words()}")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise WorkerError(reply["error"].strip().split("\n", 1)[0][:300])
        return reply

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = [line for line in self._said.read().splitlines() if line.strip()][-LAST_LINES:]
        return ": " + lines[-1].strip() if lines else ""

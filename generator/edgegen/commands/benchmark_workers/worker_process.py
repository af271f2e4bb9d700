"""Start, ask and end a worker process that runs one runtime."""

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
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.errors import ToolchainError
from edgegen.base.quiet import ULTRALYTICS_ENVIRONMENT
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.runtimes.executorch.profile import Kind

LIMIT: Final = 1800  # seconds for one answer: the export of a large model takes minutes


class WorkerError(ToolchainError):
    """A runtime failed in its process. The message ends with the first line of its own."""


@dataclass(frozen=True)
class Lap:
    """The result of one turn."""

    ms: float  # the median of its frames
    cores: float | None = None  # the mean number of busy cores; None if not measured


class WorkerProcess:
    """A worker process, which ends with the `with` statement.

    It runs in an empty folder, which is also its temporary folder and is deleted at the end. Some libraries
    leave files there or delete some: NCNN's export deletes files called debug.bin.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._name, self._threads = name, threads
        self._folder = tempfile.TemporaryDirectory(prefix="edgegen-", ignore_cleanup_errors=True)
        self._stderr = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 (closed with the worker)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edgegen.commands.benchmark_workers.worker"],
            cwd=self._folder.name,
            env={
                **os.environ,
                **ULTRALYTICS_ENVIRONMENT,
                "OMP_NUM_THREADS": str(threads),
                "PYTHONSAFEPATH": "1",
                "TMPDIR": self._folder.name,
            },
            start_new_session=True,  # to end its child processes too
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
        )

    def __enter__(self) -> "WorkerProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Kill the process and its child processes, and delete its folder."""
        if self._stderr.closed:  # ended before: another process may have its number now
            return
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.communicate()
        self._stderr.close()
        self._folder.cleanup()

    def export(self, checkpoint: Path, spec: ModelSpec, export_format: str, folder: Path) -> Path:
        """Export a checkpoint for another runtime into a folder; WorkerError if that fails."""
        request = {"checkpoint": checkpoint, "export_format": export_format, "folder": folder}
        return Path(self._ask("export", **request, **_files(spec))["path"])

    def load(self, name: str, model: Path, input_file: Path, spec: ModelSpec, thresholds: Thresholds) -> None:
        """Load a model and its input, a .npy file; WorkerError if that fails.

        spec: of edgegen's export. thresholds: for predict.
        """
        request = {"name": name, "model": model, "input_file": input_file, "threads": self._threads}
        self._ask("load", **request, **_files(spec), thresholds=asdict(thresholds))

    def outputs(self) -> Sequence[npt.NDArray[np.float32]]:
        """Run once and return the outputs; WorkerError if that fails."""
        with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
            count = self._ask("outputs", folder=folder)["outputs"]
            return [np.load(Path(folder) / f"outputs-{number}.npy") for number in range(count)]

    def turn(self, frames: int, warm_up: int) -> Lap:
        """Time `frames` runs after `warm_up` runs; WorkerError if that fails."""
        taken = self._ask("turn", frames=frames, warm_up=warm_up)
        return Lap(statistics.median(taken["ms"]), taken["cores"])

    def operators(self, pte: Path, input_file: Path, runs: int) -> list[Kind]:
        """Profile a `.pte` in `runs` runs; return the kinds of operators, the slowest first."""
        request = {"pte": pte, "input_file": input_file, "threads": self._threads, "runs": runs}
        return [Kind(**each) for each in self._ask("operators", **request)["operators"]]

    def _ask(self, what: str, **request: Any) -> dict[str, Any]:
        """Return the reply to a request. The worker has another current folder, so paths are absolute."""
        requests, replies = self._process.stdin, self._process.stdout
        if requests is None or replies is None:
            raise ValueError("the worker was started without pipes")
        text = json.dumps({"do": what, **request}, default=lambda path: str(path.absolute()))
        since = time.monotonic()
        watch = threading.Timer(LIMIT, self._process.kill)
        watch.start()
        try:
            requests.write(text + "\n")
            requests.flush()
            line = replies.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        if not line:
            code = self._process.wait()
            if time.monotonic() - since >= LIMIT:
                raise WorkerError(f"{self._name}: no answer within {LIMIT} s")
            self._stderr.seek(0)
            lines = [line.strip() for line in self._stderr if line.strip()]
            last = f": {lines[-1][:300]}" if lines else ""
            raise WorkerError(f"{self._name}: its process ended with {code}{last}")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise WorkerError(f"{self._name}: {reply['error'].strip().split(chr(10), 1)[0][:300]}")
        return reply


def _files(spec: ModelSpec) -> dict[str, Path]:
    return {"pte": spec.pte, "metadata": spec.metadata}

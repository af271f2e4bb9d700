"""One runtime in a process of its own: `python -m edgegen.runtimes.timed.worker`, asked line by line.

A line of JSON comes in, a line of JSON goes out: {"error": ...} where what was asked for failed. The process
stays from turn to turn, so that imports, loading and warming up do not count, and what one runtime does to
its process (threads, memory, a crash) does nothing to the others.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from edgegen.model.thresholds import Thresholds
from edgegen.runtimes.executorch import bindings
from edgegen.runtimes.timed.adapters import ADAPTERS, Load, executorch

_FIRST = 3  # runs as soon as a model is loaded
PYTORCH, PREDICT, EDGEGEN = "pytorch", "predict", "edgegen"  # beside the adapters


class Worker:
    """What can be asked for, by the name that stands in a request."""

    def __init__(self) -> None:
        self._run: Callable[[Any], Any] = lambda _given: None
        self._given: Any = None
        self._threads = 0

    def export(self, checkpoint: str, form: str, folder: str, **more: Any) -> dict[str, Any]:
        """Export a checkpoint with Ultralytics, for another runtime."""
        from edgegen.sources.ultralytics import formats

        return {"path": str(formats.export(Path(checkpoint), form, _run_settings(more), Path(folder)))}

    def load(self, name: str, model: str, given: str, threads: int, **more: Any) -> dict[str, Any]:
        """Load a model, and the array that it is run on."""
        self._threads = threads
        self._given = np.load(given)
        self._run = _loader(name, more)(Path(model), threads)
        for _ in range(_FIRST):  # memory is laid out, kernels are chosen, threads are set
            self._run(self._given)
            self._keep_threads()
        return {}

    def outputs(self, folder: str) -> dict[str, Any]:
        """Run once, and keep what came out as outputs-0.npy, ..."""
        outputs = self._run(self._given)
        for number, output in enumerate(outputs):
            np.save(Path(folder) / f"outputs-{number}.npy", np.array(output, dtype=np.float32))
        return {"outputs": len(outputs)}

    def turn(self, frames: int, warm_up: int) -> dict[str, Any]:
        """Run that often; milliseconds, one for each frame that counts, and how many cores were at work."""
        for _ in range(warm_up):
            self._run(self._given)
        times = []
        began, worked = time.perf_counter(), time.process_time()
        for _ in range(frames):
            start = time.perf_counter()
            result = self._run(self._given)
            taken = (time.perf_counter() - start) * 1e3
            times.append(result if isinstance(result, float) else taken)  # predict times itself, as the app
        cores = (time.process_time() - worked) / (time.perf_counter() - began)
        return {"ms": times, "cores": cores}

    def operators(self, pte: str, given: str, threads: int, runs: int) -> dict[str, Any]:
        """Trace a program's operators, by their kinds."""
        from edgegen.runtimes.executorch import profile

        bindings.portable_lib()._unsafe_reset_threadpool(threads)
        return {"operators": [asdict(kind) for kind in profile.operators(Path(pte), np.load(given), runs)]}

    def _keep_threads(self) -> None:
        """Put right what libraries set for themselves when they are used first."""
        torch, cv2 = sys.modules.get("torch"), sys.modules.get("cv2")
        if torch is not None and torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        if cv2 is not None and cv2.getNumThreads() != self._threads:
            cv2.setNumThreads(self._threads)


def _loader(name: str, more: dict[str, Any]) -> Load:
    """Return what loads a model for a runtime; for PyTorch and predict, more says what they have to know."""

    def pytorch(checkpoint: Path, _threads: int) -> Callable[[Any], Any]:
        from edgegen.sources.ultralytics import formats

        return formats.module_forward(checkpoint, _run_settings(more))

    def predict(model: Path, threads: int) -> Callable[[Any], Any]:
        from edgegen.sources.ultralytics import formats

        bindings.portable_lib()._unsafe_reset_threadpool(threads)
        return formats.timed_predict(model, _run_settings(more), Thresholds(**more["thresholds"]))

    own: dict[str, Load] = {PYTORCH: pytorch, PREDICT: predict, EDGEGEN: executorch}
    return own[name] if name in own else ADAPTERS[name].load


def _run_settings(more: dict[str, Any]) -> Any:
    from edgegen.sources.ultralytics.formats import RunSettings

    height, width = more["input_hw"]
    return RunSettings(more["task"], (height, width), more["one_to_one"])


def _replies() -> TextIO:
    """Keep standard output for replies: what libraries print goes to standard error."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return replies


def main() -> None:
    """Answer until standard input ends."""
    replies, worker = _replies(), Worker()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = getattr(worker, request.pop("do"))(**request)
        except Exception as error:  # whatever a runtime raises is its row's answer
            reply = {"error": f"{type(error).__name__}: {error}"}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()

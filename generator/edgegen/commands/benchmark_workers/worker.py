"""Run one runtime in a process of its own: `python -m edgegen.commands.benchmark_workers.worker`.

A request is a line of JSON, and so is its reply; {"error": ...} is a failure. The process serves all turns,
so importing, loading and warming up do not count. Threads, memory and crashes of one runtime do not affect
the others.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from edgegen.commands.benchmark_workers.adapters import ADAPTERS, Load, executorch
from edgegen.model.thresholds import Thresholds
from edgegen.runtimes.executorch import bindings

_FIRST = 3  # runs after loading
PYTORCH, PREDICT, EDGEGEN = "pytorch", "predict", "edgegen"  # names in addition to the adapters
_RUN_BY_TORCH = (PYTORCH, PREDICT, "torchscript")


class Worker:
    """Serves requests: each public method is one, called by its name."""

    def __init__(self) -> None:
        self._run: Callable[[Any], Any] = lambda _input: None
        self._input: Any = None
        self._threads = self._torch_threads = 0

    def export(self, checkpoint: str, export_format: str, folder: str, **settings: Any) -> dict[str, Any]:
        """Export a checkpoint with Ultralytics for another runtime."""
        from edgegen.commands.benchmark_workers import ultralytics_formats

        run_settings = _run_settings(settings)
        path = ultralytics_formats.export(Path(checkpoint), export_format, run_settings, Path(folder))
        return {"path": str(path)}

    def load(self, name: str, model: str, input_file: str, threads: int, **settings: Any) -> dict[str, Any]:
        """Load a model and its input array."""
        self._threads = threads
        # Where PyTorch only copies tensors, its second thread would keep a core busy while it waits for more.
        self._torch_threads = threads if name in _RUN_BY_TORCH else 1
        self._input = np.load(input_file)
        self._run = _loader(name, settings)(Path(model), threads)
        for _ in range(_FIRST):  # memory is allocated, kernels are chosen, threads start
            self._run(self._input)
            self._keep_threads()
        return {}

    def outputs(self, folder: str) -> dict[str, Any]:
        """Run once and save the outputs as outputs-0.npy, outputs-1.npy, ..."""
        outputs = self._run(self._input)
        for number, output in enumerate(outputs):
            np.save(Path(folder) / f"outputs-{number}.npy", np.array(output, dtype=np.float32))
        return {"outputs": len(outputs)}

    def turn(self, frames: int, warm_up: int) -> dict[str, Any]:
        """Return the milliseconds of each of `frames` runs, and the mean number of busy cores."""
        for _ in range(warm_up):
            self._run(self._input)
        times = []
        began, worked = time.perf_counter(), time.process_time()
        for _ in range(frames):
            start = time.perf_counter()
            result = self._run(self._input)
            taken = (time.perf_counter() - start) * 1e3
            times.append(result if isinstance(result, float) else taken)  # predict returns its own time
        cores = (time.process_time() - worked) / (time.perf_counter() - began)
        return {"ms": times, "cores": cores}

    def operators(self, pte: str, input_file: str, threads: int, runs: int) -> dict[str, Any]:
        """Profile a program's operators by kind."""
        from edgegen.runtimes.executorch import profile

        bindings.portable_lib()._unsafe_reset_threadpool(threads)
        kinds = profile.operators(Path(pte), np.load(input_file), runs)
        return {"operators": [asdict(kind) for kind in kinds]}

    def _keep_threads(self) -> None:
        """Restore the thread counts that libraries change on first use."""
        torch, cv2 = sys.modules.get("torch"), sys.modules.get("cv2")
        if torch is not None and torch.get_num_threads() != self._torch_threads:
            torch.set_num_threads(self._torch_threads)
        if cv2 is not None and cv2.getNumThreads() != self._threads:
            cv2.setNumThreads(self._threads)


def _loader(name: str, settings: dict[str, Any]) -> Load:
    """Return the loader of a runtime. settings: for PyTorch and predict."""

    def pytorch(checkpoint: Path, _threads: int) -> Callable[[Any], Any]:
        from edgegen.commands.benchmark_workers import ultralytics_formats

        return ultralytics_formats.module_forward(checkpoint, _run_settings(settings))

    def predict(model: Path, threads: int) -> Callable[[Any], Any]:
        from edgegen.commands.benchmark_workers import ultralytics_formats

        bindings.portable_lib()._unsafe_reset_threadpool(threads)
        thresholds = Thresholds(**settings["thresholds"])
        return ultralytics_formats.timed_predict(model, _run_settings(settings), thresholds)

    own: dict[str, Load] = {PYTORCH: pytorch, PREDICT: predict, EDGEGEN: executorch}
    return own[name] if name in own else ADAPTERS[name].load


def _run_settings(settings: dict[str, Any]) -> Any:
    from edgegen.commands.benchmark_workers.ultralytics_formats import RunSettings

    height, width = settings["input_hw"]
    return RunSettings(settings["task"], (height, width), settings["one_to_one"])


def main() -> None:
    """Answer until standard input ends."""
    replies, worker = os.fdopen(os.dup(1), "w"), Worker()
    os.dup2(2, 1)  # the output of libraries goes to standard error
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = getattr(worker, request.pop("do"))(**request)
        except Exception as error:  # any error of a runtime is the reply
            reply = {"error": f"{type(error).__name__}: {error}"}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()

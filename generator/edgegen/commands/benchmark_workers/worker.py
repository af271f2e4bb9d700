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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.commands.benchmark_workers.adapters import ADAPTERS, Load, executorch
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.runtimes.executorch import bindings
from edgegen.sources.identify import open_checkpoint
from edgegen.sources.source import Predictor

_FIRST = 3  # runs after loading
# Names in addition to the adapters.
PYTORCH, PREDICT, EDGEGEN = "pytorch", "predict", "edgegen"
PREDICT_PTE = "predict, ultralytics-pte"  # Ultralytics' predict on its own export
_RUN_BY_TORCH = (PYTORCH, PREDICT, PREDICT_PTE, "torchscript")


class Worker:
    """Serves requests: each public method is one, called by its name."""

    def __init__(self) -> None:
        self._run: Callable[[Any], Any] = lambda _input: None
        self._input: Any = None
        self._threads = self._torch_threads = 0

    def export(
        self, checkpoint: str, export_format: str, folder: str, pte: str, metadata: str
    ) -> dict[str, Any]:
        """Export a checkpoint for another runtime."""
        from edgegen.commands.benchmark_workers.formats import export

        spec = load_model_spec(Path(pte), Path(metadata))
        path = export(Path(checkpoint), spec, export_format, Path(folder))
        return {"path": str(path)}

    def load(
        self,
        name: str,
        model: str,
        input_file: str,
        threads: int,
        pte: str,
        metadata: str,
        thresholds: dict[str, Any],
    ) -> dict[str, Any]:
        """Load a model and its input array."""
        self._threads = threads
        # Where PyTorch only copies tensors, its second thread would keep a core busy while it waits for more.
        self._torch_threads = threads if name in _RUN_BY_TORCH else 1
        self._input = np.load(input_file)
        spec = load_model_spec(Path(pte), Path(metadata))
        self._run = _loader(name, spec, Thresholds(**thresholds))(Path(model), threads)
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
            self._run(self._input)
            times.append((time.perf_counter() - start) * 1e3)
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


def _loader(name: str, spec: ModelSpec, thresholds: Thresholds) -> Load:
    """Return the loader of a runtime. spec, thresholds: for PyTorch and predict."""

    def predictor(checkpoint: Path) -> Predictor:
        return open_checkpoint(checkpoint, spec).predictor(spec)

    def pytorch(checkpoint: Path, _threads: int) -> Callable[[Any], Any]:
        return predictor(checkpoint).outputs

    def predict(checkpoint: Path, _threads: int) -> Callable[[Any], Any]:
        return partial(predictor(checkpoint), thresholds=thresholds)

    def predict_pte(export: Path, threads: int) -> Callable[[Any], Any]:
        from edgegen.sources.ultralytics.predict import UltralyticsPredictor

        bindings.portable_lib()._unsafe_reset_threadpool(threads)
        return partial(UltralyticsPredictor(str(export), spec), thresholds=thresholds)

    own: dict[str, Load] = {
        PYTORCH: pytorch,
        PREDICT: predict,
        PREDICT_PTE: predict_pte,
        EDGEGEN: executorch,
    }
    return own[name] if name in own else ADAPTERS[name].load


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

"""Run Ultralytics predict in a worker process: `python -m benchmarks.worker`.

A line of JSON on standard input is a request, a line of JSON on standard output its reply. The first request
names the model, every other one is a turn. One process serves all turns, so imports and loading do not count.
"""

import json
import os
import sys
import time
from typing import Any, TextIO

from edgegen.runtimes.executorch import bindings


class Predictor:
    """Ultralytics' YOLO on a checkpoint or an exported folder, with a number of threads."""

    def __init__(self, model: str, input_size: int, iou: float, max_det: int, threads: int) -> None:
        from ultralytics.models import YOLO

        # Before a program is loaded, because it keeps the thread pool of that moment.
        bindings.portable_lib()._unsafe_reset_threadpool(threads)
        self._threads = threads
        self._model: Any = YOLO(model)
        self._options: dict[str, Any] = {
            "imgsz": input_size,
            "rect": False,
            "iou": iou,
            "max_det": max_det,
            "device": "cpu",
            "verbose": False,
            "save": False,
        }
        self._pictures: dict[str, Any] = {}

    def turn(self, picture: str, frames: int, warm_up_frames: int, confidence: float) -> dict[str, Any]:
        """Predict on a decoded picture. The times are in milliseconds, one for each frame."""
        if picture not in self._pictures:
            self._pictures[picture] = self._read(picture, confidence)
        image = self._pictures[picture]
        options = {**self._options, "conf": confidence}
        for _ in range(warm_up_frames):
            self._model.predict(image, **options)
        speeds, calls, boxes = [], [], 0
        for _ in range(frames):
            start = time.perf_counter()
            result = self._model.predict(image, **options)[0]
            calls.append((time.perf_counter() - start) * 1e3)
            speeds.append([result.speed[stage] for stage in ("preprocess", "inference", "postprocess")])
            boxes = len(result)
        return {"speed_ms": speeds, "call_ms": calls, "boxes": boxes, "threads": _threads()}

    def _read(self, picture: str, confidence: float) -> Any:
        """Decode a picture, and set PyTorch's number of threads again, which the first prediction resets."""
        import cv2
        import torch

        image = cv2.imread(picture)
        if image is None:
            raise ValueError(f"{picture} cannot be read")
        self._model.predict(image, conf=confidence, **self._options)
        torch.set_num_threads(self._threads)
        cv2.setNumThreads(self._threads)
        return image


def _threads() -> list[int]:
    """Return the numbers of threads of PyTorch, OpenCV and ExecuTorch."""
    import cv2
    import torch

    counts = (
        torch.get_num_threads(),
        cv2.getNumThreads(),
        bindings.portable_lib()._threadpool_get_thread_count(),
    )
    return [int(count) for count in counts]


def _replies() -> TextIO:
    """Return standard output for replies, and redirect the output of libraries to standard error."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return replies


def main() -> None:
    """Reply to requests until standard input ends."""
    replies = _replies()
    predictor: Predictor | None = None
    for line in sys.stdin:
        request = json.loads(line)
        reply: dict[str, Any] = {}
        if predictor is None:
            predictor = Predictor(**request)
        else:
            reply = predictor.turn(**request)
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()

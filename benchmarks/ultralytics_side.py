"""Start a worker process that runs Ultralytics predict, and ask it for timings."""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.app import Turn
from benchmarks.processes import LAST_LINES, ProcessError, environment
from benchmarks.settings import IOU, MAX_DET, Settings

ROOT = Path(__file__).resolve().parents[1]


class UltralyticsSide:
    """Ultralytics predict on a checkpoint or an exported folder, in one process for all turns."""

    def __init__(self, model: Path, settings: Settings, input_size: int | None = None) -> None:
        self._settings = settings
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed with the worker)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"],
            cwd=ROOT,
            env=environment(settings.threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._ask(
            model=str(model),
            input_size=input_size or settings.input_size,
            iou=IOU,
            max_det=MAX_DET,
            threads=settings.threads,
        )

    def __enter__(self) -> "UltralyticsSide":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
        self._errors.close()

    def turn(self, picture: Path, frames: int, confidence: float) -> Turn:
        """Predict `frames` times. The total is the sum of the three stages, without the time between them."""
        reply = self._ask(
            picture=str(picture.resolve()),
            frames=frames,
            warm_up_frames=self._settings.warm_up_frames,
            confidence=confidence,
        )
        if set(reply["threads"]) != {self._settings.threads}:
            raise RuntimeError(f"Ultralytics ran on {reply['threads']} threads, not {self._settings.threads}")
        preprocess, inference, postprocess = zip(*reply["speed_ms"], strict=True)
        return Turn(
            preprocess=statistics.median(preprocess),
            inference=statistics.median(inference),
            postprocess=statistics.median(postprocess),
            total=statistics.median(sum(stages) for stages in reply["speed_ms"]),
            boxes=reply["boxes"],
            call=statistics.median(reply["call_ms"]),
        )

    def _ask(self, **request: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self._errors.seek(0)
            last = "".join(self._errors.readlines()[-LAST_LINES:])
            code = self._process.wait()
            raise ProcessError(f"the worker that runs Ultralytics ended with {code}:\n{last}")
        return json.loads(line)

"""Time a generated C++ app with its option --benchmark."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import run
from benchmarks.settings import IOU, MAX_DET


@dataclass(frozen=True)
class Turn:
    """Medians over the frames of one turn, in milliseconds."""

    preprocess: float
    inference: float
    postprocess: float
    total: float
    boxes: int
    call: float = 0.0  # of the whole call, if it has more than the three stages
    candidates: int = 0  # the input of NMS, if known


class App:
    """A built project."""

    def __init__(self, project: Path, threads: int) -> None:
        self.binary = project / "build" / "release" / "app"
        self._threads = threads

    def command(self, picture: Path, *options: str) -> list[str]:
        """Return the command line that detects on a picture."""
        return [str(self.binary), str(picture), "--threads", str(self._threads), "--json", *options]

    def turn(self, picture: Path, frames: int, confidence: float | None, max_det: int = MAX_DET) -> Turn:
        """Time the pipeline on a picture in memory, after the app's own warm-up.

        `confidence` is None for a task without a confidence threshold.
        """
        thresholds: tuple[str, ...] = ()
        if confidence is not None:
            thresholds = ("--conf", str(confidence), "--iou", str(IOU), "--max-det", str(max_det))
        report: dict[str, Any] = json.loads(
            run(self.command(picture, "--benchmark", str(frames), *thresholds))
        )["benchmark"]
        if report["threads"] != self._threads:
            raise RuntimeError(f"the app ran on {report['threads']} threads, not {self._threads}")
        medians = {stage: times["median"] for stage, times in report["timing_ms"].items()}
        return Turn(**medians, boxes=report.get("detections", 0), candidates=report.get("candidates", 0))

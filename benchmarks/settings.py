"""The settings of a run: numbers of measurements, thresholds, threads, pictures."""

import os
from dataclasses import dataclass
from pathlib import Path

CONFIDENCE = 0.25
LOW_CONFIDENCE = 0.001
IOU = 0.7
MAX_DET = 300


@dataclass(frozen=True)
class Settings:
    """The settings of a run."""

    rounds: int  # turns of each side
    frames: int  # counted frames per turn
    command_runs: int  # counted runs of a command that takes under a second
    export_runs: int  # counted runs of an export
    threads: int  # for both sides
    input_size: int  # height and width in pixels
    pictures: tuple[Path, ...]
    warm_up_frames: int = 5  # before each turn, not counted; equal to that of the app's --benchmark


FULL = {"rounds": 21, "frames": 20, "command_runs": 15, "export_runs": 5}
QUICK = {"rounds": 3, "frames": 8, "command_runs": 3, "export_runs": 1}


def all_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

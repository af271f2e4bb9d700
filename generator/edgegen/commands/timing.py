"""Time several runtimes in turns, so that a slow moment of the machine affects all of them."""

import contextlib
import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from edgegen.base import interruption
from edgegen.base.errors import ToolchainError, UsageError
from edgegen.commands.benchmark_workers.worker_process import Lap

_MOST: Final = 999  # threads, rounds, frames

Turn = Callable[[], Lap]  # may raise ToolchainError


@dataclass(frozen=True)
class Counts:
    """The options of the measurement."""

    threads: int  # of each runtime
    rounds: int  # turns of each runtime
    frames: int  # measured frames per turn

    def __post_init__(self) -> None:
        """Raise UsageError for a value out of range."""
        for name, value in asdict(self).items():
            if not 1 <= value <= _MOST:
                raise UsageError(
                    f"--{name} is {value}, but must be between 1 and {_MOST}", "leave it out for the default"
                )


@dataclass(frozen=True)
class Spread:
    """The median, the lowest and the highest value of several rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the spread of at least one value, to 4 decimals."""
        return cls(*(round(each, 4) for each in (statistics.median(values), min(values), max(values))))


@dataclass(frozen=True)
class Time:
    """The time of one runtime, and its speed relative to the first one."""

    ms: Spread
    rounds_ms: tuple[float, ...]
    times_as_fast: Spread  # of the ratios of each round, not of the medians
    cores: float | None  # busy cores; None if not measured


def take_turns(turns: Mapping[str, Turn], rounds: int) -> tuple[dict[str, Time], dict[str, str]]:
    """Return the time of each runtime, and the error messages of those that failed.

    Each round begins with another runtime, because a turn affects the next one (clock rates, caches). Times
    are relative to the first runtime. If it fails, its ToolchainError is raised.
    """
    names = list(turns)
    laps: dict[str, list[Lap]] = {name: [] for name in names}
    failed: dict[str, str] = {}
    for number in range(rounds):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            if name in failed:
                continue
            interruption.check()
            try:
                laps[name].append(turns[name]())
            except ToolchainError as error:
                if name == names[0]:
                    raise
                failed[name] = error.message
    times = {name: _time(laps[name], laps[names[0]]) for name in names if name not in failed}
    return times, failed


def _time(laps: Sequence[Lap], of_first: Sequence[Lap]) -> Time:
    """Return the time of a runtime from its laps, one for each round, and those of the first runtime."""
    ms = [lap.ms for lap in laps]
    cores = [lap.cores for lap in laps if lap.cores is not None]
    return Time(
        ms=Spread.of(ms),
        rounds_ms=tuple(round(each, 4) for each in ms),
        times_as_fast=Spread.of([first.ms / lap.ms for first, lap in zip(of_first, laps, strict=True)]),
        cores=round(statistics.median(cores), 2) if cores else None,
    )


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> dict[str, str]:
    """Return the processor and its architecture."""
    architecture = platform.machine()
    processor = platform.processor() or architecture
    with contextlib.suppress(OSError):
        for line in reversed(Path("/proc/cpuinfo").read_text(errors="replace").splitlines()):
            if line.startswith(("model name", "Model")):
                processor = line.partition(":")[2].strip()
    return {"processor": processor, "architecture": architecture}


def load() -> float | None:
    """Return the load average of the last minute; None on Windows."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None

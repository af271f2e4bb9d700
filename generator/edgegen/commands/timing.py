"""Turns that are taken side by side, so that what slows the machine slows all of them."""

import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from edgegen.base import interruption
from edgegen.base.errors import ToolchainError, UsageError
from edgegen.commands.benchmark_workers.contestant import Lap

MOST: Final = 999  # threads, rounds, frames

Turn = Callable[[], Lap]  # ToolchainError where that fails


@dataclass(frozen=True)
class Counts:
    """How much is measured; UsageError where a number makes no sense."""

    threads: int  # of each runtime
    rounds: int  # in each of which everyone takes a turn
    frames: int  # in a turn, that count

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 1 <= value <= MOST:
                raise UsageError(f"--{name} is {value}, but must lie between 1 and {MOST}")


@dataclass(frozen=True)
class Spread:
    """The median of several rounds, the lowest and the highest of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Summarise at least one value."""
        return cls(statistics.median(values), min(values), max(values))

    def to_json(self) -> dict[str, float]:
        """Return what `--json` prints of it."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Time:
    """How long one of those who took turns needs, and how many times as fast as the first of them it is."""

    ms: Spread
    rounds_ms: tuple[float, ...]
    times_as_fast: Spread  # of round by round, not of the medians
    cores: float | None  # that were at work, where that was counted


def take_turns(turns: Mapping[str, Turn], rounds: int) -> tuple[dict[str, Time], dict[str, str]]:
    """Let everyone take a turn in every round, each round beginning with another one.

    The first of them is what the others are compared with; where it fails, all is over. Another one that
    fails is out, and the reason is returned in the place of its time. A turn that comes right after a long
    one finds another machine (clocks, caches): the order goes round.
    """
    names = list(turns)
    seen: dict[str, list[Lap]] = {name: [] for name in names}
    failed: dict[str, str] = {}
    for number in range(rounds):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            if name in failed:
                continue
            interruption.check()
            try:
                seen[name].append(turns[name]())
            except ToolchainError as error:
                if name == names[0]:
                    raise
                failed[name] = error.message
    base = seen[names[0]]
    return {name: _time(base, laps) for name, laps in seen.items() if name not in failed}, failed


def _time(base: Sequence[Lap], laps: Sequence[Lap]) -> Time:
    times, cores = [lap.ms for lap in laps], [lap.cores for lap in laps if lap.cores is not None]
    return Time(
        Spread.of(times),
        tuple(times),
        Spread.of([one.ms / other for one, other in zip(base, times, strict=True)]),
        statistics.median(cores) if cores else None,
    )


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> dict[str, str]:
    """Describe what times were measured on."""
    return {"processor": _processor(), "architecture": platform.machine()}


def load() -> float | None:
    """Return how many processes ran on average in the last minute, where the system tells."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model"))]
    return named[0] if named else platform.processor() or platform.machine()

"""Running other programs: to the end, or this stops with what they said."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent  # where edgegen and yolo are installed
LAST_LINES = 15


class ProcessError(Exception):
    """A program that should have run did not."""


def environment(threads: int | None = None) -> dict[str, str]:
    """Return both sides' environment: no network, no installation on the fly, this Python's packages."""
    variables = dict(os.environ)
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # or each process would compile what it imports
    variables.update(
        PATH=f"{BIN}{os.pathsep}{variables.get('PATH', '')}",
        VIRTUAL_ENV=sys.prefix,
        YOLO_OFFLINE="true",
        YOLO_AUTOINSTALL="false",
    )
    if threads is not None:
        variables["OMP_NUM_THREADS"] = str(threads)
    return variables


def run(command: Sequence[str | Path], *, folder: Path | None = None) -> str:
    """Run a command and return its standard output.

    Raises:
        ProcessError: It cannot be started or fails; with the last lines that it printed.
    """
    words = [str(word) for word in command]
    try:
        result = subprocess.run(
            words, cwd=folder, env=environment(), capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise ProcessError(f"{words[0]}: {error.strerror}") from error
    if result.returncode != 0:
        said = "\n".join((result.stdout + result.stderr).splitlines()[-LAST_LINES:])
        raise ProcessError(f"{' '.join(words)} ended with {result.returncode}:\n{said}")
    return result.stdout


@dataclass(frozen=True)
class Cost:
    """What a process took, in seconds."""

    wall: float
    processor: float  # of all cores, what the process started itself included


def cost(command: Sequence[str | Path]) -> Cost:
    """Run a command as a fresh process, to its end."""
    before, start = _children_processor_time(), time.perf_counter()
    run(command)
    end, after = time.perf_counter(), _children_processor_time()
    return Cost(end - start, after - before)


def _children_processor_time() -> float:
    """Return the seconds that ended children took. `os.times` counts whole ticks: 0 for a short command."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

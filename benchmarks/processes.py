"""Run other programs to their end. A failure raises an error with their output."""

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
    """A program could not be started, or it failed."""


def environment(threads: int | None = None) -> dict[str, str]:
    """Return the environment of both sides: this Python's packages, no network, no automatic installation."""
    variables = dict(os.environ)
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # otherwise each process compiles its imports
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
        ProcessError: It cannot be started, or it fails. The message has its last lines.
    """
    words = [str(word) for word in command]
    try:
        result = subprocess.run(
            words, cwd=folder, env=environment(), capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise ProcessError(f"{words[0]}: {error.strerror}") from error
    if result.returncode != 0:
        last = "\n".join((result.stdout + result.stderr).splitlines()[-LAST_LINES:])
        raise ProcessError(f"{' '.join(words)} ended with {result.returncode}:\n{last}")
    return result.stdout


@dataclass(frozen=True)
class Cost:
    """The times of a process, in seconds."""

    wall: float
    processor: float  # of all cores, including its child processes


def cost(command: Sequence[str | Path]) -> Cost:
    """Run a command in a new process, and return its times."""
    before, start = _children_processor_time(), time.perf_counter()
    run(command)
    end, after = time.perf_counter(), _children_processor_time()
    return Cost(end - start, after - before)


def _children_processor_time() -> float:
    """Return the processor seconds of ended child processes. `os.times` is too coarse for short commands."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

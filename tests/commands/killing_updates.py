"""Updates one project over and over, in processes that are killed on the way.

A program of its own, `python killing_updates.py PROJECT TIMES`: only a process without threads may fork as it
likes. Prints how many processes were killed and after how many the project was found half-way; ends with code
1 at the first project that did not come back whole, with all of its owner's.
"""

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import jinja2  # noqa: F401 - once for all children

from edgegen.base.progress import Silent
from edgegen.commands.remembered import subject
from edgegen.commands.update import update
from edgegen.project import exchange

SIDES = (0.3, 0.4)  # the options between which it goes to and fro
EVENTS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "open"}


def files_of(project: Path) -> dict[str, bytes]:
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file()
    }


def killed(project: Path, confidence: float, moment: int | None, patience: float) -> bool:
    """Update in a process that is killed at its so many-th touch of the project, or after a while."""
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            # What is made aside, beside the project, cannot break it: these moments are drawn at random.
            if event in EVENTS and str(arguments[0]).startswith(f"{project}/{exchange.ASIDE}"):
                count += 1
                if count == moment:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            update(project, {"confidence": confidence}, Silent(), proof=False)
        finally:
            os._exit(0)
    if moment is None:
        time.sleep(patience)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


def main() -> None:
    project, times = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    wholes = {}
    for confidence in SIDES:
        started = time.monotonic()
        update(project, {"confidence": confidence}, Silent(), proof=False)
        usual = time.monotonic() - started
        wholes[confidence] = files_of(project)
    draw, hits, half, moment, now = random.Random(1), 0, 0, 0, SIDES[1]
    while hits < times:
        other = SIDES[0] if now == SIDES[1] else SIDES[1]
        at_random = hits % 3 == 0
        moment += 1
        hit = killed(project, other, None if at_random else moment, draw.uniform(0, 1.2 * usual))
        half += (project / exchange.ASIDE).exists()
        subject(project)  # mends it, as the next command does
        here = files_of(project)
        came = [confidence for confidence in SIDES if here == wholes[confidence]]
        assert came, (moment, at_random, here.keys() ^ wholes[other].keys())
        now = came[0]
        hits += hit
        if not hit and not at_random:
            moment = 0
        for rubbish in project.parent.glob(f".{project.name}-*"):
            shutil.rmtree(rubbish)
    sys.stdout.write(f"{hits} {half}\n")


main()

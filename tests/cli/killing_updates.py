"""Update one project repeatedly in processes that are killed.

Run as `python -m tests.cli.killing_updates PROJECT TIMES`. Every 25th process makes a whole update. The
others only exchange files that were merged before, which is where a project can break. It prints how many
processes were killed, how often the project was found half exchanged, and how many files were moved out and
in by then. It exits with code 1 at the first project that is not restored completely, including the owner's
files.
"""

import json
import os
import random
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import jinja2  # noqa: F401 - imported once for all children

from edgegen.base.progress import NoProgress
from edgegen.commands.update import Change, update
from edgegen.project import exchange
from edgegen.project.manifest import Manifest
from tests.helpers.killed import killed

SIDES = (0.3, 0.4)  # confidence thresholds; updates alternate between them
OWNERS = {"src/model_info.h": b"// mine\n", "src/mine.cpp": b"int mine;\n"}  # the owner's edits and files
WHOLE = 25  # exchanges per whole update
LEAST = 12  # minimum number of whole updates


def files_of(project: Path) -> dict[str, bytes]:
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file()
    }


@dataclass
class Killer:
    """Kill processes: a third at a random time, the others one file operation later each time."""

    project: Path
    usual: float  # seconds of a process that is not killed
    hits: int = 0
    half: int = 0  # projects found half exchanged
    between: set[tuple[int, int]] = field(default_factory=set)  # numbers of files moved out and moved in
    rounds: int = 0
    moment: int = 0
    draw: random.Random = field(default_factory=lambda: random.Random(1))

    def kill(self, act: Callable[[], object], wholes: list[dict[str, bytes]]) -> int:
        """Act in a process that is killed; return the index of the project's state afterwards."""
        self.rounds += 1
        at_random = self.rounds % 3 == 0
        self.moment += not at_random
        moment = None if at_random else self.moment
        hit = killed(act, self._counts, moment, self.draw.uniform(0, 1.2 * self.usual))
        self.hits += hit
        self.half += (self.project / exchange.FOLDER).exists()
        self._look()
        exchange.recover(self.project)  # as the next command does
        here = files_of(self.project)
        assert here in wholes, (self.moment, at_random, here.keys() ^ wholes[0].keys())
        if not hit and not at_random:
            self.moment = 0
        return wholes.index(here)

    def _counts(self, event: str, path: str) -> bool:
        """Only operations inside the project count: staged files next to it cannot break it."""
        return path.startswith(f"{self.project}/{exchange.FOLDER}" if event == "open" else f"{self.project}/")

    def _look(self) -> None:
        """Count the files that were moved out and in."""
        aside = self.project / exchange.FOLDER
        if (aside / exchange.PLAN).exists():
            plan = json.loads((aside / exchange.PLAN).read_text())
            out = [name for name in plan["moved"] if (aside / exchange.OLD / name).exists()]
            new = [*plan["replaced"], *plan["added"]]
            came = [name for name in new if name in {*out, *plan["added"]} and (self.project / name).exists()]
            self.between.add((len(plan["moved"]) - len(out), len(new) - len(came)))


def updated(project: Path, confidence: float) -> None:
    update(project, {"confidence": confidence}, NoProgress(), proof=False)


def whole_updates(project: Path, wholes: list[dict[str, bytes]], usual: float, times: int) -> Killer:
    """Kill whole updates, alternating between both sides."""
    killer, now = Killer(project, usual), 1
    while killer.hits < times:
        other = SIDES[1 - now]
        now = killer.kill(lambda other=other: updated(project, other), wholes)
        for rubbish in project.parent.glob(f".{project.name}.edgegen-*"):
            shutil.rmtree(rubbish)
    if now == 0:
        updated(project, SIDES[1])
    return killer


def exchanges(project: Path, wholes: list[dict[str, bytes]], times: int) -> Killer:
    """Kill exchanges of one update's merged files. The project is at the second side, and stays there."""
    real, killer = Change.place, Killer(project, 0.0)
    before = project.with_name("before")
    shutil.copytree(project, before)

    def again(change: Change) -> Change:
        mine = change.staged.with_name("mine")
        shutil.rmtree(mine, ignore_errors=True)
        shutil.copytree(change.staged, mine, copy_function=os.link)
        return replace(change, staged=mine)

    def back() -> None:
        shutil.rmtree(project)
        shutil.copytree(before, project, copy_function=os.link)

    def place(change: Change, _: Path, known: Manifest) -> None:
        started, mine = time.monotonic(), again(change)
        real(mine, project, known)
        killer.usual = time.monotonic() - started
        assert files_of(project) == wholes[0]
        back()
        while killer.hits < times:
            mine = again(change)
            if killer.kill(lambda mine=mine: real(mine, project, known), wholes) == 0:
                back()

    Change.place = place  # type: ignore[method-assign]
    updated(project, SIDES[0])
    Change.place = real  # type: ignore[method-assign]
    assert files_of(project) == wholes[1]
    return killer


def main() -> None:
    project, times = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    wholes = []
    for confidence in SIDES:
        started = time.monotonic()
        updated(project, confidence)
        usual = time.monotonic() - started
        wholes.append(files_of(project))
    assert wholes[0] != wholes[1]
    assert all(text in whole[name] for whole in wholes for name, text in OWNERS.items())
    of_all = max(LEAST, times // WHOLE)
    done = [whole_updates(project, wholes, usual, of_all), exchanges(project, wholes, times - of_all)]
    between = sorted(set.union(*(each.between for each in done)))
    said = {"killed": sum(each.hits for each in done), "half": sum(each.half for each in done)}
    sys.stdout.write(json.dumps({**said, "between": between}))


main()

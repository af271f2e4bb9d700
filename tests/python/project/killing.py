"""Replaces one project by another, over and over, in processes that are killed at every write.

Run as `python -m tests.python.project.killing FOLDER`.

Ends after a process was killed at each of its writes. Prints the number of processes that were killed in the
middle, and ends with code 1 at the first folder that was not restored completely.
"""

import random
import sys
import time
from pathlib import Path

from edgegen.base.staging import staging
from edgegen.project import exchange, manifest, placing
from edgegen.project.manifest import Manifest
from tests.helpers.killed import killed

KIND = "linux-cpp"
# Each project has 24 files; a third of them is not in the other project.
PROJECTS = {
    name: {
        f"{'src' if number % 2 else 'src/deep'}/{'' if number % 3 else name}{number}.txt": name
        for number in range(24)
    }
    for name in ("one", "two")
}


def write(folder: Path, name: str) -> None:
    for path, text in PROJECTS[name].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    manifest.write(Manifest(KIND, {"name": name}, {}, manifest.digests(folder, PROJECTS[name])), folder)


def replace(folder: Path, name: str) -> None:
    with staging(folder) as workspace, placing.transaction() as placement:
        staged = workspace / "staged"
        staged.mkdir()
        write(staged, name)
        placement.place(staged, folder, KIND, force=False)


def check(folder: Path, when: str) -> str:
    """Restore the folder as the next command does; return which of the two projects it has."""
    half = (folder / exchange.FOLDER).exists()
    placing.check_destination(folder, KIND, force=False)  # fails if a file is missing or edited
    known = manifest.read(folder)
    assert known is not None, when
    name = known.options["name"]
    here = set(manifest.relative_files(folder))
    assert here == {*PROJECTS[name], "mine.txt"}, (when, name, here ^ {*PROJECTS[name], "mine.txt"})
    assert (folder / "mine.txt").read_text() == "mine", when
    return "half" if half else name


def main() -> None:
    folder = Path(sys.argv[1]) / "app"
    folder.mkdir()
    write(folder, "one")
    (folder / "mine.txt").write_text("mine")
    draw = random.Random(1)
    seen = {"one": 0, "two": 0, "half": 0}
    started = time.monotonic()
    replace(folder, "two")
    usual = time.monotonic() - started
    rounds = moment = 0
    is_done = False
    while not is_done:
        known = manifest.read(folder)
        assert known is not None
        other = "two" if known.options["name"] == "one" else "one"
        rounds += 1
        at_random = rounds % 3 == 0
        moment += not at_random
        hit = killed(
            lambda other=other: replace(folder, other),
            lambda _, path: str(folder) in path,
            None if at_random else moment,
            draw.uniform(0, 1.2 * usual),
        )
        seen[check(folder, "at random" if at_random else f"at write {moment}")] += 1
        is_done = not hit and not at_random  # the process has fewer writes than `moment`
    sys.stdout.write(f"{seen['half']}\n")


main()

"""Replaces one project by another, over and over, in processes that are killed at every write.

Run as `python killing.py FOLDER`, because only a process without threads may fork safely.

Ends after a process was killed at each of its writes. Prints the number of processes that were killed in the
middle, and ends with code 1 at the first folder that was not restored completely.
"""

import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

from edgegen.base.staging import staging
from edgegen.project import exchange, manifest, placing
from edgegen.project.manifest import Manifest

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


def killed(folder: Path, name: str, moment: int | None, patience: float) -> bool:
    """Replace the project in a process that is killed at write `moment`, or after `patience` seconds."""
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            touched = arguments[
                : 2 if event == "os.rename" else 1
            ]  # only the source of a rename is in the folder
            is_change = event in {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "open"}
            if is_change and any(str(folder) in str(each) for each in touched):
                count += 1
                if count == moment:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            replace(folder, name)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    if moment is None:
        time.sleep(patience)
        os.kill(child, signal.SIGKILL)
    ended = os.waitpid(child, 0)[1]
    assert ended in {0, signal.SIGKILL}, ended
    return ended == signal.SIGKILL


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
        hit = killed(folder, other, None if at_random else moment, draw.uniform(0, 1.2 * usual))
        seen[check(folder, "at random" if at_random else f"at write {moment}")] += 1
        is_done = not hit and not at_random  # the process has fewer writes than `moment`
    sys.stdout.write(f"{seen['half']}\n")


main()

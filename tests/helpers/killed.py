"""Kill a process at one of its file operations.

Only a process without threads may fork safely: use it in a program of its own, see `run_program`.
"""

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable

from tests.helpers.places import ROOT

EVENTS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "open"}


def run_program(module: str, *arguments: object, timeout: float | None = None) -> str:
    """Run a module of the tests as a program that must succeed; return what it prints."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def killed(
    act: Callable[[], object], counts: Callable[[str, str], bool], moment: int | None, patience: float
) -> bool:
    """Act in a process that is killed; return whether it was killed before it ended.

    counts: Return whether an audit event with a path is a file operation that counts.
    moment: Number of the file operation at which the process is killed. None: after `patience` seconds.
    """
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            touched = arguments[: 2 if event == "os.rename" else 1]
            if event in EVENTS and any(counts(event, str(path)) for path in touched):
                count += 1
                if count == moment:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            act()
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

"""Child processes of a command: a signal to the command ends them, too."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from edgegen.base import interruption
from edgegen.commands import children as subject
from edgegen.commands.children import Children
from tests.helpers.support import keep_signal_handlers

# Prints "ready" and waits for a signal, for at most 20 seconds.
WAITING = """#!{python}
import os, select, signal, sys
from pathlib import Path

def tidy(*_):
    Path({tidied!r}).touch()
    os._exit(130)

signal.signal(signal.SIGTERM, tidy)
print("ready", file=sys.stderr, flush=True)
select.select([{alive}], [], [], 20)
"""


@pytest.fixture
def tidied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let children wait for a signal; return the file that such a child writes when it gets one."""
    program = tmp_path / "child"
    reading, writing = os.pipe()
    os.set_inheritable(reading, True)
    program.write_text(WAITING.format(python=sys.executable, tidied=str(tmp_path / "tidied"), alive=reading))
    program.chmod(0o755)

    class Waiting(subprocess.Popen[str]):
        def __init__(self, command: Sequence[str], **options: Any) -> None:
            super().__init__([program, *command[1:]], pass_fds=(reading,), **options)

    monkeypatch.setattr(subject.subprocess, "Popen", Waiting)
    yield tmp_path / "tidied"
    for pipe in (reading, writing):  # ends a child that still waits
        os.close(pipe)


def test_signal_while_reading_a_childs_output_ends_the_child(tidied: Path) -> None:
    """The child's own handler has finished before the command goes on."""

    def heard(line: str) -> None:
        assert line == "ready"
        signal.raise_signal(signal.SIGTERM)

    with keep_signal_handlers():
        interruption.catch()
        with pytest.raises(KeyboardInterrupt), Children(1) as children:
            children.run(["verify"], heard)
    assert tidied.exists()


def test_second_signal_does_not_stop_waiting_for_the_child(
    tidied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Users press Ctrl-C twice."""
    real = subject._end

    def end(children: Sequence[subprocess.Popen[str]]) -> None:
        signal.raise_signal(signal.SIGTERM)
        real(children)

    monkeypatch.setattr(subject, "_end", end)
    with keep_signal_handlers():
        interruption.catch()
        with pytest.raises(KeyboardInterrupt), Children(1) as children:
            children.run(["verify"], lambda _: signal.raise_signal(signal.SIGTERM))
    assert tidied.exists()


def test_signal_during_the_start_of_a_child_ends_the_child(
    tidied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal is delayed until the child is known."""
    started = list[subprocess.Popen[str]]()

    class Interrupted(subject.subprocess.Popen):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(subject.subprocess, "Popen", Interrupted)
    with keep_signal_handlers():
        interruption.catch()
        with pytest.raises(KeyboardInterrupt), Children(1) as children:
            children.run(["verify"])
    assert [each.poll() is not None for each in started] == [True]
    assert started[0].stderr is not None
    started[0].stderr.close()

"""Signals: a command that was interrupted ends with 130, after its cleanup and its held blocks."""

import contextlib
import io
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from edgegen.base import interruption
from edgegen.base.errors import InputError
from edgegen.base.progress import Lines
from edgegen.base.staging import staging
from edgegen.cli.common import run
from tests.helpers.support import (
    keep_signal_handlers,
)

TWICE = """
import atexit, signal, sys
import click
from edgegen.base import interruption
from edgegen.cli.common import run

class Held:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)  # Python cannot raise from here

@click.command()
def command():
    held = Held()
    del held
    interruption.check()

atexit.register(signal.raise_signal, signal.SIGINT)
sys.exit(run(command, []))
"""


def test_signal_in_a_destructor_or_at_exit_ends_with_130_and_no_traceback() -> None:
    ended = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True, check=False)
    assert ended.stderr.strip() == "edgegen: interrupted; nothing was left half done"
    assert ended.returncode == 130


def test_signal_in_a_nested_held_block_waits_for_the_outer_block() -> None:
    done = list[str]()
    with keep_signal_handlers():
        interruption.catch()
        with pytest.raises(KeyboardInterrupt), interruption.defer():
            with interruption.defer():
                signal.raise_signal(signal.SIGTERM)
            done.append("outer")
        assert interruption.pending()
        interruption.reset()
    assert done == ["outer"]


@pytest.mark.parametrize("error", [OSError("full"), InputError("no", "fix it"), ValueError()])
def test_signal_is_kept_when_the_held_block_raises(error: Exception) -> None:
    """The exit code is that of an interruption, whatever the block raises."""

    @click.command()
    def command() -> None:
        with interruption.defer():
            signal.raise_signal(signal.SIGTERM)
            raise error

    with keep_signal_handlers(), contextlib.redirect_stderr(io.StringIO()) as err:
        assert run(command, []) == 130
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    assert err.getvalue().strip() == "edgegen: interrupted; nothing was left half done"


def test_second_interruption_does_not_stop_the_cleanup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is delayed until the staging folder is removed."""
    real = shutil.rmtree

    def slow(path: Path, **options: bool) -> None:
        signal.raise_signal(signal.SIGINT)
        real(path, **options)

    monkeypatch.setattr("edgegen.base.staging.shutil.rmtree", slow)
    with keep_signal_handlers():
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with pytest.raises(KeyboardInterrupt), staging(tmp_path / "a" / "app") as folder:
            (folder / "half.txt").write_text("half")
            raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_progress_raises_a_swallowed_interruption_at_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    with keep_signal_handlers():
        signal.signal(signal.SIGINT, signal.default_int_handler)
        interruption.catch()
        lines = Lines(lambda _: None)
        lines.step("one")
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            lines.step("two")
        interruption.catch()
        lines.step("three")

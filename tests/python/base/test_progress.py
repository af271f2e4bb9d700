"""Steps are named when they end, with their seconds; a failed one is not called done."""

import io
import sys

import pytest

from edgegen.base import progress
from edgegen.base.progress import Lines


def test_a_step_is_written_when_the_next_one_begins() -> None:
    """With the seconds it took."""
    lines: list[str] = []
    clock = iter([0.0, 12.34, 12.34, 13.0])
    steps = Lines(lines.append, lambda: next(clock))
    steps.step("Export")
    steps.step("Write")
    steps.end()
    assert lines == ["   12.3 s  Export", "    0.7 s  Write"]


def test_off_a_terminal_lines_are_plain_and_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """No colours, no cursor movements."""
    with progress.on_stderr() as steps:
        steps.step("Export")
        steps.note("yolo11n.pt: 5.4 MB")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "           yolo11n.pt: 5.4 MB\n    0.0 s  Export\n"


def test_on_a_terminal_the_running_step_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its line is replaced by the finished one."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    with progress.on_stderr() as steps:
        steps.step("Export [bold]")
    assert "s  Export [bold]" in terminal.getvalue()
    assert "\x1b[" in terminal.getvalue()


def test_how_far_a_step_is_is_seen_while_it_runs() -> None:
    """Nothing of it stays in the line that is written, or in the next step's."""
    said: list[str] = []
    lines = Lines(said.append, clock=lambda: 0.0)
    lines.step("Watch")
    lines.so_far("12 pictures")
    assert lines.running() == "    0.0 s  Watch, 12 pictures"
    lines.step("Lower")
    assert lines.running() == "    0.0 s  Lower"
    assert said == ["    0.0 s  Watch"]


def test_a_step_that_fails_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    """The error message follows instead."""
    with pytest.raises(ValueError, match="no"), progress.on_stderr() as steps:
        steps.step("Export")
        raise ValueError("no")
    assert capsys.readouterr().err == ""

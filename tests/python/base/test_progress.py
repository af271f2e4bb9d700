"""Progress lines: a step is printed with its seconds when it ends, but not if it fails."""

import io
import sys

import pytest

from edgegen.base import progress
from edgegen.base.progress import Lines


def test_step_is_printed_with_its_seconds_when_the_next_one_begins() -> None:
    lines: list[str] = []
    clock = iter([0.0, 12.34, 12.34, 13.0])
    steps = Lines(lines.append, lambda: next(clock))
    steps.step("Export")
    steps.step("Write")
    steps.end()
    assert lines == ["   12.3 s  Export", "    0.7 s  Write"]


def test_progress_is_plain_text_on_stderr_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.on_stderr() as steps:
        steps.step("Export")
        steps.note("yolo11n.pt: 5.4 MB")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "           yolo11n.pt: 5.4 MB\n    0.0 s  Export\n"


def test_progress_shows_the_running_step_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The finished line replaces it."""

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


def test_running_step_shows_its_progress_until_it_ends() -> None:
    """The printed line and the next step do not have it."""
    said: list[str] = []
    lines = Lines(said.append, clock=lambda: 0.0)
    lines.step("Watch")
    lines.status("12 pictures")
    assert lines.running() == "    0.0 s  Watch, 12 pictures"
    lines.step("Lower")
    assert lines.running() == "    0.0 s  Lower"
    assert said == ["    0.0 s  Watch"]


def test_failed_step_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no"), progress.on_stderr() as steps:
        steps.step("Export")
        raise ValueError("no")
    assert capsys.readouterr().err == ""

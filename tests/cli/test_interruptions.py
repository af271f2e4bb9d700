"""Interruptions, full disks and concurrent runs leave no partial files and no changed project."""

import contextlib
import errno
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edgegen.base.errors import ExportError
from edgegen.commands import new as workflow
from edgegen.project import manifest
from edgegen.project.building import BuiltProject
from tests.helpers.support import (
    LINUX,
    PATIENCE,
    edgegen,
    keep_signal_handlers,
    message_is_complete,
    snapshot,
    start,
    wait_until,
)

WRITES = frozenset({"open", "os.mkdir", "os.rename", "os.chmod", "shutil.copyfile"})


class Hook:
    """Call a function at each write of this process below a folder, while armed."""

    def __init__(self) -> None:
        self.folder = ""
        self.act: Callable[[int, str], None] | None = None
        self.count = 0
        sys.addaudithook(self._seen)

    def _seen(self, event: str, arguments: tuple[object, ...]) -> None:
        act = self.act
        if act is None or event not in WRITES:
            return
        path, flags = arguments[0], arguments[-1]
        if event == "open" and not (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)):
            return
        if not isinstance(path, (str, Path)) or not str(Path(path).absolute()).startswith(self.folder):
            return
        if event == "os.mkdir" and Path(path).is_dir():  # only tests whether the folder exists
            return
        self.count += 1
        act(self.count, event)


@pytest.fixture(scope="session")
def hook() -> Hook:
    """Return the only hook of this process: Python cannot remove an audit hook."""
    return Hook()


@pytest.fixture
def writes(hook: Hook, tmp_path: Path) -> Iterator[Callable[[Callable[[int, str], None]], Callable[[], int]]]:
    """Return a function that arms the hook and gives one that disarms it and returns the number of writes."""

    def arm(act: Callable[[int, str], None]) -> Callable[[], int]:
        hook.folder, hook.count, hook.act = f"{tmp_path}/", 0, act

        def disarm() -> int:
            hook.act = None
            return hook.count

        return disarm

    yield arm
    hook.act = None


def samples(count: int, most: int) -> list[int]:
    """Return numbers from 1 to count: all near both ends, and some between."""
    edge = min(count, most // 3)
    middle = range(edge, count - edge, max((count - 2 * edge) // max(most - 2 * edge, 1), 1))
    return sorted({*range(1, edge + 1), *middle, *range(count - edge + 1, count + 1)} - {0})


@pytest.fixture(params=["new folder", "replaced project"])
def command(request: pytest.FixtureRequest, exported: Path, tmp_path: Path) -> tuple[object, ...]:
    """Return a command that writes a new project, or replaces an older one."""
    arguments = ("new", *LINUX, "--model", exported, "--output", "deep/app")
    if request.param == "replaced project":
        edgegen(*arguments, "--name", "older", "--conf", "0.1").ok()
        (tmp_path / "deep" / "app" / "notes.txt").write_text("mine")
    return arguments


@pytest.fixture
def put_back(
    command: tuple[object, ...], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], None]:
    """Return a function that restores the test's folder to its state before the command."""
    assert command
    kept = tmp_path_factory.mktemp("kept") / "kept"
    shutil.copytree(tmp_path, kept, symlinks=True)

    def back() -> None:
        for path in tmp_path.iterdir():
            shutil.rmtree(path)
        shutil.copytree(kept, tmp_path, symlinks=True, dirs_exist_ok=True)

    return back


@pytest.fixture
def count(
    writes: Callable[..., Callable[[], int]], command: tuple[object, ...], put_back: Callable[[], None]
) -> int:
    """Return the number of writes of an uninterrupted command; the folder is restored."""
    disarm = writes(lambda _count, _event: None)
    edgegen(*command).ok()
    number = disarm()
    put_back()
    assert number > 90
    return number


@pytest.mark.full
def test_full_disk_at_any_write_leaves_the_folder_unchanged(
    command: tuple[object, ...], writes: Callable[..., Callable[[], int]], count: int, tmp_path: Path
) -> None:
    """Exit code 5 with the cause. Samples of all writes fail."""
    before = snapshot(tmp_path)
    for first in samples(count, 20):

        def fail(number: int, event: str, first: int = first) -> None:
            # A rename needs no space: only one fails, so that the command can undo its work.
            if number == first or (number > first and event == "open"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        disarm = writes(fail)
        answer = edgegen(*command)
        disarm()
        assert answer.code == 5, (first, answer)
        assert "No space left on device" in answer.err
        message_is_complete(answer.err)
        assert answer.out == ""
        assert snapshot(tmp_path) == before, first


@pytest.mark.full
@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("new folder", signal.SIGINT),
        ("replaced project", signal.SIGINT),
        ("replaced project", signal.SIGTERM),
        ("new folder", signal.SIGHUP),
    ],
    indirect=["command"],
)
def test_interruption_at_any_write_leaves_the_old_or_the_new_project(
    command: tuple[object, ...],
    writes: Callable[..., Callable[[], int]],
    count: int,
    put_back: Callable[[], None],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    """Exit code 130. The new project stays only if its files are already exchanged."""
    before = snapshot(tmp_path)
    finished = None
    with keep_signal_handlers():
        signal.signal(signal.SIGINT, signal.default_int_handler)  # workers of pytest-xdist ignore it
        for moment in samples(count, 12 if number == signal.SIGINT else 6):

            def interrupt(seen: int, _event: str, moment: int = moment) -> None:
                if seen in {moment, moment + 1}:  # users press Ctrl-C twice
                    signal.raise_signal(number)

            disarm = writes(interrupt)
            answer = edgegen(*command)
            disarm()
            assert answer.code == 130, (moment, answer)
            assert answer.err.endswith("edgegen: interrupted; nothing was left half done\n")
            after = snapshot(tmp_path)
            if after != before:
                known = manifest.read(tmp_path / "deep" / "app")
                assert known is not None
                assert known.edited(tmp_path / "deep" / "app") == []
                finished = finished or after
                assert after == finished, moment
                put_back()
    assert snapshot(tmp_path) == before


@pytest.mark.full
@pytest.mark.parametrize(
    ("command", "number", "twice"),
    [("new", signal.SIGINT, True), ("export", signal.SIGTERM, False)],
    ids=["new, Ctrl-C twice", "export, kill"],
)
def test_interrupted_export_leaves_no_files(
    tmp_path: Path, tiny_checkpoint: Path, command: str, number: signal.Signals, twice: bool
) -> None:
    """Exit code 130, one line, no traceback, and no parent folders."""
    target = LINUX if command == "new" else ()
    running = start(command, *target, "--model", tiny_checkpoint, "--output", "deep/er/app", folder=tmp_path)
    assert running.stderr is not None
    assert "Load tiny.pt" in running.stderr.readline()  # torch is running now
    wait_until(lambda: [path.name for path in tmp_path.iterdir()] == ["deep"], running)
    running.send_signal(number)
    if twice:
        time.sleep(0.02)
        running.send_signal(number)
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130, err
    assert out == ""
    assert err.splitlines()[-1] == "edgegen: interrupted; nothing was left half done"
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.full
def test_concurrent_runs_leave_one_complete_project(exported: Path, tmp_path: Path) -> None:
    """Three processes replace the same project."""
    for _ in range(3):
        running = [
            start("new", *LINUX, "--model", exported, "--output", "app", "--name", name, folder=tmp_path)
            for name in ("one", "two", "three")
        ]
        answers = [(each.communicate(timeout=PATIENCE)[1], each.returncode) for each in running]
        assert [code for _, code in answers] == [0, 0, 0], answers
        known = manifest.read(tmp_path / "app")
        assert known is not None
        assert known.edited(tmp_path / "app") == []
        assert f'"{known.options["name"]}"sv' in (tmp_path / "app" / "src" / "model_info.h").read_text()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["app", "exported"]


@pytest.mark.full
def test_interruption_swallowed_by_a_library_still_ends_the_command(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torch's compiler catches every exception in some places."""
    real, steps = workflow.build, []

    def build(*arguments: Any) -> BuiltProject:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        steps.append("build")
        return real(*arguments)

    monkeypatch.setattr("edgegen.commands.new.build", build)
    before = snapshot(tmp_path)
    with keep_signal_handlers():
        signal.signal(signal.SIGINT, signal.default_int_handler)
        answer = edgegen("new", *LINUX, "--model", exported)
    assert answer.code == 130
    assert steps == ["build"]
    assert snapshot(tmp_path) == before


@pytest.mark.full
def test_interruption_turned_into_an_error_by_a_library_exits_130(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torch raises an AssertionError if it is interrupted while it restores its modes."""

    def build(*_: Any) -> BuiltProject:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ExportError("the export failed: AssertionError: Trying to pop empty mode stack") from None
        raise AssertionError("no signal came")

    monkeypatch.setattr("edgegen.commands.new.build", build)
    before = snapshot(tmp_path)
    with keep_signal_handlers():
        signal.signal(signal.SIGINT, signal.default_int_handler)
        answer = edgegen("new", *LINUX, "--model", exported)
    assert answer.code == 130
    assert "interrupted" in answer.err
    assert "pop empty mode stack" not in answer.err
    assert snapshot(tmp_path) == before


def test_samples_include_both_ends_and_some_between() -> None:
    """Checks the helper of these tests."""
    assert samples(3, 30) == [1, 2, 3]
    assert samples(100, 9)[:3] == [1, 2, 3]
    assert samples(100, 9)[-3:] == [98, 99, 100]
    assert 9 <= len(samples(100, 9)) <= 12

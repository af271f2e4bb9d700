"""Ctrl-C, a full disk, a missing right, at any moment: nothing half written, an existing folder untouched."""

import contextlib
import errno
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from edgegen.base import interruption
from edgegen.base.errors import ExportError, InputError, RenderError
from edgegen.base.progress import Lines
from edgegen.base.staging import staging
from edgegen.cli.common import run
from edgegen.commands import new as workflow
from edgegen.project import manifest, placing
from edgegen.project.building import Project
from edgegen.project.manifest import Manifest
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
    """Calls a function at each attempt of this process to write below a folder, while it is armed."""

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
        if event == "os.mkdir" and Path(path).is_dir():  # it only asks whether the folder is there
            return
        self.count += 1
        act(self.count, event)


@pytest.fixture(scope="session")
def hook() -> Hook:
    """Return the one hook of this process: Python has no way to take one off again."""
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
    """Return numbers from 1 to count, ends and beginnings all, in between some."""
    edge = min(count, most // 3)
    middle = range(edge, count - edge, max((count - 2 * edge) // max(most - 2 * edge, 1), 1))
    return sorted({*range(1, edge + 1), *middle, *range(count - edge + 1, count + 1)} - {0})


@pytest.fixture(params=["new folder", "replaced project"])
def command(request: pytest.FixtureRequest, exported: Path, tmp_path: Path) -> tuple[object, ...]:
    """Return a command that writes a project where there is none, or in the place of an older one."""
    arguments = ("new", *LINUX, "--model", exported, "--output", "deep/app")
    if request.param == "replaced project":
        edgegen(*arguments, "--name", "older", "--conf", "0.1").ok()
        (tmp_path / "deep" / "app" / "notes.txt").write_text("mine")
    return arguments


@pytest.fixture
def put_back(
    command: tuple[object, ...], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], None]:
    """Return a function that makes the test's folder what it is before the command."""
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
    """Return how often the command writes when nothing stops it; all is put back."""
    disarm = writes(lambda _count, _event: None)
    edgegen(*command).ok()
    number = disarm()
    put_back()
    assert number > 100
    return number


@pytest.mark.full
def test_whichever_write_fails_nothing_changes(
    command: tuple[object, ...], writes: Callable[..., Callable[[], int]], count: int, tmp_path: Path
) -> None:
    """The disk is full from some write on: exit code 5 with the cause, and all is as before."""
    before = snapshot(tmp_path)
    for first in samples(count, 20):

        def fail(number: int, event: str, first: int = first) -> None:
            # A rename needs no space: only one fails, and the way back is open.
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
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name)
def test_whenever_it_is_interrupted_nothing_is_half_done(
    command: tuple[object, ...],
    writes: Callable[..., Callable[[], int]],
    count: int,
    put_back: Callable[[], None],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    """At any write: exit code 130, and either all is as before or, once files are exchanged, all is new."""
    before = snapshot(tmp_path)
    finished = None
    with keep_signal_handlers():
        signal.signal(signal.SIGINT, signal.default_int_handler)  # test runners' workers ignore it
        for moment in samples(count, 12 if number == signal.SIGINT else 6):

            def interrupt(seen: int, _event: str, moment: int = moment) -> None:
                if seen in {moment, moment + 1}:  # people press it twice
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


# --- in the middle of an export, in a process of its own ---


@pytest.mark.parametrize(
    ("command", "number", "twice"),
    [("new", signal.SIGINT, True), ("export", signal.SIGTERM, False)],
    ids=["new, Ctrl-C twice", "export, kill"],
)
def test_an_export_that_is_interrupted_leaves_nothing(
    tmp_path: Path, tiny_checkpoint: Path, command: str, number: signal.Signals, twice: bool
) -> None:
    """Exit code 130, one line and no traceback; the folder, and its parents, are not there."""
    target = LINUX if command == "new" else ()
    running = start(command, *target, "--model", tiny_checkpoint, "--output", "deep/er/app", folder=tmp_path)
    assert running.stderr is not None
    assert "Load tiny.pt" in running.stderr.readline()  # from here on torch is at work
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


# --- the parts ---


TWICE = """
import atexit, signal, sys
import click
from edgegen.base import interruption
from edgegen.cli.common import run

class Held:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)  # Python has no one to tell of what is raised here

@click.command()
def command():
    held = Held()
    del held
    interruption.check()

atexit.register(signal.raise_signal, signal.SIGINT)
sys.exit(run(command, []))
"""


def test_a_signal_at_a_bad_moment_is_not_lost_and_not_shown() -> None:
    """While Python takes an object away, and once more when the command is already over."""
    ended = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True, check=False)
    assert ended.stderr.strip() == "edgegen: interrupted; nothing was left half done"
    assert ended.returncode == 130


def test_a_signal_in_an_inner_block_waits_for_the_outer_one() -> None:
    """The outer block is no state either when half of it is done."""
    done = list[str]()
    with keep_signal_handlers():
        interruption.catch()
        with pytest.raises(KeyboardInterrupt), interruption.held():
            with interruption.held():
                signal.raise_signal(signal.SIGTERM)
            done.append("outer")
        assert interruption.came()
        interruption.forget()
    assert done == ["outer"]


@pytest.mark.parametrize("error", [OSError("full"), InputError("no", "mend it"), ValueError()])
def test_a_signal_is_not_lost_when_the_block_that_holds_it_back_fails(error: Exception) -> None:
    """The exit code is that of an interruption, whatever the block raises after the signal."""

    @click.command()
    def command() -> None:
        with interruption.held():
            signal.raise_signal(signal.SIGTERM)
            raise error

    with keep_signal_handlers(), contextlib.redirect_stderr(io.StringIO()) as err:
        assert run(command, []) == 130
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    assert err.getvalue().strip() == "edgegen: interrupted; nothing was left half done"


def test_a_second_interruption_does_not_stop_the_tidying(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept back until the staging folder is gone."""
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


def place(staged: Path, folder: Path, kind: str, *, force: bool) -> None:
    with placing.together() as placement:
        placement.place(staged, folder, kind, force=force)


def test_kill_waits_for_the_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ctrl-C does: half of the files exchanged is no state."""
    for number, text in (("1", "old"), ("2", "new")):
        folder = tmp_path / number
        folder.mkdir()
        for name in ("a.txt", "b.txt"):
            (folder / name).write_text(text)
        manifest.write(Manifest("linux-cpp", {}, {}, manifest.digests(folder, ["a.txt", "b.txt"])), folder)
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGTERM)
        return real(self, target)

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", rename)
    with keep_signal_handlers():
        signal.signal(signal.SIGTERM, interrupt)
        with pytest.raises(KeyboardInterrupt):
            place(tmp_path / "2", tmp_path / "1", "linux-cpp", force=False)
    assert [(tmp_path / "1" / name).read_text() for name in ("a.txt", "b.txt")] == ["new", "new"]


def test_force_takes_a_damaged_manifest_for_none(tmp_path: Path) -> None:
    """Otherwise the way out that the message names would be none."""
    folder, staged = tmp_path / "app", tmp_path / "staged"
    for each in (folder, staged):
        each.mkdir()
    (folder / manifest.NAME).write_text("{")
    (folder / "mine.txt").write_text("mine")
    manifest.write(Manifest("linux-cpp", {}), staged)
    with pytest.raises(InputError, match=r"\.edgegen\.yml is not valid YAML"):
        place(staged, folder, "linux-cpp", force=False)
    place(staged, folder, "linux-cpp", force=True)
    assert manifest.read(folder) == Manifest("linux-cpp", {})
    assert (folder / "mine.txt").read_text() == "mine"


def made(folder: Path, files: dict[str, str]) -> Path:
    """Write files and the manifest of them."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    manifest.write(Manifest("linux-cpp", {}, {}, manifest.digests(folder, files)), folder)
    return folder


def test_an_edit_while_the_export_runs_is_not_overwritten(tmp_path: Path) -> None:
    """What was checked before is checked again at the last moment."""
    folder = made(tmp_path / "app", {"a.txt": "1"})
    placing.check_destination(folder, "linux-cpp", force=False)
    (folder / "a.txt").write_text("mine")
    with pytest.raises(InputError, match=r"was edited: a\.txt"):
        place(made(tmp_path / "staged", {"a.txt": "2"}), folder, "linux-cpp", force=False)
    assert (folder / "a.txt").read_text() == "mine"


@pytest.mark.parametrize("theirs", ["src/a.cpp/mine.txt", "src"])
def test_force_does_not_make_a_folder_a_file(tmp_path: Path, theirs: str) -> None:
    """A folder where a file goes, with all that is in it, or a file where a folder goes."""
    path = tmp_path / "app" / theirs
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    staged = made(tmp_path / "staged", {"src/a.cpp": "1"})
    before = snapshot(tmp_path)
    with pytest.raises(InputError, match="stands where"):
        place(staged, tmp_path / "app", "linux-cpp", force=True)
    assert snapshot(tmp_path) == before


@pytest.mark.full
def test_two_at_once_do_not_mix(exported: Path, tmp_path: Path) -> None:
    """Several processes replace one project: in the end it is one of theirs, and whole."""
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


def test_a_name_that_no_file_system_takes_is_found_out_at_once(tmp_path: Path) -> None:
    """Not when all is made and is to be moved; and the parents that were made go again."""
    with (
        pytest.raises(RenderError, match="File name too long"),
        staging(tmp_path / "deep" / ("a" * 256)),
    ):
        pytest.fail("it went on")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.full
def test_an_interruption_that_a_library_swallows_is_not_lost(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torch's compiler has places that catch everything: the next step notices, or the last moment does."""
    real, steps = workflow.build, []

    def build(*arguments: Any) -> Project:
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
def test_an_interruption_that_a_library_turns_into_an_error_is_one(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torch raises an AssertionError where it is interrupted in the middle of putting its modes back."""

    def build(*_: Any) -> Project:
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


def test_progress_stops_at_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A swallowed Ctrl-C is noticed there, however many steps would follow."""
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


def test_samples_are_ends_and_some_between() -> None:
    """The numbers at which the tests above break in."""
    assert samples(3, 30) == [1, 2, 3]
    assert samples(100, 9)[:3] == [1, 2, 3]
    assert samples(100, 9)[-3:] == [98, 99, 100]
    assert 9 <= len(samples(100, 9)) <= 12

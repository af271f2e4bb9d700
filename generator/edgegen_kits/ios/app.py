"""The iOS kit's interface for targets: compile an app's bridge, call it, and check the other files."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import ParityError, ToolchainError
from edgegen.base.progress import Progress
from edgegen_kits.common.commands import Commands, start_threads
from edgegen_kits.common.executorch import executorch_sdk
from edgegen_kits.ios import bridge_build, bundle_check, logic_tests, objects, project_check, swift
from edgegen_kits.ios.bridge_calls import Call
from edgegen_kits.ios.kit import Kit, locate_kit
from edgegen_kits.ios.project_files import project_files

_REUSED: Final = ("bridge", "objects")  # folders of compiled objects that a later run reuses

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """The result of a check that counts mistakes."""

    stage: str
    compared: int
    problems: Sequence[str]
    notes: Sequence[str] = ()


@contextmanager
def compile_app(project: Path, progress: Progress) -> Iterator["App"]:
    """Compile a project's bridge for this computer, and yield the app. The output is deleted at the end.

    Raises:
        ParityError: The Xcode project names files that do not exist. A compiler's message is less clear.
        ToolchainError: The kit is missing, or the bridge does not compile.
    """
    missing = project_check.missing_files(project)
    if missing:
        raise ParityError(
            f"App.xcodeproj: {'; '.join(missing)}",
            "restore the files, or remove them from App.xcodeproj; `edgegen new` makes a complete project",
        )
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder, Commands() as commands:
        kit, out = locate_kit(), Path(folder) / "built"
        progress.step("Compile the bridge and its core for this computer")
        # Unchanged objects of an earlier run are reused. If another process is replacing them, all compile.
        with contextlib.suppress(OSError, shutil.Error):
            shutil.copytree(kit.built, out)
        executorch = executorch_sdk()
        harness = bridge_build.build(project, out / "bridge", executorch=executorch, commands=commands)
        yield App(kit, project, harness, out, commands)
        _save_objects(kit, out)


def _save_objects(kit: Kit, out: Path) -> None:
    """Save the objects for the next run. They save seconds, so an error is ignored."""
    with contextlib.suppress(OSError, shutil.Error), tempfile.TemporaryDirectory(dir=kit.folder) as folder:
        new = Path(folder) / "new"
        for name in _REUSED:
            shutil.copytree(out / name, new / name)
        if kit.built.exists():
            kit.built.rename(Path(folder) / "old")
        new.rename(kit.built)


class App:
    """An app whose bridge is compiled for this computer. `folder` is for files that the calls name."""

    def __init__(self, kit: Kit, project: Path, harness: Path, folder: Path, commands: Commands) -> None:
        self.folder = folder
        self._kit = kit
        self._project = project
        self._harness = harness
        self._commands = commands

    def call(self, calls: Sequence[Call]) -> Sequence[Answer]:
        """Make all calls of the bridge in one process, as an app does, and return their answers.

        Raises:
            ParityError: A call ended the process.
        """
        task = {"calls": calls}
        answers: Sequence[Answer] = bridge_build.run(self._harness, task, commands=self._commands)["answers"]
        return answers

    def call_and_check(self, calls: Sequence[Call]) -> tuple[Sequence[Answer], list[Check]]:
        """Call the bridge. Meanwhile, check the Swift, its tests, the phone's objects and the other files.

        Raises:
            ParityError: A call ended the process.
            ToolchainError: A file does not compile.
        """
        checks: Sequence[Callable[[], Check]] = (
            self._swift,
            self._logic_tests,
            self._objects,
            self._xcode_project,
            self._bundle,
        )
        with start_threads(self._commands, 2) as pool:
            called = pool.submit(self.call, calls)
            submitted = [pool.submit(check) for check in checks]
            # In this order, so that the same mistakes always give the same message.
            results = [each.result() for each in submitted]
            return called.result(), results

    def _swift(self) -> Check:
        checked = swift.check(self._kit, self._project, self.folder / "swift", self._commands)
        if checked.problems:
            raise ToolchainError(
                "the app's Swift does not compile:\n" + "\n".join(checked.problems[:30]),
                "fix it; if Xcode accepts it, edgegen's description of Apple's frameworks is not complete",
            )
        return Check("Swift files", checked.files, (), checked.notes)

    def _logic_tests(self) -> Check:
        tests = logic_tests.run(self._kit, self._project, self.folder / "logic", self._commands)
        return Check("logic tests", tests.run, tests.failures)

    def _objects(self) -> Check:
        problems = objects.check(
            self._kit,
            self._project,
            self.folder / "objects",
            executorch=executorch_sdk(),
            commands=self._commands,
        )
        return Check("phone objects", len(bridge_build.sources(self._project)), problems)

    def _xcode_project(self) -> Check:
        files = project_files(self._project)
        return Check("Xcode project", len(files), project_check.check_project(self._project))

    def _bundle(self) -> Check:
        files = project_files(self._project, "App/Resources")
        return Check("app bundle", len(files), bundle_check.check_bundle(self._project))

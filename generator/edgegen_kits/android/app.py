"""The Android kit's interface for targets: compile an app, launch it, and run the project's other checks."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import ParityError
from edgegen.base.progress import Progress
from edgegen_kits.android import shrink
from edgegen_kits.android.app_build import Built, Project, build
from edgegen_kits.android.kit import COMPILE, FLOOR, LAUNCH, Kit, locate_kit
from edgegen_kits.android.launch import TestRun, launch, run_plain_tests
from edgegen_kits.android.recipe import HERE
from edgegen_kits.android.shrink import Shrunk
from edgegen_kits.common.commands import Commands, start_threads

_DRIVER: Final = "edgegen.driver.Launch"
_TIMEOUT: Final = 1800  # seconds, for all pictures


@dataclass(frozen=True)
class Checks:
    """The results of the checks that do not launch the app."""

    unit_tests: TestRun
    shrunk: Shrunk


@contextmanager
def compile_app(project: Path, progress: Progress) -> Iterator["App"]:
    """Compile a project, and yield its app. The output is deleted at the end of the block.

    Raises:
        InputError: The project has no namespace.
        ToolchainError: Something does not compile, or calls API that the oldest Android lacks.
    """
    kit = locate_kit()
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder, Commands() as commands:
        progress.step(f"Compile the project: API {COMPILE}, the floor {FLOOR}, tests, resources")
        driver = sorted((HERE / "driver").glob("*.kt"))
        built = build(kit, Project(project), Path(folder) / "built", commands, more=driver)
        yield App(kit, built, commands)


class App:
    """A compiled app. Every launch is a new JVM."""

    def __init__(self, kit: Kit, built: Built, commands: Commands) -> None:
        self._kit = kit
        self._built = built
        self._commands = commands

    @property
    def model(self) -> Path:
        """The `.pte` of the app, or of the first of its models."""
        return self._built.project.model

    def make_folder(self, name: str) -> Path:
        """Make a folder for the files of a launch. It is deleted with the app's output."""
        folder = self._built.folder / name
        folder.mkdir()
        return folder

    def launch(self, folder: Path, task: Mapping[str, Any]) -> Mapping[str, Any]:
        """Launch the app under Robolectric, and return what `driver/Launch.kt` reads from its screen.

        Args:
            folder: An empty folder of this app.
            task: `model` (the path of the .pte), `key` and `number` of the model ("" and 0 if it is the only
                one), `choice` (the path for a screenshot of the choice of models, or ""), `vectors` (folders)
                and `pictures` (for each: `file` with its RGB bytes, `width`, `height`, and the paths
                `screenshot` and `painted` for output).

        Returns:
            `parity` (a report for each folder of vectors), `pictures` (for each: the detections in `rows`,
            `drawn`, and the screen reader's `description`), and the app's texts in `words`.

        Raises:
            ParityError: The app cannot be launched, or shows no result.
        """
        task_file, answer_file = folder / "task.json", folder / "answer.json"
        content = {"package": self._built.package, **task}
        task_file.write_text(json.dumps(content), encoding="utf-8")
        run = launch(
            self._kit,
            self._built,
            [_DRIVER],
            LAUNCH[-1],
            self._commands,
            properties={"edgegen.task": task_file, "edgegen.answer": answer_file},
            timeout=_TIMEOUT,
        )
        if not run.passed:
            raise ParityError(
                f"the app could not be launched:\n{_shorten(run.output)}",
                "fix the app, or compare it with an unedited project of `edgegen new`",
            )
        answer: Mapping[str, Any] = json.loads(answer_file.read_text(encoding="utf-8"))
        return answer

    def launch_and_check(self, folder: Path, task: Mapping[str, Any]) -> tuple[Mapping[str, Any], Checks]:
        """Launch the app. Meanwhile, run the project's unit tests and R8."""
        with start_threads(self._commands, 2) as pool:
            launched = pool.submit(self.launch, folder, task)
            tested = pool.submit(run_plain_tests, self._kit, self._built, self._commands)
            shrunk = shrink.shrink(self._kit, self._built, self._built.folder / "shrunk", self._commands)
            unit_tests, answer = tested.result(), launched.result()
        return answer, Checks(unit_tests, shrunk)


def _shorten(output: str) -> str:
    """Return the end of a failure's output, without the launcher's own stack frames."""
    launcher = ("at org.robolectric.", "at org.junit.", "at java.base/", "at jdk.")
    lines = [line for line in output.splitlines() if not line.lstrip().startswith(launcher)]
    return "\n".join(lines)[-4000:].strip()

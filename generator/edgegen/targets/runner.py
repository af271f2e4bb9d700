"""What verifying asks of a built project, whatever it was built for."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from edgegen.base.errors import InputError
from edgegen.base.progress import Progress
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.picture_files import Picture
from edgegen.project.manifest import Manifest
from edgegen.project.models import Place
from edgegen.tasks.stage import Stage


class UnreadableError(InputError):
    """The app cannot read a picture (exit code 3); it can be asked for the next one."""


@dataclass(frozen=True)
class Job:
    """The project to be built."""

    project: Path
    manifest: Manifest
    spec: ModelSpec
    progress: Progress
    screenshots: Path | None = None  # the folder for pictures of the app's screen
    model: Place | None = None  # which of several models the app is to show; None: there is one


@dataclass(frozen=True)
class Shown:
    """A picture that the app is to look at, as its user would have it do."""

    path: Path
    picture: Picture
    thresholds: Thresholds


@dataclass(frozen=True)
class Task:
    """All that the project is to be run on: starting it may be slow, so it is asked once."""

    vectors: tuple[Path, ...]  # folders of golden vectors
    shown: tuple[Shown, ...]


@dataclass(frozen=True)
class Answer:
    """What the project gave."""

    stages: tuple[Stage, ...]  # of the project's own parity test and of its other tests
    # What the app shows, picture by picture: results of the model's task. To be read once, while it is there.
    shown: Iterable[Any]
    more_stages: tuple[Stage, ...] = ()  # that come after the app's
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what is worth knowing and no stage


class Runner(Protocol):
    """Runs what was built from a project."""

    def thresholds(self, wanted: Thresholds) -> Thresholds:
        """Return what the app can be asked for instead."""

    def run(self, task: Task) -> Answer:
        """Run the project's own parity test on the vectors, and the app on the pictures."""


class Switching(Protocol):
    """A runner whose app can show several models."""

    def switched(self, job: Job) -> Runner:
        """Return what runs another model of the same project, which is not built anew."""


class Timed(Protocol):
    """A runner whose app can be timed on this computer."""

    def time(self, image: Path, thresholds: Thresholds, threads: int, frames: int) -> float:
        """Return the median of some frames in milliseconds, from the decoded picture to what is shown."""


Opener = Callable[[Job], AbstractContextManager[Runner]]

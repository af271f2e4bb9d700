"""The interface between `edgegen verify` and a built project of any target."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegen.base.errors import InputError
from edgegen.base.progress import Progress
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.picture_files import Picture
from edgegen.project.manifest import Manifest
from edgegen.project.models import ModelPlace
from edgegen.tasks.stage import Stage


class UnreadableError(InputError):
    """The app cannot read a picture (exit code 3). It can go on with the next one."""


@dataclass(frozen=True)
class Job:
    """The project to be built."""

    project: Path
    manifest: Manifest
    spec: ModelSpec
    progress: Progress
    screenshots: Path | None = None  # the folder for screenshots of the app
    model: ModelPlace | None = None  # the model that the app shows; None if it has one

    @property
    def project_thresholds(self) -> Thresholds:
        """The project's own thresholds; InputError if its manifest has a wrong value."""
        values = self.manifest.option_values(self.project)
        fields = ("confidence", "iou", "max_det")
        return Thresholds(**{field: values[field] for field in fields if field in values})


@dataclass(frozen=True)
class PictureInput:
    """A picture that the app shows with these thresholds."""

    path: Path
    picture: Picture
    thresholds: Thresholds


@dataclass(frozen=True)
class RunInput:
    """The input of one run. Starting an app may be slow, so one run has all pictures."""

    vectors: tuple[Path, ...]  # folders of golden vectors
    pictures: tuple[PictureInput, ...]


@dataclass(frozen=True)
class RunOutput:
    """The output of one run."""

    stages: tuple[Stage, ...]  # of the project's own parity test and of its other tests
    # The app's results, picture by picture. Iterate once, while the runner is open.
    results: Iterable[Any]
    more_stages: tuple[Stage, ...] = ()  # reported after the app's
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Runner(ABC):
    """Runs a built project."""

    def thresholds(self, wanted: Thresholds) -> Thresholds:
        """Return the thresholds that the app uses if these are wanted."""
        return wanted

    @abstractmethod
    def run(self, inputs: RunInput) -> RunOutput:
        """Run the project's own parity test on the vectors, and the app on the pictures."""

    def switched(self, job: Job) -> "Runner":
        """Return the runner of another model of the same build, if the target has `multi_model`."""
        raise NotImplementedError

    def time(self, image: Path, thresholds: Thresholds, threads: int, frames: int) -> float:
        """Return the median of `frames` frames in ms, from decoded picture to results, if `can_be_timed`."""
        raise NotImplementedError

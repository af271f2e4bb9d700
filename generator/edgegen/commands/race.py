"""Starts those who take part in a benchmark, and holds each against PyTorch."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen import targets
from edgegen.base.progress import Progress
from edgegen.commands import doctor
from edgegen.commands.contest import PYTORCH, Agreement, DisagreementError, Truth, Unknown, version
from edgegen.commands.subject import Subject
from edgegen.commands.timing import Counts, Turn
from edgegen.parity.pictures import Picture, write_ppm
from edgegen.runtimes.executorch.profile import Kind
from edgegen.runtimes.timed.adapters import Adapter
from edgegen.runtimes.timed.contestant import Contestant, WorkerError
from edgegen.runtimes.timed.worker import EDGEGEN, PREDICT
from edgegen.sources.identify import opened
from edgegen.targets.runner import Job, Shown, Task, Timed

WARM_UP: Final = 3  # frames before each turn that do not count


@dataclass(frozen=True)
class Entrant:
    """One who is ready to take turns."""

    runs: str
    precision: str
    agreement: Agreement
    turn: Turn
    size: int | None = None


class Race:
    """Starts those who take part; they end with the stack."""

    def __init__(
        self,
        subject: Subject,
        picture: Picture,
        counts: Counts,
        folder: Path,
        stack: ExitStack,
        progress: Progress,
    ) -> None:
        self._subject, self._picture, self._counts = subject, picture, counts
        self._folder, self._stack, self._progress = folder, stack, progress
        checkpoint = opened(subject.checkpoint)
        self.truth = Truth(checkpoint, subject.exports[0], picture)
        spec = subject.exports[0]
        self._about = {"task": spec.task, "input_hw": (spec.input.height, spec.input.width)}
        self._tensor, self._bgr = folder / "tensor.npy", folder / "picture.npy"
        np.save(self._tensor, self.truth.tensor)
        np.save(self._bgr, np.ascontiguousarray(picture.rgb[..., ::-1]))
        self._exported: dict[str, Path] = {}

    @property
    def truth_shows_something(self) -> bool:
        """Tell whether there is anything to be compared."""
        return len(self.truth.shown) > 0

    def forward(self, adapters: Sequence[Adapter]) -> tuple[dict[str, Entrant], list[Unknown]]:
        """Return who runs the model alone, PyTorch first, and who failed."""
        entrants, failed = {}, []
        itself = self.truth.of_result(self.truth.shown)
        checkpoint = self._subject.checkpoint
        torch = self._loaded(PYTORCH, checkpoint, self._tensor, **self._about)
        entrants[PYTORCH] = self._entrant(torch, f"torch {version('torch')}", itself, checkpoint)
        for adapter in adapters:
            self._progress.step(f"Export for {adapter.name}, and compare")
            try:
                path = self._export(adapter.form)
                other = self._loaded(adapter.name, path, self._tensor)
                agreement = self.truth.of_adapter(other.outputs(), adapter)
            except (WorkerError, DisagreementError) as error:
                failed.append(Unknown(adapter.name, error.message))
                continue
            package = adapter.packages[-1]
            entrants[adapter.name] = self._entrant(other, f"{package} {version(package)}", agreement, path)
        for spec in self._subject.exports:
            ours = self._loaded(EDGEGEN, spec.pte, self._tensor)
            agreement = self.truth.of_export(ours.outputs(), spec.output)
            entrants[f"edgegen {spec.precision}"] = self._entrant(
                ours, f"executorch {version('executorch')}", agreement, spec.pte, spec.precision
            )
        return entrants, failed

    def operators(self) -> dict[str, list[Kind]]:
        """Trace what edgegen exported, each in a process of its own."""
        found, runs = {}, self._counts.rounds * self._counts.frames
        for spec in self._subject.exports:
            self._progress.step(f"Trace the operators of {spec.precision}")
            with Contestant(self._counts.threads) as tracer:
                found[spec.precision] = tracer.operators(spec.pte, self._tensor, runs)
        return found

    def whole(self) -> dict[str, Entrant]:
        """Return who goes all the way from the picture: predict first; nobody where there is no app here."""
        project, known = self._subject.project, self._subject.manifest
        if project is None or known is None:
            return {}
        target = targets.find(known.target)
        if target.own_tests_here() is not None:
            return {}
        doctor.require(target)
        spec = next(each for each in self._subject.exports if each.pte.is_relative_to(project))
        runner = self._stack.enter_context(target.opened(Job(project, known, spec, self._progress)))
        if not isinstance(runner, Timed):
            return {}
        photo = self._folder / "picture.ppm"
        write_ppm(photo, self._picture)
        (shown,) = runner.run(Task((), (Shown(photo, self._picture, self.truth.thresholds),))).shown
        app = partial(runner.time, photo, self.truth.thresholds, self._counts.threads, self._counts.frames)
        itself = self.truth.of_result(self.truth.shown)
        library = f"ultralytics {version('ultralytics')}"
        entrants = {"predict": Entrant(library, "float32", itself, self._predict(self._subject.checkpoint))}
        if "executorch" in self._exported:
            theirs = self._predict(self._exported["executorch"])
            entrants["predict, ultralytics-pte"] = Entrant(library, "float32", itself, theirs)
        entrants["app"] = Entrant(known.target, spec.precision, self.truth.of_result(shown), app)
        return entrants

    def _predict(self, model: Path) -> Turn:
        thresholds = asdict(self.truth.thresholds)
        return self._turn(self._loaded(PREDICT, model, self._bgr, **self._about, thresholds=thresholds))

    def _loaded(self, name: str, model: Path, given: Path, **more: Any) -> Contestant:
        contestant = self._stack.enter_context(Contestant(self._counts.threads))
        contestant.load(name, model, given, **more)
        return contestant

    def _export(self, form: str) -> Path:
        """Have Ultralytics export the checkpoint, in a process that ends with it."""
        folder = self._folder / form
        folder.mkdir(exist_ok=True)
        spec = self._subject.exports[0]
        with Contestant(self._counts.threads) as exporter:
            size = (spec.input.height, spec.input.width)
            self._exported[form] = exporter.export(self._subject.checkpoint.resolve(), form, size, folder)
        return self._exported[form]

    def _entrant(
        self, contestant: Contestant, runs: str, agreement: Agreement, model: Path, precision: str = "float32"
    ) -> Entrant:
        return Entrant(runs, precision, agreement, self._turn(contestant), _size(model))

    def _turn(self, contestant: Contestant) -> Turn:
        return partial(contestant.turn, self._counts.frames, WARM_UP)


def _size(model: Path) -> int:
    """Return the bytes of a model's files, without what Ultralytics writes beside them."""
    if model.is_file():
        return model.stat().st_size
    return sum(
        each.stat().st_size for each in model.iterdir() if each.suffix in {".pte", ".xml", ".bin", ".param"}
    )

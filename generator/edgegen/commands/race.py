"""Starts those who take part in a benchmark, and holds each against PyTorch."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen import targets
from edgegen.base.errors import ParityError
from edgegen.base.files import link_or_copy
from edgegen.base.progress import Progress
from edgegen.commands import doctor
from edgegen.commands.contest import Agreement, DisagreementError, Truth, Unknown, version
from edgegen.commands.subject import Subject
from edgegen.commands.timing import Counts, Turn
from edgegen.model.class_selection import resolve_classes
from edgegen.model.precision import INT8, PRECISIONS
from edgegen.model.spec import ONE_TO_ONE, ModelSpec, branch_of
from edgegen.parity.picture_files import Picture, write_ppm
from edgegen.runtimes.executorch.profile import Kind
from edgegen.runtimes.timed.adapters import Adapter
from edgegen.runtimes.timed.contestant import Contestant, Lap, WorkerError
from edgegen.runtimes.timed.worker import EDGEGEN, PREDICT, PYTORCH
from edgegen.sources.identify import open_model
from edgegen.targets.runner import Job, PictureInput, RunInput

_PARTS: Final = {".pte", ".xml", ".bin", ".param", ".json", ".pdiparams"}  # of a model that is a folder
WARM_UP: Final = 5  # frames before each turn that do not count; as many as an app's own --benchmark takes


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
        self.truth = Truth(open_model(subject.checkpoint), subject.exports[0], picture)
        spec = subject.exports[0]
        self._about = {
            "task": spec.task,
            "input_hw": (spec.input.height, spec.input.width),
            "one_to_one": branch_of(spec.output.contract) == ONE_TO_ONE,
        }
        # Ultralytics tells by the name what a file is, and fetches what is called like a model of its own.
        self._checkpoint = folder / "checkpoint.pt"
        link_or_copy(subject.checkpoint, self._checkpoint)
        self._tensor, self._bgr = folder / "tensor.npy", folder / "picture.npy"
        np.save(self._tensor, self.truth.tensor)
        np.save(self._bgr, np.ascontiguousarray(picture.rgb[..., ::-1]))
        self._theirs: Path | None = None  # Ultralytics' own .pte, once it was seen to agree
        # Who could not be made or started, or shows something else.
        self.failed = [Unknown(f"{EDGEGEN} {INT8.name}", subject.unmade)] if subject.unmade else []

    def forward(self, adapters: Sequence[Adapter]) -> dict[str, Entrant]:
        """Return who runs the model alone, PyTorch first."""
        entrants = {}
        self._progress.step("Start PyTorch")
        torch = self._loaded(PYTORCH, self._checkpoint, self._tensor, **self._about)
        runs = f"torch {version('torch')}"
        entrants[PYTORCH] = Entrant(runs, "float32", self.truth.itself, self._turn(torch))
        for adapter in adapters:
            self._progress.step(f"Export for {adapter.name}, and compare")
            with self._row(adapter.name):
                entrants[adapter.name] = self._adapted(adapter)
        for spec in self._subject.exports:
            name = f"edgegen {spec.precision}"
            self._progress.step(f"Start {name}, and compare")
            with self._row(name):
                entrants[name] = self._own(spec)
        return entrants

    @contextmanager
    def _row(self, name: str) -> Iterator[None]:
        """Who fails, or shows something else, costs no more than his own row."""
        try:
            yield
        except (WorkerError, DisagreementError, ParityError) as error:
            self.failed.append(Unknown(name, error.message))

    def _own(self, spec: ModelSpec) -> Entrant:
        """Start an export of edgegen's, and compare what it gives."""
        ours = self._loaded(EDGEGEN, spec.pte, self._tensor)
        with _or_ended(ours):
            agreement = self.truth.of_export(ours.outputs(), spec.output)
            if not PRECISIONS[spec.precision].quantized:
                agreement.demand()
        runs = f"executorch {version('executorch')}"
        return Entrant(runs, spec.precision, agreement, self._turn(ours), _size(spec.pte))

    def _adapted(self, adapter: Adapter) -> Entrant:
        """Export for another runtime, in a process that ends with it, and compare what the runtime gives."""
        folder = self._folder / adapter.form
        folder.mkdir(exist_ok=True)
        with Contestant(f"the export for {adapter.name}", self._counts.threads) as exporter:
            exported = exporter.export(self._checkpoint, adapter.form, folder, **self._about)
        other = self._loaded(adapter.name, exported, self._tensor)
        with _or_ended(other):
            agreement = self.truth.of_adapter(other.outputs(), adapter)
            agreement.demand()
        if adapter.form == "executorch":
            self._theirs = exported
        runs = f"{adapter.packages[-1]} {version(adapter.packages[-1])}"
        return Entrant(runs, "float32", agreement, self._turn(other), _size(exported))

    def operators(self) -> dict[str, list[Kind]]:
        """Trace what edgegen exported, each in a process of its own."""
        found, runs = {}, self._counts.rounds * self._counts.frames
        for spec in self._subject.exports:
            self._progress.step(f"Trace the operators of {spec.precision}")
            with Contestant(f"edgegen {spec.precision}", self._counts.threads) as tracer:
                found[spec.precision] = tracer.operators(spec.pte, self._tensor, runs)
        return found

    def whole(self) -> dict[str, Entrant]:
        """Return who goes all the way from the picture: predict first; nobody where there is no app here."""
        project, known = self._subject.project, self._subject.manifest
        if project is None or known is None or not targets.of(known).can_be_timed:
            return {}
        target, counts, thresholds = targets.of(known), self._counts, self.truth.thresholds
        doctor.require(target)
        spec = next(each for each in self._subject.exports if each.pte.is_relative_to(project))
        runner = self._stack.enter_context(target.open_runner(Job(project, known, spec, self._progress)))
        photo = self._folder / "picture.ppm"
        write_ppm(photo, self._picture)
        self._progress.step("Start predict")
        library, itself = f"ultralytics {version('ultralytics')}", self.truth.itself
        entrants = {"predict": Entrant(library, "float32", itself, self._predict(self._checkpoint))}
        if self._theirs is not None:
            name = "predict, ultralytics-pte"
            with self._row(name):
                entrants[name] = Entrant(library, "float32", itself, self._predict(self._theirs))

        def app() -> Lap:
            try:
                return Lap(runner.time(photo, thresholds, counts.threads, counts.frames))
            except ParityError as error:
                raise WorkerError(error.message) from error

        self._progress.step("Start the app, and compare")
        with self._row("app"):
            (shown,) = runner.run(RunInput((), (PictureInput(photo, self._picture, thresholds),))).results
            agreement = self.truth.of_app(
                shown, resolve_classes(spec.class_names, known.options.get("classes"))
            )
            if not PRECISIONS[spec.precision].quantized:
                agreement.demand()
            entrants["app"] = Entrant(known.target, spec.precision, agreement, app)
        return entrants

    def _predict(self, model: Path) -> Turn:
        thresholds = asdict(self.truth.thresholds)
        return self._turn(self._loaded(PREDICT, model, self._bgr, **self._about, thresholds=thresholds))

    def _loaded(self, name: str, model: Path, given: Path, **more: Any) -> Contestant:
        contestant = self._stack.enter_context(Contestant(name, self._counts.threads))
        with _or_ended(contestant):
            contestant.load(name, model, given, **more)
        return contestant

    def _turn(self, contestant: Contestant) -> Turn:
        return partial(contestant.turn, self._counts.frames, WARM_UP)


@contextmanager
def _or_ended(contestant: Contestant) -> Iterator[None]:
    """End a process that is of no use: its memory is for the others."""
    try:
        yield
    except BaseException:
        contestant.end()
        raise


def _size(model: Path) -> int:
    """Return the bytes of a model's files, without what Ultralytics writes beside them."""
    if model.is_file():
        return model.stat().st_size
    return sum(each.stat().st_size for each in model.rglob("*") if each.suffix in _PARTS)

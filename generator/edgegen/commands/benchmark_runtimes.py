"""Start the runtimes of a benchmark, each in its own process, and compare them with PyTorch."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen import runtimes
from edgegen.base.errors import ParityError, UsageError
from edgegen.base.model_files import PTE_SUFFIX
from edgegen.base.progress import Progress
from edgegen.base.shell import quoted
from edgegen.base.text import how_many
from edgegen.base.tools import installed_version
from edgegen.commands import doctor
from edgegen.commands.benchmark_reference import Agreement, DifferentResultsError, Reference
from edgegen.commands.benchmark_workers.adapters import (
    ADAPTERS,
    EDGEGENS_ONNX,
    NOT_TIMED,
    OTHER_ADAPTERS,
    Adapter,
)
from edgegen.commands.benchmark_workers.worker import EDGEGEN, PREDICT, PREDICT_PTE, PYTORCH
from edgegen.commands.benchmark_workers.worker_process import Lap, WorkerError, WorkerProcess
from edgegen.commands.loaded_project import load_project
from edgegen.commands.timing import Counts, Time, Turn, take_turns
from edgegen.model.class_selection import resolve_classes
from edgegen.model.precision import FLOAT32, INT8
from edgegen.model.spec import ModelSpec
from edgegen.parity.picture_files import Picture, write_ppm
from edgegen.runtimes.executorch.profile import Kind
from edgegen.sources.identify import open_checkpoint
from edgegen.targets.runner import Job, PictureInput, RunInput
from edgegen.tasks.decoder import Outputs

# The files of a model in a folder; Ultralytics writes others next to them.
_MODEL_FILES: Final = {PTE_SUFFIX, ".xml", ".bin", ".param", ".json", ".pdiparams"}
ULTRALYTICS: Final = "ultralytics"  # the library whose own exports are timed
_WARM_UP: Final = 5  # frames before each turn, as in the apps' own --benchmark


@dataclass(frozen=True)
class TimedRuntime:
    """A started runtime that shows PyTorch's results."""

    name: str
    runs: str  # package and version
    precision: str
    agreement: Agreement
    turn: Turn
    size: int | None = None  # of the model's files, in bytes


@dataclass(frozen=True)
class Row:
    """A timed runtime."""

    entry: TimedRuntime
    time: Time

    def to_json(self) -> dict[str, Any]:
        """Return the row's part of `--json`."""
        return {
            "name": self.entry.name,
            "runs": self.entry.runs,
            "precision": self.entry.precision,
            **asdict(self.entry.agreement),
            **asdict(self.time),
            "bytes": self.entry.size,
        }


@dataclass(frozen=True)
class NotTimed:
    """A runtime that is not timed."""

    name: str
    why: str
    install: str = ""  # the command that installs it


@dataclass(frozen=True)
class Models:
    """The models of a benchmark."""

    checkpoint: Path
    exports: tuple[ModelSpec, ...]  # by edgegen: float32, then int8 if there is one
    project: Path | None
    not_timed: tuple[NotTimed, ...]  # an int8 export that failed


def runtime_names(against: Sequence[str] | None) -> list[str]:
    """Return the checked names of runtimes (None: all), each once; UsageError for an unknown one."""
    names = [PYTORCH, *ADAPTERS, *NOT_TIMED]
    for name in against or []:
        if name not in names:
            raise UsageError(f"--against names {name!r}", f"there are: {', '.join(names)}")
    if against is not None and not against:
        raise UsageError("--against names no runtime", f"leave it out, or name some of: {', '.join(names)}")
    return list(dict.fromkeys(names if against is None else against))


def select_runtimes(names: Sequence[str], library: str) -> tuple[list[Adapter], list[NotTimed]]:
    """Return the runtimes of these names that a library's models can be exported for, and those not timed."""
    available = ADAPTERS if library == ULTRALYTICS else OTHER_ADAPTERS
    adapters, not_timed = [], []
    for name in names:
        if name in NOT_TIMED:
            not_timed.append(NotTimed(name, NOT_TIMED[name]))
        elif name in available:
            missing = [package for package in available[name].packages if installed_version(package) is None]
            if missing:
                command = "pip install " + " ".join(map(quoted, missing))
                not_timed.append(NotTimed(name, f"not installed: {', '.join(missing)}", command))
            else:
                adapters.append(available[name])
        elif name in ADAPTERS:
            why = f"its export is Ultralytics' own, which takes no model of {library}"
            not_timed.append(NotTimed(name, why))
    return adapters, not_timed


@dataclass(frozen=True)
class _Program:
    """A model, and the runtime that runs it."""

    name: str  # of the row
    loader: str  # of `benchmark_workers.worker`
    model: Path
    package: str  # of the runtime
    precision: str = FLOAT32


def _programs_of(spec: ModelSpec) -> Iterator[_Program]:
    """Yield an export's first program, and those of its others that this machine runs."""
    yield _Program(f"{EDGEGEN} {spec.precision}", EDGEGEN, spec.pte, "executorch", spec.precision)
    for program in spec.extra_programs:
        if program.backend in runtimes.backend_names():
            backend = runtimes.find_backend(program.backend)
            if backend.runtime == "executorch" and runtimes.default().runs(backend):
                name, path = f"{EDGEGEN} {program.backend}", spec.path_of(program)
                yield _Program(name, EDGEGEN, path, "executorch", program.precision)


class Runtimes:
    """Starts the runtimes, which end with the stack. `failed` collects those that cannot be timed."""

    def __init__(
        self,
        models: Models,
        picture: Picture,
        counts: Counts,
        folder: Path,
        stack: ExitStack,
        progress: Progress,
    ) -> None:
        self._exports, self._picture, self._counts = models.exports, picture, counts
        self._folder, self._stack, self._progress = folder, stack, progress
        self.failed = list[NotTimed]()
        spec = models.exports[0]
        self._checkpoint, self._spec = models.checkpoint, spec
        self.reference = Reference(open_checkpoint(models.checkpoint, spec), spec, picture)
        self._tensor, self._rgb = folder / "tensor.npy", folder / "picture.npy"
        np.save(self._tensor, self.reference.tensor)
        np.save(self._rgb, picture.rgb)
        self._ultralytics_pte: Path | None = None  # once it was compared

    def start_forward(self, names: Sequence[str]) -> list[TimedRuntime]:
        """Start the runtimes of these names that run the model alone, PyTorch first."""
        adapters, unavailable = select_runtimes(names, self.reference.library)
        self.failed += unavailable
        self._progress.step("Start PyTorch")
        entries = [self._start(_Program(PYTORCH, PYTORCH, self._checkpoint, "torch"))]
        for adapter in adapters:
            self._progress.step(f"Export for {adapter.name}, and compare")
            with self._or_failed(adapter.name):
                entries.append(self._start_adapter(adapter))
        for spec in self._exports:
            compare = partial(self.reference.compare_export, output=spec.output)
            for program in _programs_of(spec):
                self._progress.step(f"Start {program.name}, and compare")
                with self._or_failed(program.name):
                    entries.append(self._start(program, compare))
        return entries

    def start_pipelines(self, path: Path) -> list[TimedRuntime]:
        """Start predict and the app, which go from the picture to the results; [] if no app runs here."""
        project = load_project(path)
        target, counts, thresholds = project.target, self._counts, self.reference.thresholds
        if not target.can_be_timed:
            return []
        doctor.require(target, project.manifest.app)
        spec = next(each for each in self._exports if each.pte.is_relative_to(path))
        runner = self._stack.enter_context(
            target.open_runner(Job(path, project.manifest, spec, self._progress))
        )
        photo = self._folder / "picture.ppm"
        write_ppm(photo, self._picture)
        self._progress.step("Start predict")
        entries = [self._start_predict(PREDICT, self._checkpoint)]
        if self._ultralytics_pte is not None:
            with self._or_failed(PREDICT_PTE):
                entries.append(self._start_predict(PREDICT_PTE, self._ultralytics_pte))

        def turn() -> Lap:
            try:
                return Lap(runner.time(photo, thresholds, counts.threads, counts.frames))
            except ParityError as error:
                raise WorkerError(error.message) from error

        self._progress.step("Start the app, and compare")
        with self._or_failed("app"):
            (shown,) = runner.run(RunInput((), (PictureInput(photo, self._picture, thresholds),))).results
            keep_classes = resolve_classes(spec.class_names, project.manifest.options.get("classes"))
            agreement = self.reference.compare_app(shown, keep_classes)
            if not spec.is_int8:
                agreement.check()
            precision = spec.program_for(target.required_backends).precision
            entries.append(TimedRuntime("app", target.name, precision, agreement, turn))
        return entries

    def time(self, entries: Sequence[TimedRuntime], what: str) -> tuple[Row, ...]:
        """Time started runtimes in turns. Those that fail are added to `failed`."""
        if not entries:
            return ()
        self._progress.step(f"Time {what} in {how_many(self._counts.rounds, 'round')}")
        times, failed = take_turns({entry.name: entry.turn for entry in entries}, self._counts.rounds)
        self.failed += [NotTimed(name, why) for name, why in failed.items()]
        return tuple(Row(entry, times[entry.name]) for entry in entries if entry.name in times)

    def operators(self) -> dict[str, list[Kind]]:
        """Return the times of the operators of edgegen's exports, by precision."""
        times, runs = {}, self._counts.rounds * self._counts.frames
        for spec in self._exports:
            self._progress.step(f"Trace the operators of {spec.precision}")
            with WorkerProcess(f"{EDGEGEN} {spec.precision}", self._counts.threads) as tracer:
                times[spec.precision] = tracer.operators(spec.pte, self._tensor, runs)
        return times

    def _start_adapter(self, adapter: Adapter) -> TimedRuntime:
        """Export for another runtime in a process of its own, and start the runtime."""
        folder = self._folder / adapter.export_format
        folder.mkdir(exist_ok=True)
        with WorkerProcess(f"the export for {adapter.name}", self._counts.threads) as exporter:
            exported = exporter.export(self._checkpoint, self._spec, adapter.export_format, folder)
        if adapter.export_format == EDGEGENS_ONNX:
            compare = partial(self.reference.compare_export, output=self._spec.output)
        else:
            compare = partial(self.reference.compare_other, in_pixels=adapter.in_pixels)
        program = _Program(adapter.name, adapter.name, exported, adapter.packages[-1])
        entry = self._start(program, compare)
        if adapter.export_format == "executorch":
            self._ultralytics_pte = exported
        return entry

    def _start_predict(self, name: str, model: Path) -> TimedRuntime:
        return self._start(_Program(name, name, model, self.reference.library), array=self._rgb)

    def _start(
        self,
        program: _Program,
        compare: Callable[[Outputs], Agreement] | None = None,
        array: Path | None = None,
    ) -> TimedRuntime:
        """Start a program in its own process, and compare its outputs. Without `compare`, it is PyTorch.

        array: the input, a .npy file; default: the model's input tensor.

        Raises:
            WorkerError: It fails.
            DifferentResultsError: It shows other results than PyTorch in float32.
        """
        worker = self._stack.enter_context(WorkerProcess(program.loader, self._counts.threads))
        try:
            worker.load(
                program.loader,
                program.model,
                array or self._tensor,
                self._spec,
                self.reference.thresholds,
            )
            agreement = compare(worker.outputs()) if compare else self.reference.self_agreement
            if program.precision != INT8:
                agreement.check()
        except BaseException:
            worker.end()  # it will not be timed: free its memory
            raise
        return TimedRuntime(
            program.name,
            f"{program.package} {installed_version(program.package)}",
            program.precision,
            agreement,
            partial(worker.turn, self._counts.frames, _WARM_UP),
            _size(program.model) if compare else None,
        )

    @contextmanager
    def _or_failed(self, name: str) -> Iterator[None]:
        """Add a runtime to `failed` if it fails or differs. The others are still timed."""
        try:
            yield
        except (WorkerError, DifferentResultsError, ParityError) as error:
            self.failed.append(NotTimed(name, error.message))


def _size(model: Path) -> int:
    """Return the size of a model's files in bytes."""
    if model.is_file():
        return model.stat().st_size
    return sum(each.stat().st_size for each in model.rglob("*") if each.suffix in _MODEL_FILES)

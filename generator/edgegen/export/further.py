"""Add a model's programs for other backends to an export, each measured in its precision."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from edgegen import runtimes
from edgegen.artifacts import metadata, vector_files
from edgegen.artifacts.borders import METHOD
from edgegen.artifacts.metadata_reader import read_metadata
from edgegen.artifacts.pte import read_pte
from edgegen.base.errors import EdgegenError, ExportError, InputError, UsageError, first_line
from edgegen.base.model_files import PTE_SUFFIX
from edgegen.base.progress import Progress
from edgegen.base.text import first_of
from edgegen.export.precision_check import (
    check_precision,
    check_program,
    check_weights,
    emulated,
    unchanged_precision,
)
from edgegen.export.program_cache import CachedProgram
from edgegen.model.int8 import Int8Options
from edgegen.model.precision import FLOAT16
from edgegen.model.spec import ModelSpec, Program
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority
from edgegen.parity.goldens import thresholds_of
from edgegen.parity.picture_files import Picture
from edgegen.runtimes.backend import Backend
from edgegen.sources.source import OpenedModel

_MOST_PARTS: Final = 3  # subgraphs of a program: with more, handing tensors over costs more than it wins
_MOST_NAMED: Final = 5  # operators in a message
_REPORT: Final = "nothing was written: please report this, with the type of the model"
_LEAVE_OUT: Final = "leave out --backend: the model then runs on the CPU"


@contextmanager
def as_export_error(what: str, hint: str = "run again with --verbose for the full error") -> Iterator[None]:
    """Convert any error of a library to an ExportError of one line."""
    try:
        yield
    except (EdgegenError, OSError, KeyboardInterrupt):
        raise
    except MemoryError as error:
        raise ExportError(f"{what}: out of memory", "use a smaller --imgsz") from error
    except Exception as error:  # torch raises many types of errors
        kind, text = type(error).__name__, first_line(error)
        cause = text if text == kind else f"{kind}: {text[:300]}"
        raise ExportError(f"{what}: {cause}", hint) from error


def further_backends(
    names: Sequence[str],
    optional: Collection[str],
    head: str,
    int8: Int8Options | None,
    *,
    float16_weights: bool,
) -> list[Backend]:
    """Return the backends of further programs. Int8 models have none, the head `decoded` has few.

    Raises:
        UsageError: One of them is not optional, and such a model does not have it. Or none of them can have
            float16 weights.
        ToolchainError: A package is missing that makes a program which is not optional.
    """
    found = list[Backend]()
    for backend in _with_those_of_programs(map(runtimes.find_backend, names)):
        is_too_coarse = head == "decoded" and not backend.takes_decoded
        what = "an int8 model" if int8 is not None else "--head decoded" if is_too_coarse else ""
        if not what:
            found.append(backend)
        elif backend.name not in optional:
            raise UsageError(f"{what} has no program for {backend.name}", "leave out --backend")
        if backend.name not in optional:
            backend.versions()
    if float16_weights:
        takers = [each for each in found if FLOAT16.name in each.precisions[1:]]
        if not takers:
            raise UsageError("--precision fp16 is for web apps alone", "add --target web, or leave it out")
        found = [each.in_precision(FLOAT16.name) if each in takers else each for each in found]
    return found


def _with_those_of_programs(backends: Iterable[Backend]) -> list[Backend]:
    """Return the backends, each after that whose program it runs."""
    ordered = dict[str, Backend]()
    for backend in backends:
        if backend.runs_program_of:
            ordered.setdefault(backend.runs_program_of, runtimes.find_backend(backend.runs_program_of))
        ordered.setdefault(backend.name, backend)
    return list(ordered.values())


@dataclass(frozen=True)
class FurtherExport:
    """An export that gets further programs."""

    spec: ModelSpec  # of the first program
    model: OpenedModel
    authority: Authority
    pictures: Sequence[Picture]  # those of the golden vectors, in their order
    vectors: Path
    versions: dict[str, str]
    progress: Progress

    def add(self, backend: Backend, *, is_required: bool) -> None:
        """Write the backend's program and list it in metadata.yaml.

        A backend that does not improve the model is left out, unless it is required.

        Raises:
            ExportError: It is required, and the backend cannot run the model as a whole, or its precision
                changes the results. If it is not required, that is a note.
        """
        if not is_required and not backend.improves(self._module):
            return
        uses_cpu = backend.runtime == runtimes.default().name  # without this program
        hint = _LEAVE_OUT if uses_cpu else _REPORT
        try:
            with as_export_error(f"lowering to {backend.title} failed", hint):
                if backend.runs_program_of:
                    self._add_same(backend)
                else:
                    self._add(backend)
        except EdgegenError as error:
            if is_required:
                error.hint = error.hint or hint
                raise
            result = ", so the app uses the CPU" if uses_cpu else ""
            self.progress.note(f"no program for {backend.title}{result}: {error.message}")

    def _add(self, backend: Backend) -> None:
        path = self.spec.pte.with_name(backend.file_name)
        precision, pictures = backend.precisions[0], self._pictures()
        has_own_tolerances = backend.has_own_tolerances or precision == FLOAT16.name
        try:
            path.write_bytes(self._lowered(backend))
            if path.suffix == PTE_SUFFIX:
                _check_parts(path, backend)
            if precision == FLOAT16.name and backend.has_own_tolerances:
                self.progress.step(f"Compare {precision} with PyTorch")
                module = self._module()
                checked = check_precision(self.spec, self.authority, emulated(module), pictures)
            elif precision == FLOAT16.name:
                self.progress.step("Compare float16 weights with PyTorch")
                forward = runtimes.find(backend.runtime).load(path)
                checked = check_weights(self.spec, self.authority, forward, pictures)
            else:
                checked = unchanged_precision(self.spec, pictures)
            if checked.problem:
                hint = "" if backend.has_own_tolerances else "leave out --precision fp16"
                raise ExportError(f"{precision} changes the results ({checked.problem})", hint)
            if not checked.pictures:
                raise ExportError(f"{precision} changes the results of all golden pictures")
            if checked.worst:
                same = f"{len(checked.pictures)} of {len(pictures)} golden pictures"
                self.progress.note(f"{precision} shows the same in {same}: {checked.worst}")
            program = Program(
                path.name,
                backend.name,
                precision,
                hashlib.sha256(path.read_bytes()).hexdigest(),
                checked.tolerances if has_own_tolerances else {},
                checked.pictures if has_own_tolerances else (),
                path.stat().st_size,
            )
            self._run_here(path, backend, program, pictures)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        metadata.add_program(self.spec.metadata, program)

    def _add_same(self, backend: Backend) -> None:
        """List the program of another backend for this one too, with tolerances of its own."""
        listed = read_metadata(self.spec.metadata).own.programs
        same = next((each for each in listed if each.backend == backend.runs_program_of), None)
        if same is None:
            raise ExportError(f"there is no program for {runtimes.backend_title(backend.runs_program_of)}")
        checked = unchanged_precision(self.spec, self._pictures())
        tolerances = dict(checked.tolerances)
        if "raw" in same.tolerances:
            tolerances["raw"] = max(tolerances["raw"], same.tolerances["raw"])
        program = replace(same, backend=backend.name, tolerances=tolerances, pictures=checked.pictures)
        metadata.add_program(self.spec.metadata, program)

    def _run_here(
        self, path: Path, backend: Backend, program: Program, pictures: Sequence[tuple[Picture, Thresholds]]
    ) -> None:
        """Compare the program's results with PyTorch's, if this machine has the backend, as a Mac does."""
        runtime = runtimes.find(backend.runtime)
        if not runtime.runs(backend):
            return
        self.progress.step(f"Compare {backend.title} with PyTorch")
        try:
            problem = check_program(self.spec, program, self.authority, runtime.load(path), pictures)
        except InputError as error:
            raise ExportError(f"{backend.title} does not run the new program: {error.message}") from error
        if problem:
            raise ExportError(f"{backend.title} gives other results on this machine ({problem})")

    def _lowered(self, backend: Backend) -> bytes:
        runtime, contract = runtimes.find(backend.runtime), self.spec.output.contract
        input_hw = (self.spec.input.height, self.spec.input.width)
        cached = CachedProgram.of(
            self.model.sha256,
            self.model.facts,
            contract,
            input_hw,
            backend.name,
            backend.precisions[0],
            makers=(self.model, runtime, backend),
            versions={**self.versions, **backend.versions()},
            suffix=Path(backend.file_name).suffix,
        )
        before = cached.read()
        if before is not None:
            self.progress.step(f"Use the cached program for {backend.title}")
            return before[0]
        program, _ = runtime.lower(self._module(), input_hw, backend, self.progress)
        cached.write(program)
        return program

    def _module(self) -> Any:
        """Return the torch module of the export's contract."""
        return self.model.module(self.spec.output.contract)

    def _pictures(self) -> list[tuple[Picture, Thresholds]]:
        """Return the golden pictures with the thresholds of their vectors."""
        entries = vector_files.read(self.vectors, "export again").index["pictures"]
        return [
            (picture, thresholds_of(entry)) for picture, entry in zip(self.pictures, entries, strict=True)
        ]


def _check_parts(path: Path, backend: Backend) -> None:
    """Raise ExportError unless the backend runs almost all of the program."""
    method = read_pte(path).method(METHOD)
    parts = sum(delegate.count for delegate in method.delegates) if method else 0
    if method is None or not 1 <= parts <= _MOST_PARTS:
        outside = [f"{each.name} ({each.count})" for each in method.operators] if method else []
        lacking = first_of(outside, _MOST_NAMED) if outside else "every operator"
        raise ExportError(f"{backend.title} lacks {lacking}, so the model would run in {parts} parts")

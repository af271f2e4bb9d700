"""Export a checkpoint to a folder: model.pte, metadata.yaml and golden vectors, all or nothing."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from edgegen import runtimes, tasks
from edgegen.artifacts import metadata, vector_files
from edgegen.artifacts.metadata import read_metadata
from edgegen.artifacts.model_reader import check_model, check_signature
from edgegen.artifacts.pte import METHOD, Method, read_pte, read_steps
from edgegen.base.errors import EdgegenError, ExportError, InputError, UsageError, first_line
from edgegen.base.model_files import METADATA_NAME, PTE_NAME, PTE_SUFFIX
from edgegen.base.progress import NoProgress, Progress
from edgegen.base.staging import staging
from edgegen.base.text import first_of
from edgegen.export.int8 import quantize, read_photos
from edgegen.export.options import (
    check_output_folder,
    choose_head,
    exporter_versions,
    input_size,
    package_version,
    read_images,
)
from edgegen.export.precision_check import (
    check_precision,
    check_program,
    check_weights,
    emulated,
    unchanged_precision,
)
from edgegen.export.program_cache import CachedProgram
from edgegen.model.int8 import Int8Options
from edgegen.model.precision import FLOAT16, FLOAT32
from edgegen.model.spec import COLUMNS, CheckpointFacts, ModelSpec, OutputSpec, Program
from edgegen.parity.authority import Authority, CheckpointAuthority, PteAuthority
from edgegen.parity.calibration import Calibration
from edgegen.parity.goldens import Golden, thresholds_of
from edgegen.parity.picture_files import Picture
from edgegen.parity.pictures import drawn_pictures
from edgegen.parity.rounding import compare_outputs
from edgegen.parity.vectors import make_vectors
from edgegen.runtimes.backend import Backend
from edgegen.runtimes.runtime import Shapes
from edgegen.sources.identify import open_model
from edgegen.sources.source import OpenedModel
from edgegen.tasks.prepared import prepare

VECTORS_NAME: Final = "vectors"
_PLEASE_REPORT: Final = "nothing was written: please report this, with the type of the model"
_MOST_PARTS: Final = 3  # subgraphs of a program: with more, handing tensors over costs more than it wins
_MOST_NAMED: Final = 5  # operators in a message
_LEAVE_OUT: Final = "leave out --backend: the model then runs on the CPU"


def export_checkpoint(
    path: Path,
    output: Path,
    *,
    imgsz: int | tuple[int, int] | None = None,
    head: str | None = None,
    images: Sequence[Path] = (),
    int8: Int8Options | None = None,
    float16_weights: bool = False,
    backends: Sequence[str] = (),
    optional_backends: Collection[str] = (),
    check: Callable[[CheckpointFacts], object] | None = None,
    opener: Callable[[Path], OpenedModel] | None = None,
    progress: Progress | None = None,
) -> ModelSpec:
    """Export a checkpoint into a folder: all files, or none. Return its specification.

    Args:
        path: The checkpoint.
        output: The folder, which must be empty or missing.
        imgsz: Input height and width, or one number for both. Default: the size of the training.
        head: A contract of the model's task. Default: the raw outputs of predict's branch.
        images: The user's pictures for golden vectors, in addition to the drawn ones.
        int8: The settings of an int8 export. Default: float32.
        float16_weights: Of the extra programs whose backend can store them: ONNX Runtime Web's.
        backends: Those that get a program of their own besides `model.pte`. Not for int8. Few for `decoded`.
        optional_backends: Those without which the export succeeds too. The reason is a note.
        check: Gets the model's facts before the slow steps, and may raise.
        opener: Opens the checkpoint. Default: the source that recognizes the file.
        progress: Gets the steps and notes. Default: they are dropped.

    Raises:
        UsageError: A value is out of range, imgsz is not a multiple of the largest stride, or the model's
            head lacks the contract.
        InputError: The checkpoint or a picture cannot be used, or output is not empty.
        ExportError: torch.export or the lowering failed, the program disagrees with PyTorch, or int8 loses
            too much.
        ToolchainError: A package is missing or has the wrong version.
        RenderError: The folder cannot be written.
    """
    progress = progress or NoProgress()
    if head is not None and head not in tasks.heads():
        raise UsageError(f"there is no head {head!r}", f"the heads are: {', '.join(tasks.heads())}")
    check_output_folder(output)
    versions = exporter_versions()
    user_pictures = read_images(images)

    progress.step(f"Load {path.name}")
    model = (opener or open_model)(path)
    for note in model.facts.notes:
        progress.note(note)
    versions[model.facts.library] = package_version(model.facts.library)
    if check is not None:
        check(model.facts)
    input_hw = input_size(imgsz, model)
    head = choose_head(head, model)
    if int8 is not None and head in {*COLUMNS, "detections"}:
        is_choice = head == "decoded"  # the other contracts are the only ones of their models
        what, option = ("--head decoded", "--head") if is_choice else (path.name, "--precision int8")
        why = "it selects its boxes itself, and " if head == "detections" else ""
        raise UsageError(
            f"{what} cannot be int8: {why}256 steps are too few for pixels and scores in one output",
            f"leave out {option}",
        )
    extra = _extra_backends(backends, optional_backends, head, int8, float16_weights=float16_weights)
    calibration = None if int8 is None else read_photos(int8, model.facts, progress)
    resize = tasks.find(model.facts.task).input_spec(model.facts, *input_hw).resize
    pictures = (*drawn_pictures(input_hw, resize), *user_pictures)
    with staging(output) as stage:
        job = _Job(model, stage / "export", input_hw, head, versions, progress)
        job.folder.mkdir()
        spec, authority = _export_float32(job, pictures[0])
        if int8 is not None and calibration is not None:
            spec = _quantize(job, spec, authority, int8, calibration, stage)
            # float32 has the certificate; int8 is compared with its own numbers, on the same input bytes.
            authority = PteAuthority(spec, letterboxed=authority.letterboxed)
        progress.step("Make golden vectors")
        with _as_export_error("making golden vectors failed"):
            vectors = job.folder / VECTORS_NAME
            make_vectors(vectors, spec, authority=authority, pictures=pictures, progress=progress)
        export = _ExtraExport(job, spec, authority, pictures, vectors)
        programs = list(spec.programs)
        for backend in extra:
            program = export.program(backend, programs, is_required=backend.name not in optional_backends)
            if program is not None:
                programs.append(program)
                metadata.add_program(spec.metadata, program)
        spec = replace(spec, programs=tuple(programs))
        if output.is_dir():
            output.rmdir()
        job.folder.rename(output)
    return replace(spec, pte=output / PTE_NAME, metadata=output / METADATA_NAME)


def _extra_backends(
    names: Sequence[str],
    optional: Collection[str],
    head: str,
    int8: Int8Options | None,
    *,
    float16_weights: bool,
) -> list[Backend]:
    """Return the backends of extra programs. Int8 models have none, `decoded` and `multilabel` few."""
    found = list[Backend]()
    for backend in _with_those_of_programs(map(runtimes.find_backend, names)):
        is_too_coarse = head in COLUMNS and not backend.takes_decoded
        what = "an int8 model" if int8 is not None else f"--head {head}" if is_too_coarse else ""
        if not what:
            found.append(backend)
        elif backend.name not in optional:
            raise UsageError(f"{what} has no program for {backend.name}", "leave out --backend")
        if backend.name not in optional:
            backend.versions()
    if float16_weights:
        takers = [each for each in found if FLOAT16 in each.precisions[1:]]
        if not takers:
            raise UsageError("--precision fp16 is for web apps alone", "add --target web, or leave it out")
        found = [each.in_precision(FLOAT16) if each in takers else each for each in found]
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
class _Job:
    """The model to export, and the chosen options."""

    model: OpenedModel
    folder: Path
    input_hw: tuple[int, int]
    head: str
    versions: dict[str, str]  # of the packages that make the export
    progress: Progress

    def module(self) -> Any:
        """Return the torch module with the outputs of the head."""
        return self.model.module(self.head)

    def cached(self, backend: Backend) -> CachedProgram:
        """Return the cache's entry of a backend's program."""
        return CachedProgram.of(
            self.model.sha256,
            self.model.facts,
            self.head,
            self.input_hw,
            backend.name,
            backend.precisions[0],
            makers=(self.model, runtimes.find(backend.runtime), backend),
            versions={**self.versions, **backend.versions()},
            suffix=Path(backend.file_name).suffix,
        )


def _export_float32(job: _Job, picture: Picture) -> tuple[ModelSpec, Authority]:
    """Write model.pte and metadata.yaml of a cached or new program that gives PyTorch's numbers."""
    backend = runtimes.default_backend()
    cached = job.cached(backend)
    before = cached.read()
    if before is not None:
        job.progress.step("Use the cached program")
        try:
            return _write_checked(job, *before, picture)
        except EdgegenError:  # for example, a library was edited
            cached.forget()
    with _as_export_error("the export failed"):
        program, shapes = runtimes.default().lower(job.module(), job.input_hw, backend, job.progress)
    written = _write_checked(job, program, shapes, picture)
    cached.write(program)
    return written


def _write_checked(
    job: _Job, program: bytes, shapes: Shapes, picture: Picture
) -> tuple[ModelSpec, Authority]:
    """Write model.pte and metadata.yaml, and compare the program with PyTorch."""
    facts, pte, metadata_file = job.model.facts, job.folder / PTE_NAME, job.folder / METADATA_NAME
    pte.write_bytes(program)
    described = metadata.describe(
        replace(facts, input=tasks.find(facts.task).input_spec(facts, *job.input_hw)),
        job.model.path,
        job.model.sha256,
        OutputSpec(job.head, shapes, facts.yolo.reg_max, facts.yolo.strides, extras=facts.extras),
        program=Program(
            PTE_NAME,
            runtimes.default_backend().name,
            FLOAT32,
            hashlib.sha256(program).hexdigest(),
            size=len(program),
        ),
        versions=job.versions,
    )
    metadata.write(metadata_file, described)
    spec = _read_export(pte, metadata_file)
    authority = CheckpointAuthority(job.model, spec)
    with _as_export_error("running the .pte failed"):
        _compare_with_pytorch(spec, authority, picture)
    _note_subgraphs(pte, job)
    return spec, authority


def _read_export(pte: Path, metadata_file: Path) -> ModelSpec:
    """Return the specification of the new files. A damaged `.pte` is an error of the export."""
    try:
        program = read_pte(pte)
    except InputError as error:
        raise ExportError(f"the new .pte does not run: {error.message}", _PLEASE_REPORT) from error
    return check_model(pte, program, read_metadata(metadata_file))


@contextmanager
def _as_export_error(what: str, hint: str = "run again with --verbose for the full error") -> Iterator[None]:
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


def _compare_with_pytorch(spec: ModelSpec, authority: Authority, picture: Picture) -> None:
    """Run the `.pte` once and compare its outputs with PyTorch's; ExportError if they differ."""
    tensor = prepare(picture.rgb, spec.input).tensor
    theirs = authority.outputs(tensor)
    try:
        ours = runtimes.default().load(spec.pte)(tensor)
    except InputError as error:
        raise ExportError(f"the new .pte does not run: {error.message}", _PLEASE_REPORT) from error
    if [output.shape for output in ours] != [output.shape for output in theirs]:
        raise ExportError("the .pte returns tensors with other shapes than PyTorch", _PLEASE_REPORT)
    for stage in compare_outputs(ours, theirs, authority, tensor, spec):
        if not stage.passed:
            raise ExportError(
                f"the .pte disagrees with PyTorch ({stage.name}): a number differs by {stage.worst:.4g}"
                f"{f' ({stage.unit})' if stage.unit else ''}, at most {stage.tolerance} is allowed",
                _PLEASE_REPORT,
            )


def _note_subgraphs(pte: Path, job: _Job) -> None:
    """Note the operators that prevent a program from running as one subgraph, which makes it slow."""
    for method in read_pte(pte).methods:
        parts = _count_parts(method)
        if parts > 1:
            outside = ", ".join(f"{each.name} ({each.count})" for each in method.operators)
            # A selection of boxes needs parts, which are small.
            verdict = "" if job.head == "detections" else ", which is slow"
            job.progress.note(
                f"the model runs in {parts} parts{verdict}, because {runtimes.default_backend().title} lacks "
                f"{outside or 'an operator'}"
            )


def _quantize(
    job: _Job,
    float32: ModelSpec,
    authority: Authority,
    options: Int8Options,
    calibration: Calibration,
    stage: Path,
) -> ModelSpec:
    """Replace the float32 program by an int8 one, and add its certificate to metadata.yaml."""
    with _as_export_error("int8 failed"):
        backend = runtimes.default_backend()
        quantizer = runtimes.default().quantizer(job.module(), job.input_hw, backend, job.progress)
        program, certificate = quantize(
            quantizer, float32, authority, options, calibration, folder=stage, progress=job.progress
        )
        float32.pte.write_bytes(program)
        _note_subgraphs(float32.pte, job)
        (input_steps,), output_steps = read_steps(read_pte(float32.pte))
        metadata.record_int8(float32.metadata, certificate, program, input_steps, output_steps)
        return _read_export(float32.pte, float32.metadata)


@dataclass(frozen=True)
class _ExtraExport:
    """An export that gets extra programs."""

    job: _Job
    spec: ModelSpec  # of the first program
    authority: Authority
    pictures: Sequence[Picture]  # those of the golden vectors, in their order
    vectors: Path

    def program(self, backend: Backend, programs: Sequence[Program], *, is_required: bool) -> Program | None:
        """Write the backend's program and return its entry; None if there is none.

        A backend that does not improve the model is left out, unless it is required. If it fails, that is an
        error of a required backend, and a note of another one. programs: those before it.
        """
        if not is_required and not backend.improves(self.job.module):
            return None
        uses_cpu = backend.runtime == runtimes.default().name  # without this program
        hint = _LEAVE_OUT if uses_cpu else _PLEASE_REPORT
        try:
            with _as_export_error(f"lowering to {backend.title} failed", hint):
                if backend.runs_program_of:
                    return self._same(backend, programs)
                return self._write(backend)
        except EdgegenError as error:
            if is_required:
                error.hint = error.hint or hint
                raise
            result = ", so the app uses the CPU" if uses_cpu else ""
            self.job.progress.note(f"no program for {backend.title}{result}: {error.message}")
            return None

    def _write(self, backend: Backend) -> Program:
        path = self.spec.pte.with_name(backend.file_name)
        precision, pictures, cached = backend.precisions[0], self._pictures(), self.job.cached(backend)
        has_own_tolerances = backend.has_own_tolerances or precision == FLOAT16
        try:
            path.write_bytes(self._lowered(backend, cached))
            if path.suffix == PTE_SUFFIX:
                _check_parts(path, backend, self.spec.pte)
            if precision == FLOAT16 and backend.has_own_tolerances:
                self.job.progress.step(f"Compare {precision} with PyTorch")
                forward = emulated(self.job.module())
                checked = check_precision(self.spec, self.authority, forward, pictures)
            elif precision == FLOAT16:
                self.job.progress.step("Compare float16 weights with PyTorch")
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
                self.job.progress.note(f"{precision} shows the same in {same}: {checked.worst}")
            program = Program(
                path.name,
                backend.name,
                precision,
                hashlib.sha256(path.read_bytes()).hexdigest(),
                checked.tolerances if has_own_tolerances else {},
                checked.pictures if has_own_tolerances else (),
                path.stat().st_size,
            )
            try:
                self._run_here(path, backend, program, pictures)
            except ExportError:  # for example, a library was edited
                cached.forget()
                raise
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return program

    def _same(self, backend: Backend, programs: Sequence[Program]) -> Program:
        """Return the entry of another backend's program for this one, with tolerances of its own."""
        same = next((each for each in programs if each.backend == backend.runs_program_of), None)
        if same is None:
            raise ExportError(f"there is no program for {runtimes.backend_title(backend.runs_program_of)}")
        checked = unchanged_precision(self.spec, self._pictures())
        tolerances = dict(checked.tolerances)
        if "raw" in same.tolerances:
            tolerances["raw"] = max(tolerances["raw"], same.tolerances["raw"])
        return replace(same, backend=backend.name, tolerances=tolerances, pictures=checked.pictures)

    def _run_here(self, path: Path, backend: Backend, program: Program, pictures: Sequence[Golden]) -> None:
        """Compare the program's results with PyTorch's, if this machine has the backend, as a Mac does."""
        runtime = runtimes.find(backend.runtime)
        if not runtime.runs(backend):
            return
        self.job.progress.step(f"Compare {backend.title} with PyTorch")
        try:
            problem = check_program(self.spec, program, self.authority, runtime.load(path), pictures)
        except InputError as error:
            raise ExportError(f"{backend.title} does not run the new program: {error.message}") from error
        if problem:
            raise ExportError(f"{backend.title} gives other results on this machine ({problem})")

    def _lowered(self, backend: Backend, cached: CachedProgram) -> bytes:
        before = cached.read()
        if before is not None:
            self.job.progress.step(f"Use the cached program for {backend.title}")
            return before[0]
        runtime = runtimes.find(backend.runtime)
        program, _ = runtime.lower(self.job.module(), self.job.input_hw, backend, self.job.progress)
        cached.write(program)
        return program

    def _pictures(self) -> list[Golden]:
        """Return the golden pictures with the thresholds of their vectors."""
        entries = vector_files.read(self.vectors, "export again").index["pictures"]
        return [
            Golden(picture, thresholds_of(entry))
            for picture, entry in zip(self.pictures, entries, strict=True)
        ]


def _check_parts(path: Path, backend: Backend, first: Path) -> None:
    """Raise an error unless the program has the first one's signature, and the backend runs almost all of it.

    With the delegate of the first program, it may have as many parts as that one.
    """
    program, first_program = read_pte(path), read_pte(first)
    check_signature(path, program, first, first_program)
    method, most = program.method(METHOD), _MOST_PARTS
    parts = _count_parts(method)
    if backend.delegates == runtimes.default_backend().delegates:
        most = max(most, _count_parts(first_program.method(METHOD)))
    if method is None or not 1 <= parts <= most:
        outside = [f"{each.name} ({each.count})" for each in method.operators] if method else []
        lacking = first_of(outside, _MOST_NAMED) if outside else "every operator"
        raise ExportError(f"{backend.title} lacks {lacking}, so the model would run in {parts} parts")


def _count_parts(method: Method | None) -> int:
    """Return the number of subgraphs that delegates run."""
    return sum(delegate.count for delegate in method.delegates) if method else 0

"""`edgegen verify`: build a project, run it, and compare it with PyTorch."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from edgegen import runtimes, tasks
from edgegen.artifacts import vector_files
from edgegen.artifacts.pte import METHOD, read_pte
from edgegen.base import interruption
from edgegen.base.errors import InputError, UsageError
from edgegen.base.model_files import PTE_SUFFIX, is_model
from edgegen.base.progress import Progress
from edgegen.base.staging import staging
from edgegen.base.text import how_many
from edgegen.commands import doctor
from edgegen.commands.loaded_project import (
    LoadedProject,
    load_project,
    project_models,
    readable,
    unchanged_checkpoint,
)
from edgegen.commands.resolve_model import checkpoint_argument
from edgegen.model.class_selection import resolve_classes
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity import goldens
from edgegen.parity.authority import PYTORCH, Authority, FolderAuthority, PteAuthority, authority_for
from edgegen.parity.goldens import Golden
from edgegen.parity.picture_files import Picture, read_picture, write_ppm
from edgegen.parity.report import Report, merge, merge_reports, mistakes_stage
from edgegen.parity.rounding import compare_outputs
from edgegen.parity.vectors import make_vectors
from edgegen.project import checkpoint_places, exchange, manifest, merging
from edgegen.project.building import write_vectors
from edgegen.project.models import ModelPlace
from edgegen.sources.exported import ExportedSource
from edgegen.sources.identify import open_checkpoint
from edgegen.targets.runner import Job, PictureInput, RunInput, Runner, RunOutput
from edgegen.tasks.prepared import prepare
from edgegen.tasks.stage import Loss, Stage


class DescribedAuthority(NamedTuple):
    """An authority, and its description for the report."""

    authority: Authority
    description: str


@dataclass(frozen=True)
class ProgramChecks:
    """The programs after the first: those that ran on this machine, and notes on all of them."""

    compared: int = 0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def added_to(self, report: Report) -> Report:
        """Return a report with these results. A wrong program fails the report."""
        stages = report.stages
        if self.compared:
            stages = (*stages, mistakes_stage("further programs", len(self.problems), self.compared))
        return replace(
            report,
            stages=stages,
            problems=(*report.problems, *self.problems),
            notes=(*report.notes, *self.notes),
        )


@dataclass(frozen=True)
class AppComparison:
    """The app's results compared with the authority's."""

    stages: tuple[Stage, ...]
    problems: tuple[str, ...]
    detections: int  # of the authority


def verify(
    path: Path,
    *,
    checkpoint: Path | None,
    images: Sequence[Path],
    progress: Progress,
    screenshots: Path | None = None,
) -> Report:
    """Build the project and compare it with PyTorch on its golden vectors and on `images`.

    On a Mac, Xcode runs an iOS project's own tests on a simulator instead. checkpoint: default: the recorded
    one. Without a checkpoint, the `.pte` in Python is the authority, or Ultralytics' predict on its folder.
    """
    project = load_project(path)
    target = project.target
    _check_options(project, images, screenshots)
    merging.check_no_conflicts(path, project.manifest)
    checkpoint = checkpoint_argument(checkpoint)
    doctor.require(target, project.manifest.app)
    _check_checkpoint(project, checkpoint)
    pictures = [(image, read_picture(image)) for image in images]
    models = list(zip(project_models(project), project.manifest.models, strict=True))
    for source, place in models[1:]:  # report damaged files before the build
        _ = source.spec
        goldens.read(path / target.vectors_dir / place.folder)
    project_tests = target.project_tests_here()
    if project_tests is not None:
        # Opening completes the golden vectors.
        opened = [_open_model(project, source, place, checkpoint, progress) for source, place in models]
        report = project_tests(path, progress)
        for model in opened:
            report = _check_extra_programs(model).added_to(report)
        return report
    reports = list[tuple[str, Report]]()
    first: Runner | None = None
    with ExitStack() as stack:
        for source, place in models:
            model = _open_model(project, source, place, checkpoint, progress)
            job = Job(path, project.manifest, model.spec, progress, screenshots)
            if place.key:  # of several models, each has its own folder of screenshots
                folder = screenshots / place.key if screenshots else None
                job = replace(job, screenshots=folder, model=place)
            if first is None:
                runner = first = stack.enter_context(target.open_runner(job))
            else:
                runner = first.switched(job)
            reports.append((place.key, _compare(model, project, runner, pictures, progress)))
    return merge_reports(reports)


def verify_on_device(path: Path, progress: Progress) -> Report:
    """Run the project's own tests on the connected device. UsageError if the target has no devices."""
    target = load_project(path).target
    project_tests = target.project_tests_on_device()
    if project_tests is None:
        raise UsageError(f"a {target.name} project runs on this computer", "leave out --device")
    return project_tests(path, progress)


def _check_options(project: LoadedProject, images: Sequence[Path], screenshots: Path | None) -> None:
    """Raise UsageError if the target cannot be verified here, or not with these options."""
    target = project.target
    if target.why_not_verified is not None:
        why, hint = target.why_not_verified
        raise UsageError(f"{project.path} cannot be verified: {why}", hint)
    if screenshots is not None and not target.screenshots:
        raise UsageError(f"a project for {target.name} takes no screenshots", "leave out --screenshots")
    if target.project_tests_here() is not None and images:
        raise UsageError(
            "here the project's own tests run, and they use only its golden vectors",
            "leave out --image",
        )


def _check_checkpoint(project: LoadedProject, checkpoint: Path | None) -> None:
    """Raise UsageError for the checkpoint of one model if the project has several."""
    places = project.manifest.models
    if checkpoint is not None and len(places) > 1:
        raise UsageError(
            f"--model {checkpoint} is the checkpoint of one model, and this project has {len(places)}: "
            f"{', '.join(place.key for place in places)}",
            "leave out --model: each is compared with the checkpoint that it was made from",
        )


@dataclass(frozen=True)
class _Model:
    """A model of the project, and its authority."""

    spec: ModelSpec
    vectors: Path
    described: DescribedAuthority
    float32: DescribedAuthority | None  # of an int8 model: PyTorch


def _open_model(
    project: LoadedProject,
    source: ExportedSource,
    place: ModelPlace,
    checkpoint: Path | None,
    progress: Progress,
) -> _Model:
    """Open a model in Python, and complete its golden vectors if they have no results yet."""
    spec = source.spec
    progress.step(f"Open the model {place.key} in Python" if place.key else "Open the model in Python")
    described, float32 = float32_authority(project.path, place.checkpoint, spec, checkpoint), None
    if spec.is_int8:  # the app must equal the int8 model, not PyTorch
        float32 = described
        described = DescribedAuthority(PteAuthority(spec), spec.compared_with)
    vectors = project.path / project.target.vectors_dir / place.folder
    if goldens.read(vectors).source == "reference":
        progress.step("Fill in the golden vectors")
        _fill_in_vectors(project, place, spec, described.authority)
    return _Model(spec, vectors, described, float32)


def float32_authority(
    project: Path, record: Mapping[str, str], spec: ModelSpec, checkpoint: Path | None
) -> DescribedAuthority:
    """Return the authority in float32: PyTorch, or the `.pte` in Python without a checkpoint.

    checkpoint: the value of --model; default: the recorded checkpoint, if it is unchanged.
    """
    recorded = checkpoint_places.find(project, record)
    path = checkpoint or unchanged_checkpoint(project, record)
    if path is not None:
        model = open_checkpoint(path, spec)
        return DescribedAuthority(authority_for(spec, model), f"{model.facts.engine} on {readable(path)}")
    why = "there is no checkpoint to compare with"
    if recorded is not None and is_model(recorded):
        is_readable = manifest.checkpoint_sha256(recorded)
        state = "has changed since the project was made" if is_readable else "cannot be read"
        why = f"{readable(recorded)} {state}"
    authority = authority_for(spec, None)
    what = (
        "Ultralytics on the exported folder"
        if isinstance(authority, FolderAuthority)
        else "the .pte in Python"
    )
    return DescribedAuthority(authority, f"{what} ({why})")


def _fill_in_vectors(
    project: LoadedProject, place: ModelPlace, spec: ModelSpec, authority: Authority
) -> None:
    """Replace golden vectors without results, so that the project's own tests check every stage."""
    vectors = project.path / project.target.vectors_dir / place.folder
    pictures = [each.picture for each in goldens.read(vectors).pictures]
    with staging(project.path) as workspace:
        made, staged = workspace / "made", workspace / "staged"
        make_vectors(made, spec, authority=authority, pictures=pictures)
        write_vectors(
            project.target,
            vector_files.read(made, "this is a bug in edgegen: please report it"),
            staged,
            place.folder,
        )
        names = manifest.relative_files(staged)
        folders = {Path(name).parent for name in names}
        with interruption.defer(), exchange.locked(project.path):
            # Filling in another model's vectors changed it.
            record = manifest.read(project.path) or project.manifest
            stale = [name for name in record.files if name.endswith(".bin") and Path(name).parent in folders]
            files = {name: digest for name, digest in record.files.items() if name not in stale}
            files |= manifest.digests(staged, names)
            manifest.write(replace(record, files=files), staged)
            exchange.exchange(staged, project.path, stale, [*names, manifest.NAME])
            exchange.commit(project.path)


def _check_extra_programs(model: _Model) -> ProgramChecks:
    if not model.spec.extra_programs:
        return ProgramChecks()
    pictures = goldens.read(model.vectors).pictures
    return check_extra_programs(model.spec, model.described.authority, pictures)


def check_extra_programs(spec: ModelSpec, authority: Authority, pictures: Sequence[Golden]) -> ProgramChecks:
    """Compare the programs after the first with the authority, on the golden pictures.

    A program that only a device can run gets a note.
    """
    from edgegen.export.precision_check import check_program

    compared, problems, notes = 0, list[str](), list[str]()
    for program in spec.extra_programs:
        path = spec.path_of(program)
        exported = f"{runtimes.backend_title(program.backend)}: exported as {_parts(path)}"
        is_known = program.backend in runtimes.backend_names()
        backend = runtimes.find_backend(program.backend) if is_known else None
        if backend is None or not runtimes.find(backend.runtime).runs(backend):
            needs = backend.needs if backend and backend.needs else "a device"
            is_tested = backend is None or backend.has_own_tolerances
            tested = ". The app tests it there before using it" if is_tested else ""
            notes.append(f"{exported}, not run: it needs {needs}{tested}")
            continue
        compared += 1
        try:
            forward = runtimes.find(backend.runtime).load(path)
            problem = check_program(spec, program, authority, forward, pictures)
        except InputError as error:
            problem = error.message
        if problem:
            problems.append(f"{backend.title}: {problem}")
        else:
            notes.append(f"{exported}, and compared on this machine")
    return ProgramChecks(compared, tuple(problems), tuple(notes))


def _parts(program: Path) -> str:
    """Return the form of a program, in words: "1 delegate", or "model.onnx"."""
    if program.suffix != PTE_SUFFIX:
        return program.name
    method = read_pte(program).method(METHOD)
    return how_many(sum(each.count for each in method.delegates) if method else 0, "delegate")


def _compare(
    model: _Model,
    project: LoadedProject,
    runner: Runner,
    pictures: Sequence[tuple[Path, Picture]],
    progress: Progress,
) -> Report:
    """Run the project's tests and app, and compare the results with the authority."""
    spec, authority = model.spec, model.described.authority
    task = tasks.find(spec.task)
    keep = resolve_classes(spec.class_names, project.manifest.options.get("classes"))
    with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
        inputs = _run_input(model, runner, pictures, Path(scratch), progress)
        answer = runner.run(inputs)
        images = len(inputs.pictures)
        progress.step(f"Compare {how_many(images, 'picture')} with {spec.compared_with}")
        comparison = compare_answer(answer, inputs.pictures, spec, authority, keep)
        notes = list(answer.notes)
        if model.float32 is not None:
            notes.append(int8_note(authority, model.float32, inputs.pictures, spec, keep))
    report = Report(
        target=project.target.name,
        stages=comparison.stages,
        images=images,
        detections=comparison.detections,
        authority=model.described.description,
        problems=comparison.problems,
        notes=tuple(notes),
        shows=task.result_noun,
        counts=task.json_key if task.json_key == "detections" else task.result_noun,
    )
    return _check_extra_programs(model).added_to(report)


def _run_input(
    model: _Model,
    runner: Runner,
    pictures: Sequence[tuple[Path, Picture]],
    folder: Path,
    progress: Progress,
) -> RunInput:
    """Return the golden vectors, their pictures and the user's. Files are written into `folder`."""
    shown = list[PictureInput]()
    for number, golden in enumerate(goldens.read(model.vectors).pictures):
        path = folder / f"{number}.ppm"
        write_ppm(path, golden.picture)
        shown.append(PictureInput(path, golden.picture, runner.thresholds(golden.thresholds)))
    thresholds = runner.thresholds(Thresholds())
    shown += [PictureInput(path, picture, thresholds) for path, picture in pictures]
    vectors = [model.vectors]
    if pictures:
        progress.step(f"Make vectors of {how_many(len(pictures), 'picture')} of yours")
        vectors.append(folder / "vectors")
        make_vectors(
            vectors[-1],
            model.spec,
            authority=model.described.authority,
            pictures=[picture for _, picture in pictures],
            thresholds=Thresholds(),
            max_bytes=None,
            lower_confidence=False,
        )
    return RunInput(tuple(vectors), tuple(shown))


def compare_answer(
    run_output: RunOutput,
    shown: Sequence[PictureInput],
    spec: ModelSpec,
    authority: Authority,
    keep_classes: Sequence[int],
) -> AppComparison:
    """Compare a project's answer for these pictures with the authority."""
    # Without a checkpoint the .pte in Python is the authority itself.
    pte = runtimes.default().load(spec.pte) if authority.source == PYTORCH else None
    stages, problems, detections = [*run_output.stages], [*run_output.problems], 0
    for each, result in zip(shown, run_output.results, strict=True):
        rgb = each.picture.rgb
        if pte is not None:
            tensor = prepare(rgb, spec.input).tensor
            stages += compare_outputs(pte(tensor), authority.outputs(tensor), authority, tensor, spec)
        right = authority.result(rgb, each.thresholds, keep_classes)
        compared = result.compare(right, each.thresholds, spec.output)
        stages += compared.stages("app")
        problems += [f"{each.path.name}: {problem}" for problem in compared.problems]
        detections += len(right)
    return AppComparison(merge([*stages, *run_output.more_stages]), tuple(problems), detections)


def int8_note(
    quantized: Authority,
    float32: DescribedAuthority,
    shown: Sequence[PictureInput],
    spec: ModelSpec,
    keep_classes: Sequence[int],
) -> str:
    """Return how many of PyTorch's float32 results an int8 model shows too."""
    if float32.authority.source != PYTORCH:
        return f"not compared with float32: {float32.description}"
    task, loss = tasks.find(spec.task), Loss()
    for each in shown:
        interruption.check()
        arguments = (each.picture.rgb, each.thresholds, keep_classes)
        loss += float32.authority.result(*arguments).lost_in(quantized.result(*arguments))
    counted = f"{loss.of - loss.lost} of {loss.of} {task.loss_unit}"
    return f"compared with float32: {counted} of {float32.description} are shown too"

"""The steps of `edgegen verify`."""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from edgegen import tasks
from edgegen.artifacts import vector_files
from edgegen.base import interruption
from edgegen.base.errors import UsageError
from edgegen.base.progress import Progress
from edgegen.base.staging import staging
from edgegen.base.text import how_many
from edgegen.commands import doctor
from edgegen.commands.comparison import (
    DescribedAuthority,
    ProgramChecks,
    check_further_programs,
    compare_answer,
    float32_authority,
    int8_note,
)
from edgegen.commands.recorded_options import LoadedProject, load_project
from edgegen.commands.resolve_model import checkpoint_argument, project_models
from edgegen.model.class_selection import resolve_classes
from edgegen.model.precision import PRECISIONS
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity import goldens
from edgegen.parity.authority import Authority, PteAuthority
from edgegen.parity.picture_files import Picture, read_picture, write_ppm
from edgegen.parity.report import Report, merge_reports
from edgegen.parity.vectors import make_vectors
from edgegen.project import exchange, manifest, merging
from edgegen.project.building import write_vectors
from edgegen.project.models import Place
from edgegen.sources.exported import ExportedSource
from edgegen.targets.runner import Job, PictureInput, RunInput, Runner


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

    Raises:
        InputError: The project, the checkpoint or an image cannot be used.
        ToolchainError: A tool is missing, or the build failed.
        UsageError: The target does not have an option.
    """
    project = load_project(path)
    target = project.target
    _check_options(project, images, screenshots)
    merging.check_no_conflicts(path, project.manifest)
    checkpoint = checkpoint_argument(checkpoint)
    doctor.require(target, project.manifest.app)
    _check_checkpoint(project, checkpoint)
    pictures = [(image, read_picture(image)) for image in images]
    models = list(zip(project_models(path, project.manifest), project.manifest.models, strict=True))
    for source, place in models[1:]:  # report damaged files before the build
        source.spec()
        goldens.read(place.below(path / target.vectors_dir))
    own_tests = target.own_tests_here()
    if own_tests is not None:
        # Opening completes the golden vectors.
        opened = [_open_model(project, source, place, checkpoint, progress) for source, place in models]
        report = own_tests(path, progress)
        for model in opened:
            report = _check_further_programs(model).added_to(report)
        return report
    reports = list[tuple[str, Report]]()
    first: Runner | None = None
    with ExitStack() as stack:
        for source, place in models:
            model = _open_model(project, source, place, checkpoint, progress)
            job = _job(project, place, model, screenshots, progress)
            if first is None:
                runner = first = stack.enter_context(target.open_runner(job))
            else:
                runner = first.switched(job)
            reports.append((place.key, _compare(model, project, runner, pictures, progress)))
    return merge_reports(reports)


def _check_options(project: LoadedProject, images: Sequence[Path], screenshots: Path | None) -> None:
    """Raise UsageError if the target cannot be verified here, or not with these options."""
    target = project.target
    if target.why_not_verified is not None:
        why, hint = target.why_not_verified
        raise UsageError(f"{project.path} cannot be verified: {why}", hint)
    if screenshots is not None and not target.screenshots:
        raise UsageError(f"a project for {target.name} takes no screenshots", "leave out --screenshots")
    if target.own_tests_here() is not None and images:
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


def _job(
    project: LoadedProject, place: Place, model: "_Model", screenshots: Path | None, progress: Progress
) -> Job:
    """Return the job of a model. Of several models, each has its own folder of screenshots."""
    job = Job(project.path, project.manifest, model.spec, progress, screenshots)
    if not place.key:
        return job
    return replace(job, screenshots=screenshots / place.key if screenshots else None, model=place)


def verify_on_device(path: Path, progress: Progress) -> Report:
    """Run the project's own tests on the connected device. UsageError if the target has no devices."""
    target = load_project(path).target
    if target.own_tests_on_device is None:
        raise UsageError(f"a {target.name} project runs on this computer", "leave out --device")
    return target.own_tests_on_device(path, progress)


@dataclass(frozen=True)
class _Model:
    """A model of the project, and its authority."""

    spec: ModelSpec
    vectors: Path
    authority: Authority
    description: str  # of the authority
    float32: DescribedAuthority | None  # of an int8 model: PyTorch


def _open_model(
    project: LoadedProject, source: ExportedSource, place: Place, checkpoint: Path | None, progress: Progress
) -> _Model:
    """Open a model in Python, and complete its golden vectors if they have no results yet."""
    spec = source.spec()
    progress.step(f"Open the model {place.key} in Python" if place.key else "Open the model in Python")
    described, float32 = float32_authority(project.path, place.checkpoint, spec, checkpoint), None
    precision = PRECISIONS[spec.precision]
    if precision.quantized:  # the app must equal the int8 model, not PyTorch
        float32 = described
        described = DescribedAuthority(PteAuthority(spec), precision.compared_with)
    vectors = place.below(project.path / project.target.vectors_dir)
    if goldens.read(vectors).source == "reference":
        progress.step("Fill in the golden vectors")
        _fill_in_vectors(project, place, spec, described.authority)
    return _Model(spec, vectors, described.authority, described.description, float32)


def _compare(
    model: _Model,
    project: LoadedProject,
    runner: Runner,
    pictures: Sequence[tuple[Path, Picture]],
    progress: Progress,
) -> Report:
    """Run the project's tests and app, and compare the results with the authority."""
    spec, authority = model.spec, model.authority
    task = tasks.find(spec.task)
    keep = resolve_classes(spec.class_names, project.manifest.options.get("classes"))
    with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
        inputs = _run_input(model, runner, pictures, Path(scratch), progress)
        answer = runner.run(inputs)
        images = len(inputs.pictures)
        progress.step(
            f"Compare {how_many(images, 'picture')} with {PRECISIONS[spec.precision].compared_with}"
        )
        comparison = compare_answer(answer, inputs.pictures, spec, authority, keep)
        notes = list(answer.notes)
        if model.float32 is not None:
            notes.append(int8_note(authority, model.float32, inputs.pictures, spec, keep))
    report = Report(
        target=project.target.name,
        stages=comparison.stages,
        images=images,
        detections=comparison.detections,
        authority=model.description,
        problems=comparison.problems,
        notes=tuple(notes),
        shows=task.result_noun,
        counts=task.json_key if task.json_key == "detections" else task.result_noun,
    )
    return _check_further_programs(model).added_to(report)


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
            authority=model.authority,
            pictures=[picture for _, picture in pictures],
            thresholds=Thresholds(),
            max_bytes=None,
            lower_confidence=False,
        )
    return RunInput(tuple(vectors), tuple(shown))


def _check_further_programs(model: _Model) -> ProgramChecks:
    if not model.spec.further_programs:
        return ProgramChecks()
    pictures = [(each.picture, each.thresholds) for each in goldens.read(model.vectors).pictures]
    return check_further_programs(model.spec, model.authority, pictures)


def _fill_in_vectors(project: LoadedProject, place: Place, spec: ModelSpec, authority: Authority) -> None:
    """Replace golden vectors without results, so that the project's own tests check every stage."""
    vectors = place.below(project.path / project.target.vectors_dir)
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

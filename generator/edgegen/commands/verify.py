"""The steps of `edgegen verify`."""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from edgegen import targets, tasks
from edgegen.artifacts import vector_files
from edgegen.base import interruption
from edgegen.base.errors import UsageError
from edgegen.base.naming import how_many
from edgegen.base.progress import Progress
from edgegen.base.staging import staging
from edgegen.commands import doctor
from edgegen.commands.comparison import Comparison
from edgegen.commands.resolve_model import checkpoint_given, known_project
from edgegen.commands.verified import authority_of, beside_float32, float32_of, project_spec
from edgegen.model.class_selection import resolve_classes
from edgegen.model.precision import PRECISIONS
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity import goldens
from edgegen.parity.authority import Authority
from edgegen.parity.picture_files import Picture, read_picture, write_ppm
from edgegen.parity.report import Report, merge_reports
from edgegen.parity.vectors import make_vectors
from edgegen.project import exchange, manifest, merging
from edgegen.project.building import write_vectors
from edgegen.project.manifest import Manifest
from edgegen.project.models import Place
from edgegen.targets import Target
from edgegen.targets.runner import Job, PictureInput, RunInput, Runner


def verify(
    project: Path,
    *,
    checkpoint: Path | None,
    images: Sequence[Path],
    progress: Progress,
    screenshots: Path | None = None,
) -> Report:
    """Build the project and compare it with PyTorch on its golden vectors and on the images given.

    On a Mac, Xcode runs an iOS project's own tests on a simulator.

    The checkpoint is the one given, else the one that the project was made from; without any, the `.pte` in
    Python is the authority (and Ultralytics' predict on it, where that can be).

    Raises:
        InputError: The project, the checkpoint or an image cannot be used.
        ToolchainError: Something that building needs is missing, or the build failed.
        UsageError: An option that this target has no use for.
    """
    known = known_project(project)
    target = targets.of(known)
    if target.why_not_verified is not None:
        why, hint = target.why_not_verified
        raise UsageError(f"{project} cannot be verified: {why}", hint)
    if screenshots is not None and not target.screenshots:
        raise UsageError(
            f"no pictures are taken of the screen of a project for {target.name}", "leave out --screenshots"
        )
    own_tests = target.own_tests_here()
    if own_tests is not None and images:
        raise UsageError(
            "the project's own tests run here, on its golden vectors, and take no other pictures",
            "leave out --image",
        )
    merging.check_no_conflicts(project, known)
    checkpoint = checkpoint_given(checkpoint)
    doctor.require(target)
    places = known.models
    if checkpoint is not None and len(places) > 1:
        raise UsageError(
            f"--model {checkpoint} is the checkpoint of one model, and this project has {len(places)}: "
            f"{', '.join(each.key for each in places)}",
            "leave out --model: each is compared with the checkpoint that it was made from",
        )
    own = [(path, read_picture(path)) for path in images]
    for place in places[1:]:  # what is missing of one is said before anything is built for another
        project_spec(place.below(project / target.model_dir))
        goldens.read(place.below(project / target.vectors_dir))
    reports = list[Report]()
    with _Built(target) as built:
        for place in places:
            subject = _subject(project, known, target, place, checkpoint, progress)
            if own_tests is None:
                reports.append(_compared(subject, known, built, own, progress, screenshots))
    if own_tests is not None:
        return own_tests(project, progress)
    return merge_reports([(place.key, report) for place, report in zip(places, reports, strict=True)])


class _Built:
    """The project, built once for all of its models."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._stack = ExitStack()
        self._first: Runner | None = None

    def __enter__(self) -> "_Built":
        return self

    def __exit__(self, *failure: object) -> None:
        self._stack.close()

    def runner(self, job: Job) -> Runner:
        """Return what runs a model of it; the first one's is built for."""
        if self._first is None:
            self._first = self._stack.enter_context(self.target.open_runner(job))
            return self._first
        return self._first.switched(job)


@dataclass(frozen=True)
class _Subject:
    """A model of a project, and who is right about it."""

    project: Path
    place: Place
    is_alone: bool
    spec: ModelSpec
    vectors: Path
    authority: Authority
    whose: str
    float32: tuple[Authority, str] | None


def _subject(
    project: Path, known: Manifest, target: Target, place: Place, checkpoint: Path | None, progress: Progress
) -> _Subject:
    """Open a model of a project in Python, and fill in its golden vectors where that was not done."""
    spec = project_spec(place.below(project / target.model_dir))
    its = replace(known, checkpoint=place.checkpoint)
    progress.step(f"Open the model {place.key} in Python" if place.key else "Open the model in Python")
    authority, whose = authority_of(project, its, spec, checkpoint)
    float32 = float32_of(project, its, spec, checkpoint)
    vectors = place.below(project / target.vectors_dir)
    if goldens.read(vectors).source == "reference":
        progress.step("Fill in the golden vectors")
        _fill_in(project, known, target, place, spec, authority)
    return _Subject(project, place, not place.key, spec, vectors, authority, whose, float32)


def _compared(
    it: _Subject,
    known: Manifest,
    built: _Built,
    own: Sequence[tuple[Path, Picture]],
    progress: Progress,
    screenshots: Path | None,
) -> Report:
    """Compare what the project shows with one of its models; build it first where that was not done."""
    spec, authority, float32, vectors = it.spec, it.authority, it.float32, it.vectors
    if screenshots is not None and not it.is_alone:
        screenshots = screenshots / it.place.key
    task, keep = tasks.find(spec.task), resolve_classes(spec.class_names, known.options.get("classes"))
    comparison = Comparison(spec, authority, keep)
    runner = built.runner(
        Job(it.project, known, spec, progress, screenshots, None if it.is_alone else it.place)
    )
    with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
        folder = Path(scratch)
        usual = runner.thresholds(Thresholds())
        shown = [*_golden_pictures(vectors, runner, folder), *(PictureInput(*each, usual) for each in own)]
        folders = [vectors]
        if own:
            progress.step(f"Make vectors of {how_many(len(own), 'picture')} of yours")
            folders.append(folder / "vectors")
            _make_vectors(folders[-1], [picture for _, picture in own], spec, authority)
        answer = runner.run(RunInput(tuple(folders), tuple(shown)))
        progress.step(
            f"Compare {how_many(len(shown), 'picture')} with {PRECISIONS[spec.precision].compared_with}"
        )
        comparison.add(answer, shown)
        beside = beside_float32(task, authority, float32, shown, keep)
    return Report(
        target=built.target.name,
        stages=comparison.stages,
        images=len(shown),
        detections=comparison.detections,
        authority=it.whose,
        problems=tuple(comparison.problems),
        notes=(*answer.notes, *beside),
        shows=task.result_noun,
        counts=task.json_key if task.json_key == "detections" else task.result_noun,
    )


def verify_on_device(project: Path, progress: Progress) -> Report:
    """Run the project's own tests with Gradle or Xcode on the connected device.

    Raises:
        InputError: The project cannot be used.
        UsageError: Its target has no devices.
        ToolchainError: Gradle, Xcode or a device is missing, or the project does not build.
    """
    target = targets.of(known_project(project))
    if target.own_tests_on_device is None:
        raise UsageError(f"a {target.name} project runs on this computer", "leave out --device")
    return target.own_tests_on_device(project, progress)


def _golden_pictures(vectors: Path, runner: Runner, folder: Path) -> list[PictureInput]:
    """Write the golden vectors' pictures as files that an app can open."""
    shown = list[PictureInput]()
    for number, each in enumerate(goldens.read(vectors).pictures):
        path = folder / f"{number}.ppm"
        write_ppm(path, each.picture)
        shown.append(PictureInput(path, each.picture, runner.thresholds(each.thresholds)))
    return shown


def _make_vectors(folder: Path, pictures: Sequence[Picture], spec: ModelSpec, authority: Authority) -> None:
    make_vectors(
        folder,
        spec,
        authority=authority,
        pictures=pictures,
        thresholds=Thresholds(),
        max_bytes=None,
        lower_confidence=False,
    )


def _fill_in(
    project: Path, known: Manifest, target: Target, place: Place, spec: ModelSpec, authority: Authority
) -> None:
    """Replace vectors that no model was run for, so that the project's own tests check every stage."""
    vectors = place.below(project / target.vectors_dir)
    pictures = [each.picture for each in goldens.read(vectors).pictures]
    with staging(project) as workspace:
        made, staged = workspace / "made", workspace / "staged"
        make_vectors(made, spec, authority=authority, pictures=pictures)
        write_vectors(target, vector_files.read(made, "report this, please"), staged, place.folder)
        names = manifest.relative_files(staged)
        folders = {Path(name).parent for name in names}
        with interruption.defer(), exchange.locked(project):
            known = manifest.read(project) or known  # as the model before left it
            stale = [name for name in known.files if name.endswith(".bin") and Path(name).parent in folders]
            files = {name: digest for name, digest in known.files.items() if name not in stale}
            files |= manifest.digests(staged, names)
            manifest.write(replace(known, files=files), staged)
            exchange.exchange(staged, project, stale, [*names, manifest.NAME])
            exchange.commit(project)

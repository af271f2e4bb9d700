"""The steps of `edgegen verify`."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from edgegen import targets, tasks
from edgegen.artifacts import vector_files
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base import interruption
from edgegen.base.errors import InputError, UnsupportedModelError, UsageError
from edgegen.base.progress import Progress
from edgegen.base.staging import staging, writing_to
from edgegen.commands import doctor
from edgegen.commands.comparison import Comparison
from edgegen.model.class_selection import resolve_classes
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity import goldens
from edgegen.parity.authority import Authority, authority_for
from edgegen.parity.pictures import Picture, read_picture
from edgegen.parity.report import Report
from edgegen.parity.vectors import make_vectors
from edgegen.project import exchange, manifest
from edgegen.project.building import write_vectors
from edgegen.project.manifest import Manifest
from edgegen.sources.identify import opened
from edgegen.targets import Target
from edgegen.targets.runner import Job, Runner, Shown, Task


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
    known = _manifest(project)
    target = targets.find(known.target)
    if screenshots is not None and not target.screenshots:
        raise UsageError(
            f"no pictures are taken of the screen of a project for {target.name}", "leave out --screenshots"
        )
    own_tests = target.own_tests_here()
    if own_tests is not None and images:
        raise UsageError("Xcode runs the project's own tests, on its golden vectors", "leave out --image")
    doctor.require(target)
    model = project / target.model_dir
    spec = _model_spec(model)
    own = [(path, read_picture(path)) for path in images]
    progress.step("Open the model in Python")
    authority, whose = _authority(project, known, spec, checkpoint)
    vectors = project / target.vectors_dir
    if goldens.read(vectors).source == "reference":
        progress.step("Fill in the golden vectors")
        _fill_in(project, known, target, spec, authority)
    if own_tests is not None:
        return own_tests(project, progress)

    task, keep = tasks.find(spec.task), resolve_classes(spec.class_names, known.options.get("classes"))
    comparison = Comparison(spec, authority, keep)
    with (
        tempfile.TemporaryDirectory(prefix="edgegen-") as scratch,
        target.opened(Job(project, known, spec, progress, screenshots)) as runner,
    ):
        folder = Path(scratch)
        usual = runner.thresholds(Thresholds())
        shown = [*_golden_pictures(vectors, runner, folder), *(Shown(*each, usual) for each in own)]
        folders = [vectors]
        if own:
            progress.step(f"Make vectors of {len(own)} pictures of yours")
            folders.append(folder / "vectors")
            _make_vectors(folders[-1], [picture for _, picture in own], spec, authority)
        answer = runner.run(Task(tuple(folders), tuple(shown)))
        progress.step(f"Compare {len(shown)} pictures with PyTorch")
        comparison.add(answer, shown)
    return Report(
        target=target.name,
        stages=comparison.stages,
        images=len(shown),
        detections=comparison.detections,
        authority=whose,
        problems=tuple(comparison.problems),
        notes=answer.notes,
        shows=task.shows,
        counts=task.found if task.found == "detections" else task.shows,
    )


def verify_on_device(project: Path, progress: Progress) -> Report:
    """Run the project's own tests with Gradle or Xcode on the connected device.

    Raises:
        InputError: The project cannot be used.
        UsageError: Its target has no devices.
        ToolchainError: Gradle, Xcode or a device is missing, or the project does not build.
    """
    target = targets.find(_manifest(project).target)
    if target.own_tests_on_device is None:
        raise UsageError(f"a {target.name} project runs on this computer", "leave out --device")
    return target.own_tests_on_device(project, progress)


def _golden_pictures(vectors: Path, runner: Runner, folder: Path) -> list[Shown]:
    """Write the golden vectors' pictures as files that an app can open."""
    shown = list[Shown]()
    for number, each in enumerate(goldens.read(vectors).pictures):
        path = folder / f"{number}.ppm"
        _write_ppm(path, each.picture)
        shown.append(Shown(path, each.picture, runner.thresholds(each.thresholds)))
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


def _manifest(project: Path) -> Manifest:
    """Return what is known of a project; InputError when it is none of ours."""
    if not project.is_dir():
        raise InputError(f"there is no project {project}", "give a folder that `edgegen new` made")
    with writing_to(project):
        exchange.mend(project)
    known = manifest.read(project)
    if known is None:
        raise InputError(
            f"{project} was not made by edgegen: it has no {manifest.NAME}",
            "give a folder that `edgegen new` made",
        )
    if known.target not in targets.names():
        raise InputError(
            f"{project} is no project of a target that is known here, but of {known.target!r}",
            f"give a project for one of: {', '.join(targets.names())}",
        )
    return known


def _model_spec(folder: Path) -> ModelSpec:
    """Read the model that a project has; InputError, with what to do in a project, where that fails."""
    try:
        return load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    except UnsupportedModelError:
        raise
    except InputError as error:
        error.hint = (
            f"copy model.pte and metadata.yaml of the same export into {folder} again, "
            "or make the project anew with `edgegen new`"
        )
        raise


def _authority(
    project: Path, known: Manifest, spec: ModelSpec, checkpoint: Path | None
) -> tuple[Authority, str]:
    """Return who is right, and who that is in words."""
    path = checkpoint or _recorded_checkpoint(project, known)
    if path is None or (checkpoint is None and not path.is_file()):
        return authority_for(spec, None), "the .pte in Python (there is no checkpoint to compare with)"
    if checkpoint is None and manifest.sha256(path) != known.checkpoint.get("sha256"):
        name = _readable(path)
        return authority_for(spec, None), f"the .pte in Python ({name} is not what it was made from any more)"
    return authority_for(spec, opened(path)), f"PyTorch on {_readable(path)}"


def _readable(path: Path) -> Path:
    """Return a path as a person would write it: it may be recorded as `birds/ios/../../runs/best.pt`."""
    whole, here = path.parent.resolve() / path.name, Path.cwd()  # a link keeps its own name
    return whole.relative_to(here) if whole.is_relative_to(here) else whole


def _recorded_checkpoint(project: Path, known: Manifest) -> Path | None:
    """Return where the checkpoint was that the project was made from."""
    recorded = known.checkpoint.get("path")
    if not recorded:
        return None
    return Path(recorded) if Path(recorded).is_absolute() else project / recorded


def _fill_in(project: Path, known: Manifest, target: Target, spec: ModelSpec, authority: Authority) -> None:
    """Replace vectors that no model was run for, so that the project's own tests check every stage."""
    pictures = [each.picture for each in goldens.read(project / target.vectors_dir).pictures]
    with staging(project) as workspace:
        made, staged = workspace / "made", workspace / "staged"
        make_vectors(made, spec, authority=authority, pictures=pictures)
        write_vectors(target, vector_files.read(made, "report this, please"), staged)
        names = manifest.relative_files(staged)
        folders = {Path(name).parent for name in names}
        with interruption.held(), exchange.locked(project):
            stale = [name for name in known.files if name.endswith(".bin") and Path(name).parent in folders]
            files = {name: digest for name, digest in known.files.items() if name not in stale}
            files |= manifest.digests(staged, names)
            manifest.write(replace(manifest.read(project) or known, files=files), staged)
            exchange.exchange(staged, project, stale, [*names, manifest.NAME])
            exchange.keep(project)


def _write_ppm(path: Path, picture: Picture) -> None:
    """Write a picture losslessly in the simplest format that every reader knows."""
    height, width = picture.rgb.shape[:2]
    path.write_bytes(b"P6\n%d %d\n255\n" % (width, height) + picture.rgb.tobytes())

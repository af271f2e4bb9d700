"""The steps of `edgegen verify`."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from edgegen import doctor, manifest, targets
from edgegen.authority import Authority, authority_for
from edgegen.checkpoint import load as load_checkpoint
from edgegen.class_selection import resolve_classes
from edgegen.errors import InputError
from edgegen.manifest import Manifest
from edgegen.model_reader import load_model_spec
from edgegen.model_spec import ModelSpec
from edgegen.pictures import Picture, read_picture
from edgegen.progress import Progress
from edgegen.targets import Target
from edgegen.vectors import make_vectors
from edgegen.verify import goldens, linux_cpp
from edgegen.verify.comparison import Comparison
from edgegen.verify.report import Report


def verify(project: Path, *, checkpoint: Path | None, images: Sequence[Path], progress: Progress) -> Report:
    """Build the project and compare it with PyTorch on its golden vectors and on the images given.

    The checkpoint is the one given, else the one that the project was made from; without any, the `.pte` in
    Python is the authority (and Ultralytics' predict on it, where that can be).

    Raises:
        InputError: The project, the checkpoint or an image cannot be used.
        ToolchainError: Something that building needs is missing, or the build failed.
    """
    known = _manifest(project)
    target = targets.find(known.target)
    doctor.require(target)
    model = project / target.model_dir
    spec = load_model_spec(model / "model.pte", model / "metadata.yaml")
    own = [(path, read_picture(path)) for path in images]
    progress.step("Open the model in Python")
    authority, whose = _authority(project, known, spec, checkpoint)
    vectors = project / target.vectors_dir
    if goldens.read(vectors).source == "reference":
        progress.step("Fill in the golden vectors")
        _fill_in(project, known, target, spec, authority)

    binaries = linux_cpp.build(project, progress)
    keep = resolve_classes(spec.class_names, known.options["classes"]) if known.options.get("classes") else ()
    comparison = Comparison(linux_cpp.Runner(binaries, project), spec, authority, keep)
    progress.step("Compare on the golden vectors")
    golden = goldens.read(vectors)
    comparison.stages_of(vectors)
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        for number, each in enumerate(golden.pictures):
            path = Path(folder) / f"{number}.ppm"
            _write_ppm(path, each.picture)
            comparison.app_on(path, each.picture, each.thresholds)
        if own:
            progress.step(f"Compare on {len(own)} pictures of yours")
            comparison.stages_of_pictures([picture for _, picture in own], Path(folder) / "vectors")
            for path, picture in own:
                comparison.app_on(path, picture, comparison.thresholds)
    return Report(
        target=target.name,
        stages=comparison.stages,
        images=len(golden.pictures) + len(own),
        detections=comparison.detections,
        authority=whose,
        problems=tuple(comparison.problems),
    )


def _manifest(project: Path) -> Manifest:
    if not project.is_dir():
        raise InputError(f"there is no project {project}", "give a folder that `edgegen new` made")
    known = manifest.read(project)
    if known is None:
        raise InputError(
            f"{project} was not made by edgegen: it has no {manifest.NAME}",
            "give a folder that `edgegen new` made",
        )
    if known.target not in targets.TARGETS:
        raise InputError(
            f"{project} is no project of a target that is known here, but of {known.target!r}",
            f"give a project for one of: {', '.join(targets.TARGETS)}",
        )
    return known


def _authority(
    project: Path, known: Manifest, spec: ModelSpec, checkpoint: Path | None
) -> tuple[Authority, str]:
    """Return who is right, and who that is in words."""
    path = checkpoint or _recorded_checkpoint(project, known)
    if path is None:
        return authority_for(spec, None), "the .pte in Python (there is no checkpoint to compare with)"
    return authority_for(spec, load_checkpoint(path)), f"PyTorch on {path}"


def _recorded_checkpoint(project: Path, known: Manifest) -> Path | None:
    """Return the checkpoint that the project was made from, if it is still there and still the same."""
    recorded = known.checkpoint.get("path")
    if not recorded:
        return None
    path = Path(recorded) if Path(recorded).is_absolute() else project / recorded
    return path if manifest.sha256(path) == known.checkpoint.get("sha256") else None


def _fill_in(project: Path, known: Manifest, target: Target, spec: ModelSpec, authority: Authority) -> None:
    """Replace vectors that no model was run for, so that the project's own tests check every stage."""
    from dataclasses import replace

    folder = project / target.vectors_dir
    pictures = [each.picture for each in goldens.read(folder).pictures]
    with tempfile.TemporaryDirectory(prefix=".vectors-", dir=project) as path:
        made = Path(path) / "vectors"
        make_vectors(made, spec, authority=authority, pictures=pictures)
        names = [file.name for file in sorted(made.iterdir())]
        for name in names:
            (made / name).replace(folder / name)
    paths = [f"{target.vectors_dir}/{name}" for name in names]
    manifest.write(replace(known, files={**known.files, **manifest.digests(project, paths)}), project)


def _write_ppm(path: Path, picture: Picture) -> None:
    """Write a picture losslessly in the simplest format that every reader knows."""
    height, width = picture.rgb.shape[:2]
    path.write_bytes(b"P6\n%d %d\n255\n" % (width, height) + picture.rgb.tobytes())

"""What the page of `edgegen report` shows of a model: its facts, its picture, its times."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.artifacts import vector_files
from edgegen.artifacts.metadata_reader import read_metadata
from edgegen.base.errors import InputError
from edgegen.base.shell import quoted
from edgegen.commands.golden_picture import Shown, best_picture
from edgegen.commands.plain_text import plain
from edgegen.commands.report_results import Results, Times
from edgegen.commands.resolve_model import readable
from edgegen.commands.verified import project_spec
from edgegen.model.class_selection import resolve_classes
from edgegen.project.manifest import Manifest
from edgegen.project.models import Place
from edgegen.targets import Target

MOST_CLASSES: Final = 100  # names that are listed


@dataclass(frozen=True)
class Model:
    """A model of a project. Texts are plain: nothing that no font has."""

    name: str  # as people read it
    title: str  # the same where the app has several, else ""
    facts: tuple[tuple[str, str], ...]  # what it is called, and what it is
    classes: tuple[str, ...]
    more_classes: int
    picture: Shown | None
    sha256: str
    times: Times | None
    to_time: str  # the command that measures them


def model_of(project: Path, known: Manifest, target: Target, place: Place, results: Results) -> Model:
    """Return what is known of a model.

    Raises:
        InputError: It cannot be used, or its golden vectors cannot.
    """
    folder = place.below(project / target.model_dir)
    spec = project_spec(folder)
    metadata = read_metadata(folder / "metadata.yaml")
    checkpoint = metadata.own.checkpoint_name
    digest = place.checkpoint.get("sha256") or metadata.own.checkpoint_sha256
    kept = resolve_classes(spec.class_names, known.options.get("classes"))
    names = [spec.class_names[number] for number in kept] if kept else list(spec.class_names)
    facts = {
        "Task": spec.task,
        "Model": metadata.description or spec.name,
        "Head": metadata.head,
        "Checkpoint": checkpoint and f"{checkpoint} (sha256 {digest[:16]}…)",
        "model.pte": f"{spec.pte.stat().st_size / 1e6:.2f} MB (sha256 {spec.sha256[:16]}…)",
        "Input": f"{spec.input.width} x {spec.input.height} pixels",
        "Classes": f"{len(names)} of {spec.num_classes}" if kept else str(spec.num_classes),
        "Precision": spec.precision_in_words,
        "Returns": spec.output.contract,
        "Licence of the weights": spec.license or "not recorded",
    }
    return Model(
        name=plain(place.name or spec.name, 200),
        title=plain(place.name, 200),
        facts=tuple((name, plain(text, 400)) for name, text in facts.items() if text),
        classes=tuple(plain(name) for name in names[:MOST_CLASSES]),
        more_classes=max(len(names) - MOST_CLASSES, 0),
        picture=_picture(place.below(project / target.vectors_dir), spec),
        sha256=spec.sha256,
        times=results.times_of(spec.sha256, project),
        to_time=_command(project, folder, place),
    )


def _command(project: Path, folder: Path, place: Place) -> str:
    """Return what measures a model: of an app's further models the file itself, beside its checkpoint."""
    if not place.folder:
        return plain(f"edgegen benchmark {quoted(project)} --json > times.json", 300)
    path = place.checkpoint.get("path", "")
    checkpoint = f" --model {quoted(readable(project / path))}" if path else " --model CHECKPOINT"
    return plain(f"edgegen benchmark {quoted(folder)}{checkpoint} --json > times.json", 300)


def _picture(folder: Path, spec: Any) -> Shown | None:
    hint = "make the project again with `edgegen new`"
    files = vector_files.read(folder, hint)
    try:
        return best_picture(files, spec)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(f"the golden vectors in {folder} cannot be drawn: {error}", hint) from error

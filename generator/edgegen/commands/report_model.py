"""A model on the page of `edgegen report`: facts, picture, times."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.artifacts import vector_files
from edgegen.artifacts.metadata_reader import read_metadata
from edgegen.base.errors import InputError
from edgegen.base.shell import quoted
from edgegen.base.text import plain
from edgegen.commands.recorded_options import LoadedProject
from edgegen.commands.report_picture import Shown, best_picture
from edgegen.commands.report_results import Results, Times
from edgegen.commands.resolve_model import readable
from edgegen.model.class_selection import resolve_classes
from edgegen.model.spec import ModelSpec
from edgegen.project.models import Place
from edgegen.sources.exported import ExportedSource

MOST_CLASSES: Final = 100  # names that are listed


@dataclass(frozen=True)
class Model:
    """A model of a project. All texts went through `plain`."""

    name: str  # the display name
    title: str  # the same if the app has several models, else ""
    facts: tuple[tuple[str, str], ...]  # (name, value)
    classes: tuple[str, ...]
    more_classes: int
    picture: Shown | None
    sha256: str
    times: Times | None
    to_time: str  # the command that measures the times


def model_of(project: LoadedProject, place: Place, source: ExportedSource, results: Results) -> Model:
    """Read a model of a project for the page.

    Raises:
        InputError: The model or its golden vectors cannot be used.
    """
    spec = source.spec()
    metadata = read_metadata(source.metadata)
    checkpoint = metadata.own.checkpoint_name
    digest = place.checkpoint.get("sha256") or metadata.own.checkpoint_sha256
    shown = resolve_classes(spec.class_names, project.manifest.options.get("classes"))
    names = [spec.class_names[number] for number in shown] if shown else list(spec.class_names)
    facts = {
        "Task": spec.task,
        "Model": metadata.description or spec.name,
        "Head": metadata.head,
        "Checkpoint": checkpoint and f"{checkpoint} (sha256 {digest[:16]}…)",
        "model.pte": f"{spec.pte.stat().st_size / 1e6:.2f} MB (sha256 {spec.sha256[:16]}…)",
        "Input": f"{spec.input.width} x {spec.input.height} pixels",
        "Classes": f"{len(names)} of {spec.num_classes}" if shown else str(spec.num_classes),
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
        picture=_picture(source, spec),
        sha256=spec.sha256,
        times=results.times_of(spec.sha256, project.path),
        to_time=_command(project.path, source.pte.parent, place),
    )


def _command(project: Path, folder: Path, place: Place) -> str:
    """Return the command that measures a model. Only the first model can be measured as a project."""
    if not place.folder:
        return plain(f"edgegen benchmark {quoted(project)} --json > times.json", 300)
    path = place.checkpoint.get("path", "")
    checkpoint = f" --model {quoted(readable(project / path))}" if path else " --model CHECKPOINT"
    return plain(f"edgegen benchmark {quoted(folder)}{checkpoint} --json > times.json", 300)


def _picture(source: ExportedSource, spec: ModelSpec) -> Shown | None:
    hint = "make the project again with `edgegen new`"
    folder = source.project_vectors or source.pte.parent
    files = vector_files.read(folder, hint)
    try:
        return best_picture(files, spec)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(f"the golden vectors in {folder} cannot be drawn: {error}", hint) from error

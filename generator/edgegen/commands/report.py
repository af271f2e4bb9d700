"""`edgegen report`: find projects, verify them if asked, and collect the content of the page.

The texts may be third-party. `report_page` escapes and shortens all of them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from edgegen.artifacts import vector_files
from edgegen.artifacts.metadata_reader import read_metadata
from edgegen.base.errors import InputError, RenderError
from edgegen.base.model_files import PTE_NAME
from edgegen.base.shell import quoted
from edgegen.base.text import first_of
from edgegen.commands.batch_plan import is_stale, read_record
from edgegen.commands.children import Children, ChildrenProgress
from edgegen.commands.recorded_options import LoadedProject, load_project
from edgegen.commands.report_picture import Shown, best_picture, data_uri
from edgegen.commands.report_results import Proof, Results, Times, read_proof
from edgegen.commands.resolve_model import find_projects, project_models, readable
from edgegen.model.class_selection import resolve_classes
from edgegen.model.spec import ModelSpec
from edgegen.project.models import Place
from edgegen.sources.exported import ExportedSource

MOST_SCREENSHOTS: Final = 8  # of a project
_SCREENSHOT: Final = (480, 1000)  # pixels, at most
_MOST_PROJECTS: Final = 500
_KINDS: Final = {".png", ".jpg", ".jpeg", ".webp"}


@dataclass(frozen=True)
class Model:
    """A model of a project."""

    name: str
    facts: Sequence[tuple[str, str]]  # (name, value); a fact without a value is not shown
    classes: Sequence[str]
    picture: Shown | None
    sha256: str
    times: Times | None
    to_time: str  # the command that measures the times


@dataclass(frozen=True)
class Screenshot:
    """A picture of an app's screen."""

    name: str
    uri: str
    width: int
    height: int


@dataclass(frozen=True)
class Entry:
    """A project on the page."""

    path: Path
    name: str
    target: str
    facts: Sequence[tuple[str, str]] = ()  # as those of a model
    models: Sequence[Model] = ()
    proof: Proof | None = None
    screenshots: Sequence[Screenshot] = ()
    steps: Sequence[str] = ()  # the commands that build and run it
    broken: str = ""  # the error of a project that cannot be shown


def projects_in(folders: Sequence[Path]) -> list[Path]:
    """Return the projects among these folders or inside them, without repeats; InputError if one has none."""
    found = dict[Path, Path]()
    for folder in folders:
        below = find_projects(folder, "check its permissions, or name the projects one by one")
        found |= {path.resolve(): path for path in below}
    if len(found) > _MOST_PROJECTS:
        raise InputError(
            f"there are {len(found)} projects, and a page takes {_MOST_PROJECTS}", "make several pages"
        )
    return list(found.values())


def verify_each(projects: Sequence[Path], progress: ChildrenProgress) -> dict[Path, Proof]:
    """Verify each project in its own process. Return the results, or the reasons why there are none."""
    found = dict[Path, Proof]()
    with Children(1) as children:
        for number, path in enumerate(projects, start=1):
            name = str(path)
            ended = children.run(["verify", "--json", "--", path], partial(progress.show, name))
            try:
                found[path] = read_proof(ended.report())
            except (KeyError, TypeError, ValueError):
                found[path] = Proof(passed=False, failed=ended.why)
            verdict = found[path].failed or ("the same" if found[path].passed else "NOT the same")
            progress.finish(name, [f"{ended.seconds:7.1f} s  {name}: {verdict}"], number, len(projects))
    return found


class _Loaded(NamedTuple):
    """A project that can be shown, and its models."""

    project: LoadedProject
    models: list[Model]


def gather(
    projects: Sequence[Path], *, results: Results, verified: Mapping[Path, Proof], screenshots: Path | None
) -> list[Entry]:
    """Return the entries of the page. A broken project's entry has its error, unless it is the only one.

    Raises:
        InputError: The only project or a screenshot cannot be used, or a result fits several projects.
    """
    loaded = dict[Path, _Loaded]()
    entries = dict[Path, Entry]()
    for path in projects:
        name = path.resolve().name
        try:
            project = load_project(path)
            sources = zip(project.manifest.models, project_models(path, project.manifest), strict=True)
            models = [_model(project, place, source, results) for place, source in sources]
            loaded[path] = _Loaded(project, models)
        except (InputError, RenderError) as error:
            if len(projects) == 1:
                raise
            entries[path] = Entry(path, name, "broken", broken=f"{error.message}; {error.hint}")
    by_target = Counter(each.project.target.name for each in loaded.values())
    for path, (project, models) in loaded.items():
        proof = verified.get(path) or _proof(project, results, by_target[project.target.name])
        shots = _screenshots(screenshots, project, alone=len(projects) == 1)
        entries[path] = _entry(project, models, proof, shots)
    return [entries[path] for path in projects]


def _proof(project: LoadedProject, results: Results, of_this_target: int) -> Proof | None:
    """Return the result of verifying a project: from the results files, or from `edgegen batch --verify`.

    of_this_target: the number of projects on the page that have the same target.
    """
    path, target = project.path, project.target.name
    if path.resolve() in results.of_projects:
        proof, digest = results.of_projects[path.resolve()]
        return replace(proof, stale=is_stale(path, digest))
    if target in results.of_targets:
        if of_this_target > 1:
            raise InputError(
                f"the results of `verify` do not name their project, and {of_this_target} are for {target}",
                "use the output of `edgegen batch --verify --json`, or make a page for each project",
            )
        return results.of_targets[target]
    whole = path.absolute()
    for output, name in ((whole.parent, whole.name), (whole.parent.parent, whole.parent.name)):
        entry = read_record(output).get(f"{name}/{target}")
        with suppress(KeyError, TypeError, ValueError):
            if entry is not None:
                return replace(read_proof(entry["verified"]), stale=is_stale(path, entry["digest"]))
    return None


def _entry(
    project: LoadedProject, models: Sequence[Model], proof: Proof | None, shots: Sequence[Screenshot]
) -> Entry:
    path, record = project.path, project.manifest
    facts = [
        ("Models", ", ".join(place.key for place in record.models) if len(models) > 1 else ""),
        ("Made by", " and ".join(f"{package} {version}" for package, version in record.versions.items())),
        ("Edited", first_of(record.edited(path))),
    ]
    name = str(record.options.get("name") or models[0].name)
    steps = (f"cd {quoted(path)}", *project.target.next_steps)
    return Entry(path, name, project.target.name, facts, models, proof, shots, steps)


def _model(project: LoadedProject, place: Place, source: ExportedSource, results: Results) -> Model:
    """Read a model of a project for the page; InputError if it or its golden vectors cannot be used."""
    spec = source.spec()
    metadata = read_metadata(source.metadata)
    checkpoint = metadata.own.checkpoint_name
    digest = place.checkpoint.get("sha256") or metadata.own.checkpoint_sha256
    shown = resolve_classes(spec.class_names, project.manifest.options.get("classes"))
    classes = [spec.class_names[number] for number in shown] if shown else list(spec.class_names)
    facts = [
        ("Task", spec.task),
        ("Model", metadata.description or spec.name),
        ("Head", metadata.head),
        ("Checkpoint", f"{checkpoint} (sha256 {digest[:16]}…)" if checkpoint else ""),
        (PTE_NAME, f"{spec.pte.stat().st_size / 1e6:.2f} MB (sha256 {spec.sha256[:16]}…)"),
        ("Input", f"{spec.input.width} x {spec.input.height} pixels"),
        ("Classes", f"{len(classes)} of {spec.num_classes}" if shown else str(spec.num_classes)),
        ("Precision", _precision(project, spec)),
        ("Returns", spec.output.contract),
        ("Licence of the weights", spec.license or "not recorded"),
    ]
    times, to_time = results.times_of(spec.sha256, project.path), _command(project.path, source, place)
    name, picture = place.name or spec.name, _picture(source, spec)
    return Model(name, facts, classes, picture, spec.sha256, times, to_time)


def _precision(project: LoadedProject, spec: ModelSpec) -> str:
    """Return the precision of the program that the app runs, in words."""
    program = spec.program_for(project.target.required_backends)
    return spec.precision_in_words if program == spec.programs[0] else f"{program.precision} ({program.file})"


def _command(project: Path, source: ExportedSource, place: Place) -> str:
    """Return the command that measures a model. Only the first model can be measured as a project."""
    if not place.folder:
        return f"edgegen benchmark {quoted(project)} --json > times.json"
    path = place.checkpoint.get("path", "")
    checkpoint = quoted(readable(project / path)) if path else "CHECKPOINT"
    return f"edgegen benchmark {quoted(source.pte.parent)} --model {checkpoint} --json > times.json"


def _picture(source: ExportedSource, spec: ModelSpec) -> Shown | None:
    hint = "make the project again with `edgegen new`"
    folder = source.project_vectors or source.pte.parent
    files = vector_files.read(folder, hint)
    try:
        return best_picture(files, spec)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(f"the golden vectors in {folder} cannot be drawn: {error}", hint) from error


def _screenshots(folder: Path | None, project: LoadedProject, *, alone: bool) -> list[Screenshot]:
    """Return the pictures in DIR/NAME or DIR/NAME/TARGET (of one project: DIR), or below for each model."""
    if folder is None:
        return []
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder} of screenshots", "check the path")
    whole, keys = project.path.absolute(), [place.key for place in project.manifest.models]
    places = [folder / whole.parent.name / whole.name, folder / whole.name, *([folder] if alone else [])]
    names = dict[Path, str]()  # of the pictures
    for place in places:
        for key in ("", *keys):
            for path in sorted((place / key).glob("*")):
                if path.suffix.lower() in _KINDS:
                    names[path] = f"{key}: {path.stem}" if key else path.stem
    return [_screenshot(path, name) for path, name in list(names.items())[:MOST_SCREENSHOTS]]


def _screenshot(path: Path, name: str) -> Screenshot:
    from PIL import Image

    try:
        with Image.open(path) as picture:
            smaller = picture.convert("RGB")
    # ImportError: Ultralytics makes Pillow look for a HEIC reader.
    except (OSError, ValueError, ImportError, Image.DecompressionBombError) as error:
        raise InputError(f"the screenshot {path} cannot be read: {error}", "leave it out") from error
    smaller.thumbnail(_SCREENSHOT)
    return Screenshot(name, data_uri(smaller), *smaller.size)

"""Load a project: the options that it was made with, and those that it is rendered with again."""

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from edgegen import tasks
from edgegen.artifacts.metadata import recorded_name
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base import naming
from edgegen.base.errors import EdgegenError, InputError, UsageError
from edgegen.base.model_files import METADATA_NAME, PTE_NAME
from edgegen.base.progress import Progress
from edgegen.base.shell import quoted
from edgegen.commands.check_options import check_target_options, required_backends, usual_backends
from edgegen.commands.request import Request, TemplateRecord
from edgegen.commands.resolve_model import project_manifest
from edgegen.model.class_selection import ClassSelectionError
from edgegen.model.spec import ModelSpec
from edgegen.project import base_files, checkpoint_places, manifest, option_table
from edgegen.project.manifest import Manifest
from edgegen.project.models import Place
from edgegen.project.option_table import (
    BY_TARGET,
    DESCRIBED,
    FOR_EXPORT,
    FP32,
    INT8_ONLY,
    OPTIONS,
    of_concern,
)
from edgegen.targets import Target, of

ALL: Final = "all"  # of --classes: every class again


@dataclass(frozen=True)
class LoadedProject:
    """A project on disk, its record and its target."""

    path: Path
    manifest: Manifest
    target: Target

    @property
    def model_dir(self) -> Path:
        """The folder of the first model."""
        return self.path / self.target.model_dir

    def first_spec(self) -> ModelSpec | None:
        """Return the specification of the first model; None if its files are missing or damaged."""
        try:
            return load_model_spec(self.model_dir / PTE_NAME, self.model_dir / METADATA_NAME)
        except EdgegenError:
            return None

    def has_model_files(self, place: Place) -> bool:
        """Return whether a model's files exist: many people do not commit them to git."""
        folder = place.below(self.model_dir)
        return all((folder / name).is_file() for name in (PTE_NAME, METADATA_NAME))

    @property
    def version(self) -> str:
        """The edgegen version that made it."""
        return str(self.manifest.versions.get("edgegen", ""))


def load_project(path: Path) -> LoadedProject:
    """Read a project's record; InputError if edgegen did not make it, or a newer edgegen did."""
    recorded = manifest.read(path) if path.is_dir() else None
    if recorded is not None and recorded.target == manifest.EXPORT:
        raise InputError(
            f"{path} is an export, not a project",
            "export again with `edgegen export --force`, or make a project of it with `edgegen new`",
        )
    record = project_manifest(path)
    return LoadedProject(path, record, of(record))


def recorded_request(project: LoadedProject) -> Request:
    """Return the request that made the project, with the app's name; InputError for a damaged manifest."""
    record = project.manifest.options
    try:
        values = project.manifest.option_values(project.path)
        if "name" not in values:
            values["name"] = app_name(project)
        for name in option_table.PATHS:
            if name in values:
                found = checkpoint_places.find_option(project.path, name, str(values[name]))
                values[name] = Path(found)
        values["app"] = project.manifest.app if project.target.apps else None
        return Request(str(record["model"]), targets=(project.target.name,), **values, **_template(project))
    except (KeyError, TypeError, ValueError) as error:
        why = f"{type(error).__name__}: {error}"
        raise InputError(
            f"the options in {project.path / manifest.NAME} cannot be read: {why}", manifest.RESTORE
        ) from None


def _template(project: LoadedProject) -> dict[str, Any]:
    """Return the fields of a Request for a project's template.

    A project made from a tag follows newer tags. A branch or a commit stays: the tags may be older.
    """
    record = project.manifest.options.get("template")
    if not record:
        return {}
    source = checkpoint_places.find_option(project.path, "template", str(record["source"]))
    ref, version = str(record.get("ref") or ""), str(record["version"])
    if version and ref in ("", version):
        template = Path(source).as_uri() if Path(source).is_absolute() else source
    else:
        template = f"{source}@{ref}" if ref else source
    return {
        "template": template,
        "template_record": TemplateRecord(
            version,
            str(record.get("commit") or ""),
            dict(record["answers"]),
            {str(name): str(text) for name, text in dict(record.get("data") or {}).items()},
            tuple(map(str, record.get("secrets") or ())),
        ),
    }


def options_for_display(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options for display, with a template's address and answers as options of their own."""
    plain = dict(options)
    record = plain.pop("template", None)
    if isinstance(record, dict):
        version, source = record.get("version"), record.get("source")
        plain["template"] = f"{source}@{version}" if version else source
        for answers in (record.get("data"), record.get("answers")):
            if isinstance(answers, Mapping):  # the manifest may be third-party
                plain |= {f"data {name}": value for name, value in answers.items()}
    return plain


def app_name(project: LoadedProject) -> str:
    """Return the app's default name: its model's as `new` read it, also if metadata.yaml was edited since."""
    here = project.model_dir / METADATA_NAME
    name = here.relative_to(project.path).as_posix()
    recorded = ""
    if manifest.sha256(here) != project.manifest.files.get(name):
        with contextlib.suppress(EdgegenError), tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / METADATA_NAME
            written.write_bytes((base_files.read(project.path, project.manifest) or {}).get(name, b""))
            recorded = recorded_name(written)
    if not recorded:
        with contextlib.suppress(EdgegenError):
            recorded = recorded_name(here)
    return recorded or naming.name_from_path(Path(str(project.manifest.options["model"])))


def updated_request(project: LoadedProject, overrides: Mapping[str, Any]) -> tuple[dict[str, Any], Request]:
    """Return the checked overrides, and the project's request with them.

    Raises:
        InputError: The project's manifest is damaged.
        UsageError: An option does not fit the project's target, or a backend is unknown.
    """
    overrides = dict(overrides)
    recorded = recorded_request(project)
    if overrides.get("classes") == ALL:
        overrides["classes"], recorded = None, replace(recorded, classes=None)
    precision = recorded.precision or FP32
    if overrides.get("precision", precision) != precision:
        recorded = _with_defaults(recorded, INT8_ONLY)
    of_models = {"add", "remove"}
    changes = {
        name: value for name, value in overrides.items() if value is not None and name not in of_models
    }
    request = replace(
        recorded,
        **changes,
        int8_borders=project.target.int8_borders,
        usual_backends=usual_backends(replace(recorded, **changes), [project.target]),
        required_backends=required_backends(recorded, [project.target]),
        optional_backends=() if "backends" in overrides else recorded.backends,
    )
    by_target = {name: overrides[name] for name in BY_TARGET if name in overrides}
    overridden = Request(request.model, **by_target, backends=overrides.get("backends") or ())
    overridden.further_backends()  # checks the names themselves
    try:
        check_target_options(overridden, [project.target])
    except UsageError as error:
        error.hint = "leave it out: a project keeps its target"
        raise
    if recorded.template is None and request.template is not None:
        raise UsageError(f"{project.path} was not made from a template", "leave out --template")
    return overrides, request


@contextlib.contextmanager
def explain_recorded_classes(request: Request, overrides: Mapping[str, Any]) -> Iterator[None]:
    """Say that the classes which a new model lacks are the project's recorded ones."""
    try:
        yield
    except ClassSelectionError as error:
        if "classes" in overrides:
            raise
        raise UsageError(
            f"the project was made with --classes {quoted(request.classes)}, but the new model "
            f"has other classes: {error.problem}",
            f"choose from its classes with --classes, or --classes {ALL} for all; {error.hint}",
        ) from error


def without_export_options(request: Request, overrides: Mapping[str, Any]) -> Request:
    """Drop the recorded export options: an exported model cannot take them."""
    return _with_defaults(request, [each.field for each in FOR_EXPORT if each.field not in overrides])


def without_description(request: Request, overrides: Mapping[str, Any], progress: Progress) -> Request:
    """Drop the recorded description of the old model file, with a note: the new model has its own."""
    recorded = [each for each in of_concern(DESCRIBED) if each.texts(getattr(request, each.field))]
    dropped = [each for each in recorded if each.field not in overrides]
    if dropped:
        flags = ", ".join(each.spelled for each in dropped)
        progress.note(f"dropped, because they described the old model: {flags}")
    return _with_defaults(request, [each.field for each in dropped])


def without_options_of_other_task(
    project: LoadedProject, request: Request, overrides: Mapping[str, Any], task: str, progress: Progress
) -> Request:
    """Drop the recorded options that mean nothing to a model of another task, with a note."""
    spec = project.first_spec()
    if spec is None or spec.task == task:
        return request
    choices = set(tasks.find(task).choices)
    for option in OPTIONS:
        depends = bool(option.by_task) or option.by_model
        if not depends or option.field in overrides or choices.intersection(option.by_task):
            continue
        if option.texts(getattr(request, option.field)):
            why = "it was for the old model" if option.by_model else f"the task `{task}` has no such option"
            progress.note(f"{option.spelled} is dropped: {why}")
            request = _with_defaults(request, [option.field])
    return request


def lacks_photos(request: Request) -> bool:
    """Return whether the calibration photos of an int8 model are missing."""
    return request.calibration is not None and not request.calibration.exists()


def _with_defaults(request: Request, fields: Iterable[str]) -> Request:
    defaults = vars(Request(""))
    return replace(request, **{field: defaults[field] for field in fields})

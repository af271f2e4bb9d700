"""What a run of `edgegen batch` does with one project: make it, or keep it; and the record of verified ones.

The record is in the output folder. An unchanged project is not verified again, and `edgegen report` shows it.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from edgegen import __version__
from edgegen.base import pins
from edgegen.base.errors import EdgegenError
from edgegen.base.files import exclusive_lock, write_whole
from edgegen.base.staging import writing_to
from edgegen.base.text import first_of
from edgegen.commands.check_options import project_options
from edgegen.commands.multi_model import has_export
from edgegen.commands.request import Request
from edgegen.commands.resolve_model import find_model, recorded_checkpoint
from edgegen.project import checkpoint_places, exchange, manifest
from edgegen.project.building import options_record
from edgegen.project.manifest import Manifest
from edgegen.project.option_table import BY_TARGET, PATHS, STUDIO
from edgegen.targets import Target

MADE: Final = "made"
WOULD: Final = "would be made"
UNCHANGED: Final = "unchanged"
KEPT: Final = "kept"
FAILED: Final = "failed"

RECORD: Final = ".edgegen-batch.json"
_SCHEMA: Final = 1


@dataclass(frozen=True)
class Row:
    """The result of one project."""

    name: str
    target: str
    model: str
    project: Path
    result: str  # one of the results above
    seconds: float = 0.0  # to make it, together with other targets of the model, and to verify it
    code: int = 0  # the exit code of a failure
    why: str = ""  # it failed, was kept, or is made again
    verified: Mapping[str, Any] | None = None  # the output of `edgegen verify --json`

    @property
    def failed(self) -> bool:
        """Whether making or verifying it failed."""
        return self.result == FAILED

    @property
    def line(self) -> str:
        """The row in one line, for the progress."""
        why = f": {self.why}" if self.why else ""
        return f"{self.seconds:7.1f} s  {self.result:9}  {self.name} ({self.target}){why}"

    def to_json(self) -> dict[str, Any]:
        """Return the row as `--json` prints it."""
        digest = manifest.sha256(self.project / manifest.NAME)
        return {
            **asdict(self),
            "project": str(self.project),
            "seconds": round(self.seconds, 3),
            "digest": digest,
        }


def plan(project: Path, request: Request, target: Target) -> tuple[str, str]:
    """Return the result that making a project would have (WOULD, UNCHANGED or KEPT), and why."""
    try:
        if project.is_dir():
            exchange.recover(project)
        record = manifest.read(project)
        if record is None or record.target != target.name:
            return WOULD, ""
        edited = [
            name
            for name in record.edited(project)
            if name not in target.users_files or not (project / name).is_file()
        ]
        changes = ", ".join(_changes(project, record, request, target))
    except (EdgegenError, OSError):
        return WOULD, ""  # `new` reports the error
    if request.force:
        return WOULD, "--force"
    if not edited:
        return (WOULD, f"changed: {changes}") if changes else (UNCHANGED, "")
    news = f"; changed since: {changes} (`edgegen update` with these options merges both)" if changes else ""
    return KEPT, f"you edited {first_of(edited, 1)}{news}"


def _changes(project: Path, record: Manifest, request: Request, target: Target) -> list[str]:
    """Return the differences between a project and one made now, as words."""
    changes = [] if _is_of_model(project, record, request, target) else ["the model"]
    if target.is_custom:
        template = record.options.get("template")
        changes += _template_changes(project, template, target.origin, dict(request.data))
    options = project_options(request, [target], request.name or "")
    now = options_record(request.record_of(options), project)
    then = {"app": STUDIO, **record.options}
    others = {"model", "template", *(set(BY_TARGET) - set(target.options))}
    keys = sorted({*now, *then} - others)
    changes += [key for key in keys if (now.get(key) or None) != (then.get(key) or None)]
    paths = {key: str(getattr(request, key)) for key in PATHS if now.get(key) and now[key] == then.get(key)}
    changes += [
        key
        for key, path in paths.items()  # of two folders, only the equal names may be recorded
        if not checkpoint_places.is_same_option(project, key, then[key], path)
    ]
    if dict(record.versions) != {"edgegen": __version__, "executorch": pins.EXECUTORCH}:
        changes.append(f"edgegen (it was {record.versions.get('edgegen')})")
    return changes


def _is_of_model(project: Path, record: Manifest, request: Request, target: Target) -> bool:
    """Return whether a project was made from this very model."""
    source = find_model(request.model, request.description())
    if source.is_exported:
        return has_export(record, Path(target.model_dir), source, target.backends)
    path: Path | None = source.path_on_disk or source.name_path
    if path is not None and not path.is_file():  # an official name: look where the project's model was
        found = recorded_checkpoint(project, record.checkpoint)
        path = found if found is not None and found.name == path.name and found.is_file() else None
    return path is not None and record.checkpoint.get("sha256") == manifest.checkpoint_sha256(path)


def _template_changes(
    project: Path, record: Any, origin: Mapping[str, Any], data: Mapping[str, str]
) -> list[str]:
    """Return the changes since a project was made: its template, or the names of answers."""
    import yaml

    record = record if isinstance(record, dict) else {}  # the manifest may be third-party
    is_same = all(record.get(key) == value for key, value in origin.items() if key not in ("ref", "source"))
    is_same &= checkpoint_places.is_same_option(
        project, "template", str(record.get("source")), origin["source"]
    )
    changes = [] if is_same else ["the template"]
    texts, answers = (
        each if isinstance(each, dict) else {} for each in (record.get("data"), record.get("answers"))
    )
    for name, text in data.items():
        if name in texts:
            changes += [name] if texts[name] != text else []
            continue
        equal = [text]  # the text may be the question's default
        with suppress(yaml.YAMLError):
            equal.append(yaml.safe_load(text))
        changes += [name] if answers.get(name, text) not in equal else []
    return [*changes, *(str(name) for name in texts if name not in data)]


def read_record(output: Path) -> dict[str, Any]:
    """Return the entries of the record by NAME/TARGET; none if it is missing or damaged."""
    try:
        content = json.loads((output / RECORD).read_text(encoding="utf-8"))
        entries = content["projects"] if content["schema"] == _SCHEMA else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return entries if isinstance(entries, dict) else {}


def add_to_record(output: Path, rows: Sequence[Row]) -> None:
    """Add the verified rows to the record. RenderError if it cannot be written."""
    verified = [row for row in rows if row.verified is not None]
    if not verified:
        return
    with writing_to(output), exclusive_lock(output):
        entries = read_record(output)  # a run with other models may have added some
        for row in verified:
            digest = manifest.sha256(row.project / manifest.NAME)
            entries[f"{row.name}/{row.target}"] = {"digest": digest, "verified": row.verified}
        text = json.dumps({"schema": _SCHEMA, "projects": entries}, ensure_ascii=False, indent=1)
        write_whole(output / RECORD, text.encode())


def verified_report(record: Mapping[str, Any], row: Row) -> Mapping[str, Any] | None:
    """Return the recorded report of a project that passed and has not changed; else None."""
    entry = record.get(f"{row.name}/{row.target}")
    with suppress(TypeError, KeyError, EdgegenError):
        report, digest = entry["verified"], entry["digest"]  # type: ignore[index]
        if report["passed"] is True and digest and not is_stale(row.project, digest):
            return report if isinstance(report, Mapping) else None
    return None


def is_stale(project: Path, digest: str) -> bool:
    """Return whether a project has changed since its manifest had this digest; "": only its other files."""
    record = manifest.read(project)
    changed = bool(digest) and digest != manifest.sha256(project / manifest.NAME)
    return changed or record is None or bool(record.edited(project))

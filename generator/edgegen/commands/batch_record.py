"""The record of verified projects that `edgegen batch` writes into its output folder.

An unchanged project is not verified again, and `edgegen report` shows the record.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgegen.base.errors import EdgegenError
from edgegen.base.files import exclusive_lock, write_whole
from edgegen.base.staging import writing_to
from edgegen.project import manifest

if TYPE_CHECKING:
    from edgegen.commands.batch_plan import Row

NAME: Final = ".edgegen-batch.json"
_SCHEMA: Final = 1


def read(output: Path) -> dict[str, Any]:
    """Return the entries by NAME/TARGET; none if the record is missing or damaged."""
    try:
        content = json.loads((output / NAME).read_text(encoding="utf-8"))
        entries = content["projects"] if content["schema"] == _SCHEMA else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return entries if isinstance(entries, dict) else {}


def add(output: Path, rows: Sequence["Row"]) -> None:
    """Add the verified rows to the record.

    Raises:
        RenderError: It cannot be written.
    """
    seen = {f"{row.name}/{row.target}": row for row in rows if row.verified is not None}
    if not seen:
        return
    with writing_to(output), exclusive_lock(output):
        entries = read(output)  # a run with other models may have added some
        for key, row in seen.items():
            entries[key] = {"digest": manifest.sha256(row.project / manifest.NAME), "verified": row.verified}
        text = json.dumps({"schema": _SCHEMA, "projects": entries}, ensure_ascii=False, indent=1)
        write_whole(output / NAME, text.encode())


def verified_report(
    entries: Mapping[str, Any], name: str, target: str, project: Path
) -> Mapping[str, Any] | None:
    """Return the recorded report of a project that passed and has not changed; else None."""
    entry = entries.get(f"{name}/{target}")
    try:
        report, digest = entry["verified"], entry["digest"]  # type: ignore[index]
        record = manifest.read(project)
        same = digest == manifest.sha256(project / manifest.NAME)
        if report["passed"] is True and same and record is not None and not record.edited(project):
            return report if isinstance(report, Mapping) else None
    except (TypeError, KeyError, EdgegenError):
        pass
    return None

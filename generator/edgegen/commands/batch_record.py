"""What `edgegen batch` keeps in its output folder: which of the projects were verified, and as what.

A project that is as it was need not be verified again, and `edgegen report` shows what was seen.
"""

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgegen.base.errors import EdgegenError
from edgegen.base.files import exclusive_lock
from edgegen.base.staging import writing_to
from edgegen.project import manifest

if TYPE_CHECKING:
    from edgegen.commands.batch import Row

NAME: Final = ".edgegen-batch.json"
_SCHEMA: Final = 1


def read(output: Path) -> dict[str, Any]:
    """Return what is recorded, by NAME/TARGET; nothing where there is no record, or a damaged one."""
    try:
        content = json.loads((output / NAME).read_text(encoding="utf-8"))
        known = content["projects"] if content["schema"] == _SCHEMA else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def add(output: Path, rows: Sequence["Row"]) -> dict[str, Any]:
    """Keep what was seen of these projects, and return the whole record.

    Raises:
        RenderError: It cannot be written.
    """
    seen = {f"{row.name}/{row.target}": row for row in rows if row.verified is not None}
    if not seen:
        return read(output)
    with writing_to(output), exclusive_lock(output):
        known = read(output)  # another run, of other models, may have written since
        for key, row in seen.items():
            known[key] = {"digest": manifest.sha256(row.project / manifest.NAME), "verified": row.verified}
        text = json.dumps({"schema": _SCHEMA, "projects": known}, ensure_ascii=False, indent=1)
        aside = output / f"{NAME}.{os.getpid()}"
        try:
            aside.write_text(text, encoding="utf-8")
            aside.replace(output / NAME)
        finally:
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)
    return known


def verified(record: Mapping[str, Any], name: str, target: str, project: Path) -> Mapping[str, Any] | None:
    """Return the report of a project that passed and is, in every file, what it was then; None of others."""
    entry = record.get(f"{name}/{target}")
    try:
        report, digest = entry["verified"], entry["digest"]  # type: ignore[index]
        known = manifest.read(project)
        same = known is not None and digest == manifest.sha256(project / manifest.NAME)
        if report["passed"] is True and same and known is not None and not known.edited(project):
            return report if isinstance(report, Mapping) else None
    except (TypeError, KeyError, EdgegenError):
        pass
    return None

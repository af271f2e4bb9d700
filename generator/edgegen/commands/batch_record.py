"""The results of `edgegen batch`, and the record of the verified projects in its output folder.

An unchanged project is not verified again, and `edgegen report` shows it.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import EdgegenError
from edgegen.base.files import exclusive_lock, write_whole
from edgegen.base.staging import writing_to
from edgegen.project import manifest

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

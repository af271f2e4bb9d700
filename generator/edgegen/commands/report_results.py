"""Read the results that `edgegen report` shows: the JSON of verify, batch and benchmark."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, reason
from edgegen.base.text import how_many, plain
from edgegen.commands.batch_record import is_stale

_HINT: Final = (
    "use the output of `edgegen verify --json`, `edgegen batch --verify --json` or `edgegen benchmark --json`"
)
_MOST_ROWS: Final = 50
_MOST_LINES: Final = 10


@dataclass(frozen=True)
class Proof:
    """A result of `edgegen verify`."""

    passed: bool
    authority: str = ""
    images: int = 0
    stages: Sequence[Mapping[str, Any]] = ()
    problems: Sequence[str] = ()
    notes: Sequence[str] = ()
    stale: bool = False  # the project has changed since
    failed: str = ""  # the error if it could not be verified


@dataclass(frozen=True)
class Time:
    """A time in milliseconds: median, lowest and highest of the rounds."""

    what: str
    median: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Times:
    """A result of `edgegen benchmark`."""

    path: Path  # the results file
    argument: str  # MODEL
    projects: tuple[Path, ...]  # where the project may be
    digest: str  # of its manifest; "" for other models
    where: str  # the machine and the number of threads
    model: Sequence[Time]  # the model alone, in all runtimes
    app: Sequence[Time] = ()  # from the picture to the result
    phone: Sequence[Time] = ()
    stale: bool = False  # the project has changed since its app was timed


@dataclass
class Results:
    """The content of all results files."""

    of_projects: dict[Path, tuple[Proof, str]] = field(default_factory=dict)  # with the manifest's digest
    of_targets: dict[str, Proof] = field(default_factory=dict)  # `verify` does not name its project
    timed: dict[str, list[Times]] = field(default_factory=dict)  # by the digest of the .pte

    def times_of(self, model: str, project: Path) -> Times | None:
        """Return the last times of the model with this digest. Times of an app must be of this project."""
        found = self.timed.get(model, [])
        if not found:
            return None
        of_project = [each for each in found if project.resolve() in each.projects]
        last = (of_project or found)[-1]
        if of_project and not is_stale(project, last.digest):
            return last
        stale = bool(of_project and (last.app or last.phone))
        return replace(last, app=(), phone=(), stale=stale)

    def of_no_project(self, models: Collection[str]) -> list[str]:
        """Return a note for each model with times that no project has, for example before retraining."""
        return [
            f"the times of {plain(timed[0].argument)} in {timed[0].path} are left out: no project has that "
            "model; measure the project's model with edgegen benchmark PROJECT --json"
            for digest, timed in self.timed.items()
            if digest not in models
        ]


def read_results(paths: Sequence[Path]) -> Results:
    """Read the output of verify, batch or benchmark with --json. InputError if a file is none of these."""
    results = Results()
    for path in paths:
        _add(results, path)
    return results


def _add(results: Results, path: Path) -> None:
    """Add the content of a file. All of it is checked, so that the page can be rendered."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if "projects" in content:
            for row in content["projects"]:
                if row["verified"] is not None:
                    proof = read_proof(row["verified"])
                    for place in _places(path, row["project"]):
                        results.of_projects[place] = (proof, str(row.get("digest", "")))
        elif "forward" in content:
            results.timed.setdefault(str(content["sha256"]), []).append(_times(path, content))
        else:
            results.of_targets[str(content["target"])] = read_proof(content)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}", "check the path") from error
    # RuntimeError: JSON that is nested too deeply, or a project in the home of an unknown user.
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise InputError(f"{path} has no results: {type(error).__name__}: {error}", _HINT) from error


def _places(results: Path, project: str) -> tuple[Path, ...]:
    """Return the places of a project in a results file: from the current folder, or from that file."""
    return (Path(project).expanduser().resolve(), (results.parent / project).resolve())


def _times(path: Path, content: Mapping[str, Any]) -> Times:
    argument, threads = str(content["model"]), how_many(int(content["threads"]), "thread")
    return Times(
        path=path,
        argument=argument,
        projects=_places(path, argument),
        digest=str(content["digest"] or ""),
        where=f"{content['machine']['processor']}, {threads}",
        model=_rows(content["forward"]),
        app=_rows(content["whole"]),
        phone=_phone_rows(content["device"]) if content["device"] else [],
    )


def _rows(rows: Sequence[Mapping[str, Any]]) -> list[Time]:
    return [
        Time(f"{row['name']} ({row['runs']})", *(float(row["ms"][key]) for key in ("median", "low", "high")))
        for row in rows[:_MOST_ROWS]
    ]


def _phone_rows(report: Mapping[str, Any]) -> list[Time]:
    return [
        Time(f"{report['device']}, {how_many(int(row['threads']), 'thread')}", float(row["total_ms"]))
        for row in report["times"][:_MOST_ROWS]
    ]


def read_proof(report: Any) -> Proof:
    """Return the output of `verify --json` for the page. KeyError, TypeError or ValueError if it is not."""
    stages = [
        {
            "name": str(stage["name"]),
            "passed": bool(stage["passed"]),
            "worst": None if stage["worst"] is None else float(stage["worst"]),
            "tolerance": float(stage["tolerance"]),
            "unit": str(stage["unit"]),
        }
        for stage in report["stages"][:_MOST_ROWS]
    ]
    return Proof(
        passed=bool(report["passed"]),
        authority=str(report["authority"]),
        images=int(report.get("images", 0)),
        stages=stages,
        problems=[str(each) for each in report.get("problems", [])[:_MOST_LINES]],
        notes=[str(each) for each in report.get("notes", [])[:_MOST_LINES]],
    )

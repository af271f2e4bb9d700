"""Read the results that `edgegen report` shows: the JSON of verify, batch and benchmark."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, reason
from edgegen.base.naming import how_many
from edgegen.base.text import plain
from edgegen.project import manifest

_HINT: Final = (
    "use the output of `edgegen verify --json`, `edgegen batch --verify --json` or `edgegen benchmark --json`"
)
_MOST_ROWS: Final = 50


@dataclass(frozen=True)
class Proof:
    """A result of `edgegen verify`."""

    passed: bool
    authority: str
    images: int
    stages: tuple[Mapping[str, Any], ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    stale: bool  # the project has changed since
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
    model: tuple[Time, ...]  # the model alone, in all runtimes
    app: tuple[Time, ...] = ()  # from the picture to the result
    phone: tuple[Time, ...] = ()
    stale: bool = False  # the project has changed since its app was timed


@dataclass
class Results:
    """The content of all results files."""

    # Report and digest of the manifest.
    of_projects: dict[Path, tuple[Mapping[str, Any], str]] = field(default_factory=dict)
    # By target, because `verify` does not name its project.
    of_targets: dict[str, Mapping[str, Any]] = field(default_factory=dict)
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
            f"{timed[0].path} has times of {plain(timed[0].argument)}, and none of the projects has that "
            "model: left out; measure the project's model with edgegen benchmark PROJECT --json"
            for digest, timed in self.timed.items()
            if digest not in models
        ]


def read_results(paths: Sequence[Path]) -> Results:
    """Read the output of `edgegen verify`, `edgegen batch` or `edgegen benchmark` with --json.

    Raises:
        InputError: A file is none of these.
    """
    results = Results()
    for path in paths:
        _add(results, path)
    return results


def _add(results: Results, path: Path) -> None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if "projects" in content:
            _add_batch(results, path, content)
        elif "forward" in content:
            results.timed.setdefault(str(content["sha256"]), []).append(_times(path, content))
        else:
            results.of_targets[str(content["target"])] = checked(content)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}", "check the path") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path} has no results: {type(error).__name__}: {error}", _HINT) from error


def _add_batch(results: Results, path: Path, content: Mapping[str, Any]) -> None:
    for row in content["projects"]:
        if row["verified"] is not None:
            digest = str(row.get("digest", ""))
            for place in _places(path, row["project"]):
                results.of_projects[place] = (checked(row["verified"]), digest)


def _places(results: Path, project: str) -> tuple[Path, ...]:
    """Return the places of a project in a results file: from the current folder, or from that file."""
    return (Path(project).expanduser().resolve(), (results.parent / project).resolve())


def _times(path: Path, content: Mapping[str, Any]) -> Times:
    argument, threads = str(content["model"]), how_many(int(content["threads"]), "thread")
    return Times(
        path,
        argument,
        _places(path, argument),
        str(content["digest"] or ""),
        plain(f"{content['machine']['processor']}, {threads}", 200),
        tuple(_rows(content["forward"])),
        tuple(_rows(content["whole"])),
        tuple(_of_phone(content["device"])) if content["device"] is not None else (),
    )


def _rows(rows: Sequence[Mapping[str, Any]]) -> Iterator[Time]:
    for row in rows[:_MOST_ROWS]:
        median, low, high = (float(row["ms"][name]) for name in ("median", "low", "high"))
        yield Time(plain(f"{row['name']} ({row['runs']})", 120), median, low, high)


def _of_phone(report: Mapping[str, Any]) -> Iterator[Time]:
    for row in report["times"][:_MOST_ROWS]:
        threads = how_many(int(row["threads"]), "thread")
        yield Time(plain(f"{report['device']}, {threads}", 120), float(row["total_ms"]))


def is_stale(project: Path, digest: str) -> bool:
    """Return whether a project has changed since its manifest had this digest."""
    record = manifest.read(project)
    changed = bool(digest) and digest != manifest.sha256(project / manifest.NAME)
    return changed or record is None or bool(record.edited(project))


def checked(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a report of `verify`; raise KeyError, TypeError or ValueError for anything else."""
    proof(report, stale=False)
    return report


def proof(report: Mapping[str, Any], *, stale: bool) -> Proof:
    """Return the output of `edgegen verify --json` for the page."""
    stages = [
        {
            "name": plain(str(stage["name"])),
            "passed": bool(stage["passed"]),
            "worst": None if stage["worst"] is None else float(stage["worst"]),
            "tolerance": float(stage["tolerance"]),
            "unit": plain(str(stage["unit"])),
        }
        for stage in report["stages"][:_MOST_ROWS]
    ]
    return Proof(
        bool(report["passed"]),
        plain(str(report["authority"]), 200),
        int(report.get("images", 0)),
        tuple(stages),
        tuple(plain(str(each), 300) for each in report.get("problems", [])[:10]),
        tuple(plain(str(each), 300) for each in report.get("notes", [])[:10]),
        stale,
    )

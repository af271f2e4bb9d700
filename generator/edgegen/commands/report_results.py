"""What `edgegen report` is told of projects: what verifying and timing them printed into files."""

import json
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, reason
from edgegen.base.naming import how_many
from edgegen.project import manifest

_HINT: Final = (
    "give what `edgegen verify --json`, `edgegen batch --verify --json` or `edgegen benchmark --json` printed"
)
_MOST_ROWS: Final = 50


def plain(text: str, most: int = 80) -> str:
    """Return a text that any page can show: without control characters, and at most this long."""
    shown = "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs", "Cn"} else c for c in text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


@dataclass(frozen=True)
class Proof:
    """What `edgegen verify` saw, and whether it was of this very project."""

    passed: bool
    authority: str
    images: int
    stages: tuple[Mapping[str, Any], ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    stale: bool  # the project is another one since
    failed: str = ""  # why it could not be verified at all


@dataclass(frozen=True)
class Time:
    """How long something takes, in milliseconds: the median, of several rounds the lowest and the highest."""

    what: str
    median: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Times:
    """What `edgegen benchmark` saw of a model."""

    where: str  # the machine, and how many threads
    model: tuple[Time, ...]  # the model alone, and those beside it
    app: tuple[Time, ...] = ()  # from the picture to what is shown
    phone: tuple[Time, ...] = ()
    stale: bool = False  # the app was timed, and the project is another one since


@dataclass(frozen=True)
class Timed:
    """Times, and what they are of."""

    path: Path  # the file that says them
    model: str  # as it was typed
    project: tuple[Path, ...]  # where it may be that was timed
    digest: str  # of its manifest; "" of what is no project
    times: Times


@dataclass
class Results:
    """What files said of projects."""

    # Report or why not, and the manifest's digest.
    of_projects: dict[Path, tuple[Mapping[str, Any], str]] = field(default_factory=dict)
    # Of `verify`, which does not name its project.
    of_targets: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    timed: dict[str, list[Timed]] = field(default_factory=dict)  # by the digest of the .pte

    def times_of(self, model: str, project: Path) -> Times | None:
        """Return the last times of a model with this digest; those of an app only of this very project."""
        found = self.timed.get(model, [])
        mine = [each for each in found if project.resolve() in each.project]
        if not mine and not found:
            return None
        last = (mine or found)[-1]
        if not mine:
            return Times(last.times.where, last.times.model)
        if is_stale(project, last.digest):
            return Times(last.times.where, last.times.model, stale=bool(last.times.app or last.times.phone))
        return last.times

    def of_no_project(self, models: Collection[str]) -> list[str]:
        """Say which files have times of a model that no project has: of one before it was retrained, say."""
        return [
            f"{timed[0].path} has times of {plain(timed[0].model)}, and none of the projects has that model: "
            "left out; edgegen benchmark PROJECT --json times the one that it has"
            for digest, timed in self.timed.items()
            if digest not in models
        ]


def read_results(paths: Sequence[Path]) -> Results:
    """Read what `edgegen verify`, `edgegen batch` or `edgegen benchmark` printed with --json.

    Raises:
        InputError: It is none of these.
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
            results.timed.setdefault(str(content["sha256"]), []).append(_timed(path, content))
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
    """Return where a project may be that a file names: below the current folder, or beside that file."""
    return (Path(project).expanduser().resolve(), (results.parent / project).resolve())


def _timed(path: Path, content: Mapping[str, Any]) -> Timed:
    threads = how_many(int(content["threads"]), "thread")
    times = Times(
        plain(f"{content['machine']['processor']}, {threads}", 200),
        tuple(_rows(content["forward"])),
        tuple(_rows(content["whole"])),
        tuple(_of_phone(content["device"])) if content["device"] is not None else (),
    )
    return Timed(
        path, str(content["model"]), _places(path, str(content["model"])), str(content["digest"] or ""), times
    )


def _rows(rows: Sequence[Mapping[str, Any]]) -> Iterator[Time]:
    for row in rows[:_MOST_ROWS]:
        took = row["ms"]
        yield Time(
            plain(f"{row['name']} ({row['runs']})", 120),
            float(took["median"]),
            float(took["low"]),
            float(took["high"]),
        )


def _of_phone(report: Mapping[str, Any]) -> Iterator[Time]:
    for row in report["times"][:_MOST_ROWS]:
        threads = how_many(int(row["threads"]), "thread")
        yield Time(plain(f"{report['device']}, {threads}", 120), float(row["total_ms"]))


def is_stale(project: Path, digest: str) -> bool:
    """Tell whether a project is another one than that whose manifest had this digest."""
    known = manifest.read(project)
    changed = bool(digest) and digest != manifest.sha256(project / manifest.NAME)
    return changed or known is None or bool(known.edited(project))


def checked(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a report, or raise KeyError, TypeError or ValueError where it is none."""
    proof(report, stale=False)
    return report


def proof(report: Mapping[str, Any], *, stale: bool) -> Proof:
    """Return what `edgegen verify --json` printed, as the page shows it."""
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

"""The report of `edgegen verify`."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from edgegen.tasks.stage import Stage

MISTAKES: Final = "wrong"  # the unit of a stage that counts mistakes instead of measuring a difference


@dataclass(frozen=True)
class Report:
    """The stages over all pictures, and the authority that they were compared with."""

    target: str
    stages: tuple[Stage, ...]
    images: int
    detections: int
    authority: str  # a description
    problems: tuple[str, ...] = ()  # detections that only one side has
    notes: tuple[str, ...] = ()
    shows: str = "boxes"  # the name of the app's results: `Task.result_noun`
    counts: str = "detections"  # the name of what `detections` counts

    @property
    def counted(self) -> str:
        """The number of results, with their name."""
        return f"{self.detections} {self.counts}"

    @property
    def passed(self) -> bool:
        """Return whether every stage passed; False without a stage."""
        return bool(self.stages) and all(stage.passed for stage in self.stages)

    @property
    def verdict(self) -> str:
        """Return the result as text. A stage that counts mistakes does not decide about the app's results."""
        failed = [stage for stage in self.stages if not stage.passed]
        names = ", ".join(stage.name for stage in failed)
        if any(stage.unit != MISTAKES for stage in failed):
            return f"NOT the same {self.shows} as {self.authority}"
        if not any(stage.compared for stage in self.stages):
            return f"nothing was compared with {self.authority}"
        if not failed and self.images and not self.detections:
            return f"no {self.shows} to compare; all earlier stages are the same as {self.authority}"
        if not failed:
            return f"the same {self.shows} as {self.authority}"
        if any(stage.unit != MISTAKES for stage in self.stages):
            return f"the same {self.shows} as {self.authority}, but these failed: {names}"
        return f"NOT shown to be the same {self.shows} as {self.authority}: these failed: {names}"

    def to_json(self) -> dict[str, Any]:
        """Return the report as `edgegen verify --json` prints it."""
        return {
            "target": self.target,
            "passed": self.passed,
            "stages": [
                {
                    "name": stage.name,
                    "passed": stage.passed,
                    # JSON has no infinity: null means that nothing could be compared.
                    "worst": stage.worst if math.isfinite(stage.worst) else None,
                    "tolerance": stage.tolerance,
                    "unit": stage.unit,
                    "compared": stage.compared,
                }
                for stage in self.stages
            ],
            "images": self.images,
            "detections": self.detections,
            "authority": self.authority,
            "problems": list(self.problems),
            "notes": list(self.notes),
        }


def compared_stages(report: Mapping[str, Any]) -> list[Stage]:
    """Return the stages of the JSON of a project's own parity test, without those that compared nothing."""
    return [
        Stage(
            name=row["name"],
            worst=math.inf if row["worst"] is None else float(row["worst"]),
            tolerance=float(row["tolerance"]),
            unit=row["unit"],
            passed=row["passed"],
            compared=row["compared"],
        )
        for row in report["stages"]
        if row["compared"] or not row["passed"]
    ]


def merge(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """Merge stages of the same name, in the order of their first appearance."""
    merged: dict[str, Stage] = {}
    for stage in stages:
        known = merged.get(stage.name)
        merged[stage.name] = stage if known is None else known.merged(stage)
    return tuple(merged.values())


def merge_reports(reports: Sequence[tuple[str, Report]]) -> Report:
    """Return one report for an app with several models. Stages and problems name the model."""
    first = reports[0][1]
    if len(reports) == 1:
        return first
    authorities = dict.fromkeys(each.authority for _, each in reports)
    return replace(
        first,
        stages=tuple(
            replace(stage, name=f"{key}: {stage.name}") for key, each in reports for stage in each.stages
        ),
        images=sum(each.images for _, each in reports),
        detections=sum(each.detections for _, each in reports),
        authority=" and ".join(authorities),
        problems=tuple(f"{key}: {problem}" for key, each in reports for problem in each.problems),
        notes=tuple(dict.fromkeys(note for _, each in reports for note in each.notes)),
    )


def mistakes_stage(name: str, wrong: int, compared: int) -> Stage:
    """Return the stage of a check that counts mistakes."""
    return Stage(name, float(wrong), 0.0, MISTAKES, not wrong and compared > 0, compared)


def tests_report(target: str, ran: Mapping[str, tuple[int, Sequence[str]]], authority: str) -> Report:
    """Return the report of a project's own tests. ran: by kind, the number of tests and the failures."""
    return Report(
        target=target,
        stages=tuple(mistakes_stage(name, len(failures), run) for name, (run, failures) in ran.items()),
        images=0,
        detections=0,
        authority=authority,
        problems=tuple(failure for _, failures in ran.values() for failure in failures),
    )

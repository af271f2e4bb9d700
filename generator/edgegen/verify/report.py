"""What verifying saw."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from edgegen.parity import Stage


@dataclass(frozen=True)
class Report:
    """The stages over all pictures, and what they were held against."""

    target: str
    stages: tuple[Stage, ...]
    images: int
    detections: int
    authority: str  # in words: whose boxes these are to be
    problems: tuple[str, ...] = ()  # detections that only one side shows

    @property
    def passed(self) -> bool:
        """Tell whether every stage passed; a report without a stage did not."""
        return bool(self.stages) and all(stage.passed for stage in self.stages)

    def to_json(self) -> dict[str, Any]:
        """Return the report as `edgegen verify --json` prints it."""
        return {
            "target": self.target,
            "passed": self.passed,
            "stages": [
                {
                    "name": stage.name,
                    "passed": stage.passed,
                    # JSON has no infinity: what could not be compared at all is null.
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
        }


def merge(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """Put the stages of the same name together, in the order of their first appearance."""
    merged: dict[str, Stage] = {}
    for stage in stages:
        known = merged.get(stage.name)
        merged[stage.name] = stage if known is None else known.merged(stage)
    return tuple(merged.values())

"""The results of a run, and their JSON."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

SCHEMA = 1
WORDS = {"at_least": "≥", "at_most": "≤", "under": "<"}


@dataclass(frozen=True)
class Target:
    """The limit of a figure. `comparison` is a key of WORDS, `limit` has the figure's unit."""

    comparison: str
    limit: float

    def met_by(self, value: float) -> bool:
        """Return whether a value reaches the target."""
        if self.comparison == "at_least":
            return value >= self.limit
        return value <= self.limit if self.comparison == "at_most" else value < self.limit

    def __str__(self) -> str:
        return f"{WORDS[self.comparison]} {self.limit:g}"


@dataclass(frozen=True)
class Spread:
    """The median, minimum, maximum and number of several measurements."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Summarise values, at least one."""
        return cls(statistics.median(values), min(values), max(values), len(values))


@dataclass(frozen=True)
class Side:
    """One side of a comparison: the median of its measurements."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class Figure:
    """A row of the table. A figure without a target is for information."""

    name: str  # name and picture together are unique
    title: str
    unit: str  # x (a ratio), ms, s, MB, kB, or the counted objects
    spread: Spread
    target: Target | None = None
    sides: tuple[Side, ...] = ()
    note: str = ""
    picture: str = ""  # name of the photo, if one was used
    processor: str = ""  # of the machine, if it is not that of the results

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        return None if self.target is None else self.target.met_by(self.spread.median)


@dataclass(frozen=True)
class Stages:
    """The median times of the stages of a frame, for one side, in milliseconds."""

    name: str
    picture: str
    preprocess: float
    inference: float
    postprocess: float
    total: float
    boxes: int


@dataclass
class Results:
    """All results of a run."""

    machine: dict[str, Any]
    versions: dict[str, str]
    model: dict[str, Any]
    settings: dict[str, Any]
    figures: list[Figure] = field(default_factory=list)
    stages: list[Stages] = field(default_factory=list)

    @property
    def slug(self) -> str:
        """The kind of processor, as a part of names of files."""
        return str(self.machine["kind"]).lower().replace(" ", "-")

    @property
    def missed(self) -> list[Figure]:
        """The figures that do not reach their targets."""
        return [figure for figure in self.figures if figure.met is False]

    def over(self, earlier: "Results") -> "Results":
        """Return earlier results, updated with these. A figure that these lack keeps its own processor."""
        measured = {(each.name, each.picture): each for each in self.figures}
        old_processor = str(earlier.machine["processor"])
        figures = []
        for each in earlier.figures:
            known = each.processor or old_processor
            elsewhere = "" if known == self.machine["processor"] else known
            figures.append(measured.pop((each.name, each.picture), replace(each, processor=elsewhere)))
        return replace(self, figures=[*figures, *measured.values()], stages=self.stages or earlier.stages)

    def to_json(self) -> dict[str, Any]:
        """Return the results as JSON values."""
        figures = []
        for figure in self.figures:
            plain = asdict(figure)
            plain["met"] = figure.met
            figures.append(plain)
        rest = {name: getattr(self, name) for name in ("machine", "versions", "model", "settings")}
        return {
            "schema": SCHEMA,
            **rest,
            "figures": figures,
            "stages": [asdict(each) for each in self.stages],
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> "Results":
        """Return the results from the values of `to_json`."""
        if plain["schema"] != SCHEMA:
            raise ValueError(f"results of schema {plain['schema']}, expected {SCHEMA}")
        figures = [
            Figure(
                name=each["name"],
                title=each["title"],
                unit=each["unit"],
                spread=Spread(**each["spread"]),
                target=Target(**each["target"]) if each["target"] else None,
                sides=tuple(Side(**side) for side in each["sides"]),
                note=each["note"],
                picture=each["picture"],
                processor=each.get("processor", ""),
            )
            for each in plain["figures"]
        ]
        stages = [Stages(**each) for each in plain["stages"]]
        return cls(plain["machine"], plain["versions"], plain["model"], plain["settings"], figures, stages)

"""What a run found out: plain data that goes to JSON and comes back."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

SCHEMA = 1
WORDS = {"at_least": "≥", "at_most": "≤", "under": "<"}


@dataclass(frozen=True)
class Target:
    """What a figure should be. comparison: one of WORDS; limit: in the figure's unit."""

    comparison: str
    limit: float

    def met_by(self, value: float) -> bool:
        """Say whether a value reaches the target."""
        if self.comparison == "at_least":
            return value >= self.limit
        return value <= self.limit if self.comparison == "at_most" else value < self.limit

    def __str__(self) -> str:
        return f"{WORDS[self.comparison]} {self.limit:g}"


@dataclass(frozen=True)
class Spread:
    """The median of several measurements, the lowest and the highest of them, and how many they were."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Summarise at least one value."""
        return cls(statistics.median(values), min(values), max(values), len(values))


@dataclass(frozen=True)
class Side:
    """One of the things that a figure compares: the median of its own measurements."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class Figure:
    """One line of the table. Without a target it is for information."""

    name: str  # unique together with the picture
    title: str
    unit: str  # x (a ratio), ms, s, MB, or what was counted
    spread: Spread
    target: Target | None = None
    sides: tuple[Side, ...] = ()
    note: str = ""
    picture: str = ""  # the photo it was measured on, where there was one
    processor: str = ""  # where it was measured, if that was not the results' machine

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        return None if self.target is None else self.target.met_by(self.spread.median)


@dataclass(frozen=True)
class Stages:
    """Where the time of one contestant's frame goes: medians in milliseconds."""

    name: str
    picture: str
    preprocess: float
    inference: float
    postprocess: float
    total: float
    boxes: int


@dataclass
class Results:
    """Everything that a run found out."""

    machine: dict[str, Any]
    versions: dict[str, str]
    model: dict[str, Any]
    settings: dict[str, Any]
    figures: list[Figure] = field(default_factory=list)
    stages: list[Stages] = field(default_factory=list)

    @property
    def missed(self) -> list[Figure]:
        """The figures that do not reach their targets."""
        return [figure for figure in self.figures if figure.met is False]

    def over(self, earlier: "Results") -> "Results":
        """Return these results in the place of earlier ones; what they lack stays, with its own processor."""
        measured = {(each.name, each.picture): each for each in self.figures}
        old_one = str(earlier.machine["processor"])
        figures = []
        for each in earlier.figures:
            known = each.processor or old_one
            elsewhere = "" if known == self.machine["processor"] else known
            figures.append(measured.pop((each.name, each.picture), replace(each, processor=elsewhere)))
        return replace(self, figures=[*figures, *measured.values()], stages=self.stages or earlier.stages)

    def to_json(self) -> dict[str, Any]:
        """Return what is written to a file."""
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
        """Read what to_json returned."""
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

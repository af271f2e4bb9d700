"""One line of a report: what a stage of the way from picture to result showed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One line of a report: the worst difference that a stage showed, over all pictures."""

    name: str
    worst: float
    tolerance: float
    unit: str
    passed: bool
    compared: int  # how many numbers or detections were held against each other

    def merged(self, other: "Stage") -> "Stage":
        """Return the stage over the pictures of both."""
        return Stage(
            self.name,
            max(self.worst, other.worst),
            self.tolerance,
            self.unit,
            self.passed and other.passed,
            self.compared + other.compared,
        )

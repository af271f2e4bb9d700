"""What the self-check of an app on a phone reports, read back."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from edgegen.base.errors import ToolchainError
from edgegen.base.files import file_sha256

# "2 threads: 1.9, 30.2, 0.4, 32.5", as the app's SelfCheck writes it: ms of input, model, result, together.
_TIMES = re.compile(r"(\d+) threads?: ([\d.]+), ([\d.]+), ([\d.]+), ([\d.]+)")


@dataclass(frozen=True)
class PhoneTime:
    """What the stages take on that many threads: medians, in milliseconds."""

    threads: int
    input_ms: float
    model_ms: float
    result_ms: float
    total_ms: float


@dataclass(frozen=True)
class PhoneReport:
    """A report that is whole: of which device and model, what it found, how long it takes."""

    device: str
    sha256: str  # of the model
    verdict: str
    times: tuple[PhoneTime, ...]

    @property
    def passed(self) -> bool:
        """Whether the phone shows what the vectors say."""
        return self.verdict.startswith("PASSED")


def read_report(lines: Iterable[str]) -> PhoneReport | None:
    """Return the last report among the lines of a log; None where there is none, or it has no end."""
    device = sha256 = verdict = ""
    times: list[PhoneTime] = []
    for line in lines:
        key, _, value = line.strip().partition(": ")
        if key == "app":  # a report's first line
            device = sha256 = verdict = ""
            times = []
        elif key == "device":
            device = value
        elif key == "sha256":
            sha256 = value
        elif key.startswith(("PASSED", "FAILED")):
            verdict = line.strip()
        elif (found := _TIMES.fullmatch(line.strip())) is not None:
            threads, *stages = found.groups()
            times.append(PhoneTime(int(threads), *map(float, stages)))
    return PhoneReport(device, sha256, verdict, tuple(times)) if device and verdict and times else None


def trusted(report: PhoneReport, model: Path) -> PhoneReport:
    """Return a report whose times mean something: of this .pte, and passed.

    Raises:
        ToolchainError: They mean nothing.
    """
    if report.sha256 != file_sha256(model):
        raise ToolchainError(
            f"the last self-check in the log of {report.device} is of another model",
            "run it again, and see that Gradle installs this project's app",
        )
    if not report.passed:
        raise ToolchainError(
            f"{report.device} shows something else than PyTorch, so its times mean nothing: {report.verdict}",
            "`edgegen verify --device` and the app's own self-check say more",
        )
    return report

"""Read the report of an app's self-check on a phone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from edgegen.base.errors import ToolchainError
from edgegen.base.files import file_sha256

# "2 threads: 1.9, 30.2, 0.4, 32.5", as the app's SelfCheck writes it: ms of input, model, result, total.
_TIMES = re.compile(r"(\d+) threads?: ([\d.]+), ([\d.]+), ([\d.]+), ([\d.]+)")
# "Vulkan: passed, worst difference 0.31 px, 2.1 ms, loaded in 80.0 ms": a program and its verdict.
_PROGRAM = re.compile(
    r"([A-Z][\w ()]*): (the reference|(?:passed|FAILED|cannot|ended|failed|not checked|is being checked).*?)"
    r"(?:, ([\d.]+) ms)?(?:, loaded in ([\d.]+) ms)?"
)


@dataclass(frozen=True)
class PhoneTime:
    """The median times of the stages with a number of threads, in milliseconds."""

    threads: int
    input_ms: float
    model_ms: float
    result_ms: float
    total_ms: float


@dataclass(frozen=True)
class PhoneProgram:
    """A program of the model on the phone, in the phone's words. Times are None if they were not measured."""

    title: str  # "CPU", "Vulkan"
    verdict: str  # "passed, worst difference 0.31 px"
    model_ms: float | None
    load_ms: float | None


@dataclass(frozen=True)
class PhoneReport:
    """A complete report of a self-check."""

    device: str
    sha256: str  # of the model
    verdict: str
    times: tuple[PhoneTime, ...]
    programs: tuple[PhoneProgram, ...] = ()  # empty: the model has one

    @property
    def passed(self) -> bool:
        """Return whether the phone's results equal the golden vectors."""
        return self.verdict.startswith("PASSED")


def read_report(lines: Iterable[str]) -> PhoneReport | None:
    """Return the last report in the lines of a log, or None if there is none or it is incomplete."""
    device = sha256 = verdict = ""
    times: list[PhoneTime] = []
    programs: list[PhoneProgram] = []
    for line in lines:
        key, _, value = line.strip().partition(": ")
        if key == "app":  # a report's first line
            device = sha256 = verdict = ""
            times, programs = [], []
        elif key == "device":
            device = value
        elif key == "sha256":
            sha256 = value
        elif key.startswith(("PASSED", "FAILED")):
            verdict = line.strip()
        elif (found := _TIMES.fullmatch(line.strip())) is not None:
            threads, *stages = found.groups()
            times.append(PhoneTime(int(threads), *map(float, stages)))
        elif (found := _PROGRAM.fullmatch(line.strip())) is not None:
            title, said, *times_ms = found.groups()
            programs.append(PhoneProgram(title, said, *(float(ms) if ms else None for ms in times_ms)))
    if not device or not verdict or not times:
        return None
    return PhoneReport(device, sha256, verdict, tuple(times), tuple(programs))


def check_report(report: PhoneReport, model: Path) -> PhoneReport:
    """Return the report, or raise ToolchainError if it failed or is of another .pte."""
    if report.sha256 != file_sha256(model):
        raise ToolchainError(
            f"the last self-check in the log of {report.device} is of another model",
            "run it again, and check that Gradle installs this project's app",
        )
    if not report.passed:
        raise ToolchainError(
            f"{report.device} has other results than PyTorch, so its times are useless: {report.verdict}",
            "run `edgegen verify --device`, or the app's own self-check, for details",
        )
    return report

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

_VERDICTS = ("PASSED", "FAILED")


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
    log = [line.strip() for line in lines]
    starts = [number for number, line in enumerate(log) if line.partition(": ")[0] == "app"]
    log = log[max(starts, default=0) :]
    values = dict(line.partition(": ")[::2] for line in log)
    verdicts = [line for line in log if line.startswith(_VERDICTS)]
    others = [line for line in log if not line.startswith(_VERDICTS)]
    times = [
        PhoneTime(int(found[1]), *map(float, found.groups()[1:]))
        for found in map(_TIMES.fullmatch, others)
        if found
    ]
    programs = [
        PhoneProgram(found[1], found[2], *(float(ms) if ms else None for ms in found.groups()[2:]))
        for found in map(_PROGRAM.fullmatch, others)
        if found
    ]
    device = values.get("device", "")
    if not device or not verdicts or not times:
        return None
    return PhoneReport(device, values.get("sha256", ""), verdicts[-1], tuple(times), tuple(programs))


def check_report(report: PhoneReport, model: Path) -> PhoneReport:
    """Return the report, or raise ToolchainError if it failed or is of another .pte."""
    if report.sha256 != file_sha256(model):
        raise ToolchainError(
            f"the last self-check in the log of {report.device} is of another model",
            "run it again, and check that Gradle installs this project's app",
        )
    if not report.passed:
        raise ToolchainError(
            f"{report.device} has other results than PyTorch, so its times do not count: {report.verdict}",
            "run `edgegen verify --device`, or the app's own self-check, for details",
        )
    return report

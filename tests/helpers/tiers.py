"""Which run a test belongs to, what the runs prove, and the result and CPU seconds of each test.

A test without a mark belongs to `make check`. `@pytest.mark.proof("linux")` adds it to `make test`, for that
proof. `@pytest.mark.full` leaves it to `make test-all`, `@pytest.mark.nightly` to `make test-nightly`. In a
file of full tests, a proof or a nightly test has both marks.
"""

import contextlib
import resource
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

# What `make test` proves, in the order of its table.
PROOFS: Final = {
    "export": "Export of every task: the same numbers as PyTorch",
    "core": "C++ core: the same boxes as numpy, the same pixels as OpenCV",
    "linux": "Linux app: built, the same boxes as `edgegen predict`, a mutated constant noticed",
    "tasks": "Linux, the other tasks: parity test",
    "int8": "Linux, int8: the same results as the int8 model in Python",
    "kotlin": "Kotlin core on the JVM: the same boxes as numpy",
    "javascript": "JavaScript core on Node: the same pixels and boxes as numpy",
    "android": "Android app: compiled, launched, compared with PyTorch",
    "web": "Web app: run in Chromium, compared with PyTorch, a mutated constant noticed",
    "bridge": "iOS bridge on GNUstep: the same boxes as PyTorch",
    "swift": "iOS app: its Swift compiles and its logic tests pass",
    "readme": "README's commands",
    "commands": "`update`, `batch` and `report`",
    "wheel": "Wheel, sdist and git address: installed without torch, a project of every target",
    "sanitizer": "C++ core under AddressSanitizer and UBSan",
}
SLOW_FIXTURES: Final = {"once", "android_kit", "ios_kit", "shared_data"}
CHECK_SECONDS: Final = 2.0  # the most CPU seconds of a test of `make check`


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that the Makefile passes."""
    parser.addoption("--proofs", action="store_true", help="end with the table of what was proven")
    parser.addoption(
        "--results", type=Path, metavar="FILE", help="write the CPU seconds and result of each test"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Collect results where they arrive: in the process that reports them."""
    config.addinivalue_line("markers", "proof(name): belongs to `make test`, as part of this proof")
    config.addinivalue_line("markers", "full: belongs to `make test-all` only")
    config.addinivalue_line("markers", "nightly: belongs to `make test-nightly` only")
    if config.getoption("--results"):
        config.pluginmanager.register(_Clock())
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Results(config))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the reports of a test say to which proof it belongs."""
    for item in items:
        for mark in item.iter_markers("proof"):
            item.user_properties.append(("proof", mark.args[0]))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test that waits for an export, a build or a kit and does not say which run it belongs to."""
    marks = [mark for name in ("proof", "full", "nightly") for mark in item.iter_markers(name)]
    slow = SLOW_FIXTURES & set(getattr(item, "fixturenames", ()))
    if slow and not marks:
        pytest.fail(f"it uses the fixture {min(slow)}: mark it `proof`, `full` or `nightly`", pytrace=False)
    for mark in marks:
        if mark.name == "proof" and mark.args[0] not in PROOFS:
            pytest.fail(f"{mark.args[0]!r} is none of {', '.join(PROOFS)}", pytrace=False)


def sample(rows: Sequence[Any], proof: str, every: int) -> list[Any]:
    """Return the rows as parameters of a test; the first of every `every` rows belongs to a proof."""
    parameters = []
    for number, row in enumerate(rows):
        values = row if isinstance(row, list) else [row]
        marks = [pytest.mark.proof(proof)] if number % every == 0 else []
        parameters.append(pytest.param(*values, marks=marks))
    return parameters


class _Clock:
    """Notes the CPU seconds that a test's process and its children took for it."""

    def __init__(self) -> None:
        self._before = _cpu_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
        """Add `cpu_seconds` to a test's last report."""
        if call.when == "teardown":
            now = _cpu_seconds()
            # The seconds of a browser that ended are gone from the sum.
            item.user_properties.append(("cpu_seconds", max(now - self._before, 0.0)))
            self._before = now
        return (yield)


def _cpu_seconds() -> float:
    """Return the CPU seconds of this process and of all that it started, living or dead."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(each.ru_utime + each.ru_stime for each in usage)
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it ended meanwhile
            seconds += sum(process.cpu_times()[:4])  # user, system, and those of its dead children
    return seconds


class _Results:
    """Collects the outcome of each proof and the CPU seconds of each test; prints both at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._proofs_wanted = bool(config.getoption("--proofs"))
        self._results_file: Path | None = config.getoption("--results")
        self._outcomes: dict[str, Counter[str]] = {name: Counter() for name in PROOFS}
        self._reasons: dict[str, str] = {}
        self._seconds: dict[str, float] = {}
        self._tiers: dict[str, str] = {}
        self._skipped: set[str] = set()
        self._failed: set[str] = set()
        self._too_slow: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a phase of a test."""
        properties = dict(report.user_properties)
        tier = next((mark for mark in ("nightly", "proof", "full") if mark in report.keywords), "check")
        self._tiers[report.nodeid] = tier
        if report.failed:
            self._failed.add(report.nodeid)
        if report.skipped:
            self._skipped.add(report.nodeid)
        if "cpu_seconds" in properties:
            seconds = float(properties["cpu_seconds"])
            self._seconds[report.nodeid] = seconds
            if seconds > CHECK_SECONDS and tier == "check":
                self._too_slow.append(f"{seconds:.1f} CPU seconds: {report.nodeid}")
        name = properties.get("proof")
        if name in PROOFS and (report.when == "call" or not report.passed):
            self._outcomes[name][report.outcome] += 1
            if report.skipped and isinstance(report.longrepr, tuple):
                self._reasons[name] = report.longrepr[2].removeprefix("Skipped: ")

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: pytest.ExitCode
    ) -> None:
        """Print the table of proofs, and the tests of `make check` that take too long. Write the results."""
        write = terminalreporter.write_line
        if self._proofs_wanted:
            terminalreporter.section("proven")
            for name, claim in PROOFS.items():
                write(f"{claim:<85} {self._verdict(name)}")
        if self._too_slow:
            terminalreporter.section(f"tests of `make check` over {CHECK_SECONDS:.0f} s")
            for line in sorted(self._too_slow, reverse=True):
                write(line)
        ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if self._results_file and ended:
            self._write_results(self._results_file)
            write(f"{sum(self._seconds.values()):.0f} CPU seconds; those of each test: {self._results_file}")

    def _write_results(self, path: Path) -> None:
        """Write a line for each test, slowest first: CPU seconds, tier, outcome, name."""
        path.parent.mkdir(parents=True, exist_ok=True)
        names = sorted(self._tiers, key=lambda name: -self._seconds.get(name, 0.0))
        lines = []
        for name in names:
            outcome = "failed" if name in self._failed else "skipped" if name in self._skipped else "passed"
            lines.append(f"{self._seconds.get(name, 0.0):.2f}\t{self._tiers[name]}\t{outcome}\t{name}\n")
        path.write_text("".join(lines), encoding="utf-8")

    def _verdict(self, name: str) -> str:
        outcomes = self._outcomes[name]
        if outcomes["failed"]:
            return f"NOT proven: {outcomes['failed']} of {outcomes.total()} tests failed"
        if outcomes["skipped"]:
            return f"not proven here: {self._reasons.get(name, 'skipped')}"
        if not outcomes["passed"]:
            return "not run"
        return f"yes ({outcomes['passed']} tests)"

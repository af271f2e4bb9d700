"""The comparison of a project with its authority."""

from edgegen.commands.verify import ProgramChecks
from edgegen.parity.report import Report
from edgegen.tasks.stage import Stage


def test_verify_fails_if_a_program_that_runs_here_differs() -> None:
    report = Report("ios", (Stage("app", 0.0, 1.0, "px", passed=True, compared=1),), 1, 1, "PyTorch")
    checks = ProgramChecks(compared=1, problems=("Core ML: other boxes",))
    failed = checks.added_to(report)
    assert (failed.passed, failed.problems) == (False, ("Core ML: other boxes",))
    assert failed.verdict.endswith("but these failed: further programs")
    assert ProgramChecks(compared=1).added_to(report).passed

"""The marks that select the tests of `make check`, `make test` and `make test-all`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.places import ROOT
from tests.helpers.tiers import PROOFS

TESTS = """
import pytest

@pytest.fixture
def once():
    return 1

@pytest.mark.proof("linux")
def test_proof(once):
    assert once

@pytest.mark.proof("android")
def test_skipped(once):
    pytest.skip("aapt2 is missing")

@pytest.mark.proof("core")
def test_failed(once):
    assert not once

@pytest.mark.full
def test_full(once):
    sum(range(10**6))

def test_check():
    assert sum(range(10**7))
"""


def run(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run tests with the plugin and without the repository's conftest."""
    (folder / "test_it.py").write_text(text)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.helpers.tiers",
        "-p",
        "no:cacheprovider",
        *options,
    ]
    return subprocess.run(
        [*command, f"--rootdir={folder}", "test_it.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_proofs_option_prints_a_table_of_proven_and_failed_claims(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """With one process and with two."""
    answer = run(tmp_path, TESTS, "--proofs", *workers)
    assert answer.returncode == 1
    verdicts = {
        name: re.search(rf"^{re.escape(claim)} +(.*)$", answer.stdout, re.MULTILINE)
        for name, claim in PROOFS.items()
    }
    said = {name: found[1] for name, found in verdicts.items() if found}
    assert said.keys() == PROOFS.keys()
    assert said["linux"] == "yes (1 tests)"
    assert said["android"] == "not proven here: aapt2 is missing"
    assert said["core"] == "NOT proven: 1 of 1 tests failed"
    assert said["export"] == "not run"


def test_results_option_writes_seconds_tier_and_outcome_of_each_test_slowest_first(tmp_path: Path) -> None:
    answer = run(tmp_path, TESTS, "--results", "results.tsv")
    assert answer.returncode == 1, answer.stdout
    rows = [line.split("\t") for line in (tmp_path / "results.tsv").read_text().splitlines()]
    seconds = [float(row[0]) for row in rows]
    assert seconds == sorted(seconds, reverse=True)
    results = {name.removeprefix("test_it.py::test_"): (tier, outcome) for _, tier, outcome, name in rows}
    assert results == {
        "proof": ("proof", "passed"),
        "skipped": ("proof", "skipped"),
        "failed": ("proof", "failed"),
        "full": ("full", "passed"),
        "check": ("check", "passed"),
    }
    assert rows[0][-1] == "test_it.py::test_check"
    assert seconds[0] > seconds[1] > 0


def test_results_are_not_written_if_the_run_was_interrupted(tmp_path: Path) -> None:
    """An area would look complete."""
    text = "def test_it(): ...\n\ndef test_interrupted():\n    raise KeyboardInterrupt\n"
    assert run(tmp_path, text, "--results", "results.tsv").returncode == 2
    assert not (tmp_path / "results.tsv").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def test_x(once): ...", "it uses the fixture once: mark it `proof`, `full` or `nightly`"),
        (
            "import pytest\n@pytest.mark.proof('nothing')\ndef test_x(): ...",
            "'nothing' is none of export, core",
        ),
    ],
)
def test_without_the_required_mark_fails(tmp_path: Path, text: str, message: str) -> None:
    answer = run(tmp_path, text)
    assert answer.returncode == 1
    assert message in answer.stdout + answer.stderr

"""A project's own tests for each task except detection: real vectors, every contract, wrong constants."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kotlin.project_tests import run_junit
from tests.kotlin.task_projects import OUTPUTS, TASKS, WRONG_CONSTANTS

pytestmark = pytest.mark.proof("kotlin")


@pytest.mark.parametrize("task", TASKS)
def test_task_tests_pass_on_vectors_of_the_tiny_models(
    kit: Path, task_projects: Path, tiny_of: Callable[[str], Path], task: str
) -> None:
    """A user runs them with `gradlew :vision:test :parity:test`. PyTorch made the vectors."""
    places = [task_projects / task / "tests", task_projects / task / "classes"]
    code, report = run_junit(kit, places, tiny_of(task) / "vectors")
    assert code == 0, report
    assert "OK (" in report


@pytest.mark.parametrize("name", OUTPUTS)
def test_task_tests_pass_for_every_output_contract(kit: Path, task_projects: Path, name: str) -> None:
    """The reference made and selected the candidates of the vectors."""
    task = task_projects / name.partition(" ")[0]
    places = [task / "tests", task_projects / name / "model", task / "classes"]
    code, report = run_junit(kit, places, task_projects / name / "vectors")
    assert code == 0, report


@pytest.mark.parametrize("task", TASKS)
def test_task_tests_pass_for_an_ultralytics_export(kit: Path, task_projects: Path, task: str) -> None:
    """It has its own contract and size, and its vectors have the results of predict on it."""
    own = task_projects / f"{task} folder"
    code, report = run_junit(
        kit,
        [task_projects / task / "tests", own / "model", task_projects / task / "classes"],
        own / "vectors",
    )
    assert code == 0, report
    assert "OK (" in report


@pytest.mark.parametrize("number", range(len(WRONG_CONSTANTS)), ids=[row[1] for row in WRONG_CONSTANTS])
def test_task_tests_fail_for_a_wrong_constant(
    kit: Path, task_projects: Path, tiny_of: Callable[[str], Path], number: int
) -> None:
    """The vectors check each constant that only one task has."""
    task, _, _, says = WRONG_CONSTANTS[number]
    places = [
        task_projects / task / "tests",
        task_projects / f"wrong{number}" / "model",
        task_projects / task / "classes",
    ]
    code, report = run_junit(kit, places, tiny_of(task) / "vectors")
    assert code != 0
    assert says in report, report

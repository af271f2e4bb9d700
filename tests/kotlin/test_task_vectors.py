"""A project's own tests for each task except detection: real vectors, every contract, wrong constants."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.kotlin.project_tests import run_junit
from tests.kotlin.task_projects import OUTPUTS, TASKS, WRONG_CONSTANTS

pytestmark = pytest.mark.full

# `make test` compiles these: one with candidates, one without.
PROVEN = ("pose", "classify")


def marked(names: Sequence[Any], task_of: Callable[[Any], str]) -> list[Any]:
    """Return parameters, of which those of PROVEN belong to the proof."""
    proof = pytest.mark.proof("kotlin")
    return [pytest.param(name, marks=proof if task_of(name) in PROVEN else ()) for name in names]


@pytest.mark.parametrize("task", marked(TASKS, str))
def test_task_tests_pass_on_vectors_of_the_tiny_models(
    kit: Path, task_project: Callable[[str], Path], tiny_of: Callable[[str], Path], task: str
) -> None:
    """A user runs them with `gradlew :vision:test :parity:test`. PyTorch made the vectors."""
    project = task_project(task)
    code, report = run_junit(kit, [project / "tests", project / "classes"], tiny_of(task) / "vectors")
    assert code == 0, report
    assert "OK (" in report


@pytest.mark.parametrize("name", marked([*OUTPUTS], lambda name: name.partition(" ")[0]))
def test_task_tests_pass_for_every_output_contract(
    kit: Path, task_project: Callable[[str], Path], name: str
) -> None:
    """The reference made and selected the candidates of the vectors."""
    project = task_project(name.partition(" ")[0])
    code, report = run_junit(
        kit, [project / "tests", project / name / "model", project / "classes"], project / name / "vectors"
    )
    assert code == 0, report


@pytest.mark.parametrize("task", marked(TASKS, str))
def test_task_tests_pass_for_an_ultralytics_export(
    kit: Path, task_project: Callable[[str], Path], task: str
) -> None:
    """It has its own contract and size, and its vectors have the results of predict on it."""
    project = task_project(task)
    variant = project / "folder"
    code, report = run_junit(
        kit, [project / "tests", variant / "model", project / "classes"], variant / "vectors"
    )
    assert code == 0, report
    assert "OK (" in report


@pytest.mark.parametrize(
    "number",
    marked(range(len(WRONG_CONSTANTS)), lambda number: WRONG_CONSTANTS[number][0]),
    ids=[row[1] for row in WRONG_CONSTANTS],
)
def test_task_tests_fail_for_a_wrong_constant(
    kit: Path, task_project: Callable[[str], Path], tiny_of: Callable[[str], Path], number: int
) -> None:
    """The vectors check each constant that only one task has."""
    task, _, _, says = WRONG_CONSTANTS[number]
    project = task_project(task)
    places = [project / "tests", project / f"wrong{number}" / "model", project / "classes"]
    code, report = run_junit(kit, places, tiny_of(task) / "vectors")
    assert code != 0
    assert says in report, report

"""The tasks beside detection: a project's own tests on real vectors, on every contract, wrong constants."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kotlin.own_tests import run_junit
from tests.kotlin.task_projects import OF_FOLDERS, OUTPUTS, TASKS, WRONG_CONSTANTS

pytestmark = pytest.mark.proof("kotlin")


@pytest.mark.parametrize("task", TASKS)
def test_a_tasks_own_tests_pass_on_the_tiny_models_vectors(
    kit: Path, task_projects: Path, tiny_of: Callable[[str], Path], task: str
) -> None:
    """What a user runs with `gradlew :vision:test :parity:test`, on vectors that PyTorch made."""
    places = [task_projects / task / "tests", task_projects / task / "classes"]
    result = run_junit(kit, places, tiny_of(task) / "vectors")
    assert result.returncode == 0, result.stdout
    assert "OK (" in result.stdout


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_of_every_kind_decode_as_the_vectors_say(kit: Path, task_projects: Path, name: str) -> None:
    """The project's own tests, on candidates that the reference drew and chose."""
    task = task_projects / name.partition(" ")[0]
    places = [task / "tests", task_projects / name / "model", task / "classes"]
    result = run_junit(kit, places, task_projects / name / "vectors")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("task", OF_FOLDERS)
def test_a_folder_that_ultralytics_exported_passes_the_tasks_own_tests(
    kit: Path, task_projects: Path, task: str
) -> None:
    """With the constants of its own contract and size, on vectors that say what predict shows on it."""
    own = task_projects / f"{task} folder"
    result = run_junit(
        kit,
        [task_projects / task / "tests", own / "model", task_projects / task / "classes"],
        own / "vectors",
    )
    assert result.returncode == 0, result.stdout
    assert "OK (" in result.stdout


@pytest.mark.parametrize("number", range(len(WRONG_CONSTANTS)), ids=[row[1] for row in WRONG_CONSTANTS])
def test_a_wrong_constant_fails_the_tasks_own_tests(
    kit: Path, task_projects: Path, tiny_of: Callable[[str], Path], number: int
) -> None:
    """Each number that only one task has is held against the vectors."""
    task, _, _, says = WRONG_CONSTANTS[number]
    places = [
        task_projects / task / "tests",
        task_projects / f"wrong{number}" / "model",
        task_projects / task / "classes",
    ]
    result = run_junit(kit, places, tiny_of(task) / "vectors")
    assert result.returncode != 0
    assert says in result.stdout, result.stdout

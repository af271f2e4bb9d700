"""The selection of a backend on the launched app: each behavior of Vulkan's double, and mutations."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen_kits.android import launch
from edgegen_kits.android.app_build import Built, Project, build
from edgegen_kits.android.kit import LAUNCH, Kit
from edgegen_kits.common.commands import Commands
from tests.helpers.android_projects import (
    PACKAGE,
    SELECTION,
    generate,
    recompiled,
    verified,
    verified_starter,
)
from tests.helpers.android_tools import ktlint_projects
from tests.helpers.extra_programs import add_extra_program
from tests.helpers.once import Once
from tests.helpers.places import ROOT, TINY
from tests.helpers.support import Answer

pytestmark = pytest.mark.full

APPS = ("starter", "studio")
TESTS = ROOT / "tests" / "android" / "selection" / "kotlin"
ELECTION = "app/src/main/kotlin/edgegen/Selection.kt"
PARITY = "parity/src/main/kotlin/vision/parity/Parity.kt"
PATIENCE = 900


@pytest.fixture(scope="session")
def project_of(once: Once, tiny_export: Path) -> Callable[[str], Path]:
    """Return a function that gives an app of the tiny detector with a program for Vulkan."""

    def make(folder: Path, app: str) -> None:
        export = Path(shutil.copytree(tiny_export, folder / "export"))
        add_extra_program(export, "vulkan")
        generate(folder, export, app=app)

    return lambda app: once(f"android-selection-{app}", lambda folder: make(folder, app)) / "project"


@pytest.fixture(scope="session")
def verified_studio(
    once: Once, android_kit: Kit, project_of: Callable[[str], Path]
) -> Callable[[], tuple[Answer, Built]]:
    """Return a function that gives what `verify` says of the studio, and its build. Not to be changed."""
    return lambda: verified(once, "android-selection-studio", project_of("studio"), TINY, is_whole=True)


@pytest.fixture(scope="session")
def built_of(
    once: Once,
    android_kit: Kit,
    project_of: Callable[[str], Path],
    verified_studio: Callable[[], tuple[Answer, Built]],
) -> Callable[[str], Built]:
    """Return a function that gives an app, compiled with the tests of its selection. Not to be changed."""

    def get(app: str) -> Built:
        if app == "studio":
            return verified_studio()[1]
        project = project_of(app)
        name = f"android-selection-{app}-built"
        folder = once(name, lambda folder: compiled(android_kit, project, folder / "built"))
        return Built(Project(project), PACKAGE, folder / "built")

    return get


def compiled(kit: Kit, project: Path, folder: Path) -> Built:
    """Compile an app with the tests of its selection."""
    with Commands() as commands:
        return build(kit, Project(project), folder, commands, more=SELECTION)


def launched(kit: Kit, built: Built, out: Path, *names: str, **properties: object) -> launch.TestRun:
    """Launch classes of tests."""
    behavior = out / "behavior"
    app = (
        "studio"
        if "studio" in (built.project.folder / ".edgegen.yml").read_text(encoding="utf-8")
        else "starter"
    )
    given = {"app.package": PACKAGE, "app": app, "vectors": built.project.folder / "vectors", "out": out}
    environment = {
        "EDGEGEN_STEERED_PROGRAM": str(built.project.model),
        "EDGEGEN_STEERED_BEHAVIOR": str(behavior),
    }
    with Commands() as commands:
        return launch.launch(
            kit,
            built,
            [f"selection.{name}" for name in names],
            LAUNCH[-1],
            commands,
            properties={**given, "behavior": behavior, **properties},
            environment=environment,
            timeout=PATIENCE,
        )


@pytest.mark.parametrize("app", APPS)
def test_app_follows_each_behavior_of_the_other_backend(
    android_kit: Kit, built_of: Callable[[str], Built], tmp_path: Path, app: str
) -> None:
    """Right, slow, wrong, NaN, throws, hangs; the setting, the self-check, the next start; the rules."""
    names = ("SelectionTest", "RulesTest")
    run = launched(android_kit, built_of(app), tmp_path, *names)
    assert run.passed, run.output[-6000:]
    texts = [(TESTS / f"{name}.kt").read_text(encoding="utf-8") for name in names]
    assert run.run == sum(text.count("@Test\n") for text in texts)


REPEATED = ("depth", "obb", "pose", "semantic")


@pytest.mark.parametrize(
    "task", ["classify", "segment", *(pytest.param(task, marks=pytest.mark.nightly) for task in REPEATED)]
)
def test_app_of_each_task_compares_the_other_backend(
    android_kit: Kit, once: Once, task_export: Callable[[str], Path], tmp_path: Path, task: str
) -> None:
    """A program with the same results serves, and one with others does not.

    The trial calls the comparison of `:parity`, which `kotlin/test_task_vectors.py` runs for every task.
    """
    answer, built = verified_starter(once, task, task_export(task))
    assert answer.code == 0, answer.err + answer.out
    run = launched(android_kit, built, tmp_path, "EveryTaskTest")
    assert (run.passed, run.run) == (True, 2), run.output[-6000:]


def test_trial_that_kills_two_processes_is_not_repeated_by_the_next_one(
    android_kit: Kit, built_of: Callable[[str], Built], tmp_path: Path
) -> None:
    """In the studio. The tests below are of the starter, which has the same files of the selection."""
    phases = processes(android_kit, built_of("studio"), tmp_path, "kills", "killed", "killed", "rejected")
    assert [run.run for run in phases[:2]] == [0, 0]  # JUnit reports nothing
    assert phases[2].passed, phases[2].output[-6000:]


def test_trial_that_kills_one_process_is_repeated(
    android_kit: Kit, built_of: Callable[[str], Built], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = built_of("starter")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", f"-Djava.io.tmpdir={temporary}")
    killed, after = processes(android_kit, built, tmp_path, "kills_once", "killed", "selected")
    assert killed.run == 0, killed.output
    assert after.passed, after.output[-6000:]
    assert not list(temporary.iterdir())  # also what the killed JVM had unpacked


def test_processes_that_end_in_the_background_are_not_the_program_s_fault(
    android_kit: Kit, built_of: Callable[[str], Built], tmp_path: Path
) -> None:
    phases = ["killed in the background"] * 2
    for run in processes(android_kit, built_of("starter"), tmp_path, "hangs", *phases):
        assert run.run == 0, run.output
        assert "the marker is gone" not in run.output
    (after,) = processes(android_kit, built_of("starter"), tmp_path, "right", "selected")
    assert after.passed, after.output[-6000:]


def processes(kit: Kit, built: Built, folder: Path, behavior: str, *phases: str) -> list[launch.TestRun]:
    """Return the test runs of processes that follow each other and share the app's files."""
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    properties = {"kept": kept, "behavior.is": behavior}
    return [launched(kit, built, folder, "KilledTest", **properties, phase=phase) for phase in phases]


def test_ignored_tolerance_is_noticed(
    android_kit: Kit, built_of: Callable[[str], Built], tmp_path: Path
) -> None:
    change = ("program?.tolerances.orEmpty()", "program?.tolerances.orEmpty().mapValues { 1e9 }")
    run = launched(
        android_kit,
        recompiled(android_kit, built_of("starter"), tmp_path, PARITY, *change),
        tmp_path,
        "EveryTaskTest",
        patience=20,
    )
    (failure,) = run.failures()
    assert failure.startswith("programWithOtherResultsDoesNotServe"), run.output[-6000:]
    assert run.run == 2


@pytest.mark.parametrize(
    ("old", "new", "noticed"),
    [
        pytest.param(
            "            mark()\n", "", "trialThatCrashesTwiceInARowIsNotTriedAgain", id="marker not written"
        ),
        pytest.param(
            "run -> times += time(attempt, detector, run) }",
            "run -> times += time(attempt, detector, run) }.takeIf { it.passed } ?: verdict",
            "programThatIsWrongInOneTimedRunDoesNotServe",
            id="only the first run compared",
        ),
        pytest.param(
            "CRASHES_UNTIL_OUT = 2",
            "CRASHES_UNTIL_OUT = 1",
            "trialThatCrashesOnceIsTriedAgain",
            id="blamed for one crash",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            "        unmark()\n        val start = interrupted",
            "        val start = interrupted",
            "programIsNotBlamedIfTheProcessEndsInTheBackground",
            id="marker in the background",
            marks=pytest.mark.nightly,
        ),
    ],
)
def test_mutated_rules_are_noticed(
    android_kit: Kit, built_of: Callable[[str], Built], tmp_path: Path, old: str, new: str, noticed: str
) -> None:
    built = recompiled(android_kit, built_of("starter"), tmp_path, ELECTION, old, new)
    run = launched(android_kit, built, tmp_path, "RulesTest")
    assert any(noticed in each for each in run.failures()), run.output[-6000:]


def test_verify_passes_for_a_studio_with_an_extra_program(
    verified_studio: Callable[[], tuple[Answer, Built]],
) -> None:
    """`starter/test_starter.py` verifies starters with one."""
    answer, _ = verified_studio()
    assert answer.code == 0, answer.err + answer.out


def test_ktlint_accepts_the_rendered_kotlin_files(project_of: Callable[[str], Path], tmp_path: Path) -> None:
    projects = {app: project_of(app) for app in APPS}
    assert ktlint_projects(projects, tmp_path, "app/**/*.kt") == ""

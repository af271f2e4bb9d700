"""Tests of the starter app: verified as the studio is, launched on the JVM, and its README."""

import json
import re
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from edgegen.project.render import templates_dir
from edgegen.project.task_files import TASKS, is_needed
from edgegen_kits.android import app_build
from edgegen_kits.android.app_build import Built, Project
from edgegen_kits.android.compiler import Compiler
from edgegen_kits.android.kit import LAUNCH, Kit
from edgegen_kits.android.launch import launch, run_plain_tests
from edgegen_kits.common.commands import Commands
from tests.android.published import MEMBERS, called_members
from tests.helpers import detection_heads
from tests.helpers.android_projects import (
    CODE,
    PACKAGE,
    STARTER_TESTS,
    generate,
    launchable_starter,
    leave_out_what_models_share,
    readme_example,
    recompiled,
    verified_starter,
)
from tests.helpers.android_tools import ktlint_projects
from tests.helpers.mutating import copy_of, replaced
from tests.helpers.once import Once
from tests.helpers.places import TINY
from tests.helpers.support import edgegen, record_of

PATIENCE = 900

EVERY = {
    *("Camera", "MainActivity", "MainViewModel", "OverlayView", "Photo", "ResultProcessor", "RuntimeErrors"),
    *("PictureResult", "Processed", "SelfCheck"),
}
DRAWING = {
    "detect": {"BoxDrawing", "Colors"},
    "pose": {"BoxDrawing", "Colors", "KeypointDrawing"},
    "obb": {"BoxDrawing", "Colors"},
    "segment": {"BoxDrawing", "Colors", "MaskDrawing", "Painting"},
    "classify": {"ClassDrawing", "Colors"},
    "semantic": {"ClassMapDrawing", "Colors", "Painting"},
    "depth": {"DepthDrawing", "Painting"},
}
STAGES = {  # of the app's screen; the others are those of the studio
    "pose": {"app keypoints", "drawn boxes", "drawn keypoints"},
    "obb": {"app corners", "app angles", "drawn corners"},
    "segment": {"app masks", "drawn boxes", "drawn masks"},
    "classify": {"decode", "classes"},
    "semantic": {"class map", "drawn class map"},
    "depth": {"depth"},
}


@pytest.fixture(scope="session")
def starter_of(once: Once, task_export: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return a function that gives the starter of a task's tiny model. Not to be changed."""

    def of(task: str) -> Path:
        export = task_export(task)
        made = once(f"android-starter-{task}", lambda folder: generate(folder, export, app="starter"))
        return made / "project"

    return of


@pytest.fixture(scope="session")
def project(starter_of: Callable[[str], Path]) -> Path:
    """Return the tiny detector's starter. Not to be changed."""
    return starter_of("detect")


@pytest.mark.parametrize("task", TASKS)
def test_kotlin_files_of_a_task_are_the_listed_ones(task: str) -> None:
    """At most 14, so that a student reads them in one sitting; no drawing code of another task."""
    names = [
        path.name.partition(".")[0]
        for source in ("android", "_starter/android")
        for path in (templates_dir() / source / "app/src/main/kotlin/__package__").glob("*")
        if is_needed(source, path.relative_to(templates_dir() / source).as_posix(), task)
    ]
    assert sorted(names) == sorted(EVERY | DRAWING[task])


@pytest.mark.full
@pytest.mark.proof("android")
def test_verify_compares_every_stage_of_a_starter_with_pytorch_and_passes(
    android_kit: Kit, project: Path
) -> None:
    answer = edgegen("verify", project, "--model", TINY, "--json")
    assert answer.code == 0, answer.err + answer.out
    stages = {stage["name"]: stage for stage in json.loads(answer.out)["stages"]}
    assert set(stages) == {
        "constants", "letterbox", "tensor", "raw", "decode", "nms", "boxes", "pte", "app",
        "drawn boxes", "description", "unit tests", "kept names",
    }  # fmt: skip
    assert all(stage["compared"] > 0 for stage in stages.values())


@pytest.mark.full
def test_verify_exits_7_and_names_the_stage_of_a_mutated_constant(
    android_kit: Kit, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_out_what_models_share(monkeypatch)
    broken = copy_of(project, tmp_path)
    replaced(broken / "vision/src/main/kotlin/vision/TheModel.kt", "padValue = 114", "padValue = 0")
    answer = edgegen("verify", broken, "--model", TINY, "--json")
    assert answer.code == 7, answer.err
    failed = {stage["name"] for stage in json.loads(answer.out)["stages"] if not stage["passed"]}
    assert {"letterbox", "boxes", "unit tests"} <= failed
    assert "pte" not in failed


@pytest.mark.full
@pytest.mark.parametrize("task", STAGES)
def test_verify_passes_for_a_starter_of_a_task_with_readmes_first_change(
    android_kit: Kit, once: Once, task_export: Callable[[str], Path], task: str
) -> None:
    """README's result processor only adds a text, so that the drawn result stays PyTorch's.

    The app has a program for Vulkan too: `selection/test_selection.py` launches the same build.
    """
    answer, _ = verified_starter(once, task, task_export(task))
    assert answer.code == 0, answer.err + answer.out
    stages = {stage["name"]: stage for stage in json.loads(answer.out)["stages"]}
    assert STAGES[task] | {"raw", "app", "description", "unit tests"} <= set(stages)
    assert all(stage["compared"] > 0 for stage in stages.values())


@pytest.mark.full
def test_starter_with_readmes_first_change_becomes_a_studio_that_verifies(
    android_kit: Kit, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As README says: the same result processor belongs to both apps. `update` verifies the studio."""
    leave_out_what_models_share(monkeypatch)
    changed = copy_of(project, tmp_path)
    processor = readme_example(changed, changed / CODE / "ResultProcessor.kt", PACKAGE)
    own = processor.read_bytes()
    answer = edgegen("update", changed, "--app", "studio", "--json")
    assert answer.code == 0, answer.err
    said = json.loads(answer.out)
    assert said["verified"], answer.out
    assert said["files"]["kept"] == [processor.relative_to(changed).as_posix()]
    assert processor.read_bytes() == own
    assert (changed / CODE / "UiState.kt").exists()
    assert record_of(changed)["options"]["app"] == "studio"


# --- The screen ---


@pytest.fixture(scope="session")
def built(once: Once, android_kit: Kit, project: Path) -> Built:
    """Return the detector's starter with README's first change, compiled with the tests of its screen."""
    return launchable_starter(once, android_kit, project)


@pytest.mark.full
@pytest.mark.parametrize("api", LAUNCH)
def test_screen_passes_its_junit_tests_on_an_api_level(
    android_kit: Kit, built: Built, tmp_path: Path, api: int
) -> None:
    """Camera, photo, slider, self-check, permission and messages; portrait and landscape, dark and light."""
    files = list(STARTER_TESTS.glob("*Test.kt"))
    given = {"app.package": PACKAGE, "vectors": built.project.folder / "vectors", "out": tmp_path}
    with Commands() as commands:
        tests = [f"starter.{path.stem}" for path in files]
        run = launch(android_kit, built, tests, api, commands, properties=given, timeout=PATIENCE)
    assert run.passed, run.output[-6000:]
    assert run.run == sum(path.read_text(encoding="utf-8").count("@Test\n") for path in files)


@pytest.mark.full
def test_starter_calls_only_published_members_of_camerax_and_executorch(
    built: Built, android_kit: Kit
) -> None:
    """A member that only a double has would compile here, and in no user's build."""
    called = called_members(built.app, android_kit.doubles)
    assert len(called) > 40
    assert called <= MEMBERS


@pytest.mark.full
def test_ktlint_accepts_the_rendered_kotlin_files_of_every_task(
    starter_of: Callable[[str], Path], tmp_path: Path
) -> None:
    assert ktlint_projects({task: starter_of(task) for task in TASKS}, tmp_path, "app/**/*.kt") == ""


# --- README ---


@pytest.mark.full
@pytest.mark.parametrize("task", TASKS)
def test_readme_is_short_and_its_paths_and_constants_exist(
    starter_of: Callable[[str], Path], task: str
) -> None:
    """Each text of "Break it" occurs exactly once in its file."""
    folder = starter_of(task)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert f"The app's id is `{PACKAGE}`" in readme
    paths = re.findall(r"`([\w./-]+/[\w./-]*)`", readme)
    assert len(paths) > 10
    assert not [path for path in paths if not (folder / path).exists()]
    rows = breaks(folder)
    assert len(rows) == 3
    for path, old, new, _ in rows:
        assert path.read_text(encoding="utf-8").count(old) == 1, old
        assert old != new


# Sources that a file on the way from picture to result uses for something else: photos, the model's file, the
# settings, errors, the self-check.
BESIDE_THE_WAY = {
    *("Photo", "PictureFile", "RgbaPixels", "RuntimeErrors", "SelfCheck", "DeviceCheck"),
    *("App", "BottomSheet", "DisplayRotation", "ModelFile", "ModelRepository", "NavigationBar"),
    *("ModelInfo", "Task", "TheModel"),  # the numbers of the model, and what it is
}


def declared(path: Path) -> set[str]:
    """Return the name of a Kotlin file's class, and of its functions beside classes."""
    functions = re.findall(r"^(?:internal )?fun (?:\w+\.)?(\w+)\(", path.read_text("utf-8"), re.MULTILINE)
    return {path.stem, *functions}


def check_the_reading_table(project: Path, unused: Collection[str] = ()) -> set[str]:
    """Check that README lists all of vision/ but the model's numbers, and what its files name of the app.

    Returns the names of the listed files. Those of unused are in the project for other models.
    """
    readme = (project / "README.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `(\S+\.kt)` \| (\d+) \|", readme, re.MULTILINE))
    assert next(iter(table)).endswith("/Camera.kt")
    for name, count in table.items():
        assert len((project / name).read_text(encoding="utf-8").splitlines()) == int(count), name
    sources = [*project.glob("vision/src/main/**/*.kt"), *project.glob("app/src/main/**/*.kt")]
    used = set(re.findall(r"\w+", "".join((project / name).read_text(encoding="utf-8") for name in table)))
    needed = {
        path for path in sources if used & declared(path) or path.relative_to(project).parts[0] == "vision"
    }
    expected = {path for path in needed if path.stem not in BESIDE_THE_WAY.union(unused)}
    assert set(table) == {path.relative_to(project).as_posix() for path in expected}
    return {path.stem for path in expected}


@pytest.mark.full
@pytest.mark.parametrize("task", TASKS)
def test_readme_reading_table_has_every_file_from_picture_to_result(
    starter_of: Callable[[str], Path], task: str
) -> None:
    """Rotated boxes have an NMS of their own, but that of upright ones must be there to compile."""
    check_the_reading_table(starter_of(task), {"Nms"} if task == "obb" else ())


@pytest.mark.full
def test_readme_reading_table_of_a_model_without_nms_has_none(
    head_export: detection_heads.HeadExport, tmp_path: Path
) -> None:
    _, export = head_export("yolo26n", "end2end")
    names = check_the_reading_table(generate(tmp_path, export, app="starter"))
    assert {name for name in names if name.endswith("Contract") or name == "Nms"} == {
        "End2endContract",
        "LevelContract",
    }


@pytest.mark.full
@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("task", ["detect", "classify"])
def test_stage_that_readme_names_fails_first_when_its_constant_is_changed(
    android_kit: Kit, plain_of: Callable[[str], Built], tmp_path: Path, task: str, number: int
) -> None:
    """The project's own unit tests say so. Stages that need the model are left out."""
    plain = plain_of(task)
    path, old, new, stage = breaks(plain.project.folder)[number]
    name = path.relative_to(plain.project.folder).as_posix()
    assert first_failed_stage(android_kit, recompiled(android_kit, plain, tmp_path, name, old, new)) == stage


@pytest.fixture(scope="session")
def plain_of(once: Once, android_kit: Kit, starter_of: Callable[[str], Path]) -> Callable[[str], Built]:
    """Return a function that gives the compiled vision/ and parity/ of a task's starter, with their tests."""

    def get(task: str) -> Built:
        project = Project(starter_of(task))

        def make(folder: Path) -> None:
            with Commands() as commands, Compiler(android_kit, commands) as compiler:
                steps = app_build._Steps(android_kit, project, PACKAGE, folder, commands)
                for step in (steps.vision, steps.parity, steps.plain_tests):
                    step(compiler)

        return Built(project, PACKAGE, once(f"android-starter-{task}-plain", make))

    return get


def breaks(folder: Path) -> list[tuple[Path, str, str, str]]:
    """Return README's constants to break: file, text, its replacement, the stage that fails."""
    readme = (folder / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` to `([^`]+)` \| ([\w ]+) \|$", readme, re.MULTILINE)
    return [(folder / path, old, new, stage) for path, old, new, stage in rows]


def first_failed_stage(kit: Kit, built: Built) -> str:
    """Return the first stage that fails in the tests of vision/ and parity/."""
    with Commands() as commands:
        said = run_plain_tests(kit, built, commands).output
    match = re.search(r"([a-z][a-z ]*): FAILED", said)
    assert match is not None, said[-3000:]
    return match[1]

"""Tests of an Android app with two models: compiled once, launched with each, and switched between them."""

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgegen_kits.android import app, app_build
from edgegen_kits.android.app_build import Built, Project
from edgegen_kits.android.kit import LAUNCH, Kit
from edgegen_kits.android.launch import launch
from edgegen_kits.android.recipe import HERE
from edgegen_kits.common.commands import Commands
from tests.helpers.android_projects import LAUNCHED, PACKAGE, colours, generate, leave_out_what_models_share
from tests.helpers.explaining import explained
from tests.helpers.once import ExportOf, Once
from tests.helpers.places import TINY
from tests.helpers.several_models import CLASSES, keys_of, renamed
from tests.helpers.support import contents, edgegen, rejects

pytestmark = pytest.mark.full


SWITCH = LAUNCHED.with_name("several") / "SwitchTest.kt"
MODEL = "app/src/main/assets/model"


@pytest.fixture(scope="module")
def project(once: Once, tiny_export: Path, export_of: ExportOf) -> Path:
    """Return a project of two models of two contracts. Not to be changed."""

    def make(folder: Path) -> None:
        second = renamed(export_of(TINY, (160, 160), "decoded"), folder / "night")
        generate(folder, tiny_export, "--model", second)

    return once("several-android", make) / "project"


@pytest.fixture(scope="module")
def built(once: Once, android_kit: Kit, project: Path) -> Built:
    """Return the compiled project with the tests that launch it. Not to be changed."""

    def make(folder: Path) -> None:
        more = [LAUNCHED / "LaunchTestBase.kt", SWITCH, *sorted((HERE / "driver").glob("*.kt"))]
        with pytest.MonkeyPatch.context() as patch, Commands() as commands:
            leave_out_what_models_share(patch)
            app_build.build(android_kit, Project(project), folder / "built", commands, more=more)

    folder = once("several-android-built", make)
    return Built(Project(project), PACKAGE, folder / "built")


def second_of(project: Path) -> str:
    """Return the key of a project's second model."""
    return keys_of(project)[1]


def launched(kit: Kit, built: Built, out: Path, *classes: str, **properties: str) -> str:
    """Launch tests and return JUnit's output."""
    given = {"app.package": PACKAGE, "vectors": built.project.folder / "vectors", "out": out}
    with Commands() as commands:
        return launch(
            kit, built, classes, LAUNCH[-1], commands, properties={**given, **properties}, timeout=600
        ).output


# --- Generated ---


def test_each_model_has_its_own_constants_files_and_vectors(project: Path, tmp_path: Path) -> None:
    """The first model has the same paths as in a project of one, which has no code for switching models."""
    second = second_of(project)
    for folder in (MODEL, "vectors", "app/src/main/assets/vectors"):
        # The second model's vectors may be of other pictures, with other numbers in their names.
        its, firsts = (
            {re.sub(r"\d+", "N", path.name) for path in each.iterdir()}
            for each in (project / folder / second, project / folder)
        )
        assert its <= firsts
    numbers = "vision/src/main/kotlin/vision/{}TheModel.kt"
    assert '"owl"' in (project / numbers.format(f"models/{second}/")).read_text(encoding="utf-8")
    assert '"owl"' not in (project / numbers.format("")).read_text(encoding="utf-8")
    (tmp_path / "alone").mkdir()
    alone = generate(tmp_path / "alone", project / MODEL / second)
    told = b"".join(contents(alone).values())
    for word in (b"ModelChosen", b"THE_MODELS", b"model_choice"):
        assert word not in told
        assert word in b"".join(contents(project).values())


def test_update_removes_and_adds_a_model_without_leftover_files(
    project: Path, tiny_export: Path, tmp_path: Path
) -> None:
    """The result equals what `new` writes for one model and for two."""
    both = Path(shutil.copytree(project, tmp_path / "app"))
    second = second_of(both)
    exported = shutil.copytree(both / MODEL / second, tmp_path / "night")
    shutil.copytree(both / "vectors" / second, exported / "vectors")
    edgegen("update", both, "--remove-model", second, "--no-verify").ok()
    (tmp_path / "alone").mkdir()
    alone = generate(tmp_path / "alone", tiny_export)
    assert contents(both).keys() == contents(alone).keys()
    edgegen("update", both, "--add-model", exported, "--no-verify").ok()
    expected, found = contents(project), contents(both)
    assert expected.keys() == found.keys()
    changed = {name for name, content in expected.items() if found[name] != content}
    assert changed <= {".edgegen.yml", ".edgegen-base.tar.xz"}
    said = json.loads(edgegen("status", both, "--json").ok().out)
    assert [each["key"] for each in said["models"]] == keys_of(project)


def test_verify_exits_3_when_the_vectors_of_a_model_are_missing(project: Path, tmp_path: Path) -> None:
    """Before it builds anything."""
    broken = Path(shutil.copytree(project, tmp_path / "app"))
    shutil.rmtree(broken / "vectors" / second_of(broken))
    rejects(3, tmp_path, "verify", broken, says=(second_of(broken), "vectors"))


def test_new_rejects_models_of_two_tasks_and_names_both(
    tiny_export: Path, task_export: Callable[[str], Path], tmp_path: Path
) -> None:
    pair = ("--model", tiny_export, "--model", task_export("obb"))
    rejects(
        3,
        tmp_path,
        "new",
        "--target",
        "android",
        "--app",
        "studio",
        *pair,
        says=("`obb`", "`detect`", "all models of an app have the same task"),
    )


# --- Launched ---


def test_verify_builds_once_and_compares_every_model(
    android_kit: Kit, project: Path, built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests on the JVM run once. A screenshot shows the choice of models."""
    builds = list[Path]()
    mine = Path(shutil.copytree(project, tmp_path / "project"))

    def build(_kit: Kit, given: Project, _folder: Path, _commands: Commands, **_: object) -> Built:
        builds.append(given.folder)
        return Built(given, PACKAGE, Path(shutil.copytree(built.folder, tmp_path / "built")))

    leave_out_what_models_share(monkeypatch)
    monkeypatch.setattr(app, "build", build)
    answer = edgegen("verify", mine, "--screenshots", tmp_path / "screens", "--json")
    assert answer.code == 0, answer.err + answer.out
    report = json.loads(answer.out)
    assert len(builds) == 1
    first, second = keys_of(mine)
    stages = {each["name"]: each for each in report["stages"]}
    for key in (first, second):
        assert {f"{key}: {name}" for name in ("constants", "raw", "boxes", "app", "description")} <= set(
            stages
        )
        assert len(list((tmp_path / "screens" / key).glob("0*.png"))) > 2
    assert f"{first}: unit tests" in stages
    assert f"{second}: unit tests" not in stages
    assert report["problems"] == []
    other, choice = (cv2.imread(str(tmp_path / "screens" / key / "models.png")) for key in (first, second))
    assert colours(np.asarray(choice)) > 100
    assert np.any(np.asarray(choice) != np.asarray(other))  # another model is selected


@pytest.fixture(scope="module")
def switched(once: Once, android_kit: Kit, built: Built) -> Path:
    """Return the folder with the files of the model switch tests, and JUnit's output in `said`."""

    def make(folder: Path) -> None:
        classes = ("launch.SwitchTest", f"{PACKAGE}.ModelChoiceTest", f"{PACKAGE}.UiStateTest")
        (folder / "said").write_text(launched(android_kit, built, folder, *classes), encoding="utf-8")

    return once("several-android-switched", make)


def test_model_switch_tests_pass_on_the_jvm(switched: Path) -> None:
    """See SwitchTest.kt."""
    said = (switched / "said").read_text(encoding="utf-8")
    assert re.search(r"^OK \((\d+) tests\)", said, re.MULTILINE), said[-6000:]


def test_capture_after_a_switch_is_explained_with_the_second_model(switched: Path, project: Path) -> None:
    found = explained(switched / "capture.tar", "--model", project)
    assert found["stage"] is None
    assert {row["class_name"] for row in found["shown"]} <= set(CLASSES)


def test_switch_to_an_unreadable_model_keeps_the_previous_one(
    android_kit: Kit, built: Built, tmp_path: Path
) -> None:
    """The message stays until the user reads it."""
    broken = Built(built.project, PACKAGE, Path(shutil.copytree(built.folder, tmp_path / "built")))
    wrong = f"assets/model/{second_of(built.project.folder)}/model.pte"
    with zipfile.ZipFile(broken.linked.archive) as archive:
        entries = {entry: archive.read(entry) for entry in archive.infolist()}
    assert wrong in {entry.filename for entry in entries}
    with zipfile.ZipFile(broken.linked.archive, "w") as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content[: len(content) // 2] if entry.filename == wrong else content)
    said = launched(android_kit, broken, tmp_path, "launch.SwitchTest", broken="yes")
    assert re.search(r"^OK \((\d+) tests\)", said, re.MULTILINE), said[-6000:]

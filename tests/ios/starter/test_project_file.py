"""Tests of the starter's Xcode project file: synchronized folders, and the check that follows them."""

import shutil
from pathlib import Path

import openstep_plist
import pytest

from edgegen_kits.ios import openstep
from edgegen_kits.ios.project_check import check_project
from tests.helpers.hard_ios import identifier
from tests.ios.changes import Change, removed, replaced
from tests.ios.conftest import StarterOf

pytestmark = pytest.mark.full

PROJECT = "App.xcodeproj/project.pbxproj"
SLUG = "shapes"
ID = "[0-9A-F]{24}"


@pytest.fixture(scope="session")
def starter(starter_of: StarterOf) -> Path:
    """Return the detector's starter. Not to be written into."""
    return starter_of("detect")


@pytest.fixture
def broken(starter: Path, tmp_path: Path) -> Path:
    """Return a copy of the starter to break."""
    return Path(shutil.copytree(starter, tmp_path / "app", ignore=shutil.ignore_patterns("*.bin")))


def folder(name: str) -> str:
    return identifier(f"PBXFileSystemSynchronizedRootGroup {name}")


def test_project_file_names_folders_and_reads_the_same_with_a_third_party_parser(starter: Path) -> None:
    text = (starter / PROJECT).read_text(encoding="utf-8")
    content = openstep.read(text)
    assert content == openstep_plist.loads(text)
    assert content["objectVersion"] == "77"
    assert "letterbox.cpp" not in text
    assert "MainScreen.swift" not in text
    assert text.count("\n") < 400


def test_check_accepts_the_starter_and_a_file_that_was_added(broken: Path) -> None:
    """Xcode compiles it: nothing has to be listed."""
    assert check_project(broken) == []
    (broken / "App/Logic/More.swift").write_text("// more\n", encoding="utf-8")
    assert check_project(broken) == []


BROKEN: dict[str, tuple[Change, str]] = {
    "the bridge belongs to no target": (
        replaced(PROJECT, rf"(fileSystemSynchronizedGroups = \(\n.*\n)\t\t\t\t{folder('Bridge')}.*\n", r"\1"),
        "Bridge/EDGDetector.mm is in the project, but no target builds it",
    ),
    "the tests are compiled into the app": (
        replaced(
            PROJECT,
            rf"(fileSystemSynchronizedGroups = \(\n)(\t\t\t\t{folder('App')})",
            rf"\1\t\t\t\t{folder('Tests')},\n\2",
        ),
        f"Tests/Logic/AppModelTests.swift is a test, and is compiled into {SLUG}",
    ),
    "the core is compiled into the tests": (
        replaced(
            PROJECT,
            rf"(fileSystemSynchronizedGroups = \(\n)(\t\t\t\t{folder('Tests')})",
            rf"\1\t\t\t\t{folder('Core')},\n\2",
        ),
        "Core/vision/nms.cpp is compiled into AppTests, whose host app contains it already",
    ),
    "Info.plist is copied": (
        replaced(PROJECT, r"^\t\t\t\tInfo\.plist,\n", ""),
        f"App/Info.plist belongs to no phase, and is in PBXResourcesBuildPhase of {SLUG}",
    ),
    "an exception that does not exist": (
        replaced(PROJECT, r"^\t\t\t\tInfo\.plist,\n", "\t\t\t\tInfo.plist,\n\t\t\t\tOld.swift,\n"),
        "App leaves out Old.swift, and there is no such file",
    ),
    "an exception of another target": (
        replaced(
            PROJECT,
            rf"(membershipExceptions = [^)]*\);\n\t\t\ttarget = ){ID}",
            rf"\g<1>{identifier('PBXNativeTarget AppTests')}",
        ),
        f"App/Info.plist belongs to no phase, and is in PBXResourcesBuildPhase of {SLUG}",
    ),
    "a folder that is gone": (
        removed("Bridge"),
        "Bridge is in the project, but not on disk",
    ),
    "two Swift files of one name": (
        lambda project: bool(shutil.copy(project / "App/Camera.swift", project / "App/Logic")),
        f"{SLUG} cannot contain both App/Camera.swift and App/Logic/Camera.swift: they have the same name",
    ),
    "a model that is not copied": (
        replaced(PROJECT, rf"^\t\t\t\t{ID} /\* model\.pte in Resources \*/,\n", ""),
        "Model/model.pte is in the project, but no target builds it",
    ),
    "a list of exceptions that is no list of exceptions": (
        replaced(PROJECT, rf"(exceptions = \(\n\t\t\t\t){ID}", rf"\g<1>{folder('Core')}"),
        "which is a PBXFileSystemSynchronizedRootGroup",
    ),
    "a folder of a target that is no folder": (
        replaced(
            PROJECT,
            rf"(fileSystemSynchronizedGroups = \(\n\t\t\t\t){ID}",
            rf"\g<1>{identifier('PBXGroup Config')}",
        ),
        "which is a PBXGroup",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_check_project_names_each_mutation_of_a_synchronized_project(broken: Path, what: str) -> None:
    change, says = BROKEN[what]
    change(broken)
    problems = check_project(broken)
    assert any(says in problem for problem in problems), problems

"""`make test-changed` selects the test folders of changed files."""

import fnmatch
import importlib.util
import subprocess
from types import ModuleType

import pytest

from tests.helpers.places import ROOT


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """Return scripts/changed_areas.py as a module."""
    spec = importlib.util.spec_from_file_location("changed_areas", ROOT / "scripts" / "changed_areas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("paths", "folders"),
    [
        ([], []),
        ([".ci/tested"], []),
        (["README.md", "docs/ios.md"], ["tests/repository"]),
        (["templates/_studio/ios/App/Logic/Boxes.swift.jinja"], ["tests/ios"]),
        (["templates/_shared/cpp/nv12/nv12.cpp"], ["tests/ios"]),
        (["templates/_shared/cpp/vision/nms.cpp"], ["tests/cpp", "tests/ios", "tests/linux"]),
        (
            ["templates/android/vision/x.kt", "docs/kits.md"],
            ["tests/android", "tests/kotlin", "tests/repository"],
        ),
        (["docs/ios.md", "pyproject.toml"], ["tests"]),
        (["a file that no pattern matches"], ["tests"]),
        (["generator/edgegen/base/errors.py"], ["tests"]),
        (["tests/conftest.py"], ["tests"]),
    ],
)
def test_changed_files_select_the_tests_of_their_areas(
    script: ModuleType, paths: list[str], folders: list[str]
) -> None:
    assert script.areas(paths) == folders


def test_each_pattern_matches_a_file_and_each_folder_exists(script: ModuleType) -> None:
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for pattern, folders in script.AREAS:
        assert fnmatch.filter(files.stdout.splitlines(), pattern), pattern
        for name in set(folders) - {"tests"}:
            assert (ROOT / "tests" / name).is_dir(), name


def test_unknown_base_commit_selects_all_tests(
    script: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main(["0" * 40]) == 0
    answer = capsys.readouterr()
    assert answer.out == "tests\n"
    assert "this clone has no commit 000" in answer.err

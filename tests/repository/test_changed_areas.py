"""`make test-changed` selects the test folders of changed files."""

import fnmatch
import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from tests.helpers.places import ROOT

ALL_AREAS = sorted({path.relative_to(ROOT / "tests").parts[0] for path in ROOT.glob("tests/*/**/test_*.py")})


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
    ("paths", "areas"),
    [
        ([], []),
        ([".ci/tested"], []),
        (["README.md", "docs/ios.md"], ["repository"]),
        (["templates/_studio/ios/App/Logic/Boxes.swift.jinja"], ["ios"]),
        (["templates/_shared/cpp/nv12/nv12.cpp"], ["ios"]),
        (["templates/_shared/cpp/vision/nms.cpp"], ["cpp", "ios", "linux"]),
        (["templates/android/vision/x.kt", "docs/kits.md"], ["android", "kotlin", "repository"]),
        (["docs/ios.md", "pyproject.toml"], ALL_AREAS),
        (["a file that no pattern matches"], ALL_AREAS),
        (["generator/edgegen/base/errors.py"], ALL_AREAS),
        (["tests/conftest.py"], ALL_AREAS),
    ],
)
def test_changed_files_select_their_areas(script: ModuleType, paths: list[str], areas: list[str]) -> None:
    assert sorted(script.changed_areas(paths)) == areas


def test_every_folder_with_tests_is_an_area(script: ModuleType) -> None:
    assert list(script.ALL_AREAS) == ALL_AREAS


def test_an_area_is_tested_again_if_a_file_changed_since_its_own_commit(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script, "TESTED", tmp_path / ".ci" / "tested")
    script.TESTED.parent.mkdir()
    script.TESTED.write_text("")
    git("init")
    git("add", ".")
    git("commit", "-m", "nothing is tested")
    assert script.main(["--record"]) == 0
    change = tmp_path / "templates" / "android" / "vision" / "x.kt"  # concerns android and kotlin
    change.parent.mkdir(parents=True)
    change.write_text("")
    assert script.main(["--record", "kotlin"]) == 1  # not committed
    git("add", ".")
    git("commit", "-m", "a change")
    assert script.main(["--record", "kotlin"]) == 0
    capsys.readouterr()
    assert script.main([]) == 0
    assert capsys.readouterr().out == "tests/android\n"


def test_each_pattern_matches_a_file_and_each_folder_exists(script: ModuleType) -> None:
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for pattern, folders in script.AREAS:
        assert fnmatch.filter(files.stdout.splitlines(), pattern), pattern
        for name in folders:
            assert (ROOT / "tests" / name).is_dir(), name


def test_an_unknown_commit_selects_all_tests(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(["0" * 40]) == 0
    answer = capsys.readouterr()
    assert answer.out.split() == [f"tests/{area}" for area in ALL_AREAS]
    assert "this clone has no commit 000" in answer.err

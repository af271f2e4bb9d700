"""The layout of the generator: what the pages say of it is what the sources do."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.places import ROOT

PACKAGE = ROOT / "generator" / "edgegen"
MOST_ENTRIES = 14


def packages() -> list[Path]:
    """Return the entries of the generator that are not Python's own."""
    return sorted(path for path in PACKAGE.iterdir() if path.name.strip("_") == path.name)


def test_the_generator_is_a_few_packages() -> None:
    """Fourteen at most, each a folder; the two files beside them are what Python asks for."""
    assert len(packages()) <= MOST_ENTRIES
    assert all((path / "__init__.py").is_file() for path in packages())
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py"}


@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_each_package_says_what_lives_there_and_what_it_may_import(package: Path) -> None:
    """In its docstring."""
    said = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8")))
    assert said
    assert re.search(r"\b[Ii]mports? ", said), said


def test_the_architecture_page_names_every_package() -> None:
    """One line each, and no other."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == [path.name for path in packages()]


def test_the_page_of_the_kits_names_every_module() -> None:
    """In backticks, one line each or together with its kin; a newcomer finds all of them."""
    named = set(re.findall(r"[`.](\w+)/?`", (ROOT / "docs" / "kits.md").read_text(encoding="utf-8")))
    modules = {path.stem for path in (PACKAGE / "kits").rglob("*.py") if path.stem[0] != "_"}
    assert modules - named == set()


def test_the_picture_is_what_the_imports_say() -> None:
    """It is drawn from the sources: `scripts/draw_architecture.py` draws it again."""
    drawn = subprocess.run(
        [sys.executable, ROOT / "scripts" / "draw_architecture.py", "--check"], check=False
    )
    assert drawn.returncode == 0


def test_an_import_that_points_upward_is_refused(tmp_path: Path) -> None:
    """The linter reads the layers of pyproject.toml: one import of the highest in the lowest breaks them."""
    copy = tmp_path / "generator" / "edgegen"
    for path in PACKAGE.rglob("*.py"):
        (copy / path.relative_to(PACKAGE)).parent.mkdir(parents=True, exist_ok=True)
        (copy / path.relative_to(PACKAGE)).write_bytes(path.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    assert lint(tmp_path) == 0
    with (copy / "base" / "errors.py").open("a") as file:
        file.write("\nfrom edgegen import cli\n")
    assert lint(tmp_path) != 0


def lint(folder: Path) -> int:
    """Return the linter's exit code in a folder with a copy of the sources."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "generator")},
        capture_output=True,
        check=False,
    ).returncode

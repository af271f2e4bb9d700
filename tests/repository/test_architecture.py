"""The layout of the generator: its packages, their layers, and the pages that describe them."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.places import ROOT

GENERATOR = ROOT / "generator"
PACKAGE = GENERATOR / "edgegen"
KITS = GENERATOR / "edgegen_kits"


def packages() -> list[Path]:
    """Return the packages of the generator: those in edgegen, and edgegen_kits."""
    return sorted([*(path for path in PACKAGE.iterdir() if path.name.strip("_") == path.name), KITS])


def test_generator_contains_only_packages_and_two_python_files() -> None:
    """Python needs the two files."""
    assert all((path / "__init__.py").is_file() for path in packages())
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py"}


@pytest.mark.parametrize("package", packages(), ids=lambda path: path.name)
def test_each_packages_docstring_names_its_allowed_imports(package: Path) -> None:
    said = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8")))
    assert said
    assert re.search(r"\b[Ii]mports? ", said), said


def test_architecture_page_has_one_row_for_each_package() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == sorted(
        path.name for path in packages()
    )


def walk_of_page() -> list[tuple[int, str]]:
    """Return the level and the name, PACKAGE.MODULE.FUNCTION, of each function in the page's tree."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = re.search(r"^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert tree is not None
    lines = re.findall(r"^( *)([\w.]+)  +\S", tree[1], re.MULTILINE)
    assert len(lines) == len(tree[1].splitlines())
    return [(len(indent) // 2, name) for indent, name in lines]


def test_architecture_pages_walk_names_functions_of_few_modules() -> None:
    modules = set[Path]()
    for _, name in walk_of_page():
        module, _, function = name.rpartition(".")
        path = PACKAGE / module.replace(".", "/")
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        assert re.search(rf"^ *def {function}\(", path.read_text(encoding="utf-8"), re.MULTILINE), name
        modules.add(path)
    assert len(modules) <= 14


@pytest.mark.full
def test_architecture_pages_walk_has_the_order_and_nesting_of_calls_of_edgegen_new(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    walk = walk_of_page()
    (tmp_path / "walk.py").write_text(WALK, encoding="utf-8")
    command = ("new", "--model", tiny_checkpoint, "--target", "linux-cpp", "--output", "birds", "--yes")
    said = subprocess.run(
        [sys.executable, "walk.py", *map(str, command)],
        cwd=tmp_path,
        env={
            **os.environ,
            "EDGEGEN_HOME": str(tmp_path / "home"),  # has no cached program: `lower` is called
            "WALK": " ".join(name for _, name in walk),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    calls = (tmp_path / "calls.txt").read_text(encoding="utf-8").splitlines()
    assert calls == [f"{level} {name}" for level, name in walk]


# Runs edgegen, and writes the functions in WALK in the order of their first calls. The level of a function is
# the number of those in WALK that have called it, directly or through others.
WALK = """
import os
import sys

walk, calls = os.environ["WALK"].split(), {}
functions = {name.rpartition(".")[2] for name in walk}


def name_of(frame):
    module = frame.f_globals.get("__name__", "")
    return f"{module.removeprefix('edgegen.')}.{frame.f_code.co_name}"


def note(frame, event, argument):
    if event != "call" or frame.f_code.co_name not in functions:  # of millions of calls
        return
    name = name_of(frame)
    if name not in walk or name in calls:
        return
    level = 0
    while frame := frame.f_back:
        level += name_of(frame) in walk
    calls[name] = level


from edgegen.cli import main

sys.setprofile(note)
try:
    main(sys.argv[1:])
finally:
    sys.setprofile(None)
    with open("calls.txt", "w") as file:
        file.write("\\n".join(f"{level} {name}" for name, level in calls.items()))
"""


def test_kits_page_names_every_module() -> None:
    named = set(re.findall(r"[`.](\w+)/?`", (ROOT / "docs" / "kits.md").read_text(encoding="utf-8")))
    modules = {path.stem for path in KITS.rglob("*.py") if path.stem[0] != "_"}
    assert modules - named == set()


def test_new_and_update_do_not_import_the_verification_kits() -> None:
    """Reading the files that a user may edit is part of both."""
    said = subprocess.run([sys.executable, "-c", NEW_AND_UPDATE], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


NEW_AND_UPDATE = """
import sys
from pathlib import Path

from edgegen import targets
from edgegen.commands import new, update

for target in targets.find_all([targets.ALL]):
    for read in target.users_files.values():
        read(Path())
print("edgegen_kits" in sys.modules)
"""


def test_architecture_picture_equals_the_imports() -> None:
    """`scripts/draw_architecture.py` draws it again."""
    drawn = subprocess.run(
        [sys.executable, ROOT / "scripts" / "draw_architecture.py", "--check"], check=False
    )
    assert drawn.returncode == 0


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("base/errors.py", "from edgegen import cli"),
        ("targets/ios/target.py", "from edgegen_kits.ios import swift"),
        ("commands/update.py", "def read(): from edgegen_kits.ios import app"),
    ],
    ids=["a higher layer", "a module inside a kit", "a kit, by a command"],
)
def test_linter_rejects_a_wrong_import(tmp_path: Path, module: str, line: str) -> None:
    """The contracts are in pyproject.toml. The test adds one import to a copy of the sources."""
    copy = tmp_path / "generator"
    for path in (*PACKAGE.rglob("*.py"), *KITS.rglob("*.py")):
        (copy / path.relative_to(GENERATOR)).parent.mkdir(parents=True, exist_ok=True)
        (copy / path.relative_to(GENERATOR)).write_bytes(path.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    assert lint(tmp_path) == 0
    with (copy / "edgegen" / module).open("a") as file:
        file.write(f"\n{line}\n")
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

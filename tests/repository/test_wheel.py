"""What is built for others works away from this checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.helpers.once import Once
from tests.helpers.places import ROOT
from tests.helpers.projects import run
from tests.helpers.support import list_files

pytestmark = pytest.mark.full


@pytest.fixture(scope="session")
def wheel(once: Once) -> Path:
    """Return the wheel, built as `pip install .` builds it."""

    def make(folder: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(folder),
            str(ROOT),
        ]
        subprocess.run(command, check=True, capture_output=True)

    return next(once("wheel", make).glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs of an environment that has the wheel, and this one's other packages behind it."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(venv), "install", "--no-deps", "--quiet"]
    subprocess.run([*pip, str(wheel)], check=True)
    site = next((venv / "lib").glob("python*")) / "site-packages"
    behind = [path for path in sys.path if path.endswith("-packages")]  # of what this one is made from, too
    (site / "behind.pth").write_text("\n".join(behind) + "\n")
    return venv / "bin"


def test_the_wheel_holds_every_template_and_nothing_of_this_machine(wheel: Path) -> None:
    """Templates lie inside the package, byte for byte; tests and caches do not."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        for name in list_files(ROOT / "templates"):
            assert archive.read(f"edgegen/templates/{name}") == (ROOT / "templates" / name).read_bytes()
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_a_project_from_the_wheel_is_the_project_from_the_checkout(
    installed: Path, tiny_export: Path, tmp_path: Path
) -> None:
    """From another folder, without this checkout: same files, same bytes, same executable bits."""
    where = run([installed / "python", "-c", "import edgegen; print(edgegen.__file__)"], tmp_path)
    assert str(installed.parent) in where.stdout
    for program, name in (
        (installed / "edgegen", "wheel"),
        (Path(sys.prefix) / "bin" / "edgegen", "checkout"),
    ):
        answer = run(
            [program, "new", "--model", tiny_export, "--target", "linux-cpp", "--output", name], tmp_path
        )
        assert answer.returncode == 0, answer.stderr
    names = list_files(tmp_path / "wheel")
    assert names == list_files(tmp_path / "checkout")
    for name in names:
        ours, theirs = tmp_path / "wheel" / name, tmp_path / "checkout" / name
        assert ours.read_bytes() == theirs.read_bytes()
        assert ours.stat().st_mode == theirs.stat().st_mode

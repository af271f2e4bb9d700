"""The wheel contains the templates and works outside this checkout."""

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
    """Return the bin folder of an environment with the wheel and this environment's other packages."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(venv), "install", "--no-deps", "--quiet"]
    subprocess.run([*pip, str(wheel)], check=True)
    site = next((venv / "lib").glob("python*")) / "site-packages"
    behind = [path for path in sys.path if path.endswith("-packages")]  # also of the base environment
    (site / "behind.pth").write_text("\n".join(behind) + "\n")
    return venv / "bin"


def test_wheel_contains_every_template_and_no_tests_or_caches(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        for name in list_files(ROOT / "templates"):
            assert archive.read(f"edgegen/templates/{name}") == (ROOT / "templates" / name).read_bytes()
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_project_from_the_wheel_equals_the_project_from_the_checkout(
    installed: Path, tiny_export: Path, tmp_path: Path
) -> None:
    """Same files, bytes and executable bits, from another folder."""
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

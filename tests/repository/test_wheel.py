"""The wheel and the sdist have the right content. The wheel works in an empty environment."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.helpers.once import Once
from tests.helpers.places import ROOT
from tests.helpers.support import edgegen, list_files

pytestmark = pytest.mark.full

SCRIPT = ROOT / "scripts" / "wheel.py"
TARGETS = ("android", "ios", "linux-cpp")
# What Windows does not have; edgegen and its unit tests must work without it.
WITHOUT_POSIX = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}:
            raise ImportError(name)

sys.meta_path.insert(0, Missing())
"""


def wheel_script(*arguments: object, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """Run scripts/wheel.py, as the workflows do."""
    command = [python, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def dist(once: Once) -> Path:
    """Return the folder of the sdist and the wheel that was built from it, and the script's `listing`."""

    def make(folder: Path) -> None:
        ran = wheel_script("build", folder, "--no-isolation", "--tag", f"v{edgegen_version()}")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        (folder / "listing").write_text(ran.stdout)

    return once("dist", make)


def edgegen_version() -> str:
    """Return the version that edgegen prints."""
    return edgegen("--version").ok().out.split()[-1]


@pytest.mark.proof("wheel")
def test_wheel_has_the_packages_and_templates_and_nothing_else(dist: Path) -> None:
    """The script compares the names with git's. Here are the bytes, and the listing."""
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        for name in list_files(ROOT / "templates"):
            assert archive.read(f"edgegen/templates/{name}") == (ROOT / "templates" / name).read_bytes()
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]
    listing = (dist / "listing").read_text()
    assert f"{wheel.name}: {wheel.stat().st_size:,} bytes, {len(names)} files" in listing


@pytest.mark.proof("wheel")
def test_wheel_script_reports_stray_and_missing_files_and_a_wrong_tag(dist: Path, tmp_path: Path) -> None:
    """A cache, a module that is not there, and a tag of another version."""
    changed = shutil.copytree(dist, tmp_path / "dist")
    (wheel,) = changed.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    del contents["edgegen/base/errors.py"]
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
        archive.writestr("edgegen/__pycache__/x.pyc", b"")
    program = "import pathlib, sys, wheel; wheel.check_content(pathlib.Path(sys.argv[1]), 'v9')"
    command = [sys.executable, "-c", program, str(changed)]
    ran = subprocess.run(command, cwd=SCRIPT.parent, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.splitlines() == [
        f"{wheel.name} has edgegen/__pycache__/x.pyc",
        f"{wheel.name} has no edgegen/base/errors.py",
        f"the tag v9 is not v{edgegen_version()}, the version in edgegen/__init__.py",
    ]


@pytest.mark.proof("wheel")
def test_wheel_in_an_empty_environment_makes_the_projects_of_the_checkout(
    dist: Path, tiny_export: Path, tmp_path: Path
) -> None:
    """Without torch and ExecuTorch, for every target: the same files, bytes and executable bits."""
    installed = wheel_script("install", dist, tmp_path / "environment", "--light")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert list((tmp_path / "environment").glob("lib/python*/site-packages/torch")) == []
    used = wheel_script("use", tmp_path / "environment", tiny_export, tmp_path / "wheel")
    assert used.returncode == 0, used.stdout + used.stderr
    assert "torch export True False" in used.stdout  # doctor: it is missing
    assert tuple(sorted(path.name for path in (tmp_path / "wheel").iterdir())) == TARGETS
    for target in TARGETS:
        project = tmp_path / "checkout" / target
        edgegen("new", "--model", tiny_export, "--target", target, "--output", project).ok()
    names = list_files(tmp_path / "wheel")
    assert names == list_files(tmp_path / "checkout")
    for name in names:
        ours, theirs = tmp_path / "wheel" / name, tmp_path / "checkout" / name
        assert ours.read_bytes() == theirs.read_bytes(), name
        assert ours.stat().st_mode == theirs.stat().st_mode, name


@pytest.mark.proof("wheel")
def test_pip_installs_edgegen_from_a_git_address(dist: Path, tmp_path: Path) -> None:
    """A repository of the sdist's files gives the files of the wheel."""
    repository = tmp_path / "repository"
    (sdist,) = dist.glob("*.tar.gz")
    repository.mkdir()
    subprocess.run(["tar", "-xzf", str(sdist), "--strip-components=1"], cwd=repository, check=True)
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message=all")):
        subprocess.run(["git", *identity, *words], cwd=repository, check=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    address = f"edgegen @ git+file://{repository}"
    subprocess.run([*pip, "--target", str(tmp_path / "site"), address], check=True, cwd=tmp_path)
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packaged = sorted(name for name in archive.namelist() if ".dist-info/" not in name)
    installed = [name for name in list_files(tmp_path / "site") if name.startswith("edgegen")]
    assert sorted(name for name in installed if ".dist-info/" not in name) == packaged


def test_portable_unit_tests_pass_with_the_wheel_as_on_windows(dist: Path, tmp_path: Path) -> None:
    """Without torch, this checkout's edgegen, and Python's modules for POSIX."""
    environment = tmp_path / "environment"
    installed = wheel_script("install", dist, environment, "--light")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "without_posix.py").write_text(WITHOUT_POSIX)
    (site / "without_posix.pth").write_text("import without_posix\n")
    ran = wheel_script("test", environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout
    assert "failed" not in ran.stdout


@pytest.mark.nightly
@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_wheel_works_with_other_pythons(version: str, dist: Path, tiny_export: Path, tmp_path: Path) -> None:
    python = shutil.which(f"python{version}")
    asked = python and subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)
    if not python or not asked or asked.returncode != 0:
        pytest.skip(f"Python {version} with pip is not here")
    for arguments in (
        ("install", dist, tmp_path / "environment", "--light"),
        ("use", tmp_path / "environment", tiny_export, tmp_path / "projects"),
        ("test", tmp_path / "environment"),
    ):
        ran = wheel_script(*arguments, python=python)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert tuple(sorted(path.name for path in (tmp_path / "projects").iterdir())) == TARGETS

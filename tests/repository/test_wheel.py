"""The wheels and the sdists have the right content. edgegen's wheel works in an empty environment."""

import os
import re
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
KITS = ROOT / "generator" / "edgegen_kits"
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
    """Return the folder of the sdists and the wheels built from them, and the script's `listing`."""

    def make(folder: Path) -> None:
        ran = wheel_script("build", folder, "--no-isolation", "--tag", f"v{edgegen_version()}")
        assert ran.returncode == 0, ran.stdout + ran.stderr
        (folder / "listing").write_text(ran.stdout)

    return once("dist", make)


def wheel_of(dist: Path, name: str) -> Path:
    """Return the wheel of edgegen, or of edgegen_kits."""
    (wheel,) = dist.glob(f"{name}-*.whl")
    return wheel


def edgegen_version() -> str:
    """Return the version that edgegen prints."""
    return edgegen("--version").ok().out.split()[-1]


@pytest.mark.proof("wheel")
def test_wheel_has_the_packages_and_templates_and_nothing_else(dist: Path) -> None:
    """The script compares the names with git's. Here are the bytes, and the listing."""
    wheel = wheel_of(dist, "edgegen")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        for name in list_files(ROOT / "templates"):
            assert archive.read(f"edgegen/templates/{name}") == (ROOT / "templates" / name).read_bytes()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"edgegen"}  # not edgegen_kits
    assert not [name for name in names if "__pycache__" in name]
    listing = (dist / "listing").read_text()
    assert f"{wheel.name}: {wheel.stat().st_size:,} bytes, {len(names)} files" in listing


@pytest.mark.proof("wheel")
def test_wheel_of_the_kits_has_their_files_and_nothing_else(dist: Path) -> None:
    sources = {name: KITS / name for name in list_files(KITS) if "__pycache__" not in name}
    with zipfile.ZipFile(wheel_of(dist, "edgegen_kits")) as archive:
        content = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
    assert content == {
        f"edgegen_kits/{name}": path.read_bytes()
        for name, path in sources.items()
        if name not in {"LICENSE", "pyproject.toml"}
    }


def test_kits_have_the_licence_of_the_repository() -> None:
    assert (KITS / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


@pytest.mark.proof("wheel")
def test_wheel_script_reports_stray_and_missing_files_and_a_wrong_tag(dist: Path, tmp_path: Path) -> None:
    """A cache, a module that is not there, kits of another version, and a tag of another version."""
    changed = shutil.copytree(dist, tmp_path / "dist")
    wheel = wheel_of(changed, "edgegen")
    with zipfile.ZipFile(wheel) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    del contents["edgegen/base/errors.py"]
    about = f"edgegen-{edgegen_version()}.dist-info/METADATA"
    contents[about] = contents[about].replace(b"edgegen-kits==", b"edgegen-kits==9.")
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
        archive.writestr("edgegen/__pycache__/x.pyc", b"")
    program = "import pathlib, sys, wheel; wheel.check(pathlib.Path(sys.argv[1]), 'v9')"
    command = [sys.executable, "-c", program, str(changed)]
    ran = subprocess.run(command, cwd=SCRIPT.parent, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.splitlines() == [
        f"{wheel.name} does not require edgegen-kits=={edgegen_version()}; extra == 'kits'",
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
def test_phone_apps_are_verified_with_edgegen_kits_of_the_same_version_only(
    dist: Path, tiny_export: Path, tmp_path: Path
) -> None:
    """Without it, or with another version, the message says how to install it."""
    environment = tmp_path / "environment"
    installed = wheel_script("install", dist, environment, "--light")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    for target in ("android", "ios"):
        edgegen("new", "--model", tiny_export, "--target", target, "--output", tmp_path / target).ok()

    # This checkout must not replace the packages under test.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def verify(target: str) -> str:
        command = [environment / "bin" / "edgegen", "verify", tmp_path / target]
        ran = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        assert ran.returncode == 6, ran.stderr
        return " ".join(ran.stderr.split())

    for target in ("android", "ios"):
        said = verify(target)
        assert "edgegen-kits (checks phone apps on Linux): not found" in said
        install = rf"type: pip install 'edgegen\[kits\]'; .*; edgegen doctor --target {target} --install"
        assert re.search(install, said), said
    pip = [sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install", "--quiet"]
    wheel = wheel_of(dist, "edgegen_kits")
    subprocess.run([*pip, "--no-deps", "--no-compile", wheel], env=variables, check=True)
    for target in ("android", "ios"):
        said = verify(target)
        assert "torch (export): not found" in said  # and nothing of the kits
        assert "edgegen-kits" not in said
    (about,) = environment.glob("lib/python*/site-packages/edgegen_kits-*.dist-info/METADATA")
    about.write_text(about.read_text().replace(f"Version: {edgegen_version()}", "Version: 9.0"))
    said = verify("android")
    assert f"edgegen-kits (checks phone apps on Linux): 9.0: edgegen is {edgegen_version()}" in said
    assert "pip install 'edgegen[kits]'" in said


@pytest.mark.proof("wheel")
@pytest.mark.parametrize(
    ("name", "folder"), [("edgegen", ""), ("edgegen_kits", "#subdirectory=generator/edgegen_kits")]
)
def test_pip_installs_each_distribution_from_a_git_address(
    name: str, folder: str, dist: Path, tmp_path: Path
) -> None:
    """A repository of the sdist's files gives the files of the wheel."""
    repository = tmp_path / "repository"
    (sdist,) = dist.glob("edgegen-*.tar.gz")
    repository.mkdir()
    subprocess.run(["tar", "-xzf", str(sdist), "--strip-components=1"], cwd=repository, check=True)
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message=all")):
        subprocess.run(["git", *identity, *words], cwd=repository, check=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    address = f"{name} @ git+file://{repository}{folder}"
    subprocess.run([*pip, "--target", str(tmp_path / "site"), address], check=True, cwd=tmp_path)
    with zipfile.ZipFile(wheel_of(dist, name)) as archive:
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

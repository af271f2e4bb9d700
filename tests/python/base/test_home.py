"""The folder for everything that edgegen downloads or builds once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgegen.base.errors import InputError
from edgegen.base.files import ensure_home, expand, home


def test_home_is_edgegen_home_as_an_absolute_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It takes precedence over the user's cache."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDGEGEN_HOME", "kits")
    assert home() == tmp_path / "kits"


@pytest.mark.skipif(sys.platform != "linux", reason="each system has another cache folder")
def test_home_defaults_to_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """XDG_CACHE_HOME, or .cache in the home folder."""
    monkeypatch.delenv("EDGEGEN_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert home() == tmp_path / "cache" / "edgegen"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home() == tmp_path / ".cache" / "edgegen"


@pytest.fixture
def no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let the user have no account and no variables, as in a container; return the temporary folder."""
    pwd = pytest.importorskip("pwd")

    def unknown(number: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {number}")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "USER", "EDGEGEN_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "")  # so that the end of the test restores it
        monkeypatch.delenv(name)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_user_without_a_home_gets_a_private_one(no_home: Path) -> None:
    """The same one at the next start. Python and its libraries find it too."""
    folder = no_home / f"edgegen-{os.getuid()}"
    for _ in range(2):
        os.environ.pop("HOME", None)
        assert home() == folder / ".cache" / "edgegen"
        assert Path.home() == folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert os.environ["USER"] == str(os.getuid())


@pytest.mark.parametrize("kind", ["link", "open", "file"])
def test_folder_of_another_user_is_not_taken_for_a_home(no_home: Path, kind: str) -> None:
    folder = no_home / f"edgegen-{os.getuid()}"
    if kind == "link":
        folder.symlink_to(no_home)
    elif kind == "open":
        folder.mkdir()
        folder.chmod(0o777)
    else:
        folder.write_text("mine")
    ensure_home()
    assert Path.home() not in (folder, no_home)
    assert Path.home().parent == no_home
    assert Path.home().stat().st_mode & 0o777 == 0o700


def test_user_without_a_home_and_without_a_temporary_folder_is_told_what_to_set(
    no_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(no_home / "gone"))
    with pytest.raises(InputError, match=r"has no home folder, and none can be made") as caught:
        ensure_home()
    assert "EDGEGEN_HOME and YOLO_CONFIG_DIR" in caught.value.hint


@pytest.mark.skipif(os.name != "posix", reason="elsewhere an account has a home")
def test_commands_run_for_a_user_without_an_account(tmp_path: Path, tiny_checkpoint: Path) -> None:
    """With EDGEGEN_HOME, edgegen itself needs no home: Ultralytics does, when it is imported."""
    program = (
        "import pwd, sys\n"
        "def unknown(number): raise KeyError(number)\n"
        "pwd.getpwuid = unknown\n"
        "from edgegen.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    variables = {name: value for name, value in os.environ.items() if name not in {"HOME", "USER", "LOGNAME"}}
    variables |= {"EDGEGEN_HOME": str(tmp_path / "kits"), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", program, "inspect", str(tiny_checkpoint), "--json"]
    said = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["task"] == "detect"


def test_home_that_exists_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    ensure_home()
    assert os.environ["HOME"] == str(tmp_path)


def test_unknown_user_in_a_path_is_named() -> None:
    with pytest.raises(InputError, match=r"there is no file or folder ~no-such-user/best\.pt") as caught:
        expand("~no-such-user/best.pt")
    assert caught.value.hint == "write the path out"

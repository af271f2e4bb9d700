"""`scripts/setup` installs what the tests need, and fails where something is missing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgegen_kits.android.tools import TOOLS as ANDROID_TOOLS
from edgegen_kits.ios.tools import TOOLS as IOS_TOOLS
from tests.helpers import tools
from tests.helpers.places import ROOT

SETUP = ROOT / "scripts" / "setup"
# Fake programs of the environment: python prints pip's settings, and uv prints its options.
PYTHON = """
case "$*" in
  *"config list"*) printf '%s' "$SETTINGS" ;;
  *"--only-binary uv"*) exit "$WHETHER_THERE" ;;
  *--editable*) echo "pip goes on" ;;
esac
"""
UV = """
env | grep -E '^(UV_(DEFAULT_INDEX|INDEX|FIND_LINKS|NO_CACHE)|SSL_CERT_FILE)='; echo "$@"; exit "$CODE"
"""
INSTALLS = r"pip install --quiet --python \S+ --editable \.\[yolo\] --editable \./generator/edgegen_kits$"


def script(path: Path, text: str) -> None:
    """Write a program."""
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def set_up(
    folder: Path,
    purpose: str,
    environment: dict[str, str] | None = None,
    path: str | None = None,
    program: Path = SETUP,
) -> subprocess.CompletedProcess[str]:
    """Run setup with the environment in a folder, whose `path` has programs that replace the system's."""
    programs = folder / "path"
    programs.mkdir(exist_ok=True)
    if not (programs / "apt-get").exists():
        script(programs / "apt-get", "exit 0")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "SSL_"))}
    return subprocess.run(
        [program, folder, purpose],
        env={**kept, "PATH": path or f"{programs}:{os.environ['PATH']}", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def asked(
    folder: Path,
    *settings: str,
    there: int = 0,
    code: int = 0,
    system: str = "false",
    cache: Path | None = None,
) -> tuple[int, str]:
    """Let setup install Python packages; return whether pip went on (1), and uv's options and messages."""
    (folder / "bin").mkdir()
    (folder / "pyvenv.cfg").write_text(f"home = /usr\ninclude-system-site-packages = {system}\n")
    script(folder / "bin" / "python", PYTHON)
    script(folder / "bin" / "uv", UV)
    values = {"SETTINGS": "\n".join(settings), "WHETHER_THERE": str(there), "CODE": str(code)}
    answer = set_up(folder, "demo", values | {"XDG_CACHE_HOME": str(cache or folder)})
    assert answer.returncode == 0, answer.stderr
    *lines, last = answer.stdout.splitlines()
    if last != "pip goes on":
        return 0, answer.stdout
    return 1, "\n".join([*lines, *re.findall("^setup: uv could not.*", answer.stderr, re.MULTILINE)])


def test_setup_installs_with_uv_when_pip_has_no_settings(tmp_path: Path) -> None:
    code, said = asked(tmp_path)
    assert code == 0
    assert re.fullmatch(INSTALLS, said.strip())


def test_uv_keeps_no_cache_where_no_folder_for_it_can_be_made(tmp_path: Path) -> None:
    """In a read-only home, for example. Without uv, pip would take minutes."""
    no_folder = tmp_path / "file"
    no_folder.touch()
    code, said = asked(tmp_path, cache=no_folder)
    assert code == 0
    assert said.splitlines()[0] == "UV_NO_CACHE=1"


def test_uv_gets_the_settings_of_pip(tmp_path: Path) -> None:
    """The environment comes first, then `pip install`, then all commands."""
    code, said = asked(
        tmp_path,
        *(":env:.find-links='folder/of/wheels'", ":env:.index-url='https://one.example/simple'"),
        *("download.index-url='https://two.example/simple'", "global.cert='/c.pem'", "global.timeout='60'"),
        *(
            "global.index-url='https://three.example/simple'",
            "install.index-url='https://four.example/simple'",
        ),
        "install.extra-index-url='https://five.example/simple'",
    )
    *given, installs = said.splitlines()
    assert code == 0
    assert sorted(given) == [
        "SSL_CERT_FILE=/c.pem",
        "UV_DEFAULT_INDEX=https://one.example/simple",
        "UV_FIND_LINKS=folder/of/wheels",
        "UV_INDEX=https://five.example/simple",
    ]
    assert re.fullmatch(INSTALLS, installs)


@pytest.mark.parametrize(
    "setting",
    ["global.no-index='true'", ":env:.constraint='c.txt'", 'global.index-url="https://it\'s.example/simple"'],
)
def test_setup_installs_with_pip_when_uv_lacks_a_setting(tmp_path: Path, setting: str) -> None:
    """Or if the setting cannot be read."""
    assert asked(tmp_path, "global.timeout='60'", setting) == (1, "")


@pytest.mark.parametrize("lacking", [{"there": 1}, {"system": "true"}])
def test_setup_installs_with_pip_without_uv_or_with_system_packages(tmp_path: Path, lacking: dict) -> None:
    """An installed torch of the system is not downloaded again."""
    assert asked(tmp_path, **lacking) == (1, "")


def test_setup_installs_with_pip_and_a_message_when_uv_fails(tmp_path: Path) -> None:
    code, said = asked(tmp_path, code=2)
    assert code == 1
    assert said.splitlines()[-1] == "setup: uv could not; pip goes on"


# --- installed and missing tools ---


def test_setup_installs_the_apt_packages_of_both_kits_first() -> None:
    """Two parallel `doctor --install` would wait for each other's apt."""
    text = SETUP.read_text(encoding="utf-8")
    packages = {name for tool in (*ANDROID_TOOLS, *IOS_TOOLS) for name in tool.apt}
    assert {name for name in packages if not re.search(rf"[:\s]{re.escape(name)}[\s\"):]", text)} == set()


@pytest.mark.parametrize("lacking", ["ios", "android"])
def test_setup_without_a_kit_fails_only_on_x86_64(tmp_path: Path, lacking: str) -> None:
    """On aarch64 the kit's tests are skipped."""
    (tmp_path / "bin").mkdir()
    script(tmp_path / "bin" / "edgegen", f'test "$3" != {lacking} || {{ echo "no {lacking}" >&2; exit 6; }}')
    (tmp_path / "path").mkdir()
    for machine, code, says in (
        ("x86_64", 6, f"setup: the {lacking} kit is missing"),
        ("aarch64", 0, f"the tests of {lacking} are skipped"),
    ):
        script(tmp_path / "path" / "uname", f"echo Linux {machine}")
        answer = set_up(tmp_path, "kits")
        assert answer.returncode == code, answer.stderr
        assert says in answer.stderr
        assert f"no {lacking}" in answer.stderr


PROGRAMS = ("bash", "cat", "dirname", "env", "grep", "uname")


def system_without(program: str, folder: Path, apt: str) -> str:
    """Return a PATH without a program that setup needs, whose apt-get is the one given."""
    programs = folder / "path"
    programs.mkdir()
    for name in PROGRAMS:
        (programs / name).symlink_to(shutil.which(name) or "")
    for name in {"c++", "ninja", "pkg-config", "cmake"} - {program}:
        script(programs / name, "exit 0")
    script(programs / "id", "echo 0")
    script(programs / "sleep", f"echo waited >> {folder}/waits")
    script(programs / "apt-get", apt)
    (folder / "bin").mkdir()
    script(folder / "bin" / "python", "exit 0")
    (folder / ".edgegen-demo").touch()
    return str(programs)


@pytest.mark.parametrize("lock", ["/var/lib/apt/lists/lock", "/var/cache/apt/archives/lock"])
def test_setup_waits_for_another_apt_process(tmp_path: Path, lock: str) -> None:
    """Also for locks that apt does not wait for. The message is shown once."""
    apt = f"""
echo "$@" >> {tmp_path}/asked
test "$(grep -c . {tmp_path}/asked)" -gt 2 || {{ echo "E: Could not get lock {lock}." >&2; exit 100; }}
"""
    path = system_without("cmake", tmp_path, apt)
    answer = set_up(tmp_path, "demo", path=path)
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "waits").read_text() == "waited\n" * 2
    assert answer.stderr.count("setup: another apt is running; waiting") == 1
    *updates, last = (tmp_path / "asked").read_text().splitlines()
    assert [line.split()[2] for line in updates] == ["update"] * 3
    first, *others = (int(line.split()[1].partition("=")[2]) for line in updates)
    assert first == 0
    assert all(0 < seconds <= 300 for seconds in others)
    assert re.match("-o DPkg::Lock::Timeout=0 satisfy .* cmake", last)


def test_setup_fails_when_another_apt_process_exceeds_the_limit(tmp_path: Path) -> None:
    """The test sets the limit to zero seconds."""
    script_of_setup = tmp_path / "scripts" / "setup"
    script_of_setup.parent.mkdir()
    text = SETUP.read_text(encoding="utf-8")
    assert "SECONDS + 300" in text
    script_of_setup.write_text(text.replace("SECONDS + 300", "SECONDS + 0"), encoding="utf-8")
    script_of_setup.chmod(0o755)
    fails = f'echo asked >> {tmp_path}/asked; echo "E: Could not get lock /var/lib/dpkg/lock." >&2; exit 100'
    path = system_without("cmake", tmp_path, fails)
    answer = set_up(tmp_path, "demo", path=path, program=script_of_setup)
    assert answer.returncode == 6
    assert "Could not get lock" in answer.stderr
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_setup_does_not_retry_when_apt_waited_and_failed(tmp_path: Path) -> None:
    apt = 'echo "Waiting for cache lock: Could not get lock" >&2; echo "E: no space" >&2; exit 100'
    answer = set_up(tmp_path, "demo", path=system_without("cmake", tmp_path, apt))
    assert answer.returncode == 6
    assert "E: no space" in answer.stderr
    assert not (tmp_path / "waits").exists()


def test_setup_fails_at_once_with_apts_error(tmp_path: Path) -> None:
    path = system_without("cmake", tmp_path, 'echo "E: Unable to locate package" >&2; exit 100')
    answer = set_up(tmp_path, "demo", path=path)
    assert answer.returncode == 6
    assert "E: Unable to locate package" in answer.stderr
    assert "fix what is reported above" in answer.stderr
    assert not (tmp_path / "waits").exists()


def test_setup_without_root_rights_prints_one_install_command(tmp_path: Path) -> None:
    path = system_without("cmake", tmp_path, "exit 1")
    script(tmp_path / "path" / "id", "echo 1000")
    answer = set_up(tmp_path, "demo", path=path)
    assert answer.returncode == 6
    assert re.search('type: sudo apt-get satisfy ".*cmake.*"$', answer.stderr.strip())


def test_ci_script_sets_the_ci_variable(tmp_path: Path) -> None:
    """With it, a missing tool fails a test."""
    script(tmp_path / "make", 'echo "$CI $*"')
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    ran = subprocess.run([ROOT / ".ci" / "run"], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == "true test test-changed PLAN=--repeat\n"


@pytest.mark.parametrize(
    ("ci", "kits", "outcome"),
    [
        ("true", "", pytest.fail.Exception),
        ("", "required", pytest.fail.Exception),
        ("", "", pytest.skip.Exception),
    ],
)
def test_missing_tool_fails_in_ci_and_where_kits_are_required(
    monkeypatch: pytest.MonkeyPatch, ci: str, kits: str, outcome: type[BaseException]
) -> None:
    """With plain `pytest`, the test is skipped."""
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("EDGEGEN_KITS", kits)
    with pytest.raises((pytest.fail.Exception, pytest.skip.Exception), match="aapt2 is missing") as caught:
        tools.missing("aapt2")
    assert caught.type is outcome


@pytest.mark.parametrize(("machine", "rule"), [("x86_64", "required"), ("aarch64", "")])
def test_make_passes_the_kits_rule_of_setup_to_pytest(tmp_path: Path, machine: str, rule: str) -> None:
    (tmp_path / "path").mkdir()
    script(tmp_path / "path" / "uname", f"echo Linux {machine}")
    answer = set_up(tmp_path, "rule")
    assert (answer.returncode, answer.stdout.strip()) == (0, rule)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert 'PYTEST = EDGEGEN_KITS="$$(scripts/setup $(VENV) rule)" ' in makefile
    assert makefile.count("-m pytest") == 1
    assert makefile.count("$(PYTEST) ") == 6


def test_hypothesis_has_no_deadline_outside_ci() -> None:
    """A busy machine would exceed it."""
    code = "import tests.conftest, hypothesis; print(hypothesis.settings().deadline)"
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    for name in ("CI", "TF_BUILD", "GITHUB_ACTIONS"):
        environment.pop(name, None)
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "None\n"

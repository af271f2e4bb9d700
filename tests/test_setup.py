"""`scripts/setup` lets uv install Python packages where that does what pip would do."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT

# In the place of the environment's programs: what pip says of its settings, and what uv is given.
PYTHON = """#!/bin/bash
case "$*" in *"config list"*) printf '%s' "$SETTINGS";; *) exit "$WHETHER_THERE";; esac
"""
UV = """#!/bin/bash
env | grep -E '^(UV_(DEFAULT_INDEX|INDEX|FIND_LINKS)|SSL_CERT_FILE)='; echo "$@"; exit "$CODE"
"""
INSTALLS = r"pip install --quiet --python \S+ --editable \.\[yolo\]$"


def asked(
    folder: Path, *settings: str, there: int = 0, code: int = 0, system: str = "false"
) -> tuple[int, str]:
    """Run setup's function beside such programs; return whether pip is to go on (1), and what was said."""
    text = (ROOT / "scripts" / "setup").read_text(encoding="utf-8")
    (function,) = re.findall(r"^with_uv\(\) \{\n.*?^\}\n", text, re.DOTALL | re.MULTILINE)
    (folder / "bin").mkdir()
    (folder / "pyvenv.cfg").write_text(f"home = /usr\ninclude-system-site-packages = {system}\n")
    for name, program in (("python", PYTHON), ("uv", UV)):
        (folder / "bin" / name).write_text(program)
        (folder / "bin" / name).chmod(0o755)
    lines = ["set -euo pipefail", f"venv='{folder}' extra=yolo groups=()", 'say() { echo "$*"; }', function]
    answer = subprocess.run(
        ["bash", "-c", "\n".join([*lines, "with_uv || exit 1"])],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("UV_", "SSL_"))},
            "SETTINGS": "\n".join(settings),
            "WHETHER_THERE": str(there),
            "CODE": str(code),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.returncode, answer.stdout


def test_without_settings_of_pips_uv_installs(tmp_path: Path) -> None:
    """From where it would by itself."""
    code, said = asked(tmp_path)
    assert code == 0
    assert re.fullmatch(INSTALLS, said.strip())


def test_uv_is_given_pips_settings(tmp_path: Path) -> None:
    """Those of the environment before those of `pip install`, and these before those of all commands."""
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
def test_pip_goes_on_where_it_has_settings_that_uv_has_not(tmp_path: Path, setting: str) -> None:
    """Or that cannot be read."""
    assert asked(tmp_path, "global.timeout='60'", setting) == (1, "")


@pytest.mark.parametrize("lacking", [{"there": 1}, {"system": "true"}])
def test_pip_goes_on_where_there_is_no_uv_or_packages_of_the_systems(tmp_path: Path, lacking: dict) -> None:
    """A torch that is there already is not fetched again."""
    assert asked(tmp_path, **lacking) == (1, "")


def test_pip_goes_on_where_uv_fails(tmp_path: Path) -> None:
    """And it is said."""
    code, said = asked(tmp_path, code=2)
    assert code == 1
    assert said.splitlines()[-1] == "setup: uv could not; pip goes on"

"""Parallel programs end with the command that started them."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
from edgegen.base.tools import network_trouble
from edgegen_kits.common import apt
from edgegen_kits.common.commands import Commands, ProgramResult, start_threads
from tests.helpers.support import wait_until
from tests.helpers.tools import missing


@pytest.mark.parametrize("error", [KeyboardInterrupt, ToolchainError])
def test_parallel_programs_are_terminated_after_an_exception(
    error: type[BaseException], tmp_path: Path
) -> None:
    """Ctrl-C, a signal, or a step that failed."""
    started = tmp_path / "started"
    ended: list[ProgramResult] = []
    with pytest.raises(error), Commands() as commands, start_threads(commands, 2) as pool:
        pool.submit(lambda: ended.append(commands.ask(["sh", "-c", f"touch '{started}'; exec sleep 600"])))
        wait_until(started.exists)
        raise error("now")
    assert [said.code for said in ended] == [-15]


def test_archive_that_apt_cannot_reach_is_named_without_apts_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`apt-get update` alone exits with 0 then, and the package would seem to be missing.

    In any language of the user's.
    """
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    if shutil.which("apt-get") is None:
        missing("apt-get")
    entry = re.sub("URIs: .*", "URIs: http://127.0.0.1:9/debian", apt.debian("bookworm"))
    options = apt.prepare_folder(tmp_path / "apt", entry)
    with Commands() as commands, pytest.raises(ToolchainError) as caught:
        commands.run(["apt-get", *options, "update", "-qq"], hint="check the network")
    assert caught.value.message.startswith("the package archive cannot be reached: ")
    assert "127.0.0.1" in caught.value.message
    assert "E:" not in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint == "check the network"


@pytest.mark.parametrize("program", ["mvn", "npm", "pip"])
def test_registry_that_cannot_be_reached_is_named_in_one_line(program: str, tmp_path: Path) -> None:
    """The programs alone print up to thirty lines, without the word network."""
    if program != "pip" and shutil.which(program) is None:
        missing(program)
    dead = "http://127.0.0.1:9/"
    settings = tmp_path / "settings.xml"
    mirror = f"<mirror><id>central</id><url>{dead}</url><mirrorOf>*</mirrorOf></mirror>"
    settings.write_text(f"<settings><mirrors>{mirror}</mirrors></settings>")
    maven = ("mvn", "--quiet", "--batch-mode", "--settings", settings, "-Dmaven.repo.local=repository")
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--retries=1")
    command, registry = {
        "mvn": ((*maven, "dependency:copy-dependencies"), "Maven's repository"),
        "npm": (
            ("npm", "pack", f"--registry={dead}", "--fetch-retries=0", "--cache=cache", "x@1"),
            "npm's registry",
        ),
        "pip": ((*pip, f"--index-url={dead}", "no-such-package"), "Python's package index"),
    }[program]
    with Commands() as commands, pytest.raises(ToolchainError) as caught:
        commands.run(command, tmp_path, hint="check the network")
    assert caught.value.message.startswith(f"{registry} cannot be reached: ")
    assert "\n" not in caught.value.message
    assert caught.value.hint == "check the network"


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (
            "\x1b[0m[ERROR] Failed to execute goal: Could not resolve dependencies for project x:kit:jar:1: "
            "Could not transfer artifact a:b:pom:1 from/to central (https://maven.example): transfer failed "
            "for https://maven.example/b.pom: Unknown host maven.example -> [Help 1]\n[ERROR] Re-run with -X",
            "Could not transfer artifact a:b:pom:1 from/to central (https://maven.example): transfer failed "
            "for https://maven.example/b.pom: Unknown host maven.example",
        ),
        (
            "[ERROR] No plugin found for prefix 'dependency' in the current project and in the plugin groups "
            "[org.apache.maven.plugins, org.codehaus.mojo] available from the repositories [local (/r), "
            "central (https://repo.maven.apache.org/maven2)] -> [Help 1]",
            "https://repo.maven.apache.org/maven2",
        ),
        (
            "npm error code EAI_AGAIN\nnpm error request to https://npm.example/x failed, reason: "
            "getaddrinfo EAI_AGAIN npm.example\nnpm error A complete log of this run can be found in: /log",
            "request to https://npm.example/x failed, reason: getaddrinfo EAI_AGAIN npm.example",
        ),
        (
            "WARNING: Retrying after connection broken by 'NameResolutionError(\"HTTPSConnection"
            "(host='pypi.org', port=443): Failed to resolve 'pypi.org' ([Errno -3] Temporary failure in name "
            "resolution)\")': /simple/ziglang/\nERROR: No matching distribution found for ziglang==1",
            "Failed to resolve 'pypi.org' ([Errno -3] Temporary failure in name resolution)",
        ),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError('<pip._vendor.urllib3."
            "HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection "
            "refused')': /simple/ziglang/",
            "Failed to establish a new connection: [Errno 111] Connection refused",
        ),
        ("npm error code ETARGET\nnpm error notarget No matching version found for x@9.", ""),
        ("[ERROR] Could not find artifact a:b:jar:1 in central (https://repo.maven.apache.org/maven2)", ""),
        ("ERROR: No matching distribution found for ziglang==9.9", ""),
    ],
)
def test_network_trouble_is_the_reason_of_a_registrys_program(output: str, reason: str) -> None:
    assert network_trouble(output) == reason

"""Parallel programs end with the command that started them."""

import re
import shutil
from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
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

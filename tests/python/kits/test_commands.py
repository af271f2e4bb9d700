"""Parallel programs end with the command that started them."""

from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
from edgegen_kits.common.commands import Commands, ProgramResult, start_threads
from tests.helpers.support import wait_until


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

"""Programs side by side: none outlives the command that started it."""

import time

import pytest

from edgegen.base.errors import ToolchainError
from edgegen.kits.common.commands import Commands, Said, beside


@pytest.mark.parametrize("error", [KeyboardInterrupt, ToolchainError])
def test_what_runs_beside_ends_when_something_is_raised(error: type[BaseException]) -> None:
    """Ctrl-C, kill or a step that failed: nobody waits for the others."""
    since = time.monotonic()
    ended: list[Said] = []
    with pytest.raises(error), Commands() as commands, beside(commands, 2) as pool:
        pool.submit(lambda: ended.append(commands.ask(["sleep", "60"])))
        commands.run(["sleep", "0.3"])
        raise error("now")
    assert time.monotonic() - since < 20
    assert [said.code for said in ended] == [-15]

"""Parts of the verification kit are built in parallel."""

import signal
import threading
import time

import pytest

from edgegen_kits.common.commands import Commands
from edgegen_kits.common.making import SideBySide


def test_interruption_is_reported_after_the_running_step_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the signal arrives while the thread starts. Otherwise its folder would be removed too early."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    begin = threading.Thread.start

    def begun_and_interrupted(thread: threading.Thread) -> None:
        begin(thread)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(threading.Thread, "start", begun_and_interrupted)
    done = []

    def step() -> None:
        time.sleep(0.2)
        done.append("zig")

    try:
        with pytest.raises(KeyboardInterrupt):
            SideBySide(Commands()).make({"zig": step}, ["zig"])
        assert done == ["zig"]
    finally:
        signal.signal(signal.SIGTERM, before)

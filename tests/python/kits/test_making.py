"""Parts of a kit are made side by side."""

import signal
import threading
import time

import pytest

from edgegen.kits.common.commands import Commands
from edgegen.kits.common.making import SideBySide


def test_a_step_that_began_is_over_when_an_interruption_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the signal comes while its thread begins: what it writes in would be gone otherwise."""
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

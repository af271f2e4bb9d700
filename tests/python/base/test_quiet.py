"""Output of libraries is hidden, and shown on stderr with --verbose."""

import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from edgegen.base import quiet as module
from edgegen.base.quiet import captured_stderr, quiet, set_verbose


def chatter() -> None:
    print("printed")
    logging.getLogger("ultralytics").error("logged")
    warnings.warn("warned", stacklevel=1)


def test_quiet_hides_prints_logs_and_warnings(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        chatter()
    assert capfd.readouterr() == ("", "")
    print("ours")
    assert capfd.readouterr().out == "ours\n"


def test_verbose_sends_output_of_libraries_to_stderr(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_verbose", False)
    set_verbose(True)
    with pytest.warns(UserWarning, match="warned"), quiet():
        chatter()
    with captured_stderr():
        os.write(2, b"from C++")
    out, err = capfd.readouterr()
    assert out == ""
    assert "printed" in err
    assert "from C++" in err


def test_quiet_restores_the_log_level_after_an_exception() -> None:
    before = logging.root.manager.disable
    with pytest.raises(ValueError, match="x"), quiet():
        raise ValueError("x")
    assert logging.root.manager.disable == before


def test_captured_stderr_includes_output_of_cpp_code(capfd: pytest.CaptureFixture[str]) -> None:
    """Both writes to the descriptor and to Python's stream."""
    with captured_stderr() as said:
        os.write(2, b"one ")
        sys.stderr.write("two")
        assert said() == "one two"
        os.write(2, b"three ")
        assert said() == "one three two"
    assert capfd.readouterr() == ("", "")
    os.write(2, b"shown")
    assert capfd.readouterr().err == "shown"


@pytest.mark.parametrize("block", [quiet, captured_stderr])
def test_streams_are_restored_after_blocks_of_two_threads(
    block: Callable[[], AbstractContextManager[Any]],
) -> None:
    """`edgegen batch --jobs 2` looks for torchvision models in threads."""
    before = sys.stdout, sys.stderr, logging.root.manager.disable
    first_is_inside, second_has_started, second_is_inside = (threading.Event() for _ in range(3))

    def second() -> None:
        first_is_inside.wait()
        second_has_started.set()
        with block():
            second_is_inside.set()

    thread = threading.Thread(target=second)
    thread.start()
    with block():
        first_is_inside.set()
        second_has_started.wait()
        assert not second_is_inside.wait(0.05)
        with block():  # one thread may nest them
            pass
    thread.join()
    assert second_is_inside.is_set()
    assert (sys.stdout, sys.stderr, logging.root.manager.disable) == before

"""Output of libraries is hidden, and shown on stderr with --verbose."""

import logging
import os
import sys
import warnings

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

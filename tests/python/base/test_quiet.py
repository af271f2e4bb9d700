"""What libraries say is kept back, and let through when it is asked for."""

import logging
import os
import sys
import warnings

import pytest

from edgegen.base import quiet as module
from edgegen.base.quiet import captured_stderr, let_libraries_speak, quiet


def chatter() -> None:
    print("printed")
    logging.getLogger("ultralytics").error("logged")
    warnings.warn("warned", stacklevel=1)


def test_libraries_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither stdout nor stderr shows prints, log records or warnings."""
    with quiet():
        chatter()
    assert capfd.readouterr() == ("", "")
    print("ours")
    assert capfd.readouterr().out == "ours\n"


def test_they_may_speak_on_stderr(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With --verbose all of it is on stderr; stdout stays edgegen's own."""
    monkeypatch.setattr(module, "_verbose", False)
    let_libraries_speak(True)
    with pytest.warns(UserWarning, match="warned"), quiet():
        chatter()
    with captured_stderr():
        os.write(2, b"from C++")
    out, err = capfd.readouterr()
    assert out == ""
    assert "printed" in err
    assert "from C++" in err


def test_log_level_is_restored() -> None:
    """Log records of others are shown again afterwards, also after an exception."""
    before = logging.root.manager.disable
    with pytest.raises(ValueError, match="x"), quiet():
        raise ValueError("x")
    assert logging.root.manager.disable == before


def test_stderr_of_cpp_code(capfd: pytest.CaptureFixture[str]) -> None:
    """What is written to the descriptor, or to Python's stream, is kept and given back."""
    with captured_stderr() as said:
        os.write(2, b"one ")
        sys.stderr.write("two")
        assert said() == "one two"
        os.write(2, b"three ")
        assert said() == "one three two"
    assert capfd.readouterr() == ("", "")
    os.write(2, b"shown")
    assert capfd.readouterr().err == "shown"

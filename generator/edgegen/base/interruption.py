"""Ctrl-C, `kill` and a terminal that closes: all end a command alike, and none of them is lost."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

_seen: list[int] = []  # the signals that came since `catch`


def catch() -> None:
    """Let each of these signals raise KeyboardInterrupt, so that what is half made is taken away."""
    forget()
    for number in _signals():
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup and background jobs have it
            signal.signal(number, _interrupt)
    sys.unraisablehook = _unraisable


def ignore() -> None:
    """Let a further signal change nothing: the command is over, and what it left is taken away."""
    for number in _signals():
        signal.signal(number, signal.SIG_IGN)


def forget() -> None:
    """Let what was caught so far stop nothing any more."""
    _seen.clear()


def check() -> None:
    """Raise KeyboardInterrupt for a signal that was caught, if a library swallowed it, as torch does."""
    if came():
        raise KeyboardInterrupt


def came() -> bool:
    """Tell whether a signal was caught: an error after it is most likely of its making."""
    return bool(_seen)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Delay these signals until the block is over, also if it fails, so that it is not left half done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        waiting.append(number)

    # Those that raise something have a handler written in Python.
    before = {number: handler for number in _signals() if callable(handler := signal.getsignal(number))}
    for number in before:
        signal.signal(number, remember)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in waiting:
            before[signal.Signals(each)](each, None)  # raises, or is that of a block around this one


def _signals() -> list[signal.Signals]:
    names = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def _interrupt(number: int, _frame: FrameType | None) -> None:
    _seen.append(number)
    raise KeyboardInterrupt


def _unraisable(ignored: "sys.UnraisableHookArgs", /) -> None:
    """Say nothing of a signal that came while Python took an object away: `check` will see it."""
    if not (_seen and issubclass(ignored.exc_type, KeyboardInterrupt)):
        sys.__unraisablehook__(ignored)

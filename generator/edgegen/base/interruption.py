"""Handle Ctrl-C, `kill` and a closing terminal alike, and lose none of these signals."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

_seen: list[int] = []  # signals since `catch`


def catch() -> None:
    """Raise KeyboardInterrupt on each signal, so that commands remove partial results."""
    reset()
    for number in _signals():
        if signal.getsignal(number) is not signal.SIG_IGN:  # set by nohup and for background jobs
            signal.signal(number, _interrupt)
    sys.unraisablehook = _unraisable


def ignore() -> None:
    """Ignore further signals: the command has ended and is cleaning up."""
    for number in _signals():
        signal.signal(number, signal.SIG_IGN)


def reset() -> None:
    """Clear the caught signals."""
    _seen.clear()


def check() -> None:
    """Raise KeyboardInterrupt if a signal was caught. Libraries such as torch may have swallowed it."""
    if pending():
        raise KeyboardInterrupt


def pending() -> bool:
    """Return whether a signal was caught. It probably caused any error that follows."""
    return bool(_seen)


@contextlib.contextmanager
def defer() -> Iterator[None]:
    """Deliver signals after the block, also if it fails, so that it runs to its end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        waiting.append(number)

    # Only handlers written in Python can interrupt the block.
    before = {number: handler for number in _signals() if callable(handler := signal.getsignal(number))}
    for number in before:
        signal.signal(number, remember)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for each in waiting:
            before[signal.Signals(each)](each, None)  # raises, or belongs to an enclosing block


def _signals() -> list[signal.Signals]:
    names = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def _interrupt(number: int, _frame: FrameType | None) -> None:
    _seen.append(number)
    raise KeyboardInterrupt


def _unraisable(ignored: "sys.UnraisableHookArgs", /) -> None:
    """Print nothing for a signal during the destruction of an object: `check` reports it."""
    if not (_seen and issubclass(ignored.exc_type, KeyboardInterrupt)):
        sys.__unraisablehook__(ignored)

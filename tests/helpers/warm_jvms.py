"""Keeps the JVMs of Kotlin's compiler and of R8 from test to test: most of a first run is their start."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from edgegen_kits.android import jvm
from edgegen_kits.common.commands import Commands, Conversation


class Kept:
    """A conversation that outlives the command that asked for it, unless it broke off within an answer."""

    def __init__(self, conversation: Conversation, idle: list[Conversation]) -> None:
        self._conversation, self._idle, self._answered = conversation, idle, True

    def ask(self, request: str) -> str:
        """Send a request and return the first line of the answer."""
        self._answered = False
        return self._conversation.ask(request)

    def read(self, length: int) -> str:
        """Return the rest of an answer."""
        rest = self._conversation.read(length)
        self._answered = True
        return rest

    def read_errors(self) -> str:
        """Return the end of the program's standard error."""
        return self._conversation.read_errors()

    def close(self) -> None:
        """Keep the program for the next one, or end it."""
        if self._answered:
            self._idle.append(self._conversation)
        else:
            self._conversation.close()


@contextmanager
def kept() -> Iterator[None]:
    """Let all compilations inside share JVMs. At the end each writes its archive for the next run."""
    idle, lock, start = defaultdict[str, list[Conversation]](list), threading.Lock(), jvm.start

    def shared(
        _: Commands, cache: Path | None, program: str, classpath: Sequence[Path], *options: str
    ) -> Kept:
        key = ":".join([program, *map(str, classpath), *options])
        with lock:
            running = idle[key].pop() if idle[key] else None
        if running is None:
            running = start(commands, cache, program, classpath, *options)
        return Kept(running, idle[key])

    with Commands() as commands, pytest.MonkeyPatch.context() as patch:
        patch.setattr(jvm, "start", shared)
        yield
        for running in (each for some in idle.values() for each in some):
            running.close()

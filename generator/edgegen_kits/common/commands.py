"""Running programs side by side, all of which end when the command that started them does."""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from edgegen.base.errors import ToolchainError

_TIMED_OUT: Final = 124


@dataclass(frozen=True)
class Said:
    """How a program ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that it said."""
        return self.out + self.err

    @property
    def is_cut_off(self) -> bool:
        """Whether it exceeded its time."""
        return self.code in (_TIMED_OUT, -signal.SIGXCPU)


class Conversation:
    """A program that answers, line for line, until it is closed."""

    def __init__(self, running: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
        self._running = running
        self._errors = errors

    def ask(self, request: str) -> str:
        """Send a request and return the first line of the answer, "" when the program has ended."""
        assert self._running.stdin is not None  # noqa: S101 - both are pipes
        assert self._running.stdout is not None  # noqa: S101
        with contextlib.suppress(BrokenPipeError):
            self._running.stdin.write(request.encode())
            self._running.stdin.flush()
        return self._running.stdout.readline().decode()

    def read(self, length: int) -> str:
        """Return the rest of an answer, by its length in bytes."""
        assert self._running.stdout is not None  # noqa: S101
        return self._running.stdout.read(length).decode("utf-8", "replace")

    def said(self) -> str:
        """Return the end of what the program said on standard error."""
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace").strip()[-2000:]

    def close(self) -> None:
        """Let the program end."""
        for pipe in (self._running.stdin, self._running.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        _end(self._running)
        self._errors.close()


class Commands:
    """Starts programs. `with Commands() as commands:` ends those that still run when something is raised."""

    def __init__(self) -> None:
        self._running = set[subprocess.Popen[str] | subprocess.Popen[bytes]]()
        self._lock = threading.Lock()
        self._stopped = False

    def __enter__(self) -> "Commands":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End whatever still runs, and start nothing more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for each in running:
            with contextlib.suppress(OSError):
                each.terminate()
        for each in running:
            _end(each)

    @contextlib.contextmanager
    def _started(
        self, command: Sequence[object], folder: Path | None, environment: Mapping[str, str]
    ) -> Iterator[subprocess.Popen[str]]:
        with self._lock:
            if self._stopped:
                raise ToolchainError(f"{command[0]} was not started: another step failed", "see above")
            running = subprocess.Popen(
                [str(part) for part in command],
                cwd=folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
            )
            self._running.add(running)
        try:
            yield running
        finally:
            with self._lock:
                self._running.discard(running)

    def start(self, command: Sequence[object]) -> Conversation:
        """Start a program that answers requests."""
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the conversation; a pipe would fill up
        with self._lock:
            running = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
            self._running.add(running)
        return Conversation(running, errors)

    def ask(
        self,
        command: Sequence[object],
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float | None = None,
        cpu_seconds: int | None = None,
    ) -> Said:
        """Run a program to its end, or until it has taken this time: of the clock, or of the processor."""
        if cpu_seconds is not None:
            command = ["sh", "-c", f'ulimit -St {cpu_seconds}; exec "$@"', "sh", *command]
        with self._started(command, folder, environment or {}) as running:
            try:
                out, err = running.communicate(timeout=timeout)
            except BaseException as error:
                running.kill()
                running.communicate()
                if isinstance(error, subprocess.TimeoutExpired):
                    return Said(_TIMED_OUT, "", f"it did not end within {timeout:.0f} seconds")
                raise
        return Said(running.returncode, out, err)

    def run(
        self,
        command: Sequence[object],
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        hint: str = "",
    ) -> str:
        """Run a program that has to succeed and return what it printed.

        Raises:
            ToolchainError: It failed, or is not here; the message ends with what it said.
        """
        name = Path(str(command[0])).name
        try:
            said = self.ask(command, folder, environment)
        except FileNotFoundError:
            raise ToolchainError(
                f"{name} is missing", "type: edgegen doctor --install, with --target of the project's kind"
            ) from None
        if said.code != 0:
            last = "\n".join(said.text.strip().splitlines()[-30:])
            raise ToolchainError(
                f"{name} failed with code {said.code}:\n{last}",
                hint or "`edgegen doctor`, with --target of the project's kind, says what is missing",
            )
        return said.out


@contextlib.contextmanager
def beside(commands: Commands, most: int) -> Iterator[ThreadPoolExecutor]:
    """Give threads for steps that run these commands. When something is raised, all that run are ended."""
    with ThreadPoolExecutor(max_workers=most) as pool:
        try:
            yield pool
        except BaseException:
            commands.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextlib.contextmanager
def given(commands: Commands | None) -> Iterator[Commands]:
    """Give the caller's commands, which go on after the block; or new ones, which end with it."""
    if commands is not None:
        yield commands
    else:
        with Commands() as own:
            yield own


def _end(running: subprocess.Popen[str] | subprocess.Popen[bytes], patience: float = 5) -> None:
    try:
        running.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        running.kill()

"""Run programs in parallel. When an edgegen command ends, it ends its programs too."""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from edgegen.base.errors import ToolchainError
from edgegen.base.tools import network_trouble

_TIMED_OUT: Final = 124
_PATIENCE: Final = 5  # seconds for a program to end, before it is killed
_REGISTRIES: Final = {  # what these programs fetch from
    "apt-get": "the package archive",
    "mvn": "Maven's repository",
    "npm": "npm's registry",
    "pip": "Python's package index",
}


@dataclass(frozen=True)
class ProgramResult:
    """A program's exit code and output."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """The whole output."""
        return self.out + self.err

    @property
    def is_cut_off(self) -> bool:
        """Whether it exceeded its time limit."""
        return self.code in (_TIMED_OUT, -signal.SIGXCPU)


class Conversation:
    """A program that answers requests line by line until it is closed."""

    def __init__(
        self,
        running: subprocess.Popen[bytes],
        errors: IO[bytes],
        patience: float = _PATIENCE,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._running = running
        self._errors = errors
        self._patience = patience
        self._at_end = at_end

    def ask(self, request: str) -> str:
        """Send a request and return the first line of the answer; "" if the program has ended."""
        assert self._running.stdin is not None  # noqa: S101 - both are pipes
        assert self._running.stdout is not None  # noqa: S101
        with contextlib.suppress(BrokenPipeError):
            self._running.stdin.write(request.encode())
            self._running.stdin.flush()
        return self._running.stdout.readline().decode()

    def read(self, length: int) -> str:
        """Return the rest of an answer, which has `length` bytes."""
        assert self._running.stdout is not None  # noqa: S101
        return self._running.stdout.read(length).decode("utf-8", "replace")

    def read_errors(self) -> str:
        """Return the end of the program's standard error."""
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace").strip()[-2000:]

    def close(self) -> None:
        """Close the program's input, and wait until it ends. Call `at_end` if it succeeded."""
        for pipe in (self._running.stdin, self._running.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        _end(self._running, self._patience)
        self._errors.close()
        if self._running.returncode == 0:
            self._at_end()


class Commands:
    """Starts programs. `with Commands() as commands:` ends all that still run at the end of the block."""

    def __init__(self) -> None:
        self._running = set[subprocess.Popen[str] | subprocess.Popen[bytes]]()
        self._lock = threading.Lock()
        self._stopped = False

    def __enter__(self) -> "Commands":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End all running programs, and start no more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for each in running:
            with contextlib.suppress(OSError):
                each.terminate()
        for each in running:
            _end(each)

    @contextlib.contextmanager
    def _start(
        self, command: Sequence[object], folder: Path | None, environment: Mapping[str, str]
    ) -> Iterator[subprocess.Popen[str]]:
        with self._lock:
            if self._stopped:
                raise ToolchainError(
                    f"{command[0]} was not started, because another step failed", "Fix the other step first"
                )
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

    def start(
        self,
        command: Sequence[object],
        patience: float = _PATIENCE,
        at_end: Callable[[], None] = lambda: None,
    ) -> Conversation:
        """Start a program that answers requests.

        Args:
            command: The program and its arguments.
            patience: Seconds for the program to end after its input was closed.
            at_end: Is called after that, if the program succeeded.
        """
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the conversation; a pipe would fill up
        with self._lock:
            running = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
            self._running.add(running)
        return Conversation(running, errors, patience, at_end)

    def ask(
        self,
        command: Sequence[object],
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float | None = None,
        cpu_seconds: int | None = None,
    ) -> ProgramResult:
        """Run a program to its end or to its limit: `timeout` in seconds, or `cpu_seconds`."""
        if cpu_seconds is not None:
            command = ["sh", "-c", f'ulimit -St {cpu_seconds}; exec "$@"', "sh", *command]
        with self._start(command, folder, environment or {}) as running:
            try:
                out, err = running.communicate(timeout=timeout)
            except BaseException as error:
                running.kill()
                running.communicate()
                if isinstance(error, subprocess.TimeoutExpired):
                    return ProgramResult(_TIMED_OUT, "", f"it did not end within {timeout:.0f} seconds")
                raise
        return ProgramResult(running.returncode, out, err)

    def run(
        self,
        command: Sequence[object],
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        hint: str = "",
    ) -> str:
        """Run a program that must succeed, and return its output.

        Raises:
            ToolchainError: It failed or is missing; the message ends with its output.
        """
        name = Path(str(command[0])).name
        is_pip = list(command[1:3]) == ["-m", "pip"]
        english = {"LC_ALL": "C.UTF-8"} if is_pip or name == "apt-get" else {}  # they are read below
        try:
            result = self.ask(command, folder, {**english, **(environment or {})})
        except FileNotFoundError:
            raise ToolchainError(
                f"{name} is missing",
                "Run `edgegen doctor --target T --install` (T is android or ios)",
            ) from None
        registry = _REGISTRIES.get("pip" if is_pip else name)
        if result.code != 0 and registry and (why := network_trouble(result.text)):
            raise ToolchainError(f"{registry} cannot be reached: {why}", hint)
        if result.code != 0:
            last = "\n".join(result.text.strip().splitlines()[-30:])
            raise ToolchainError(
                f"{name} failed with code {result.code}:\n{last}",
                hint or "Run `edgegen doctor --target T` to list missing tools (T is android or ios)",
            )
        return result.out


@contextlib.contextmanager
def start_threads(commands: Commands, count: int) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool of `count` threads for steps that run programs. An exception ends all programs."""
    with ThreadPoolExecutor(max_workers=count) as pool:
        try:
            yield pool
        except BaseException:
            commands.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextlib.contextmanager
def use_commands(commands: Commands | None) -> Iterator[Commands]:
    """Yield the caller's commands, which outlive the block, or new ones, which end with it."""
    if commands is not None:
        yield commands
    else:
        with Commands() as own:
            yield own


def _end(running: subprocess.Popen[str] | subprocess.Popen[bytes], patience: float = _PATIENCE) -> None:
    try:
        running.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        running.kill()

"""Run programs, and quote commands for the user's shell."""

import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Final

WINDOWS: Final = sys.platform == "win32"


def run(
    command: Sequence[str],
    folder: Path | None = None,
    *,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program without input, and return its exit code and output.

    Raises:
        OSError: The program cannot be started.
        subprocess.TimeoutExpired: It did not end within `timeout` seconds.
    """
    return subprocess.run(
        command,
        cwd=folder,
        env=env,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def last_lines(ran: subprocess.CompletedProcess[str]) -> str:
    """Return the end of a program's output, which usually contains the error."""
    return "\n".join((ran.stdout + ran.stderr).strip().splitlines()[-30:])


def quoted(word: object, *, windows: bool = WINDOWS) -> str:
    """Return a word of a command, quoted if necessary: with double quotes on Windows.

    A path that begins with a dash gets the prefix `./`.
    """
    text = f"./{word}" if isinstance(word, PurePath) and str(word).startswith("-") else str(word)
    return subprocess.list2cmdline([text]) if windows else shlex.quote(text)


def gradle(*tasks: str, windows: bool = WINDOWS) -> str:
    """Return the command that runs the project's Gradle wrapper."""
    return " ".join(("gradlew.bat" if windows else "./gradlew", *tasks))

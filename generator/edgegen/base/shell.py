"""Commands in messages, quoted for the user's shell."""

import shlex
import subprocess
import sys
from pathlib import PurePath
from typing import Final

WINDOWS: Final = sys.platform == "win32"


def quoted(word: object, *, windows: bool = WINDOWS) -> str:
    """Return a word of a command, quoted if necessary: with double quotes on Windows.

    A path that begins with a dash gets the prefix `./`.
    """
    text = f"./{word}" if isinstance(word, PurePath) and str(word).startswith("-") else str(word)
    return subprocess.list2cmdline([text]) if windows else shlex.quote(text)


def gradle(*tasks: str, windows: bool = WINDOWS) -> str:
    """Return the command that runs the project's Gradle wrapper."""
    return " ".join(("gradlew.bat" if windows else "./gradlew", *tasks))

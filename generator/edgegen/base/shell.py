"""Commands as they are printed for people to type: quoted for the shell of the system that they sit at."""

import shlex
import subprocess
import sys
from pathlib import PurePath
from typing import Final

WINDOWS: Final = sys.platform == "win32"


def quoted(word: object, *, windows: bool = WINDOWS) -> str:
    """Return a word of a command as it may be typed: in double quotes on Windows, where it needs any.

    A path that begins with a dash is no option.
    """
    text = f"./{word}" if isinstance(word, PurePath) and str(word).startswith("-") else str(word)
    return subprocess.list2cmdline([text]) if windows else shlex.quote(text)


def gradle(*tasks: str, windows: bool = WINDOWS) -> str:
    """Return the call of a project's own Gradle, in its folder."""
    return " ".join(("gradlew.bat" if windows else "./gradlew", *tasks))

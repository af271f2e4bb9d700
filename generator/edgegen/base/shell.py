"""Commands as they are printed for people to type: quoted for the shell of the system that they sit at."""

import shlex
import subprocess
import sys
from typing import Final

WINDOWS: Final = sys.platform == "win32"


def quoted(word: object, *, windows: bool = WINDOWS) -> str:
    """Return a word of a command as it may be typed: in double quotes on Windows, where it needs any."""
    return subprocess.list2cmdline([str(word)]) if windows else shlex.quote(str(word))


def gradle(*tasks: str, windows: bool = WINDOWS) -> str:
    """Return the call of a project's own Gradle, in its folder."""
    return " ".join(("gradlew.bat" if windows else "./gradlew", *tasks))

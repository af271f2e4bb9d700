"""A folder of object files. Objects that are up to date are not compiled again."""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.common.commands import Commands

_NAME: Final = re.compile(r"(?:\\ |\S)+")  # in a list of dependencies, as make reads it
_LAUNCHER: Final = "CMAKE_CXX_COMPILER_LAUNCHER"


@dataclass(frozen=True)
class ObjectFolder:
    """Compiles files with paths relative to the project, so that the objects of a copy are equal.

    Next to each object are the compiler's list of its inputs, and a digest of the inputs and the object. So
    an object that was copied while another process replaced the folder is compiled again. The lists omit the
    headers of the system and of libraries.
    """

    folder: Path
    project: Path
    commands: Commands
    release: str  # the version of the compiler
    unlisted: Sequence[Path] = ()  # files that change with the headers that are not in the lists
    environment: Mapping[str, str] = field(default_factory=dict)

    def compile(self, source: Path, command: Sequence[str], what: str, hint: str) -> Path:
        """Compile a file with this compiler and flags, and return the object.

        source: relative to the project's folder; absolute for other files. what: the start of the message
        for a failure.

        Raises:
            ToolchainError: It does not compile; the message has the compiler's output.
        """
        place = source.name if source.is_absolute() else source.as_posix()
        target = self.folder / (place.replace("/", "_") + ".o")
        listed, stamp = target.with_suffix(".d"), target.with_suffix(".stamp")
        whole = [*command, "-c", str(source)]
        known = all(path.exists() for path in (target, listed, stamp))
        if known and stamp.read_text(encoding="utf-8") == self._digest(whole, listed, target):
            return target
        result = self.commands.ask(
            [*_launcher(), *whole, "-MMD", "-MT", "object", "-MF", listed, "-o", target],
            self.project,
            {
                "CCACHE_COMPILERTYPE": "clang",
                "CCACHE_EXTRAFILES": os.pathsep.join(map(str, self.unlisted)),
                **self.environment,
            },
        )
        if result.code != 0:
            raise ToolchainError(f"{source} {what}:\n{result.text.strip()[-4000:]}", hint)
        stamp.write_text(self._digest(whole, listed, target), encoding="utf-8")
        return target

    def _digest(self, command: Sequence[str], listed: Path, target: Path) -> str:
        """Return a digest of a command, its inputs and its object."""
        digest = hashlib.sha256("\0".join([self.release, *command]).encode())
        for path in self.unlisted:
            digest.update(path.read_bytes())
        names = listed.read_text(encoding="utf-8").replace("\\\n", " ").partition(":")[2]
        for name in _NAME.findall(names):
            path = self.project / name.replace("\\ ", " ")
            digest.update(path.read_bytes() if path.exists() else b"gone")
        digest.update(target.read_bytes())
        return digest.hexdigest()


def _launcher() -> list[str]:
    """Return CMake's compiler launcher if it is ccache; others (sccache, distcc) do not support Zig.

    Raises:
        ToolchainError: It cannot be started.
    """
    value = os.environ.get(_LAUNCHER, "")
    launcher = [part for part in value.split(";") if part]
    if not launcher or Path(launcher[0]).name != "ccache":
        return []
    if shutil.which(launcher[0]) is None:
        raise ToolchainError(
            f"{_LAUNCHER} is {value}, which cannot be started",
            f"install ccache, or unset {_LAUNCHER}",
        )
    return launcher

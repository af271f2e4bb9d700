"""Compiles Kotlin."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen.kits.android.jvm import Server
from edgegen.kits.android.kit import Kit
from edgegen.kits.common.commands import Commands

_ERROR: Final = re.compile(r"^(?:error: |(?P<path>.+?\.kt):\d+:\d+: (?:error|warning): )", re.MULTILINE)


@dataclass(frozen=True)
class Compilation:
    """Kotlin files and what they are compiled against."""

    sources: Sequence[Path]
    classpath: Sequence[Path]
    output: Path
    flags: Sequence[str] = ()
    jvm_target: str = "1.8"


class Compiler:
    """A JVM with the Kotlin compiler, kept warm: all but its first compilation are several times faster."""

    def __init__(self, kit: Kit, commands: Commands) -> None:
        self._kit = kit
        self._server = Server(commands, "CompileServer.java", kit.compiler)

    def __enter__(self) -> "Compiler":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def compile(self, compilation: Compilation, what: str) -> None:
        """Compile, or raise ToolchainError with the compiler's words."""
        code, said = self._ask(compilation)
        if code != 0:
            raise ToolchainError(f"{what} does not compile:\n{_readable(said)}", "mend it and try again")

    def _ask(self, compilation: Compilation) -> tuple[int, str]:
        compilation.output.mkdir(parents=True, exist_ok=True)
        listed = compilation.output.with_name(f"{compilation.output.name}.arguments")
        return self.run(_arguments(self._kit, compilation), listed)

    def run(self, arguments: Sequence[str], listed: Path) -> tuple[int, str]:
        """Run the compiler with arguments, which are written to a file; return its exit code and messages."""
        listed.write_text("".join(f"{_quoted(each)}\n" for each in arguments), encoding="utf-8")
        return self._server.ask(listed)


def _quoted(argument: str) -> str:
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _arguments(kit: Kit, compilation: Compilation) -> list[str]:
    return [
        *("-no-stdlib", "-no-reflect", "-jvm-target", compilation.jvm_target, *compilation.flags),
        *("-cp", ":".join(str(path) for path in (*compilation.classpath, kit.stdlib))),
        *("-d", str(compilation.output)),
        *(str(path) for path in compilation.sources),
    ]


def _errors(said: str) -> list[tuple[str, str]]:
    """Return the compiler's errors, each with its file, its source line and the marker below that."""
    starts = [*_ERROR.finditer(said)]
    found = list[tuple[str, str]]()
    for match, following in zip(starts, [*starts[1:], None], strict=True):
        text = said[match.start() : following.start() if following else len(said)].rstrip()
        if ": warning: " not in text.splitlines()[0]:
            found.append((match.group("path") or "", text))
    return found


def _readable(said: str) -> str:
    every = [text for _, text in _errors(said)]
    # With -Werror, warnings are what is wrong, and the only error says no more than that.
    if not [text for text in every if not text.startswith("error: warnings found")]:
        every = re.findall(
            r"^\S+\.kt:\d+:\d+: warning: .*(?:\n(?!\S+\.kt:|error:|warning:).*)*", said, re.MULTILINE
        )
    return _shortened(every) or said.strip()[-3000:]


def _shortened(errors: Sequence[str], most: int = 10) -> str:
    more = f"\n... and {len(errors) - most} more" if len(errors) > most else ""
    return "\n".join(errors[:most]) + more

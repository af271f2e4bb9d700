"""Compile Kotlin."""

import hashlib
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.android import recipe
from edgegen_kits.android.jvm import Server
from edgegen_kits.android.kit import Kit
from edgegen_kits.common.build_cache import BuildCache
from edgegen_kits.common.commands import Commands

_ERROR: Final = re.compile(r"^(?:error: |(?P<path>.+?\.kt):\d+:\d+: (?:error|warning): )", re.MULTILINE)


@dataclass(frozen=True)
class Compilation:
    """Kotlin files and their class path."""

    sources: Sequence[Path]
    classpath: Sequence[Path]
    output: Path
    flags: Sequence[str] = ()
    jvm_target: str = "1.8"
    friend: Path | None = None  # the classes whose internal members the sources may use


class Compiler:
    """A JVM that keeps the Kotlin compiler warm: only the first compilation is slow."""

    def __init__(self, kit: Kit, commands: Commands) -> None:
        self._kit = kit
        self._commands = commands
        self._server: Server | None = None  # started for the first compilation

    def __enter__(self) -> "Compiler":
        return self

    def __exit__(self, *_: object) -> None:
        if self._server:
            self._server.close()

    def compile_once(self, compilation: Compilation, what: str) -> None:
        """Compile, unless the build cache has the result, from this or another project.

        Raises:
            ToolchainError: As `compile`.
        """
        cache = BuildCache(self._kit.build_cache)
        classes = compilation.output.with_name(f"{compilation.output.name}.zip")
        compilation.output.mkdir(parents=True, exist_ok=True)
        digest = _digest(self._kit, compilation)
        if cache.restore(digest, [classes]):
            with zipfile.ZipFile(classes) as archive:
                archive.extractall(compilation.output)
            return
        self.compile(compilation, what)
        with zipfile.ZipFile(classes, "w") as archive:
            for name, file in _files(compilation.output):
                archive.write(file, name)
        if digest == _digest(self._kit, compilation):  # no file changed meanwhile
            cache.store(digest, [classes])

    def compile(self, compilation: Compilation, what: str) -> None:
        """Compile, or raise ToolchainError with the compiler's messages."""
        code, messages = self._ask(compilation)
        if code != 0:
            raise ToolchainError(
                f"{what} does not compile:\n{_format_errors(messages)}", "fix it and try again"
            )

    def _ask(self, compilation: Compilation) -> tuple[int, str]:
        compilation.output.mkdir(parents=True, exist_ok=True)
        listed = compilation.output.with_name(f"{compilation.output.name}.arguments")
        return self.run(_arguments(self._kit, compilation), listed)

    def run(self, arguments: Sequence[str], listed: Path) -> tuple[int, str]:
        """Run the compiler with arguments from a file; return its exit code and messages."""
        listed.write_text("".join(f"{_quote(each)}\n" for each in arguments), encoding="utf-8")
        if self._server is None:
            cache = self._kit.jvm_cache
            self._server = Server(self._commands, cache, "CompileServer.java", self._kit.compiler)
        return self._server.ask(listed)


def _digest(kit: Kit, compilation: Compilation) -> str:
    """Return a digest of the compiler, its flags, the sources and the classes that they use.

    Files of the kit count by their recipe, all others by their content. The project's folder does not count.
    """
    total = hashlib.sha256()
    friend = compilation.friend.name if compilation.friend else ""
    for text in (*recipe.digests().values(), compilation.jvm_target, friend, *compilation.flags):
        total.update(text.encode() + b"\0")
    sources = [(f"{path.parent.name}/{path.name}", path) for path in compilation.sources]
    for folder in compilation.classpath:
        if folder.is_relative_to(kit.folder):
            total.update(folder.name.encode() + b"\0")
        else:
            sources += [(f"{folder.name}/{name}", file) for name, file in _files(folder)]
    for name, file in sources:
        content = file.read_bytes()
        total.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def _files(folder: Path) -> list[tuple[str, Path]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(path.relative_to(folder).as_posix(), path) for path in files]


def _quote(argument: str) -> str:
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _arguments(kit: Kit, compilation: Compilation) -> list[str]:
    friend = [f"-Xfriend-paths={compilation.friend}"] if compilation.friend else []
    return [
        *friend,
        *("-no-stdlib", "-no-reflect", "-jvm-target", compilation.jvm_target, *compilation.flags),
        *("-cp", ":".join(str(path) for path in (*compilation.classpath, kit.stdlib))),
        *("-d", str(compilation.output)),
        *(str(path) for path in compilation.sources),
    ]


def _split_errors(messages: str) -> list[tuple[str, str]]:
    """Return the compiler's errors, each with its file, its source line and the marker below that."""
    starts = [*_ERROR.finditer(messages)]
    found = list[tuple[str, str]]()
    for match, following in zip(starts, [*starts[1:], None], strict=False):  # there may be none
        text = messages[match.start() : following.start() if following else len(messages)].rstrip()
        if ": warning: " not in text.splitlines()[0]:
            found.append((match.group("path") or "", text))
    return found


def _format_errors(messages: str) -> str:
    every = [text for _, text in _split_errors(messages)]
    # With -Werror the only error says that there are warnings: those are the errors.
    if not [text for text in every if not text.startswith("error: warnings found")]:
        every = re.findall(
            r"^\S+\.kt:\d+:\d+: warning: .*(?:\n(?!\S+\.kt:|error:|warning:).*)*", messages, re.MULTILINE
        )
    return _shorten(every) or messages.strip()[-3000:]


def _shorten(errors: Sequence[str], most: int = 10) -> str:
    more = f"\n... and {len(errors) - most} more" if len(errors) > most else ""
    return "\n".join(errors[:most]) + more

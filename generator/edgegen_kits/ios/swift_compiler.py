"""Run the kit's Swift compiler, and read its messages."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen_kits.common.build_cache import BuildCache
from edgegen_kits.common.commands import Commands, ProgramResult
from edgegen_kits.ios import recipe
from edgegen_kits.ios.kit import Kit

# A wrong name in a big view can keep the type checker busy for minutes. Correct code takes seconds.
# The limit counts CPU time, so a busy machine does not matter.
CPU_SECONDS: Final = 240
_TARGET: Final = "x86_64-pc-linux-gnu"
_DIAGNOSTIC: Final = re.compile(r"^(?P<path>[^\n:]+):(?P<line>\d+):\d+: error: (?P<what>.*)$", re.MULTILINE)
_NOWHERE: Final = re.compile(r"^(?:<unknown>:0: )?error: (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Module:
    """The Swift files of a module, and its search paths."""

    name: str
    sources: Sequence[Path]
    search: Sequence[Path] = ()  # folders of modules and of interfaces
    implicit: Sequence[str] = ()  # modules that every file imports implicitly
    warnings_are_errors: bool = True
    flags: Sequence[str] = ("-swift-version", "6")


class Compiler:
    """The compiler's frontend, called once for each module.

    It runs in the project's folder with relative paths, so the output for a copy is equal.
    """

    def __init__(self, kit: Kit, project: Path, commands: Commands) -> None:
        self._kit = kit
        self._project = project
        self._commands = commands
        self._cache = BuildCache(kit.build_cache)

    def run(self, module: Module, *output: str | Path) -> ProgramResult:
        """Compile a module, unless the build cache has the result, from this or another project.

        `output`: the flags for the kind of output, and absolute paths of the output files.
        """
        files = [part for part in output if isinstance(part, Path)]
        digest = self._digest(module, output)
        if self._cache.restore(digest, files):
            return ProgramResult(0, "", "")
        result = self.run_uncached(module, *output)
        # A file may have changed meanwhile.
        if result.code == 0 and digest == self._digest(module, output):
            self._cache.store(digest, files)
        return result

    def run_uncached(self, module: Module, *output: str | Path) -> ProgramResult:
        """Compile a module without the cache."""
        kit = self._kit
        command = [
            *(*kit.with_libraries(kit.frontend), "-frontend", *output, *_flags_without_paths(module)),
            *("-resource-dir", kit.resources, "-sdk", kit.root),
            *("-plugin-path", kit.resources / "host" / "plugins", "-module-cache-path", kit.modules),
            *(part for folder in module.search for part in ("-I", folder)),
            *(_within(source, self._project) for source in module.sources),
        ]
        return self._commands.ask(command, self._project, cpu_seconds=CPU_SECONDS)

    def _digest(self, module: Module, output: Sequence[str | Path]) -> str:
        """Return a digest of the kit's compiler, its flags and its inputs.

        Files outside of the project count by name and content, without their folder.
        """
        total = hashlib.sha256(recipe.digests()["swift"].encode())
        for part in (
            *(part if isinstance(part, str) else part.name for part in output),
            *_flags_without_paths(module),
        ):
            total.update(part.encode() + b"\0")
        read = [
            *((_name(source, self._project), source) for source in module.sources),
            *((file.name, file) for folder in module.search for file in _modules(folder)),
        ]
        for name, file in read:
            content = file.read_bytes()
            total.update(f"\0{name}\0{len(content)}\0".encode() + content)
        return total.hexdigest()


def _flags_without_paths(module: Module) -> list[str]:
    """Return the flags without paths."""
    return [
        *("-module-name", module.name, *module.flags, "-parse-as-library", "-enable-testing"),
        *(["-warnings-as-errors"] if module.warnings_are_errors else []),
        *("-target", _TARGET, "-disable-objc-interop"),
        *("-diagnostic-style", "llvm", "-no-color-diagnostics"),
        *(part for name in module.implicit for part in ("-import-module", name)),
    ]


def _modules(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix in {".swiftmodule", ".swiftinterface"})


def problems(result: ProgramResult, module: str, project: Path) -> list[str]:
    """Return the errors as `file:line: message`, with paths in the project."""
    if result.code == 0:
        return []
    if result.is_cut_off:
        return [
            f"{module}: the compiler did not finish within {CPU_SECONDS} seconds of CPU time. "
            "Often the cause is a wrong name in a large view: split the view's body"
        ]
    found = [
        f"{_within(Path(each['path']), project)}:{each['line']}: {each['what']}"
        for each in _DIAGNOSTIC.finditer(result.text)
    ]
    found += [f"{module}: {what}" for what in _NOWHERE.findall(result.text)]
    if not found:
        found = [f"{module}: the compiler ended with code {result.code}: {result.text.strip()[:1000]}"]
    return list(dict.fromkeys(found))


def _within(path: Path, project: Path) -> str:
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else str(path)


def _name(path: Path, project: Path) -> str:
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else path.name

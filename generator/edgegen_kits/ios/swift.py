"""Compile every Swift file of a project, tests included, in Swift 6 mode, warnings as errors.

Compiles to SIL, because type checking alone finds no data race, missing return or uninitialized value.
"""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen_kits.common.commands import Commands, use_commands
from edgegen_kits.ios import source_rules, swift_view
from edgegen_kits.ios.kit import STUBS, Kit
from edgegen_kits.ios.own_files import own_files
from edgegen_kits.ios.source_rules import APP
from edgegen_kits.ios.swift_compiler import Compiler, Module, problems

TESTS: Final = "AppTests"
BRIDGE: Final = "BridgeHeader"  # not a module on a phone, where the bridging header needs no import
_FOUNDATION: Final = "AppleFoundation"


@dataclass(frozen=True)
class Sources:
    """The Swift files of a project, and its bridging header."""

    app: Sequence[Path]
    tests: Sequence[Path]
    header: Path
    search: Path

    @staticmethod
    def of(project: Path) -> "Sources":
        """Return the sources of a project."""
        return Sources(
            app=own_files(project, "App", {".swift"}),
            tests=own_files(project, "Tests", {".swift"}),
            header=project / "App" / "App-Bridging-Header.h",
            search=project / "Bridge" / "include",
        )


def check(kit: Kit, project: Path, out: Path, commands: Commands | None = None) -> list[str]:
    """Compile a project's Swift and return the errors as `file:line: message`.

    `out` is a folder for the output, which may exist.
    """
    project, out = project.absolute(), out.absolute()
    sources = Sources.of(project)
    found = source_rules.check(project, [*sources.app, *sources.tests])
    try:
        view = swift_view.interface(BRIDGE, sources.header, sources.search, project)
    except swift_view.HeaderError as error:
        return [*found, str(error)]
    if found:
        return found
    out.mkdir(parents=True, exist_ok=True)
    with use_commands(commands) as running:
        app = app_module(kit, sources.app, view)
        return _compile(Compiler(kit, project, running), app, sources.tests, project, out)


def app_module(kit: Kit, sources: Sequence[Path], view: str) -> Module:
    """Return the app's module, and write the bridge's interface into the kit.

    The compiler caches modules of interfaces there: apps with the same bridge share them.
    """
    folder = kit.views / hashlib.sha256(view.encode()).hexdigest()[:16]
    path = folder / f"{BRIDGE}.swiftinterface"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as file:
            file.write(view)
        Path(file.name).replace(path)
    return Module(APP, sources, (STUBS, folder), (_FOUNDATION, BRIDGE))


def _compile(compiler: Compiler, app: Module, tests: Sequence[Path], project: Path, out: Path) -> list[str]:
    result = compiler.run(
        app, "-emit-sil", "-o", "/dev/null", "-emit-module-path", out / f"{APP}.swiftmodule"
    )
    found = problems(result, APP, project)
    if found or not tests:
        return found
    module = Module(TESTS, tests, (*app.search, out), app.implicit)
    return problems(compiler.run(module, "-emit-sil", "-o", "/dev/null"), TESTS, project)

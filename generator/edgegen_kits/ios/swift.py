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
from edgegen_kits.ios import source_rules, swift_view, unknown_names
from edgegen_kits.ios.kit import STUBS, Kit
from edgegen_kits.ios.project_files import project_files
from edgegen_kits.ios.source_rules import APP
from edgegen_kits.ios.swift_compiler import Compiler, Module, problems
from edgegen_kits.ios.swift_text import without_previews
from edgegen_kits.ios.unknown_names import Unknown

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
            app=project_files(project, "App", {".swift"}),
            tests=project_files(project, "Tests", {".swift"}),
            header=project / "Bridge" / "include" / "VisionCore" / "VisionCore.h",
            search=project / "Bridge" / "include",
        )


@dataclass(frozen=True)
class Checked:
    """The errors as `file:line: message`, the notes, and the number of files that were checked."""

    problems: Sequence[str]
    notes: Sequence[str] = ()
    files: int = 0


def check(kit: Kit, project: Path, out: Path, commands: Commands | None = None) -> Checked:
    """Compile a project's Swift. A name of Apple's that the stubs lack is a note.

    `out` is a folder for the output, which may exist.
    """
    project, out = project.absolute(), out.absolute()
    sources = Sources.of(project)
    found = source_rules.check(project, [*sources.app, *sources.tests])
    try:
        view = swift_view.interface(BRIDGE, sources.header, sources.search, project)
    except swift_view.HeaderError as error:
        return Checked([*found, str(error)])
    if found:
        return Checked(found)
    out.mkdir(parents=True, exist_ok=True)
    with use_commands(commands) as running:
        stripped = out / "stripped"
        compiler = Compiler(kit, project, running)

        def compile_app(unknown: Sequence[Unknown] = ()) -> list[str]:
            files = [_compiled_file(path, project, stripped, unknown) for path in sources.app]
            module = app_module(kit, files, view)
            output = ("-o", "/dev/null", "-emit-module-path", out / f"{APP}.swiftmodule")
            found = problems(compiler.run(module, "-emit-sil", *output), APP, project)
            return [each.removeprefix(f"{stripped}/") for each in found]

        found = compile_app()
        unknown = unknown_names.find(found, project, sources.app, view)
        if unknown:
            named = {each.file for each in unknown}
            found = [each for each in compile_app(unknown) if each.partition(":")[0] not in named]
            is_checked = not found and (out / f"{APP}.swiftmodule").exists()
            told = list(unknown_names.notes(unknown, is_rest_checked=is_checked))
            if found:
                return Checked(found, told)
            if not is_checked:
                return Checked([], told, len(sources.app) - len(named))
        else:
            named, told = set(), []
        if not found and sources.tests:
            app = app_module(kit, [], view)
            module = Module(TESTS, sources.tests, (*app.search, out), app.implicit)
            found = problems(compiler.run(module, "-emit-sil", "-o", "/dev/null"), TESTS, project)
        return Checked(found, told, len(sources.app) + len(sources.tests) - len(named))


def _compiled_file(path: Path, project: Path, folder: Path, unknown: Sequence[Unknown]) -> Path:
    """Return a file's path, or that of a copy without its previews and the bodies with unknown names."""
    name = path.relative_to(project)
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    kept = without_previews(text)
    kept = unknown_names.without_bodies(kept, [each for each in unknown if each.file == name.as_posix()])
    if kept == text:
        return path
    copy = folder / name
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(kept, encoding="utf-8", errors="surrogateescape")
    return copy


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

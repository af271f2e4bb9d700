"""Kotlin's compiler for tests, in the JVM that stays from test to test: most of a first run is its start."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from edgegen_kits.android.compiler import Compiler
from edgegen_kits.android.kit import Kit
from edgegen_kits.common.commands import Commands


def compile_kotlin(kit: Kit, compilations: Iterable[Sequence[object]], folder: Path) -> None:
    """Compile one after the other, each by the compiler's arguments; an error fails the test."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "kotlin.arguments"
    with Commands() as commands, Compiler(kit, commands) as compiler:
        for arguments in compilations:
            code, said = compiler.run([str(argument) for argument in arguments], listed)
            assert code == 0, said[-4000:]
    listed.unlink()

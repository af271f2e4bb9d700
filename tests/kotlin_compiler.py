"""Kotlin's compiler for tests, in the JVM that stays from test to test: most of a first run is its start."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from edgegen.kits.android.jvm import Server
from edgegen.kits.android.kit import Kit
from edgegen.kits.common.commands import Commands


def compile_kotlin(kit: Kit, compilations: Iterable[Sequence[object]], folder: Path) -> None:
    """Compile one after the other, each by the compiler's arguments; an error fails the test."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "kotlin.arguments"
    with Commands() as commands, Server(commands, "CompileServer.java", kit.compiler) as server:
        for arguments in compilations:
            listed.write_text("".join(f'"{argument}"\n' for argument in arguments), encoding="utf-8")
            code, said = server.ask(listed)
            assert code == 0, said[-4000:]
    listed.unlink()

"""Mutants of the core: only mutated units are compiled again, with precompiled standard headers."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.cpp.compiler import (
    CONTRACT,
    CORE,
    PLAIN,
    WARNINGS,
    compile_units,
    core_units,
    linked,
    rendered_headers,
)
from tests.helpers.mutating import replaced
from tests.helpers.once import Once

HEADER = "standard.h"
MUTATED = ("-O0", *CONTRACT)  # a mutant runs for a fraction of the time that optimizing it takes


def sound_objects(once: Once, harness: Path) -> Path:
    """Return a folder with the object files of the unmodified core and its precompiled standard headers."""

    def make(folder: Path) -> None:
        units = [harness, *core_units(CORE)]
        # The flags of conftest.py, whose objects ccache has.
        compile_units(folder, units, core=CORE, flags=(*WARNINGS, *PLAIN))
        headers = once("standard-headers", _precompile)
        for name in (HEADER, f"{HEADER}.gch"):
            (folder / name).symlink_to(headers / name)

    return once(f"objects-of-{harness.stem}", make)


def _precompile(folder: Path) -> None:
    """Compile the standard headers of the core: half of what compiling one of its files costs.

    For mutants alone. Wherever else the core is compiled, a file has what it includes itself, and no more.
    """
    texts = [path.read_text(encoding="utf-8") for path in (*core_units(CORE), *CORE.glob("*/*.h"))]
    names = {name for text in texts for name in re.findall(r"^#include <(\w+)>", text, re.MULTILINE)}
    (folder / HEADER).write_text("".join(f"#include <{name}>\n" for name in sorted(names)), encoding="utf-8")
    command = ["g++", "-std=c++17", *MUTATED, "-fPIC", "-x", "c++-header", HEADER]
    subprocess.run(command, cwd=folder, check=True)


def mutated_core(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """Copy the core to folder/cpp and change texts in its files, each of which must be there once.

    changes: the file below the core, the text, its replacement.
    """
    core = Path(shutil.copytree(CORE, folder / "cpp"))
    shutil.copy(rendered_headers() / "vision" / "result.h", core / "vision")
    for file, old, new in changes:
        replaced(core / file, old, new)
    return core


def mutant_of(core: Path, broken: Sequence[Path], harness: Path, objects: Path, output: Path) -> Path:
    """Compile the mutated units of a copy of the core, and link them with the other units' objects."""
    units = [harness, *core_units(core)]
    # It is an error if the precompiled headers are not used, because that would only be slow.
    headers = ("-include", str(objects / HEADER), "-Winvalid-pch", "-Werror=invalid-pch")
    flags = (*MUTATED, *headers)
    made = compile_units(output.parent, broken, core=core, flags=flags, cached=False)
    others = [objects / f"{unit.stem}.o" for unit in units if unit not in broken]
    return linked(output, [*made, *others])

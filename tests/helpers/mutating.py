"""Mutations: a copy of a project, a change of one of its files, a mutant of a Python module."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from scripts.areas import mutations

ALL_MUTATIONS = "EDGEGEN_ALL_MUTATIONS"  # an environment variable


def copy_of(project: Path, folder: Path) -> Path:
    """Return a copy of a project, to be broken."""
    return Path(shutil.copytree(project, folder / "project"))


def replaced(path: Path, old: str, new: str) -> None:
    """Change a text in a file, which must be there once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is in {path.name} {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")


def mutated_copy(path: Path, folder: Path, old: str, new: str) -> Path:
    """Copy a file into a new folder and change a text in the copy, which must be there once."""
    folder.mkdir(parents=True)
    copy = Path(shutil.copy(path, folder))
    replaced(copy, old, new)
    return copy


@contextmanager
def mutated(path: Path, old: str, new: str) -> Iterator[None]:
    """Change a text in a file, which must be there once, and restore the file afterwards."""
    sound = path.read_text(encoding="utf-8")
    replaced(path, old, new)
    try:
        yield
    finally:
        path.write_text(sound, encoding="utf-8")


def mutant(module: ModuleType, pattern: str, replacement: str, folder: Path) -> Any:
    """Return a module of which one pattern, a regular expression, is replaced wherever it stands."""
    assert module.__file__ is not None
    changed, count = re.subn(pattern, replacement, Path(module.__file__).read_text(encoding="utf-8"))
    assert count > 0, f"{pattern} is not in {module.__name__}"
    path = folder / "broken_module.py"
    path.write_text(changed, encoding="utf-8")
    found = spec_from_file_location(path.stem, path)
    assert found is not None and found.loader is not None
    broken = module_from_spec(found)
    sys.modules[path.stem] = broken  # where its dataclasses are looked for
    try:
        found.loader.exec_module(broken)
    finally:
        del sys.modules[path.stem]
    return broken


def chosen(area: str, names: Sequence[str], *, proof: str = "", every: int = 1) -> list[Any]:
    """Return the numbers of the mutations that run in this session, as parameters of a test.

    All run if the mutated code or its comparisons changed since they passed, or in `make test-nightly`; else
    a share, which `scripts/areas.py` chooses. The first of every `every` ones always belongs to a proof.
    """
    every_one = bool(os.environ.get(ALL_MUTATIONS))
    numbers = set(range(len(names)) if every_one else mutations(area, len(names)))
    proven = set(range(0, len(names), every)) if proof else set()
    return [
        pytest.param(n, id=names[n], marks=[pytest.mark.proof(proof)] if n in proven else [])
        for n in sorted(numbers | proven)
    ]


Errors = type[Exception] | tuple[type[Exception], ...]


def expect_failure(
    check: Callable[[Any, int], object],
    broken: Any,
    seeds: int,
    errors: Errors = (AssertionError, ValueError, IndexError),
) -> None:
    """Require that a comparison of a mutated module fails for one of the seeds."""
    with pytest.raises(errors), np.errstate(all="ignore"):
        for seed in range(seeds):
            check(broken, seed)

"""Cache lowered programs, so that another app from the same checkpoint need not lower it again."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import edgegen
from edgegen.artifacts.pte import read_pte
from edgegen.base.errors import InputError
from edgegen.base.files import home
from edgegen.base.model_files import PTE_SUFFIX
from edgegen.runtimes.runtime import Shapes

LIMIT: Final = 1 << 30  # bytes of the cache; the least recently used programs are deleted first
# The package that calls the lowering, and those that it may import by the layers in pyproject.toml.
_LOWERING: Final = ("export", "runtimes", "sources", "artifacts", "tasks", "reference", "model", "base")


@dataclass(frozen=True)
class CachedProgram:
    """The file of one program in edgegen's folder, `KEY-DIGEST.pte`, with the digest of its content."""

    key: str
    suffix: str = PTE_SUFFIX

    @classmethod
    def of(
        cls,
        *about: object,
        makers: tuple[object, ...],
        versions: Mapping[str, str],
        suffix: str = PTE_SUFFIX,
    ) -> "CachedProgram":
        """Return the entry for this description, these makers and these versions of libraries.

        The key changes with every line of edgegen's code that lowering can reach. Programs of third-party
        makers, whose code is unknown, are not cached.
        """
        if not all(type(each).__module__.startswith(f"{edgegen.__name__}.") for each in makers):
            return cls("")
        description = repr(
            (_lowering_code(), about, [type(each).__qualname__ for each in makers], sorted(versions.items()))
        )
        return cls(hashlib.sha256(description.encode()).hexdigest()[:32], suffix)

    def read(self) -> tuple[bytes, Shapes] | None:
        """Return the program and its outputs' shapes, if it is a `.pte`; None if it is missing or damaged."""
        for path in self._files():
            with contextlib.suppress(OSError, InputError):
                program = path.read_bytes()
                if path.name == self._name(program):
                    os.utime(path)
                    if self.suffix != PTE_SUFFIX:
                        return program, ()
                    (method,) = read_pte(path).methods
                    return program, tuple(output.shape for output in method.outputs)
        return None

    def write(self, program: bytes) -> None:
        """Write the program completely or not at all. Failures are ignored: it is lowered again next time."""
        if not self.key or len(program) > LIMIT:
            return
        with contextlib.suppress(OSError):
            _folder().mkdir(parents=True, exist_ok=True)
            handle, partial = tempfile.mkstemp(dir=_folder(), suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(program)
                Path(partial).replace(_folder() / self._name(program))
            finally:
                Path(partial).unlink(missing_ok=True)
            _make_room()

    def forget(self) -> None:
        """Delete the program, because it does not give PyTorch's numbers."""
        for path in self._files():
            with contextlib.suppress(OSError):
                path.unlink()

    def _files(self) -> list[Path]:
        return list(_folder().glob(f"{self.key}-*{self.suffix}")) if self.key else []

    def _name(self, program: bytes) -> str:
        return f"{self.key}-{hashlib.sha256(program).hexdigest()}{self.suffix}"


def _folder() -> Path:
    return home() / "programs"


@cache
def _lowering_code() -> str:
    """Return the digest of the Python files that lowering can reach: any line may change the program."""
    digest = hashlib.sha256()
    for package in _LOWERING:
        for path in sorted((Path(edgegen.__path__[0]) / package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _make_room() -> None:
    """Delete the least recently used files above the limit, including remains of killed processes."""
    files = []
    for path in _folder().iterdir():
        with contextlib.suppress(OSError):  # another process may delete it
            files.append((path.stat().st_mtime, path.stat().st_size, path))
    left = LIMIT
    for _, size, path in sorted(files, reverse=True):
        left -= size
        if left < 0:
            with contextlib.suppress(OSError):
                path.unlink()

"""Programs that were lowered before: the same checkpoint for another app does not wait for it again."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import edgegen
from edgegen.artifacts.pte import read_pte
from edgegen.base.errors import InputError
from edgegen.base.files import home
from edgegen.runtimes.runtime import Shapes

LIMIT: Final = 1 << 30  # bytes of all that is kept; what was not used for longest goes first


@dataclass(frozen=True)
class Kept:
    """The place of one program: `KEY-DIGEST.pte` in edgegen's folder, the digest of what is in it."""

    key: str

    @classmethod
    def of(cls, *about: object, makers: tuple[object, ...], versions: Mapping[str, str]) -> "Kept":
        """Return the place of what these words describe, made by these objects and versions of libraries.

        It is another one as soon as one line of edgegen is. Of makers who are not edgegen's own the code is
        not known: what they make is never kept.
        """
        if not all(type(each).__module__.startswith(f"{edgegen.__name__}.") for each in makers):
            return cls("")
        said = repr(
            (_own_code(), about, [type(each).__qualname__ for each in makers], sorted(versions.items()))
        )
        return cls(hashlib.sha256(said.encode()).hexdigest()[:32])

    def read(self) -> tuple[bytes, Shapes] | None:
        """Return the program and its outputs' shapes; None where there is none, or one that is damaged."""
        for path in self._files():
            with contextlib.suppress(OSError, InputError):
                program = path.read_bytes()
                if path.name == self._name(program):
                    os.utime(path)
                    (method,) = read_pte(path).methods
                    return program, tuple(output.shape for output in method.outputs)
        return None

    def write(self, program: bytes) -> None:
        """Keep it, whole or not at all; where nothing can be written, it is lowered again next time."""
        if not self.key or len(program) > LIMIT:
            return
        with contextlib.suppress(OSError):
            _folder().mkdir(parents=True, exist_ok=True)
            made, begun = tempfile.mkstemp(dir=_folder(), suffix=".part")
            try:
                with os.fdopen(made, "wb") as file:
                    file.write(program)
                Path(begun).replace(_folder() / self._name(program))
            finally:
                Path(begun).unlink(missing_ok=True)
            _make_room()

    def forget(self) -> None:
        """Keep it no longer: it is not what PyTorch computes."""
        for path in self._files():
            with contextlib.suppress(OSError):
                path.unlink()

    def _files(self) -> list[Path]:
        return list(_folder().glob(f"{self.key}-*.pte")) if self.key else []

    def _name(self, program: bytes) -> str:
        return f"{self.key}-{hashlib.sha256(program).hexdigest()}.pte"


def _folder() -> Path:
    return home() / "programs"


@cache
def _own_code() -> str:
    """Return the digest of edgegen's own Python: what it makes of a checkpoint may change with any line."""
    digest = hashlib.sha256()
    for path in sorted(Path(edgegen.__path__[0]).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _make_room() -> None:
    """Delete what was not used for longest, what a killed process left included, down to the limit."""
    left = LIMIT
    for path, facts in sorted(_with_facts(), key=lambda each: each[1].st_mtime, reverse=True):
        left -= facts.st_size
        if left < 0:
            with contextlib.suppress(OSError):
                path.unlink()


def _with_facts() -> Iterator[tuple[Path, os.stat_result]]:
    for path in _folder().iterdir():
        with contextlib.suppress(OSError):  # another process deletes, too
            yield path, path.stat()

"""The programs of a model after the first, as templates see them."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from edgegen import runtimes
from edgegen.artifacts.borders import METHOD
from edgegen.artifacts.pte import read_pte
from edgegen.model.spec import ModelSpec


@dataclass(frozen=True)
class FurtherProgram:
    """A program that the app uses if the device proves it, and if it is faster than the first one."""

    file: str  # "model.coreml.pte"
    backend: str  # "coreml"
    title: str  # "Core ML"
    precision: str
    sha256: str
    adler32: int
    delegates: tuple[str, ...]  # that the runtime must register
    tolerances: Mapping[str, float]
    pictures: tuple[str, ...]  # the golden pictures that prove it


def further_programs(spec: ModelSpec) -> list[FurtherProgram]:
    """Return the programs after the first."""
    found = []
    for program in spec.further_programs:
        path = spec.path_of(program)
        method = read_pte(path).method(METHOD)
        found.append(
            FurtherProgram(
                program.file,
                program.backend,
                runtimes.backend_title(program.backend),
                program.precision,
                program.sha256,
                zlib.adler32(path.read_bytes()),
                tuple(each.backend for each in method.delegates) if method else (),
                program.tolerances,
                program.pictures,
            )
        )
    return found

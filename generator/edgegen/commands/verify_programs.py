"""The step of `edgegen verify` that is for programs after the first."""

from collections.abc import Sequence

from edgegen import runtimes
from edgegen.artifacts.borders import METHOD
from edgegen.artifacts.pte import read_pte
from edgegen.base.errors import InputError
from edgegen.base.text import how_many
from edgegen.model.spec import ModelSpec, Program
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority
from edgegen.parity.picture_files import Picture


def check_further_programs(
    spec: ModelSpec, authority: Authority, pictures: Sequence[tuple[Picture, Thresholds]]
) -> tuple[list[str], list[str]]:
    """Compare the programs that this machine can run with the authority; return problems, and notes.

    A note says that a program was compared here, or that only a device can. pictures: the golden
    pictures.
    """
    problems, notes = list[str](), list[str]()
    for program in spec.further_programs:
        method = read_pte(spec.path_of(program)).method(METHOD)
        parts = how_many(sum(each.count for each in method.delegates) if method else 0, "delegate")
        exported = f"{runtimes.backend_title(program.backend)}: exported as {parts}"
        is_known = program.backend in runtimes.backend_names()
        backend = runtimes.find_backend(program.backend) if is_known else None
        if backend is None or not runtimes.default().runs(backend):
            needs = backend.needs if backend and backend.needs else "a device"
            notes.append(f"{exported}, not run: it needs {needs}, where the app proves it first")
        elif problem := _problem_here(spec, program, authority, pictures):
            problems.append(f"{backend.title}: {problem}")
        else:
            notes.append(f"{exported}, and compared on this machine")
    return problems, notes


def _problem_here(
    spec: ModelSpec, program: Program, authority: Authority, pictures: Sequence[tuple[Picture, Thresholds]]
) -> str:
    """Run a program; return how it differs from the authority, or an empty string."""
    from edgegen.export.precision_check import check_program

    try:
        forward = runtimes.default().load(spec.path_of(program))
        return check_program(spec, program, authority, forward, pictures)
    except InputError as error:
        return error.message

"""Compare a built project with its authority, picture by picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from edgegen import runtimes, tasks
from edgegen.artifacts.borders import METHOD
from edgegen.artifacts.pte import read_pte
from edgegen.base import interruption
from edgegen.base.errors import InputError
from edgegen.base.model_files import PTE_SUFFIX
from edgegen.base.text import how_many
from edgegen.commands.resolve_model import readable, recorded_checkpoint, unchanged_checkpoint
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import PYTORCH, Authority, authority_for
from edgegen.parity.picture_files import Picture
from edgegen.parity.report import Report, merge, mistakes_stage
from edgegen.project import manifest
from edgegen.sources.description import Description
from edgegen.sources.identify import open_model
from edgegen.targets.runner import PictureInput, RunOutput
from edgegen.tasks.prepared import prepare
from edgegen.tasks.stage import Loss, Stage


class DescribedAuthority(NamedTuple):
    """An authority, and its description for the report."""

    authority: Authority
    description: str


def float32_authority(
    project: Path, record: Mapping[str, str], spec: ModelSpec, checkpoint: Path | None
) -> DescribedAuthority:
    """Return the authority in float32: PyTorch, or the `.pte` in Python without a checkpoint.

    checkpoint: the value of --model; default: the recorded checkpoint, if it is unchanged.
    """
    recorded = recorded_checkpoint(project, record)
    path = checkpoint or unchanged_checkpoint(project, record)
    if path is not None:
        model = open_model(path, Description.of(spec))
        return DescribedAuthority(authority_for(spec, model), f"{model.facts.engine} on {readable(path)}")
    why = "there is no checkpoint to compare with"
    if recorded is not None and recorded.is_file():
        is_readable = manifest.checkpoint_sha256(recorded)
        state = "has changed since the project was made" if is_readable else "cannot be read"
        why = f"{readable(recorded)} {state}"
    return DescribedAuthority(authority_for(spec, None), f"the .pte in Python ({why})")


def int8_note(
    quantized: Authority,
    float32: DescribedAuthority,
    shown: Sequence[PictureInput],
    spec: ModelSpec,
    keep_classes: Sequence[int],
) -> str:
    """Return how many of PyTorch's float32 results an int8 model shows too."""
    if float32.authority.source != PYTORCH:
        return f"not compared with float32: {float32.description}"
    task, loss = tasks.find(spec.task), Loss()
    for each in shown:
        interruption.check()
        arguments = (each.picture.rgb, each.thresholds, keep_classes)
        loss += float32.authority.result(*arguments).lost_in(quantized.result(*arguments))
    counted = f"{loss.of - loss.lost} of {loss.of} {task.loss_unit}"
    return f"compared with float32: {counted} of {float32.description} are shown too"


@dataclass(frozen=True)
class AppComparison:
    """The app's results compared with the authority's."""

    stages: tuple[Stage, ...]
    problems: tuple[str, ...]
    detections: int  # of the authority


def compare_answer(
    run_output: RunOutput,
    shown: Sequence[PictureInput],
    spec: ModelSpec,
    authority: Authority,
    keep_classes: Sequence[int],
) -> AppComparison:
    """Compare a project's answer for these pictures with the authority."""
    decoder, output = tasks.find(spec.task).decoder, spec.output
    # Without a checkpoint the .pte in Python is the authority itself.
    pte = runtimes.default().load(spec.pte) if authority.source == PYTORCH else None
    stages, problems, detections = [*run_output.stages], [*run_output.problems], 0
    for each, result in zip(shown, run_output.results, strict=True):
        rgb = each.picture.rgb
        if pte is not None:
            tensor = prepare(rgb, spec.input).tensor
            stages += decoder.compare_outputs(pte(tensor), authority.outputs(tensor), output)
        right = authority.result(rgb, each.thresholds, keep_classes)
        compared = result.compare(right, each.thresholds, output)
        stages += compared.stages("app")
        problems += [f"{each.path.name}: {problem}" for problem in compared.problems]
        detections += len(right)
    return AppComparison(merge([*stages, *run_output.more_stages]), tuple(problems), detections)


@dataclass(frozen=True)
class ProgramChecks:
    """The programs after the first: those that ran on this machine, and notes on all of them."""

    compared: int = 0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def added_to(self, report: Report) -> Report:
        """Return a report with these results. A wrong program fails the report."""
        stages = report.stages
        if self.compared:
            stages = (*stages, mistakes_stage("further programs", len(self.problems), self.compared))
        return replace(
            report,
            stages=stages,
            problems=(*report.problems, *self.problems),
            notes=(*report.notes, *self.notes),
        )


def check_further_programs(
    spec: ModelSpec, authority: Authority, pictures: Sequence[tuple[Picture, Thresholds]]
) -> ProgramChecks:
    """Compare the programs after the first with the authority, on the golden pictures.

    A program that only a device can run gets a note.
    """
    from edgegen.export.precision_check import check_program

    compared, problems, notes = 0, list[str](), list[str]()
    for program in spec.further_programs:
        path = spec.path_of(program)
        exported = f"{runtimes.backend_title(program.backend)}: exported as {_parts(path)}"
        is_known = program.backend in runtimes.backend_names()
        backend = runtimes.find_backend(program.backend) if is_known else None
        if backend is None or not runtimes.find(backend.runtime).runs(backend):
            needs = backend.needs if backend and backend.needs else "a device"
            is_tested = backend is None or backend.has_own_tolerances
            tested = ". The app tests it there before using it" if is_tested else ""
            notes.append(f"{exported}, not run: it needs {needs}{tested}")
            continue
        compared += 1
        try:
            forward = runtimes.find(backend.runtime).load(path)
            problem = check_program(spec, program, authority, forward, pictures)
        except InputError as error:
            problem = error.message
        if problem:
            problems.append(f"{backend.title}: {problem}")
        else:
            notes.append(f"{exported}, and compared on this machine")
    return ProgramChecks(compared, tuple(problems), tuple(notes))


def _parts(program: Path) -> str:
    """Return the form of a program, in words: "1 delegate", or "model.onnx"."""
    if program.suffix != PTE_SUFFIX:
        return program.name
    method = read_pte(program).method(METHOD)
    return how_many(sum(each.count for each in method.delegates) if method else 0, "delegate")

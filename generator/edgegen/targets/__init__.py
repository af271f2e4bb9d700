"""The targets: one package for each kind of project, found by the entry points `edgegen.targets`.

May import everything but `commands` and `cli`.
"""

import difflib
from collections.abc import Sequence
from typing import Final

from edgegen import runtimes
from edgegen.base import registry
from edgegen.base.errors import InputError, UnsupportedModelError, UsageError
from edgegen.base.shell import quoted
from edgegen.model.spec import ModelSpec
from edgegen.project.manifest import Manifest
from edgegen.targets import custom_template
from edgegen.targets.base import Target

GROUP: Final = "edgegen.targets"
ALL: Final = "all"


def names() -> list[str]:
    """Return the names of all targets."""
    return registry.names(GROUP)


def find(name: str) -> Target:
    """Return the target of this name, or raise UsageError."""
    known = names()
    if name not in known:
        raise _unknown(name, known)
    target: Target = registry.load(GROUP, name)
    return target


def of(known: Manifest) -> Target:
    """Return the target of a project, which may be of a custom template."""
    if known.target == custom_template.NAME:
        from edgegen.targets.custom_template.target import target_of_project

        return target_of_project(known)
    return find(known.target)


def find_all(wanted: Sequence[str]) -> list[Target]:
    """Return the targets of these names, each once; of `all`, every target. UsageError for other names."""
    known = names()
    for name in wanted:
        if name not in (*known, ALL):
            raise _unknown(name, [*known, ALL])
    spelled_out = (each for name in wanted for each in (known if name == ALL else [name]))
    return [find(name) for name in dict.fromkeys(spelled_out)]


def check_task(task: str, chosen: Sequence[Target]) -> None:
    """Raise UnsupportedModelError, or InputError for a template, if a target has no apps for a task."""
    for target in chosen:
        if task in target.tasks:
            continue
        if target.is_custom:
            raise InputError(
                f"the template is for models of {' and '.join(target.tasks)}, and this one's task is {task}",
                "choose another template, or name the task under _edgegen in its copier.yml",
            )
        able = [name for name in names() if task in find(name).tasks]
        hint = "`edgegen export` makes the .pte, its metadata and golden vectors of such a model"
        if able:
            hint = f"choose {' or '.join(able)}"
        raise UnsupportedModelError(f"{target.name} projects of models for the task `{task}`", hint)


def check_resize(spec: ModelSpec, chosen: Sequence[Target]) -> None:
    """Raise InputError if a template lacks the resize of the model's pictures."""
    for target in chosen:
        if target.resizes and spec.input.resize not in target.resizes:
            raise InputError(
                f"the template is for models with the resize {' or '.join(target.resizes)}, "
                f"and this one's is {spec.input.resize}",
                "choose another template, or add the resize to its code and to _edgegen in its copier.yml",
            )


def check_program(spec: ModelSpec, target: Target) -> None:
    """Raise InputError if the target's app cannot run a model.

    The model has int8 inputs or outputs, which the app cannot handle, or lacks a program that the app needs.
    """
    if not target.int8_io and (spec.input.steps is not None or spec.output.steps):
        raise UnsupportedModelError(
            f"{target.name} projects of a model whose input or outputs are int8 ({spec.pte})",
            f"give the checkpoint: `edgegen new --target {target.name}` exports it with float32 there",
        )
    known = [program.backend for program in spec.programs]
    lacking = [name for name in target.required_backends if name not in known]
    if not lacking:
        return
    checkpoint = spec.checkpoint_name or "CHECKPOINT"
    option = f"--backend {lacking[0]}" if target.is_custom else f"--target {target.name}"
    command = f"edgegen export --model {quoted(checkpoint)} {option} --output DIR"
    if spec.is_int8 and target.why_no_int8:
        raise InputError(
            f"{spec.pte} is int8, and {target.name} has no int8 models: {target.why_no_int8}",
            f"export it in float32: {command}",
        )
    file = runtimes.find_backend(lacking[0]).file_name
    raise InputError(
        f"the model {spec.name} has no {file}, which a {target.name} project runs",
        f"export the model again, or give the checkpoint: {command}",
    )


def _unknown(name: str, known: list[str]) -> UsageError:
    near = difflib.get_close_matches(name.lower(), known, n=1)
    start = f"did you mean {near[0]}? The" if near else "the"
    return UsageError(
        f"there is no target {name!r}", f"{start} targets are: {', '.join(known[:-1])} and {known[-1]}"
    )


__all__ = [
    "ALL",
    "GROUP",
    "Target",
    "check_program",
    "check_resize",
    "check_task",
    "custom_template",
    "find",
    "find_all",
    "names",
    "of",
]

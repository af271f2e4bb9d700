"""Rendering a custom template into an empty folder."""

import contextlib
import difflib
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from edgegen import __version__
from edgegen.artifacts import vector_files
from edgegen.base import pins
from edgegen.base.errors import EdgegenError, InputError, RenderError, UsageError
from edgegen.base.files import remove_tree
from edgegen.base.model_files import METADATA_NAME, PTE_NAME
from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.base.strict_yaml import dump, load_mapping
from edgegen.base.text import first_of, plain
from edgegen.model.spec import ModelSpec
from edgegen.project import file_names
from edgegen.project.appearance import LOOK
from edgegen.project.context import Options
from edgegen.project.custom_template.claims import Claims
from edgegen.project.custom_template.template import ANSWERS, NAME, CustomTemplate
from edgegen.tasks import find as find_task

_MAX_NAMED: Final = 3  # programs in a message
_MAX_TEXT: Final = 300
_FIX: Final = "fix the template; `edgegen template check` renders it with awkward models"


@dataclass(frozen=True)
class Answers:
    """The answers to a template's questions before it is rendered."""

    data: Mapping[str, str] = field(default_factory=dict)  # of --data
    recorded: Mapping[str, Any] = field(default_factory=dict)  # of the project, if it is updated
    secrets: tuple[str, ...] = ()  # questions whose earlier answers were not recorded
    ask: bool = False  # whether copier asks on the terminal


def template_values(spec: ModelSpec, options: Options, claims: Claims) -> dict[str, Any]:
    """Return the value of the name `edgegen`, which docs/templates.md describes.

    Removing a name breaks third-party templates.
    """
    task, output = find_task(spec.task), spec.output
    return {
        "version": __version__,
        "executorch_version": pins.EXECUTORCH,
        "app_name": options.name,
        "slug": options.slug,
        "confidence": options.confidence,
        "iou": options.iou,
        "max_det": options.max_det,
        "keep_classes": list(options.keep_classes),
        "skeleton": [list(limb) for limb in options.skeleton],
        "look": asdict(LOOK),
        "model_dir": claims.model,
        "vectors_dir": claims.vectors,
        "contract": task.explain(output.contract),
        "tolerances": dict(task.decoder.tolerances),
        "model": {
            "name": spec.name,
            "task": spec.task,
            "class_names": list(spec.class_names),
            "num_classes": spec.num_classes,
            "input": asdict(spec.input),
            "output": {**asdict(output), "has_levels": output.has_levels, "needs_nms": output.needs_nms},
            "precision": spec.precision,
            "precision_in_words": spec.precision_in_words,
            "backends": list(spec.backends),
            "executorch_version": spec.executorch_version,
            "sha256": spec.sha256,
            "license": spec.license,
            "description": spec.description,
        },
    }


def check_trust(template: CustomTemplate, *, trust: bool, tasks: bool) -> None:
    """Raise InputError if a template would run programs without the user's consent."""
    programs = [f"loads the Jinja extension {name}" for name in template.extensions]
    programs += [f"runs {command!r}" for command in template.tasks if tasks]
    if programs and not trust:
        raise InputError(
            f"the template {template.source} {first_of(programs, _MAX_NAMED)}",
            "look at the program; if you trust it, add --trust",
        )


def check_answers(template: CustomTemplate, answers: Answers) -> None:
    """Reject answers to unknown questions, and missing answers, before anything is exported.

    Raises:
        UsageError: The message names the question.
    """
    questions = template.questions
    for name in answers.data.keys() - questions.keys():
        near = difflib.get_close_matches(name, list(questions), n=1)
        raise UsageError(
            f"the template {template.source} has no question {name!r}",
            f"{f'did you mean {near[0]}? ' if near else ''}its questions: {', '.join(questions) or 'none'}",
        )
    for name, question in questions.items():
        if answers.ask or name in answers.data or name in answers.recorded:
            continue
        if name in answers.secrets:
            raise UsageError(
                f"{name} is secret, so the project does not hold its answer", f"add --data {name}=VALUE"
            )
        if not {"default", "when", "ask", "choices"} & question.keys():
            raise UsageError(f"the question {name} has no default", f"add --data {name}=VALUE")


def render(
    template: CustomTemplate,
    values: Mapping[str, Any],
    folder: Path,
    answers: Answers,
    progress: Progress,
    *,
    trust: bool,
    tasks: bool,
) -> dict[str, Any]:
    """Write a template's files into an empty folder, and return the answers that a project records.

    `values` is the value of the name `edgegen`.

    Raises:
        InputError: The template is wrong; the message names its file and line.
        RenderError: One of its tasks failed.
        UsageError: A question has no answer, or does not accept it.
    """
    folder = folder.resolve()
    record = folder / ANSWERS
    record.write_text(dump({"_src_path": str(template.folder), **answers.recorded}), encoding="utf-8")
    with _screen(progress, ask=answers.ask, runs=tasks and bool(template.tasks)):
        from copier import Settings, load_settings, run_recopy

        try:
            run_recopy(
                folder,
                data={**answers.data, NAME: values},
                answers_file=ANSWERS,
                # edgegen's filters are an extension, too. `check_trust` looked at those of the template.
                settings=Settings(load_settings().defaults, [str(template.folder)]),
                exclude=[f"!{ANSWERS}"],
                defaults=not answers.ask,
                skip_answered=True,
                overwrite=True,
                quiet=True,
                unsafe=trust,
                skip_tasks=not tasks,
            )
        except (EdgegenError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise _explained(error, template) from error
    recorded = load_mapping(record)
    record.unlink()
    _check_files(template.claims, folder)
    return {str(name): value for name, value in recorded.items() if name in template.questions}


@contextlib.contextmanager
def _screen(progress: Progress, *, ask: bool, runs: bool) -> Iterator[None]:
    """Keep stdout for edgegen's result. Questions and the output of tasks go to the terminal."""
    with progress.pause() if ask or runs else quiet(), contextlib.ExitStack() as stack:
        if runs and not ask:
            sys.stdout.flush()
            before = os.dup(1)
            stack.callback(os.close, before)
            stack.callback(os.dup2, before, 1)
            os.dup2(2, 1)  # programs inherit the descriptor
        yield


def _explained(error: Exception, template: CustomTemplate) -> EdgegenError:
    """Return the error of copier or Jinja as edgegen reports it, with file and line if known."""
    from copier.errors import CopierError, ForbiddenPathError, TaskError
    from jinja2 import TemplateError, TemplateSyntaxError

    text = plain(" ".join(str(error).split()), _MAX_TEXT)
    if isinstance(error, TaskError):
        return RenderError(f"a task of the template failed: {text}", "nothing was written; fix the task")
    if isinstance(error, ForbiddenPathError):
        hint = "fix the template; if it reads a file that you trust, add --trust"
        return InputError(f"the template leads outside its project: {text}", hint)
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, TemplateSyntaxError):
        frames.append((error.filename or "", error.lineno))
    for file, line in reversed(frames):
        if Path(file).is_relative_to(template.folder):
            place = f"{Path(file).relative_to(template.folder).as_posix()}, line {line}"
            break
    else:
        place = str(template.source)
        if isinstance(error, ValueError) and not isinstance(error, CopierError) and template.questions:
            data = " ".join(f"--data {name}=VALUE" for name in template.questions)
            return UsageError(f"the template rejects an answer: {text}", f"correct or add it: {data}")
    is_plain = isinstance(error, (TemplateError, CopierError))
    return InputError(f"{place}: {text}" if is_plain else f"{place}: {type(error).__name__}: {text}", _FIX)


def _check_files(claims: Claims, folder: Path) -> None:
    """Reject links, files that edgegen writes, and names that are invalid on a file system."""
    remove_tree(folder / ".git")  # a task may run `git init`, but that is the user's decision
    own = [f"{claims.model}/{name}" for name in (PTE_NAME, METADATA_NAME)]
    own.append(f"{claims.vectors}/{vector_files.INDEX}")
    reserved = {
        *own,
        *(part.as_posix() for each in map(Path, claims.folders) for part in (each, *each.parents)),
    }
    names = list[str]()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        names.append(name)
        is_vector = path.suffix == ".bin" and name.startswith(f"{claims.vectors}/")
        if path.is_symlink():
            problem = "a link"
        elif path.is_file() and (name in reserved or is_vector):
            problem = "a file or folder of edgegen's own"
        else:
            problem = file_names.problem_with(name)
        if problem:
            hint = "leave it out, or change the name in the template or its answers"
            raise InputError(f"the template writes {name!r}, which is {problem}", hint)
    if same := file_names.colliding_paths([*names, *own, *claims.folders]):
        raise InputError(
            f"the project would hold {same[0]!r} and {same[1]!r}, which are the same on macOS or Windows",
            "change one of the names in the template, or its answers",
        )

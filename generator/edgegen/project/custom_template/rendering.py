"""Rendering a custom template into an empty folder."""

import contextlib
import difflib
import errno
import os
import re
import shlex
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edgegen.artifacts import vector_files
from edgegen.artifacts.pte import METADATA_NAME, PTE_NAME
from edgegen.base.errors import EdgegenError, InputError, RenderError, UsageError, reason
from edgegen.base.files import remove_tree
from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.base.strict_yaml import dump, load_mapping
from edgegen.base.text import first_of, plain
from edgegen.project import file_names
from edgegen.project.custom_template import context
from edgegen.project.custom_template.source import outside_git_hook
from edgegen.project.custom_template.template import ANSWERS, CONFIG, CustomTemplate

_MAX_NAMED: Final = 3  # programs in a message
_MAX_TEXT: Final = 300
_NAME_ERRORS: Final = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})
_FIX: Final = "fix the template; `edgegen template check` renders it with awkward models"


@dataclass(frozen=True)
class Answers:
    """The answers to a template's questions before it is rendered."""

    data: Mapping[str, str] = field(default_factory=dict)  # of --data
    recorded: Mapping[str, Any] = field(default_factory=dict)  # of the project, if it is updated
    secrets: tuple[str, ...] = ()  # questions whose earlier answers were not recorded
    ask: bool = False  # whether copier asks on the terminal


def check_trust(template: CustomTemplate, *, trust: bool, tasks: bool) -> None:
    """Reject a template that would run programs without the user's consent.

    Raises:
        InputError: The template needs --trust.
    """
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
    for name in answers.data:
        if name not in questions:
            near = difflib.get_close_matches(name, list(questions), n=1)
            names = f"its questions: {', '.join(questions)}" if questions else "it has no questions"
            raise UsageError(
                f"the template {template.source} has no question {name!r}",
                f"did you mean {near[0]}? {names}" if near else names,
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
    runs = tasks and bool(template.tasks)
    # Copier's own copy of the environment is made when it is imported: that has to happen in this block.
    with outside_git_hook(), _screen(progress, ask=answers.ask, runs=runs):
        from copier import Settings, load_settings, run_recopy

        try:
            run_recopy(
                folder,
                data={**answers.data, context.NAME: values},
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
            raise _explained(error, template, answers.data) from error
    recorded = load_mapping(record)
    record.unlink()
    _check_files(template, folder)
    return {str(name): value for name, value in recorded.items() if name in template.questions}


@contextlib.contextmanager
def _screen(progress: Progress, *, ask: bool, runs: bool) -> Iterator[None]:
    """Keep stdout for edgegen's result. Questions and the output of tasks go to the terminal."""
    if not ask and not runs:
        with quiet():
            yield
        return
    with progress.pause():
        if ask:
            yield
            return
        sys.stdout.flush()
        before = os.dup(1)
        os.dup2(2, 1)  # programs inherit the descriptor
        try:
            yield
        finally:
            os.dup2(before, 1)
            os.close(before)


def _explained(error: Exception, template: CustomTemplate, data: Mapping[str, str]) -> EdgegenError:
    """Return the error of copier or Jinja as edgegen reports it, with file and line if known."""
    from copier.errors import CopierError, ForbiddenPathError, InteractiveSessionError, TaskError
    from jinja2 import TemplateError, TemplateSyntaxError

    text = plain(" ".join(str(error).split()), _MAX_TEXT)
    if isinstance(error, TaskError):
        command = error.cmd if isinstance(error.cmd, str) else shlex.join(error.cmd)
        return RenderError(
            f"a task of the template failed with code {error.returncode}: {command}",
            "nothing was written; fix the task",
        )
    if isinstance(error, InteractiveSessionError):
        return UsageError(f"the template asks, and there is no terminal: {text}", "answer with --data")
    if isinstance(error, ForbiddenPathError):
        path = str(error).partition("\n")[0]
        return InputError(
            f"the template leads outside its project: {path}",
            "fix the template; if it reads a file that you trust, add --trust",
        )
    if isinstance(error, OSError) and error.errno in _NAME_ERRORS:
        name = Path(str(error.filename or "")).name[:_MAX_TEXT]
        return InputError(
            f"the template writes a file whose name no file system takes: {name} ({reason(error)})",
            "shorten it in the template, with `| truncate` for example, or change its answers",
        )
    if isinstance(error, ValueError):
        if "null byte" in text or "null character" in text:
            return InputError("the template writes a file whose name contains a NUL", _FIX)
        named = re.search(r"""(?:question|choice for) ["'](\w+)["']""", text, re.IGNORECASE)
        question = next((name for name, value in data.items() if repr(value) in text), "")
        question = named[1] if named else question
        if question:
            return UsageError(f"the question {question}: {text}", f"add --data {question}=VALUE")
    where = _place(error, template)
    if isinstance(error, TemplateSyntaxError) and (name := _relative(error.filename, template)):
        where = f"{name}, line {error.lineno}"
    is_plain = isinstance(error, (TemplateError, CopierError))
    return InputError(f"{where}: {text}" if is_plain else f"{where}: {type(error).__name__}: {text}", _FIX)


def _place(error: Exception, template: CustomTemplate) -> str:
    """Return the file and line of an error: of a rendered file, or of copier.yml for an undefined name."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if name := _relative(frame.filename, template):
            return f"{name}, line {frame.lineno}"
    if undefined := re.fullmatch(r"'(\w+)' is undefined", str(error)):
        for number, line in enumerate(template.text.splitlines(), start=1):
            if re.search(rf"\b{undefined[1]}\b", line):
                return f"{CONFIG}, line {number}"
    return str(template.source)


def _relative(path: str | None, template: CustomTemplate) -> str:
    inside = path is not None and Path(path).is_relative_to(template.folder)
    return Path(str(path)).relative_to(template.folder).as_posix() if inside else ""


def _check_files(template: CustomTemplate, folder: Path) -> None:
    """Reject files that a project cannot hold.

    Raises:
        InputError: The template writes a link, a file that edgegen writes, or a name that is invalid on a
            file system.
    """
    remove_tree(folder / ".git")  # a task may run `git init`, but that is the user's decision
    names = list[str]()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise InputError(f"the template makes a link, {name}", "write a file instead, or leave it out")
        if why := file_names.problem_with(name):
            raise InputError(
                f"the template gives a file the name {name!r}, which is {why}",
                "change the name in the template, or its answers",
            )
        names.append(name)
    claims = template.claims
    own = [f"{claims.model}/{name}" for name in (PTE_NAME, METADATA_NAME)]
    own.append(f"{claims.vectors}/{vector_files.INDEX}")
    own += sorted(path.relative_to(folder).as_posix() for path in (folder / claims.vectors).glob("*.bin"))
    folders = (claims.model, claims.vectors, *(place for _, place in claims.shared))
    if same := file_names.colliding_paths([*names, *own, *folders]):
        raise InputError(
            f"the project would hold {same[0]!r} and {same[1]!r}, which are the same on macOS or Windows",
            "change one of the names in the template, or its answers",
        )
    for place in [part for each in map(Path, folders) for part in (each, *each.parents)]:
        if (folder / place).is_file():
            raise InputError(
                f"the template writes a file {place.as_posix()}, which is a folder of edgegen's",
                f"leave the file out, or name another folder under _edgegen in {CONFIG}",
            )
    for name in own:
        if (folder / name).exists():
            raise InputError(f"the template writes edgegen's own file {name}", "leave it out of the template")

"""A template of somebody else's becomes files, in a folder aside."""

import contextlib
import difflib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgegen.base.errors import InputError, UsageError
from edgegen.base.files import remove_tree
from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.model.spec import ModelSpec
from edgegen.project import file_names
from edgegen.project.context import Options
from edgegen.project.own_template import context, mistakes
from edgegen.project.own_template.source import EXTENSION, FILE, OwnTemplate
from edgegen.project.template_filters import FILTERS

if TYPE_CHECKING:
    from copier._main import Worker

_MOST: Final = 3  # dangers that are named


@dataclass(frozen=True)
class Answers:
    """What is known of a template's questions before they are asked."""

    given: Mapping[str, str] = field(default_factory=dict)  # by --data
    remembered: Mapping[str, Any] = field(default_factory=dict)  # by a project that is made anew
    forgotten: tuple[str, ...] = ()  # what such a project was told otherwise than by default, and keeps not
    ask: bool = False  # whether somebody sits there


@dataclass(frozen=True)
class Answered:
    """What a project keeps of its template's questions."""

    remembered: Mapping[str, Any]
    forgotten: tuple[str, ...]  # answered otherwise than by default, and secret, or nothing that can be kept


def check(template: OwnTemplate, answers: Answers, *, trust: bool) -> None:
    """Refuse, before anything is exported, what a template cannot be rendered with.

    Raises:
        InputError: It runs programs, and nobody said that it may.
        UsageError: An answer to what it does not ask, or none to what has to be answered.
    """
    dangers = template.dangers
    if dangers and not trust:
        more = f" and {len(dangers) - _MOST} more" if len(dangers) > _MOST else ""
        raise InputError(
            f"the template {template.source} {', '.join(dangers[:_MOST])}{more}",
            "look at what that does; if you trust it, add --trust",
        )
    questions = template.questions
    for name in answers.given:
        if name not in questions:
            near = difflib.get_close_matches(name, list(questions), n=1)
            asked = f"it asks: {', '.join(questions)}" if questions else "it asks nothing"
            raise UsageError(
                f"the template {template.source} does not ask for {name!r}",
                f"did you mean {near[0]}? I{asked[1:]}" if near else asked,
            )
    for name, question in questions.items():
        open_ = not {"default", "when", "ask", "choices"} & question.keys()
        if open_ and not answers.ask and name not in {**answers.given, **answers.remembered}:
            raise UsageError(
                f"the template asks for {name}, and nothing was said", f"say it: --data {name}=..."
            )
        if name in answers.forgotten and not answers.ask and name not in answers.given:
            is_secret = name in template.copied.secret_questions
            why = f"{name} is secret" if is_secret else f"nothing can keep what was said of {name}"
            raise UsageError(
                f"{why}: the project was made with another answer than its default, and does not hold it",
                f"say it again: --data {name}=...",
            )


def render(
    template: OwnTemplate,
    spec: ModelSpec,
    options: Options,
    folder: Path,
    answers: Answers,
    progress: Progress,
    *,
    trust: bool,
    tasks: bool,
) -> Answered:
    """Write a template's files into an empty folder; return what a project keeps of the answers.

    Raises:
        InputError: The template is broken; the message names its file and line.
        RenderError: One of its tasks failed.
        UsageError: A question has no answer, or one that it does not take.
    """
    from copier._main import Worker

    folder = folder.resolve()
    silent = not (tasks and template.dangers)
    with mistakes.of_rendering(template, answers.given), apart(progress, answers, silent=silent):
        worker = Worker(
            src_path=template.source.for_copier,
            dst_path=folder,
            vcs_ref=template.source.ref or None,
            data={**answers.given, context.NAME: context.context(spec, options, template.claims)},
            defaults=not answers.ask,
            skip_answered=True,
            overwrite=True,
            quiet=True,
            unsafe=True,  # what is dangerous was refused by `check`
            skip_tasks=not tasks,
        )
        prepare(worker, template, answers)
        if not worker.template_copy_root.is_dir():
            raise InputError(
                f"{FILE}: _subdirectory {template.copied.subdirectory!r} is no folder in the template",
                "name one that is, or leave _subdirectory out",
            )
        worker.run_copy()
        answered = _answered(worker, template)
    _check_files(template, folder)
    return answered


def _answered(worker: "Worker", template: OwnTemplate) -> Answered:
    """Return what a project keeps: what copier remembers, and dates; never what is secret."""
    given, secret = worker.answers.combined, template.copied.secret_questions
    remembered = {
        name: value for name, value in worker._answers_to_remember().items() if not name.startswith("_")
    }
    others = [
        name
        for name in template.questions
        if name in given and name not in remembered and name not in worker.answers.hidden
    ]
    dates = {name: given[name] for name in others if isinstance(given[name], date) and name not in secret}
    forgotten = (name for name in others if name not in dates and given[name] != _default(worker, name))
    return Answered({**remembered, **dates}, tuple(forgotten))


def _default(worker: "Worker", name: str) -> Any:
    """Return what a question's answer is where nobody gives one."""
    from copier._user_data import AnswersMap, Question

    question = Question(
        answers=AnswersMap(),
        context=worker._render_context(),
        jinja_env=worker.jinja_env,
        settings=worker.settings,
        var_name=name,
        **worker.template.questions_data[name],
    )
    with contextlib.suppress(ValueError):  # it takes no default of its own
        return question.get_default()
    return None


def prepare(worker: "Worker", template: OwnTemplate, answers: Answers) -> None:
    """Give copier the template that is here already, our filters, and no patience with undefined names."""
    copied = template.copied
    # Where a template chose otherwise: a name that nobody defined would become nothing in somebody's app.
    copied.__dict__["envops"] = {**copied.envops, "undefined": "jinja2.StrictUndefined"}
    copied.__dict__["jinja_extensions"] = tuple(name for name in copied.jinja_extensions if name != EXTENSION)
    worker.__dict__["template"] = copied
    worker.subproject.__dict__["last_answers"] = dict(answers.remembered)
    worker.jinja_env.filters.update(FILTERS)


@contextlib.contextmanager
def apart(progress: Progress, answers: Answers, *, silent: bool) -> Iterator[None]:
    """Keep stdout for edgegen's own answer, and the screen free for what asks or runs there."""
    if answers.ask:
        with progress.pause():
            yield
    elif silent:
        with quiet():
            yield
    else:
        with progress.pause(), _stdout_to_stderr():
            yield


@contextlib.contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Let programs that a task starts write to stderr what they mean for stdout."""
    sys.stdout.flush()
    before = os.dup(1)
    try:
        os.dup2(2, 1)
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(before, 1)
        os.close(before)


def _check_files(template: OwnTemplate, folder: Path) -> None:
    """Refuse what a project cannot hold, and take away what is no part of it.

    Raises:
        InputError: A link, a file in the place of the model, of its vectors or of edgegen's books, or a name
            that some file system does not take.
    """
    remove_tree(folder / ".git")  # `git init` as a task: it is the owner's to type
    names = list[str]()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise InputError(
                f"the template makes a link, {name}: a project holds files",
                "let it write the file, or leave it out",
            )
        if why := file_names.refusal(name):
            raise InputError(
                f"the template gives a file the name {name!r}, which is {why}",
                "change the name in the template, or answer its questions otherwise",
            )
        names.append(name)
    claims = template.claims
    own = (f"{claims.model}/model.pte", f"{claims.model}/metadata.yaml", f"{claims.vectors}/index.json")
    folders = (claims.model, claims.vectors, *(place for _, place in claims.shared))
    if same := file_names.same_elsewhere([*names, *own, *folders]):
        raise InputError(
            f"the project would hold {same[0]!r} and {same[1]!r}, which are one to macOS or to Windows",
            "change one of the names in the template, or answer its questions otherwise",
        )
    for wanted in folders:
        for place in (Path(wanted), *Path(wanted).parents):
            if (folder / place).is_file():
                raise InputError(
                    f"the template writes a file {place.as_posix()}, and edgegen's own go into {wanted}/",
                    f"leave the file out, or name another folder under _edgegen in {FILE}",
                )
    numbered = [path.relative_to(folder).as_posix() for path in (folder / claims.vectors).glob("*.bin")]
    for name in (*own, *sorted(numbered)):
        if (folder / name).exists():
            raise InputError(
                f"the template writes {name}, where edgegen's own goes", "leave it out of the template"
            )

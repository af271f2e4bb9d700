"""A custom template: its copier.yml, a copy that copier can render, and its files in an empty folder."""

import contextlib
import difflib
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from edgegen import __version__
from edgegen.artifacts import vector_files
from edgegen.base import pins
from edgegen.base.errors import EdgegenError, InputError, RenderError, ToolchainError, UsageError
from edgegen.base.files import remove_tree
from edgegen.base.model_files import METADATA_NAME, PTE_NAME
from edgegen.base.progress import Progress
from edgegen.base.quiet import quiet
from edgegen.base.strict_yaml import dump, load_mapping
from edgegen.base.text import first_of, plain
from edgegen.model.spec import ModelSpec
from edgegen.project import manifest
from edgegen.project.appearance import LOOK
from edgegen.project.context import Options
from edgegen.project.custom_template import claims, file_names
from edgegen.project.custom_template.claims import Claims
from edgegen.project.custom_template.source import TemplateSource, clone
from edgegen.tasks import find as find_task

NAME: Final = "edgegen"  # of the only value that a template sees
ANSWERS: Final = ".edgegen-answers.yml"  # where copier reads and writes answers; not part of the project
CONFIG: Final = "copier.yml"
_CONFIGS: Final = ("copier.yaml", CONFIG)
_GIVE: Final = f"give a folder with a {CONFIG}"
_FILTERS: Final = "edgegen.project.template_filters.Filters"
_KINDS: Final = {  # of the keys that edgegen reads itself
    "_envops": dict,
    "_jinja_extensions": list,
    "_secret_questions": list,
    "_subdirectory": str,
    "_tasks": list,
    "_templates_suffix": str,
}

_MAX_NAMED: Final = 3  # programs in a message
_MAX_TEXT: Final = 300
_FIX: Final = "fix the template; `edgegen template check` renders it with awkward models"


@dataclass(frozen=True)
class CustomTemplate:
    """A template that can be rendered."""

    source: TemplateSource
    folder: Path  # a copy without its git repository
    version: str  # its tag, or git's name of the commit; "" for a folder
    commit: str
    digest: str  # of the files of a folder; "" for a git repository
    config: Mapping[str, Any]

    @cached_property
    def claims(self) -> Claims:
        """Its claims about its projects."""
        return claims.read(self.config.get(claims.KEY), CONFIG)

    @property
    def questions(self) -> dict[str, Mapping[str, Any]]:
        """Its questions by name. `name: value` is short for a question with that default."""
        return {
            str(name): value if isinstance(value, Mapping) else {"default": value}
            for name, value in self.config.items()
            if not str(name).startswith("_")
        }

    @property
    def secrets(self) -> set[str]:
        """The questions whose answers are not recorded."""
        marked = {name for name, question in self.questions.items() if question.get("secret")}
        return marked.union(self.config.get("_secret_questions", ()))

    @property
    def extensions(self) -> list[str]:
        """The Jinja extensions that it loads, besides edgegen's filters."""
        return [str(name) for name in self.config.get("_jinja_extensions", ()) if name != _FILTERS]

    @property
    def tasks(self) -> list[str]:
        """The commands of its tasks, as they are typed."""
        tasks = self.config.get("_tasks", ())
        commands = [task.get("command", "") if isinstance(task, Mapping) else task for task in tasks]
        return [shlex.join(map(str, each)) if isinstance(each, list) else str(each) for each in commands]


@dataclass(frozen=True)
class Answers:
    """The answers to a template's questions before it is rendered."""

    data: Mapping[str, str] = field(default_factory=dict)  # of --data
    recorded: Mapping[str, Any] = field(default_factory=dict)  # of the project, if it is updated
    secrets: tuple[str, ...] = ()  # questions whose earlier answers were not recorded
    ask: bool = False  # whether copier asks on the terminal


@contextlib.contextmanager
def open_template(source: TemplateSource, since: str = "") -> Iterator[CustomTemplate]:
    """Yield a template; a git repository is cloned, at a tag that is not older than `since`."""
    if importlib.util.find_spec("copier") is None:
        raise ToolchainError("copier, which renders templates, is missing", "pip install 'copier>=9.19,<10'")
    with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
        folder = Path(scratch).resolve() / "template"
        version = commit = ""
        if source.is_git:
            version, commit = clone(source, folder, since)
        else:
            try:
                shutil.copytree(source.address, folder, symlinks=True, ignore=shutil.ignore_patterns(".git"))
            except OSError as error:  # shutil.Error is one
                raise InputError(f"the template folder {source} cannot be read: {error}", _GIVE) from None
        remove_tree(folder / ".git")
        paths = [path for name in _CONFIGS if (path := folder / name).is_file()]
        if len(paths) != 1:
            has = " and ".join(_CONFIGS) if paths else f"no {CONFIG}"
            raise InputError(f"{source} is not a template: it has {has}", f"give it one {CONFIG}")
        try:
            digest = "" if commit else _digest(folder)
            template = CustomTemplate(source, folder, version, commit, digest, _read(paths[0]))
            _check(template)
            _prepare(template, paths[0])
        except EdgegenError as error:
            error.message = error.message.replace(f"{folder}/", "")
            error.hint = error.hint or "fix the template"
            raise
        yield template


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
    """Reject answers to unknown questions, and missing answers, before anything is exported."""
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
            "backends": list(spec.delegates),
            "executorch_version": spec.executorch_version,
            "sha256": spec.sha256,
            "license": spec.license,
            "description": spec.description,
        },
    }


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


def _digest(folder: Path) -> str:
    """Return a digest of all files, without those that running Python leaves."""
    names = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    kept = [name.as_posix() for name in names if not set(Claims().builds).intersection(name.parts)]
    return hashlib.sha256(repr(manifest.digests(folder, kept)).encode()).hexdigest()


def _read(path: Path) -> dict[Any, Any]:
    text = path.read_text(encoding="utf-8", errors="replace")
    return load_mapping(path) if re.search(r"^\s*[^#\s]", text, re.MULTILINE) else {}


def _check(template: CustomTemplate) -> None:
    for key, kind in _KINDS.items():
        if not isinstance(template.config.get(key, kind()), kind):
            value = template.config[key]
            raise InputError(f"{key} in {CONFIG} is {value!r}", "copier's documentation describes the key")
    if NAME in template.questions:
        raise InputError(
            f"{template.source} has a question {NAME!r}, the name of edgegen's own values",
            "rename the question",
        )
    subdirectory = template.config.get("_subdirectory", "")
    place = template.folder / subdirectory
    if not place.is_dir() or not place.resolve().is_relative_to(template.folder):
        raise InputError(
            f"_subdirectory {subdirectory!r} in {CONFIG} is not a folder in the template",
            "name a folder, without Jinja, or leave the key out",
        )
    template.claims  # noqa: B018 - read now, so that its errors appear before the export


def _prepare(template: CustomTemplate, path: Path) -> None:
    """Write edgegen's settings for copier into the copy: filters, strict names, a file with the answers."""
    brackets = template.config.get("_envops", {})
    settings = {
        **template.config,
        "_envops": {**brackets, "undefined": "jinja2.StrictUndefined"},
        "_jinja_extensions": [*template.extensions, _FILTERS],
    }
    settings.pop("_skip_if_exists", None)  # edgegen renders into an empty folder
    start = brackets.get("variable_start_string", "{{")
    end = brackets.get("variable_end_string", "}}")
    suffix = template.config.get("_templates_suffix", ".jinja")
    answers = template.folder / template.config.get("_subdirectory", "") / f"{ANSWERS}{suffix}"
    for file, content in ((path, dump(settings)), (answers, f"{start} _copier_answers | to_json {end}\n")):
        file.unlink(missing_ok=True)  # it may be a link
        file.write_text(content, encoding="utf-8")


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

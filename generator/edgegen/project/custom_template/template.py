"""A custom template on this machine: the content of its copier.yml, and a copy that copier can render."""

import contextlib
import hashlib
import importlib.util
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import EdgegenError, InputError, ToolchainError
from edgegen.base.files import remove_tree
from edgegen.base.strict_yaml import dump, load_mapping
from edgegen.project import manifest
from edgegen.project.custom_template import claims
from edgegen.project.custom_template.claims import Claims
from edgegen.project.custom_template.source import TemplateSource, clone

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


@contextlib.contextmanager
def open_template(source: TemplateSource, since: str = "") -> Iterator[CustomTemplate]:
    """Yield a template; a git repository is cloned, at a tag that is not older than `since`.

    Raises:
        InputError: It cannot be fetched, or its copier.yml is missing or wrong.
        ToolchainError: Git or copier is missing.
    """
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


def _read(path: Path) -> dict[Any, Any]:
    text = path.read_text(encoding="utf-8", errors="replace")
    return load_mapping(path) if re.search(r"^\s*[^#\s]", text, re.MULTILINE) else {}


def _digest(folder: Path) -> str:
    """Return a digest of all files, without those that running Python leaves."""
    names = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    kept = [name.as_posix() for name in names if not set(Claims().builds).intersection(name.parts)]
    return hashlib.sha256(repr(manifest.digests(folder, kept)).encode()).hexdigest()


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

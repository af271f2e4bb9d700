"""Where a template comes from: `FOLDER` or `GIT-URL`, and behind an `@` a tag, a branch or a commit."""

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from packaging.version import InvalidVersion, Version

from edgegen.base.errors import InputError, ToolchainError
from edgegen.base.quiet import quiet
from edgegen.project import manifest
from edgegen.project.own_template import claims, context, mistakes
from edgegen.project.own_template.claims import Claims
from edgegen.project.own_template.environment import without_repository

if TYPE_CHECKING:
    from copier._template import Template

EXTENSION: Final = "edgegen.project.template_filters.Filters"  # every template has it: naming it is no risk
FILE: Final = "copier.yml"
_SUFFIXES: Final = (".yml", ".yaml")  # of that file, which copier takes in capitals, too
DIRTY: Final = "dirty"  # git's word for a folder whose files are not as they were committed
_PLAIN: Final = re.compile(r"[\w./ -]+")  # whatever a template's brackets are, there are none in it
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://|git@|g[hl]:|git\+")


@dataclass(frozen=True)
class Source:
    """The address of a template, and which state of it; an empty ref is the newest tag, or what is there."""

    address: str
    ref: str = ""

    @property
    def is_url(self) -> bool:
        """Tell whether it has to be fetched."""
        return bool(_URL.match(self.address))

    @property
    def for_copier(self) -> str:
        """Return the address as copier takes it: what may be a page of the web is said to be a repository."""
        is_plain = "://" in self.address and not self.address.startswith("git+")
        return f"git+{self.address}" if is_plain and not self.address.endswith(".git") else self.address

    def __str__(self) -> str:
        """Return it as --template takes it."""
        return f"{self.address}@{self.ref}" if self.ref else self.address


def parse(argument: str) -> Source:
    """Read a `--template`; a folder's path is made absolute, so that the project finds it again.

    Raises:
        InputError: It is empty, or there is no such folder.
    """
    if not argument.strip():
        raise InputError("--template is empty", "give a folder, or the URL of a git repository")
    if not _URL.match(argument) and _exists(argument):
        return Source(_absolute(argument))
    address, at, ref = _split(argument)
    if at and not ref:
        raise InputError(f"--template {argument} names no tag behind its @", "name one, or leave the @ out")
    if ref.startswith("-"):
        raise InputError(f"--template {argument}: {ref!r} is no tag", "name a tag, a branch or a commit")
    if _URL.match(address):
        return Source(address, ref)
    if not _exists(address):
        raise InputError(
            f"there is no template {address}",
            "--template takes a folder with a copier.yml, or the URL of a git repository",
        )
    return Source(_absolute(address), ref)


def _split(argument: str) -> tuple[str, str, str]:
    """Return the address, the `@` and what stands behind it; "" for both where there is none.

    A branch may be called `feature/camera`. Before the path an `@` says who asks, and a folder of it may be
    called `@birds`.
    """
    scheme = _URL.match(argument)
    if scheme is None:
        address, at, ref = argument.rpartition("@")
        return (address, at, ref) if address else (argument, "", "")
    if "://" in argument:
        begins = argument.find("/", argument.index("://") + 3)
    else:
        begins = argument.find(":", scheme.end() - 1)
    begins = scheme.end() if begins < 0 else begins
    host, path = argument[:begins], argument[begins:]
    if ".git@" in path:
        name, _, ref = path.partition(".git@")
        return f"{host}{name}.git", "@", ref
    name, at, ref = path.rpartition("@")
    is_folder = name.endswith("/") or (argument.startswith("file://") and _exists(path))
    return (argument, "", "") if not at or is_folder or ":" in ref else (f"{host}{name}", at, ref)


def _exists(path: str) -> bool:
    try:
        return Path(path).expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # a name that is too long, ~nobody, a NUL
        return False


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().resolve())


@dataclass(frozen=True)
class OwnTemplate:
    """A template that is here to be rendered."""

    source: Source
    copied: "Template"  # copier's own

    @property
    def folder(self) -> Path:
        """Where it lies: the folder itself, or a clone of the repository."""
        return Path(self.copied.local_abspath)

    @cached_property
    def claims(self) -> Claims:
        """What it says of its projects."""
        return claims.read(self.copied.config_data.get(claims.KEY[1:]), FILE)

    @property
    def version(self) -> str:
        """Its tag, or what git calls the commit; `-dirty` where not all is committed; "" outside of git."""
        return self.copied.commit or ""

    @property
    def commit(self) -> str:
        """The commit, all of it; "" outside of git, and where not all is committed."""
        return "" if self.version.endswith(DIRTY) else self.copied.commit_hash or ""

    @property
    def digest(self) -> str:
        """Of all files in its folder, less what building and running leave there."""
        left_out = {".git", *self.claims.builds}
        found = (path.relative_to(self.folder) for path in sorted(self.folder.rglob("*")) if path.is_file())
        names = [path.as_posix() for path in found if not left_out.intersection(path.parts)]
        listed = "".join(
            f"{digest} {name}\n" for name, digest in manifest.digests(self.folder, names).items()
        )
        return hashlib.sha256(listed.encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def questions(self) -> Mapping[str, Mapping[str, Any]]:
        """What it asks, by name."""
        return dict(self.copied.questions_data)

    @property
    def migrates(self) -> bool:
        """Tell whether it has programs for projects of its earlier versions."""
        return bool(self.copied.config_data.get("migrations"))

    @property
    def dangers(self) -> list[str]:
        """Return what of it runs programs of its own, or reads files outside of it, in words."""
        extensions = [name for name in self.copied.jinja_extensions if name != EXTENSION]
        found = [f"loads the Jinja extension {name}" for name in extensions]
        outside = (path for path in self.copied.external_data.values() if not _is_inside(path))
        found += [f"reads the file {path!r}" for path in outside]
        return [*found, *(f"runs {mistakes.typed(task.cmd)!r}" for task in self.copied.tasks)]


def _is_inside(path: str) -> bool:
    """Tell whether a file of `_external_data` lies in the project for sure: it may hold what is rendered."""
    return bool(_PLAIN.fullmatch(path)) and manifest.inside(path)


def next_tag(source: Source, since: str) -> Source:
    """Return the template at the tag that a project of the tag `since` is to go to.

    It is the newest that is no prerelease; of a project of a prerelease the newest prerelease, as long as
    there is no newer version; and the project's own where all of them are older: no update goes back.

    Raises:
        InputError: The tags cannot be listed, or the project's own is gone and all others are older.
        ToolchainError: Copier is not here, or git.
    """
    tags = {tag: Version(tag) for tag in _tags(source) if is_version(tag)}
    then = Version(since)
    newer = sorted((tag for tag in tags if tags[tag] > then), key=lambda tag: tags[tag])
    stable = [tag for tag in newer if not tags[tag].is_prerelease]
    if stable or (newer and then.is_prerelease):
        return replace(source, ref=(stable or newer)[-1])
    if since not in tags:
        older = sorted(tags, key=lambda tag: tags[tag])[-1:]
        raise InputError(
            f"{source.address} has no tag {since} any more, of which the project was made, and no newer one",
            f"--template {source.address}@{older[0] if older else 'BRANCH'} takes what is there",
        )
    return replace(source, ref=since)


def is_repository(source: Source) -> bool:
    """Tell whether a template has versions at all.

    Raises:
        InputError: There is no such template.
        ToolchainError: Copier is not here, or git.
    """
    template_of = _copier()
    _check_there(source, with_git=True)
    with without_repository(), _unasked():
        return source.is_url or template_of(url=source.for_copier).vcs == "git"


def is_version(tag: str) -> bool:
    """Tell whether a tag can be compared; what git calls a commit after one is none."""
    try:
        Version(tag)
    except InvalidVersion:
        return False
    return True


def _tags(source: Source) -> list[str]:
    template_of = _copier()
    from copier._vcs import get_git

    _check_there(source, with_git=True)
    with mistakes.of_fetching(source), quiet(), without_repository(), _unasked():
        copied = template_of(url=source.for_copier)
        if copied.vcs != "git":
            raise InputError(
                f"{source.address} is no git repository any more", "name another with --template"
            )
        said = get_git()("ls-remote", "--tags", "--refs", "--", copied.url_expanded)
    return [line.partition("refs/tags/")[2] for line in said.splitlines()]


def _copier() -> "type[Template]":
    try:
        from copier._template import Template
    except ImportError as error:
        raise ToolchainError(
            f"templates are rendered by copier 9.19, which is not here: {error}",
            "pip install 'copier==9.19.*'",
        ) from error
    return Template


@contextlib.contextmanager
def opened(source: Source) -> Iterator[OwnTemplate]:
    """Give the template, fetched if it has to be, for as long as it takes.

    Raises:
        InputError: It cannot be fetched, has no copier.yml, or one that says what it may not.
        ToolchainError: Copier is not here, or git for a repository.
    """
    template_of = _copier()

    _check_there(source, with_git=bool(source.ref))
    copied = template_of(url=source.for_copier, ref=source.ref or None)
    with without_repository(), _cleaned_up(copied):
        with mistakes.of_fetching(source), quiet(), _unasked():
            if source.ref and copied.vcs != "git":
                raise InputError(
                    f"{source.address} is no git repository: there is no {source.ref!r} in it",
                    "leave out what stands behind the @",
                )
            folder = Path(copied.local_abspath)
            _name_draft(source, copied)
        template = OwnTemplate(source, copied)
        with mistakes.of_reading(FILE), _unasked():
            _check(template, folder)
        yield template


def _name_draft(source: Source, copied: "Template") -> None:
    """Call a folder's uncommitted state after the commit before it.

    Copier commits it to its clone, by another hash each time; two projects of one draft would be of two
    versions, and `.copier-answers.yml` never the same.
    """
    from copier._vcs import get_git
    from plumbum import ProcessExecutionError

    if source.is_url or copied.vcs != "git" or not Path(source.address).is_dir():
        return
    try:
        get_git(source.address)("cat-file", "-e", f"{copied.commit_hash}^{{commit}}")
    except ProcessExecutionError:
        committed = ""
        with contextlib.suppress(ProcessExecutionError):  # there is no commit at all
            said = get_git(copied.local_abspath)("describe", "--tags", "--always", "HEAD~1")
            committed = f"{said.strip()}-"
        copied.__dict__["commit"] = committed + DIRTY


@contextlib.contextmanager
def _cleaned_up(copied: "Template") -> Iterator[None]:
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            copied._cleanup()


def _check(template: OwnTemplate, folder: Path) -> None:
    """Read all that a copier.yml says before anything is rendered."""
    found = sorted(path.name for path in folder.glob("copier.*") if path.suffix.lower() in _SUFFIXES)
    files = [name for name in found if (folder / name).is_file()]
    if not files:
        why = f"its {found[0]} is a folder" if found else f"it has no {FILE}"
        raise InputError(
            f"{template.source} is no template: {why}", "`edgegen template new` writes one to begin with"
        )
    if len(files) > 1:
        raise InputError(
            f"{template.source} has {' and '.join(files)}: which of them holds is not said", "keep one"
        )
    if context.NAME in template.questions:
        raise InputError(
            f"{template.source} asks for {context.NAME!r}, which is what edgegen's own values are called",
            "call the question something else",
        )
    template.claims  # noqa: B018 - read once, so that what is wrong is said here
    template.dangers  # noqa: B018


def _check_there(source: Source, *, with_git: bool) -> None:
    """Refuse an address of nothing; `with_git`: one of its versions is to be found."""
    if source.is_url:
        if shutil.which("git") is None:
            raise ToolchainError(
                f"git is not here to fetch {source.address}", "install git, or give a folder"
            )
        return
    if not Path(source.address).is_dir() and not source.address.endswith(".bundle"):
        raise InputError(
            f"there is no template folder {source.address}",
            "--template takes a folder with a copier.yml, or the URL of a git repository",
        )
    if with_git and shutil.which("git") is None:
        raise ToolchainError(f"git is not here to look for versions in {source.address}", "install git")


@contextlib.contextmanager
def _unasked() -> Iterator[None]:
    """Let git fail where it would ask for a password: nobody sees the question below our progress."""
    from plumbum import local

    with (
        local.env(GIT_TERMINAL_PROMPT="0", LC_ALL="C"),
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        contextlib.redirect_stderr(nowhere),
    ):
        yield

"""The address of a custom template: a folder, or a git repository at a tag, branch or commit."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from packaging.version import InvalidVersion, Version

from edgegen.base.errors import InputError, ToolchainError
from edgegen.base.shell import run

_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://|git@")
# The ref of a URL: an `@` in the host part is the user name, and a folder may be called `@birds`.
_WITH_REF: Final = re.compile(
    r"(?P<address>(?:[a-z][a-z0-9+.-]*://[^/]*/|git@[^:]*:).*?[^/@])@(?P<ref>[^@:]+(?<!\.git))"
)
_FOLDER_OR_URL: Final = "--template takes a folder with a copier.yml, or the URL of a git repository"
_HOOK_VARIABLES: Final = tuple(
    f"GIT_{name}" for name in ("COMMON_DIR", "DIR", "INDEX_FILE", "OBJECT_DIRECTORY", "PREFIX", "WORK_TREE")
)


@dataclass(frozen=True)
class TemplateSource:
    """The address of a template, and its tag, branch or commit. A folder without a ref is used as it is."""

    address: str
    ref: str = ""

    @property
    def is_url(self) -> bool:
        """Return whether the address is a URL, not a folder."""
        return bool(_URL.match(self.address))

    @property
    def is_git(self) -> bool:
        """Return whether the template is cloned with git."""
        return self.is_url or bool(self.ref)

    @property
    def url(self) -> str:
        """Return the URL that git clones."""
        return self.address if self.is_url else Path(self.address).as_uri()

    def __str__(self) -> str:
        """Return the value of --template."""
        return f"{self.address}@{self.ref}" if self.ref else self.address


def parse(argument: str) -> TemplateSource:
    """Return the source of a --template value. The path of a folder becomes absolute."""
    if not argument.strip():
        raise InputError("--template is empty", "give a folder, or the URL of a git repository")
    path = unquote(urlsplit(argument).path) if argument.startswith("file://") else argument
    if _exists(path):
        return TemplateSource(argument) if path != argument else TemplateSource(_absolute(argument))
    if _URL.match(argument):
        match = _WITH_REF.fullmatch(argument)
        address, ref = (match["address"], match["ref"]) if match else (argument, "")
    else:
        address, at, ref = argument.rpartition("@")
        address, ref = (address, ref) if at else (argument, "")
        if not _exists(address):
            raise InputError(f"there is no template {address}", _FOLDER_OR_URL)
        address = _absolute(address)
    if argument.endswith("@"):
        raise InputError(f"--template {argument} has no tag after its @", "name a tag, or leave out the @")
    if ref.startswith("-"):
        raise InputError(f"--template {argument}: {ref!r} is not a tag", "name a tag, a branch or a commit")
    return TemplateSource(address, ref)


def _exists(path: str) -> bool:
    try:
        return bool(path) and Path(path).expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # a name that is too long, an unknown user, a NUL
        return False


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().resolve())


def _version(tag: str) -> Version | None:
    """Return the version that a tag is; None if it cannot be compared."""
    try:
        return Version(tag)
    except InvalidVersion:
        return None


def newest_tag(tags: Sequence[str], since: str = "") -> str:
    """Return the newest version that is not a prerelease; "" if there is none.

    Of a project made from the tag `since`, the result is never older than that. If `since` is a prerelease,
    the result may be a newer prerelease.
    """
    then = _version(since)
    newer = {v: tag for tag in tags if (v := _version(tag)) and (then is None or v > then)}
    stable = [version for version in newer if not version.is_prerelease]
    found = stable or (list(newer) if then is not None and then.is_prerelease else [])
    return newer[max(found)] if found else since if then is not None else ""


def clone(source: TemplateSource, folder: Path, since: str = "") -> tuple[str, str]:
    """Clone a template into a new folder, and return its tag (or git's name of the commit) and its commit.

    Without a ref it is the newest tag, see `newest_tag`, or the default branch if no tag is a version.
    """
    _git(source, "clone", "--quiet", "--", source.url, str(folder))
    tags = _git(source, "tag", folder=folder).split()
    ref = source.ref or newest_tag(tags, since)
    if ref:
        _git(source, "checkout", "--quiet", ref, "--", folder=folder, ref=ref)
    _git(source, "submodule", "--quiet", "update", "--init", "--recursive", folder=folder)
    version = ref if ref in tags else _git(source, "describe", "--tags", "--always", folder=folder)
    return version, _git(source, "rev-parse", "HEAD", folder=folder)


def _git(source: TemplateSource, *words: str, folder: Path | None = None, ref: str = "") -> str:
    # In a git hook, some variables name the hook's repository instead of the template's.
    environment = {name: value for name, value in os.environ.items() if name not in _HOOK_VARIABLES}
    try:
        ran = run(["git", *words], folder, env={**environment, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"})
    except FileNotFoundError:
        raise ToolchainError(
            f"git is missing, which fetches {source.address}", "install git, or give a folder"
        ) from None
    if ran.returncode == 0:
        return ran.stdout.strip()
    if ref:
        raise InputError(
            f"{source.address} has no tag, branch or commit {ref!r}", f"see: git ls-remote {source.address}"
        )
    lines = re.sub(r"://[^/@\s]*@", "://", ran.stderr).strip().splitlines()  # without a URL's password
    line = next((line for line in lines if line.startswith(("fatal:", "ssh:"))), "git gave no reason")
    raise InputError(
        f"the template {source.address} cannot be fetched: {line[:300]}",
        "check the address and the network; --template takes its new address, or the folder of a clone",
    )

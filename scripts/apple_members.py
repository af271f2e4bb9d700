"""List the members of Apple's frameworks that an app uses, and the pages that their stubs were compared with.

The stubs are written by hand. swift_stubs/pages.tsv has the page of each member that the app uses, and
whether its declaration was compared with that page.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.common.commands import Commands, use_commands
from edgegen_kits.ios import swift, swift_view
from edgegen_kits.ios.kit import STUBS, Kit
from edgegen_kits.ios.swift_compiler import Compiler, Module

PAGES: Final = STUBS / "pages.tsv"
COMPARED: Final = "compared"
NEWEST: Final = 17.0  # the iOS that the app runs on
# What the compiler writes into calls by itself: result builders and property wrappers.
_BY_THE_COMPILER: Final = re.compile(
    r"\bbuild[A-Z]\w*(\(.*\))?$|\.(wrappedValue|projectedValue)$|\.init\(wrappedValue:\)$"
)
_DECLARED: Final = re.compile(
    r'\bdecl="(?P<framework>\w+)\.\(file\)\.(?P<member>[^"@]*?)(?:@[^"]*)?(?: \[with[^"]*)?"'
)


@dataclass(frozen=True, order=True)
class Member:
    """One name of a framework, as `View.onChange(of:initial:_:)`."""

    framework: str
    name: str


@dataclass(frozen=True)
class Page:
    """A member's documentation page, its first iOS, and whether its stub was compared with the page."""

    member: Member
    address: str
    since: str
    state: str

    @property
    def compared(self) -> bool:
        """Whether the stub was compared with the page."""
        return self.state == COMPARED


def used(
    kit: Kit, project: Path, read: set[bytes] | None = None, commands: Commands | None = None
) -> set[Member]:
    """Return the members that a project's app names. The app must compile.

    read: contents of files, whose members are known. Those of this app are added.
    """
    sources = swift.Sources.of(project.absolute())
    view = swift_view.interface(swift.BRIDGE, sources.header, sources.search, project.absolute())
    app = swift.app_module(kit, sources.app, view)
    with use_commands(commands) as running:
        compiler = Compiler(kit, project, running)
        read = set() if read is None else read
        new = [path for path in app.sources if path.read_bytes() not in read]
        read.update(path.read_bytes() for path in new)
        parts = [part for part in (new[::2], new[1::2]) if part]
        return {member for part in parts for member in _members(_tree(compiler, app, part))}


def pages(path: Path = PAGES) -> dict[Member, Page]:
    """Read the list of pages."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
    found = (Page(Member(framework, name), *rest) for framework, name, *rest in rows)
    return {page.member: page for page in found}


def problems(members: Iterable[Member], known: dict[Member, Page]) -> list[str]:
    """Return the members that the list lacks, that the app does not use, or that are newer than its iOS."""
    members = set(members)
    found = [
        f"{member.framework}: {member.name} is used and not in pages.tsv" for member in members - known.keys()
    ]
    found += [
        f"{member.framework}: {member.name} is in pages.tsv and not used" for member in known.keys() - members
    ]
    found += [
        f"{page.member.framework}: {page.member.name} is of iOS {page.since}"
        for page in known.values()
        if page.since and float(page.since) > NEWEST
    ]
    return sorted(found)


def _tree(compiler: Compiler, app: Module, primary: Sequence[Path]) -> str:
    """Return the syntax trees of these files. The compiler writes only those of primary files."""
    rest = [path for path in app.sources if path not in primary]
    flags = [part for path in primary for part in ("-primary-file", path)]
    result = compiler.run_uncached(replace(app, sources=rest), "-dump-ast", *flags)
    if result.code < 0 and len(primary) > 1:  # the compiler may crash on the trees of several files
        half = len(primary) // 2
        return _tree(compiler, app, primary[:half]) + _tree(compiler, app, primary[half:])
    if result.code != 0:
        raise ToolchainError("the app does not compile", "run `edgegen verify` for the errors")
    return result.text


def _members(tree: str) -> Iterator[Member]:
    frameworks = {path.stem for path in STUBS.glob("*.swiftinterface")}
    for each in _DECLARED.finditer(tree):
        name = each["member"].replace(" extension", "").strip()
        if each["framework"] in frameworks and not _BY_THE_COMPILER.search(name):
            yield Member(each["framework"], name)

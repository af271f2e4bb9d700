"""Tell Apple's names that the stubs lack from mistakes, in the compiler's messages.

The stubs declare only a part of Apple's frameworks. A name that they lack is not checked here, and Xcode
checks it. It must look like Apple's: its file imports a framework, the project declares no such name, and it
is no misspelling of a known name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from edgegen_kits.ios.kit import STUBS
from edgegen_kits.ios.source_rules import imports
from edgegen_kits.ios.swift_text import closing_bracket, code_only

_PLACE: Final = re.compile(r"(?P<file>[^\n:]+):(?P<line>\d+): (?P<what>.*)", re.DOTALL)
_GLOBAL: Final = re.compile(r"cannot find (?:type )?'(\w+)' in scope|unknown attribute '(\w+)'")
_MEMBER: Final = re.compile(r"(?:value of )?type '(?P<type>[^']+)' has no member '(?P<name>\w+)'")
# The compiler says these about code near a name that it does not know.
_CONSEQUENCE: Final = re.compile(
    r"cannot infer contextual base|type annotation missing|could not be inferred|unable to infer"
    r"|failed to produce diagnostic|ambiguous without|cannot be resolved without a contextual type"
    r"|requires a contextual type|cannot find '[_$]\w+' in scope"
)
_LINES: Final = 20  # how near
_DECLARED: Final = re.compile(
    r"\b(?:struct|class|enum|actor|protocol|typealias|associatedtype|func|let|var|case)\s+`?(\w+)"
)
_INHERITS: Final = re.compile(
    r"\b(?:struct|class|enum|actor|protocol|extension)\s+(?P<name>\w+)(?:<[^{]*?>)?\s*:\s*(?P<parents>[^{]+)\{"
)
# Such as Gauge, kCTFontAttributeName, withTransaction.
_APPLE_STYLE: Final = re.compile(r"[A-Z]|k[A-Z]|with[A-Z]")
_VIEW: Final = re.compile(r"View|Shape|Scene|UI[A-Z]\w*")
_BODY: Final = re.compile(r"\b(?:func|init|subscript)\b|\bvar\b[^=]*$")
_NO_FRAMEWORKS: Final = {"AppleFoundation", "XCTest"}
# Of iOS 18 and later: no iOS 17 has them, so Xcode rejects them too.
_NEWER: Final = frozenset(
    {
        *("GlassEffectContainer", "MeshGradient", "TabSection", "containerValue", "glassEffect"),
        *("labelsVisibility", "matchedTransitionSource", "navigationTransition", "onScrollGeometryChange"),
        *("onScrollPhaseChange", "onScrollVisibilityChange", "presentationSizing", "scrollEdgeEffectStyle"),
        *("tabBarMinimizeBehavior", "textSelectionAffinity", "toolbarVisibility", "writingToolsBehavior"),
    }
)


@dataclass(frozen=True)
class Unknown:
    """A name of Apple's that the stubs lack."""

    file: str
    line: int
    name: str


def find(problems: Sequence[str], project: Path, sources: Iterable[Path], bridge: str) -> list[Unknown]:
    """Return the unknown names if the problems are nothing but these and their consequences; else none.

    `bridge`: the Swift interface of the bridge.
    """
    names = _Names.of([path.read_text(encoding="utf-8", errors="replace") for path in sources], bridge)
    found, others = list[Unknown](), list[re.Match[str]]()
    for problem in problems:
        match = _PLACE.fullmatch(problem)
        if match is None:
            return []
        name = names.unknown(match["what"], project / match["file"])
        if name:
            found.append(Unknown(match["file"], int(match["line"]), name))
        else:
            others.append(match)
    return found if all(_is_consequence(each, found) for each in others) else []


def _is_consequence(problem: re.Match[str], unknown: Sequence[Unknown]) -> bool:
    line = int(problem["line"])
    return bool(_CONSEQUENCE.search(problem["what"])) and any(
        each.file == problem["file"] and abs(each.line - line) <= _LINES for each in unknown
    )


@dataclass(frozen=True)
class _Names:
    """The names that are declared: by the project and the bridge, and by the stubs."""

    project: frozenset[str]
    apple: frozenset[str]
    parents: Mapping[str, frozenset[str]]  # of the project's types

    @staticmethod
    def of(texts: Sequence[str], bridge: str) -> "_Names":
        parents = dict[str, frozenset[str]]()
        codes = [code_only(text) for text in texts]
        for code in codes:
            for match in _INHERITS.finditer(code):
                named = frozenset(re.findall(r"\w+", match["parents"]))
                parents[match["name"]] = parents.get(match["name"], frozenset()) | named
        declared = frozenset(name for code in (*codes, bridge) for name in _DECLARED.findall(code))
        return _Names(declared, _declared_by_apple(), parents)

    def unknown(self, message: str, file: Path) -> str:
        """Return the name in a message that may be Apple's; "" for a mistake."""
        outside, member = _GLOBAL.match(message), _MEMBER.match(message)
        if outside:
            name = outside[1] or outside[2]
            is_possible = bool(_APPLE_STYLE.match(name))
        elif member:
            name = member["name"]
            is_possible = self._is_of_apple(member["type"])
        else:
            return ""
        if not is_possible or name in _NEWER or name in self.project or not _imports_a_framework(file):
            return ""
        return "" if any(_is_misspelt(name, each) for each in self.project | self.apple) else name

    def _is_of_apple(self, type_name: str) -> bool:
        """Return whether a type is Apple's, or one of the project's with many members of Apple's: a view."""
        bare = re.findall(r"\w+", re.sub(r"\b(some|any)\b", "", type_name).partition("<")[0])[-1:]
        if bare and bare[0] in self.project:
            return any(_VIEW.fullmatch(each) for each in self.parents.get(bare[0], ()))
        return bool(bare)


@cache
def _declared_by_apple() -> frozenset[str]:
    return frozenset(
        name
        for path in STUBS.glob("*.swiftinterface")
        for name in _DECLARED.findall(path.read_text(encoding="utf-8"))
    )


def _imports_a_framework(file: Path) -> bool:
    frameworks = {path.stem for path in STUBS.glob("*.swiftinterface")} - _NO_FRAMEWORKS
    return bool(imports(file.read_text(encoding="utf-8", errors="replace")) & frameworks)


def _is_misspelt(name: str, known: str) -> bool:
    """Return whether two names of six letters or more differ in one letter, or in two that are swapped.

    A plural is another name.
    """
    if min(len(name), len(known)) < 6 or name.removesuffix("s") == known.removesuffix("s"):
        return False
    start = next((i for i, pair in enumerate(zip(name, known, strict=False)) if pair[0] != pair[1]), -1)
    rest, other = name[start:], known[start:]
    is_swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return start >= 0 and (is_swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:])


def notes(unknown: Sequence[Unknown], *, is_rest_checked: bool) -> Iterator[str]:
    """Yield a line for each unknown name, and what that means for the rest."""
    for file, line, name in dict.fromkeys((each.file, each.line, each.name) for each in unknown):
        yield f"{file}:{line}: not checked: {name} is not in edgegen's description of Apple's frameworks"
    if is_rest_checked:
        yield "Xcode checks the functions with these names. All other Swift was checked"
    else:
        yield (
            "Xcode checks these names. Because of them, data races, missing returns and the tests in Tests/ "
            "were not checked here"
        )


def without_bodies(text: str, unknown: Iterable[Unknown]) -> str:
    """Return a file's text with empty bodies of the functions that contain unknown names; lines stay.

    A name outside of every body is left.
    """
    code = code_only(text)
    lines = code.split("\n")
    bodies = set[tuple[int, int]]()
    for each in unknown:
        start = sum(len(line) + 1 for line in lines[: each.line - 1])
        found = re.search(rf"\b{each.name}\b", lines[each.line - 1])
        bodies.update(_body_around(code, start + (found.start() if found else 0)))
    outer = [body for body in bodies if not any(a < body[0] and body[1] < b for a, b in bodies)]
    for start, end in sorted(outer, reverse=True):
        header = _header(code, start)
        stand_in = " EmptyView() " if re.search(r"\bsome\s+View\b", header) else " fatalError() "
        line_ends = "\n" * text.count("\n", start, end)
        text = f"{text[: start + 1]}{stand_in}{line_ends}{text[end:]}"
    return text


def _body_around(code: str, position: int) -> Iterator[tuple[int, int]]:
    """Yield the brackets of the innermost body of a function or property around a position, if any."""
    opened = list[int]()
    for place in range(position):
        if code[place] == "{":
            opened.append(place)
        elif code[place] == "}" and opened:
            opened.pop()
    for start in reversed(opened):
        if _BODY.search(_header(code, start)):
            yield start, closing_bracket(code, start)
            return


def _header(code: str, bracket: int) -> str:
    """Return the code before an opening bracket, from the last statement on."""
    return re.split(r"[{};]", code[:bracket])[-1]

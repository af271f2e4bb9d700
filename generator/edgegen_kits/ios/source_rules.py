"""Rules for Swift that a Linux compiler does not check: names newer than iOS 17, Apple's macros."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from edgegen_kits.ios.kit import STUBS
from edgegen_kits.ios.swift_text import code_only, without_previews

APP: Final = "App"  # the app's module
# Modules of the kit that replace parts of Foundation that Linux lacks. A phone has no such modules.
_HERE_ONLY: Final = {"AppleFoundation"}
_REAL: Final = {"Foundation", "Observation", "Dispatch", "RegexBuilder", APP}
_IMPORT: Final = re.compile(
    r"""^[ \t]*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?
    import\s+(?:(?:struct|class|enum|func|protocol|let|var|typealias)\s+)?(?P<module>\w+)""",
    re.MULTILINE | re.VERBOSE,
)
_ONLY_APPLES: Final = re.compile(
    r"@(objc|objcMembers|IBAction|IBOutlet|NSManaged|Entry|Previewable)\b|#(selector|keyPath)\b|#[A-Z]\w*"
)
# The standard library and Foundation here are newer. On iOS 17 assumeIsolated ends the app if it is called on
# an actor's own queue; since iOS 18 that queue counts as the actor's.
_NEWER: Final = re.compile(
    r"""\bU?Int128\b | \bRangeSet\b | \bDiscontiguousSlice\b | \bTaskExecutor\b | \bexecutorPreference\b
    | \bglobalConcurrentExecutor\b | \bwithTaskExecutorPreference\b | \bcheckIsolated\b | \battoseconds\b
    | \bString\(validating: | \.indices\((where|of): | \bremoveSubranges\b | \bmoveSubranges\b
    | (?<!\bMainActor)\.assumeIsolated\b | \bRecurrenceRule\b | \bpreferredLocales\b
    | \b(any|some)\s+AsyncSequence\s*<
    | (\#available|\#unavailable|@available)\s*\(\s*(iOS|iOSApplicationExtension)\s+(1[89]|[2-9]\d)
    """,
    re.VERBOSE,
)


def check(project: Path, files: Sequence[Path]) -> list[str]:
    """Return the faults as `file:line: message`, with paths in the project."""
    known = _REAL | ({path.stem for path in STUBS.glob("*.swiftinterface")} - _HERE_ONLY)
    return [
        f"{path.relative_to(project).as_posix()}:{problem}"
        for path in files
        for problem in _in_text(path.read_text(encoding="utf-8", errors="replace"), known)
    ]


def imports(text: str) -> set[str]:
    """Return the modules that a file imports."""
    return {match["module"] for match in _IMPORT.finditer(code_only(text))}


def _in_text(text: str, known: set[str]) -> Iterator[str]:
    code = code_only(without_previews(text))
    for match in _IMPORT.finditer(code):
        if match["module"] not in known:
            yield (
                f"{_line(code, match.start('module'))}: {match['module']} is not on iOS 17, "
                "or cannot be checked here: there is no stub of it"
            )
    for match in _ONLY_APPLES.finditer(code):
        yield f"{_line(code, match.start())}: {match.group()} needs Apple's compiler: do not use it"
    for match in _NEWER.finditer(code):
        yield f"{_line(code, match.start())}: newer than iOS 17: {' '.join(match.group().split())}"


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1

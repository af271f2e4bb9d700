"""Checks the string catalog: what the Swift code asks for is there, and what is there is asked for."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from edgegen.ios_kit import plist_check

CATALOG: Final = "App/Resources/Localizable.xcstrings"
_KEY: Final = r'"((?:[^"\\]|\\.)*)"'
_LITERAL: Final = re.compile(_KEY)
_INTERPOLATION: Final = "\\("  # what key that makes, only the compiler knows
# Where a literal is a key: asked for by name, or where SwiftUI takes a LocalizedStringKey.
_ASKED: Final = re.compile(
    r"\b(?:String\(\s*localized:|LocalizedStringKey\(|LocalizedStringResource\(|NSLocalizedString\()\s*"
    + _KEY
)
_SWIFTUI: Final = re.compile(
    r"(?:\b(?:Text|Label|Button|Toggle|Section|Link|Picker|Slider|ProgressView|LabeledContent|DisclosureGroup"
    r"|ContentUnavailableView|NavigationLink|Menu|GroupBox|Stepper|TextField)\("
    r"|\.(?:navigationTitle|accessibilityLabel|accessibilityHint|accessibilityValue|alert|confirmationDialog"
    r"|help|badge)\()\s*" + _KEY
)
_FORMATTED: Final = re.compile(r'String\(\s*format:\s*String\(\s*localized:\s*"([^"]*)"\s*\)\s*')
_PLACEHOLDER: Final = re.compile(r"%(?:(%)|(?:(\d+)\$)?[-+ 0#]*[\d.]*(?:hh|h|ll|l|q|z|t|j|L)?([@a-zA-Z]))")
_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_STATES: Final = frozenset({"new", "translated", "needs_review", "stale"})


def check_strings(project: Path) -> Iterator[str]:
    """Yield keys that are missing or never used, and texts whose placeholders do not agree."""
    try:
        strings = _strings(project / CATALOG)
    except (OSError, ValueError) as error:
        yield f"{CATALOG}: {error}"
        return
    texts = {}
    for key, entry in strings.items():
        problems = list(_check_entry(entry))
        yield from (f"{CATALOG}: {key}: {problem}" for problem in problems)
        texts[key] = "" if problems else entry["localizations"]["en"]["stringUnit"]["value"]
    used: set[str] = set()
    for path in sorted((project / "App").rglob("*.swift")):
        where = path.relative_to(project).as_posix()
        code = _COMMENT.sub("", path.read_text(encoding="utf-8"))
        asked = {match[1] for pattern in (_ASKED, _SWIFTUI) for match in pattern.finditer(code)}
        asked = {key for key in asked if key and _INTERPOLATION not in key}
        used |= set(_LITERAL.findall(code))  # a key may also be kept first, as a case of an enumeration
        for key in sorted(asked - strings.keys()):
            yield f"{where}: {key!r} is not in {CATALOG}"
        yield from (f"{where}: {problem}" for problem in _check_values(code, texts))
    shown_by_ios = _shown_by_ios(project)
    for key in sorted(strings.keys() - used):
        if texts[key] not in shown_by_ios:
            yield f"{CATALOG}: {key} is used nowhere"


def _strings(path: Path) -> Mapping[str, Any]:
    content = json.loads(path.read_bytes())
    if (
        not isinstance(content, dict)
        or content.get("version") != "1.0"
        or content.get("sourceLanguage") != "en"
    ):
        raise ValueError("it is no string catalog of version 1.0 in English")
    strings = content.get("strings")
    if not isinstance(strings, dict):
        raise ValueError("it has no strings")
    return strings


def _check_entry(entry: object) -> Iterator[str]:
    languages = entry.get("localizations") if isinstance(entry, dict) else None
    if not isinstance(languages, dict) or "en" not in languages:
        yield "it has no English text"
        return
    placeholders = {}
    for language, content in languages.items():
        unit = content.get("stringUnit") if isinstance(content, dict) else None
        value = unit.get("value") if isinstance(unit, dict) else None
        if not isinstance(value, str) or not value or unit is None or str(unit.get("state")) not in _STATES:
            yield f"its text in {language} is empty, or of an unknown state"
            continue
        placeholders[language] = _placeholders(value)
        if None in placeholders[language].values():
            yield f"its text in {language} mixes numbered and plain placeholders, or has a lone %"
    if len({tuple(sorted(each.items(), key=str)) for each in placeholders.values()}) > 1:
        yield "its texts have different placeholders"


def _placeholders(text: str) -> Mapping[int, str | None]:
    """Return the kind of value that each place takes; None where the text is no format."""
    found: dict[int, str | None] = {}
    numbered, plain, rest = 0, 0, text
    for match in _PLACEHOLDER.finditer(text):
        rest = rest.replace(match[0], "", 1)
        if match[1]:
            continue
        numbered, plain = (numbered + 1, plain) if match[2] else (numbered, plain + 1)
        found[int(match[2]) if match[2] else plain] = match[3]
    if (numbered and plain) or (found and "%" in rest):
        found[0] = None
    return found


def _check_values(code: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Yield texts that are given more or fewer values than they have places for."""
    for match in _FORMATTED.finditer(code):
        if match[1] in texts:
            given, places = _arguments(code[match.end() :]), max(_placeholders(texts[match[1]]), default=0)
            if given != places:
                yield f"{match[1]} has places for {places} values, and is given {given}"


def _arguments(code: str) -> int:
    """Count what stands between here, each behind its comma, and the bracket that closes the call."""
    depth = count = 0
    in_text = False
    for previous, character in zip(f" {code}", code, strict=False):
        if character == '"' and previous != "\\":
            in_text = not in_text
        elif in_text:
            continue
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                break
            depth -= 1
        elif character == "," and depth == 0:
            count += 1
    return count


def _shown_by_ios(project: Path) -> set[str]:
    """Return the texts that iOS itself shows, out of Info.plist."""
    try:
        content = plist_check.expanded_info(project)
    except ValueError:
        return set()  # told by plist_check
    return {value for value in content.values() if isinstance(value, str)}

"""Check the string catalogs: no key is missing, and no key is unused."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from edgegen.project import words
from edgegen_kits.ios import plist_check
from edgegen_kits.ios.project_files import project_files

CATALOG: Final = "App/Resources/Localizable.xcstrings"
INFO_CATALOG: Final = "App/Resources/InfoPlist.xcstrings"
_REASON: Final = "UsageDescription"
_KEY: Final = r'"((?:[^"\\]|\\.)*)"'
_LITERAL: Final = re.compile(_KEY)
_INTERPOLATION: Final = "\\("  # only the compiler knows the resulting key
# A literal is a key as an argument of these calls, or where SwiftUI takes a LocalizedStringKey.
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
    """Yield missing keys, unused keys, and texts with the wrong placeholders."""
    yield from _check_own(project)
    if (project / INFO_CATALOG).exists():  # without it iOS shows the texts of Info.plist
        yield from _check_info(project)


def _check_own(project: Path) -> Iterator[str]:
    """Check the keys that the app uses."""
    texts, problems = _english(project, CATALOG)
    yield from problems
    if texts is None:
        return
    used: set[str] = set()
    for path in project_files(project, "App", {".swift"}):
        where = path.relative_to(project).as_posix()
        code = _COMMENT.sub("", path.read_text(encoding="utf-8", errors="replace"))
        asked = {match[1] for pattern in (_ASKED, _SWIFTUI) for match in pattern.finditer(code)}
        asked = {key for key in asked if key and _INTERPOLATION not in key}
        used |= set(_LITERAL.findall(code))  # a key may also be the value of an enumeration's case
        for key in sorted(asked - texts.keys()):
            yield f"{where}: {key!r} is not in {CATALOG}"
        yield from (f"{where}: {problem}" for problem in _check_values(code, texts))
    yield from (f"{CATALOG}: {key} is used nowhere" for key in sorted(texts.keys() - used))


def _check_info(project: Path) -> Iterator[str]:
    """Check the keys that iOS reads: those of Info.plist, with the same texts."""
    texts, problems = _english(project, INFO_CATALOG)
    yield from problems
    if texts is None:
        return
    try:
        info = plist_check.expanded_info(project)
    except ValueError:
        return  # plist_check reports it
    for key in sorted(texts.keys() - info.keys()):
        yield f"{INFO_CATALOG}: {key} is no key of {plist_check.INFO}"
    for key in sorted(key for key in info if key.endswith(_REASON)):
        if key not in texts:
            yield f"{INFO_CATALOG}: {key} is missing, so that it cannot be translated"
        elif texts[key] and texts[key] != info[key]:
            yield f"{INFO_CATALOG}: {key} is another text than in {plist_check.INFO}: iOS shows this one"


def _english(project: Path, catalog: str) -> tuple[Mapping[str, str] | None, list[str]]:
    """Return a catalog's English texts ("" for faulty ones; None if it is not a catalog), and the faults."""
    try:
        strings = _strings(project / catalog)
    except (OSError, ValueError) as error:
        return None, [f"{catalog}: {error}"]
    texts, found = dict[str, str](), list[str]()
    for key, entry in strings.items():
        problems = list(_check_entry(entry))
        found += [f"{catalog}: {key}: {problem}" for problem in problems]
        texts[key] = "" if problems else entry["localizations"]["en"]["stringUnit"]["value"]
    return texts, found


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
    """Return the kind of value of each placeholder; None if the text is not a valid format."""
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
    """Yield texts whose placeholders differ in number or kind from the values in the code."""
    for match in _FORMATTED.finditer(code):
        key = match[1]
        if key not in texts:
            continue
        kinds = _placeholders(texts[key])
        given, places = _arguments(code[match.end() :]), max(kinds, default=0)
        if given != places:
            yield f"{key} has places for {places} values, but the code passes {given}"
        for place, kind in sorted(_kinds_given(key).items()):
            if kinds.get(place, kind) != kind:
                yield f"{key} takes value {place} as %{kinds[place]}, but the code passes a text, %{kind}"


def _kinds_given(key: str) -> Mapping[int, str | None]:
    """Return the kinds of the values that the generated Swift passes."""
    text = words.texts("ios", several=True).get(key)
    return _placeholders(text.value) if text else {}


def _arguments(code: str) -> int:
    """Count the arguments after this comma, up to the bracket that closes the call."""
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

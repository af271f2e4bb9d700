"""Read .xcconfig files by the grammar of Apple's published build system (swift-build, SWBMacro)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_BLANKS: Final = " \t\v\f"
_LINE_END: Final = re.compile("\r\n|[\n\r\u2028\u2029]")
_NAME: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_CONDITION: Final = re.compile(r"\[([^=\]]*)=([^\]]*)\]")
_INCLUDE: Final = re.compile(r'#\s*include(\??)\s*"([^"]*)"\s*$')
_REFERENCE: Final = re.compile(r"\$(?:(\$)|\(([^()$]*)\)|\{([^{}$]*)\}|([A-Za-z_][A-Za-z0-9_]*))")


@dataclass(frozen=True)
class Setting:
    """One assignment."""

    name: str
    conditions: tuple[tuple[str, str], ...]  # ("sdk", "iphonesimulator*")
    value: str  # with references
    where: str  # file:line


@dataclass
class Settings:
    """The assignments of a file and its includes, in order, and their problems."""

    assignments: list[Setting] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def value(self, name: str) -> str:
        """Return the last unconditional value of a setting, not evaluated, or ""."""
        values = [each.value for each in self.assignments if each.name == name and not each.conditions]
        return values[-1] if values else ""

    def names(self) -> set[str]:
        """Return the names of all settings that are assigned."""
        return {each.name for each in self.assignments}


def read(path: Path, root: Path) -> Settings:
    """Read a file. Paths in messages are relative to `root`."""
    settings = Settings()
    _read(path, root, settings, ())
    return settings


def _read(path: Path, root: Path, settings: Settings, parents: tuple[Path, ...]) -> None:
    settings.files.append(path)
    name = path.relative_to(root).as_posix()
    try:
        lines = _LINE_END.split(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        settings.problems.append(f"{name} cannot be read: {error}")
        return
    for number, line in _logical_lines(lines):
        where = f"{name}:{number}"
        if line.startswith("#"):
            _include(line, where, path, root, settings, parents)
        elif line:
            setting, problem = _assignment(line, where)
            if setting:
                settings.assignments.append(setting)
            if problem:
                settings.problems.append(f"{where}: {problem}")


def _logical_lines(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, without comments, joined with its continuations."""
    pending, start = "", 0
    for number, line in enumerate(lines, 1):
        text = line.partition("//")[0].strip(_BLANKS)
        if text.endswith(";") and not text.startswith("#"):
            text = text[:-1].rstrip(_BLANKS)
        start = start if pending else number
        if text.endswith("\\"):
            pending = f"{pending} {text[:-1].strip(_BLANKS)}"
            continue
        yield start, f"{pending} {text}".strip(_BLANKS)
        pending = ""
    if pending:
        yield start, pending.strip(_BLANKS)


def _include(
    line: str, where: str, path: Path, root: Path, settings: Settings, parents: tuple[Path, ...]
) -> None:
    match = _INCLUDE.match(line)
    if not match:
        settings.problems.append(f'{where}: {line!r} is no #include "file"')
        return
    included = path.parent / match[2]
    if included in (*parents, path):
        settings.problems.append(f"{where}: {match[2]} includes itself")
    elif included.is_file():
        _read(included, root, settings, (*parents, path))
    elif not match[1]:
        settings.problems.append(f"{where}: {match[2]} does not exist")


def _assignment(line: str, where: str) -> tuple[Setting | None, str]:
    name = _NAME.match(line)
    if not name:
        return None, f"{line!r} does not begin with a setting's name"
    rest, conditions = line[name.end() :].lstrip(_BLANKS), []
    while match := _CONDITION.match(rest):
        conditions.append((match[1], match[2]))
        rest = rest[match.end() :].lstrip(_BLANKS)
    if not rest.startswith("="):
        return None, f"{name[0]} is not followed by ="
    value = rest[1:].strip(_BLANKS)
    return Setting(name[0], tuple(conditions), value, where), ""


def references(text: str) -> set[str]:
    """Return the names of the settings in the references of a value or an Info.plist's text."""
    found: set[str] = set()
    for match in _REFERENCE.finditer(text):
        name = (match[2] or match[3] or match[4] or "").partition(":")[0]
        found |= {name} if name else set()
    return found


def evaluate(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its references replaced. An unknown setting is empty."""

    def replaced(match: re.Match[str]) -> str:
        if match[1]:
            return "$"
        name = (match[2] or match[3] or match[4] or "").partition(":")[0]
        return evaluate(values.get(name, ""), {key: each for key, each in values.items() if key != name})

    return _REFERENCE.sub(replaced, text)


def words(value: str) -> list[str]:
    """Return the parts of a list setting. Raise ValueError if a quote is not closed."""
    parts, part, quote, open_part = [], "", "", False
    characters = iter(value)
    for character in characters:
        if character == "\\":
            part, open_part = part + next(characters, ""), True
        elif quote and character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote, open_part = character, True
        elif not quote and character.isspace():
            parts += [part] if open_part else []
            part, open_part = "", False
        else:
            part, open_part = part + character, True
    if quote:
        raise ValueError(f"a {quote} is not closed")
    return [*parts, part] if open_part else parts

"""Split an Objective-C header into tokens, each with its line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn


class HeaderError(Exception):
    """A header contains something whose Swift form is not certain."""


@dataclass(frozen=True)
class Token:
    """A word or a sign, with its file and line."""

    text: str
    file: str
    line: int

    def reject(self, why: str) -> NoReturn:
        """Raise HeaderError for this place."""
        raise HeaderError(f"{self.file}:{self.line}: {why}")


@dataclass(frozen=True)
class Header:
    """The tokens of a header, and the headers that it imports."""

    tokens: Sequence[Token]
    imports: Sequence[Token]


_WORD: Final = re.compile(r"@?[A-Za-z_]\w*|\d\w*|<<|[-+*(){}<>\[\],;:=^@|~.&]")
_COMMENT: Final = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_DIRECTIVE: Final = re.compile(r"^\s*#\s*(\w+)\s*(.*?)\s*$")
_IMPORT: Final = re.compile(r"[<\"]([\w./+-]+)[>\"]")
_BEGIN: Final = "NS_ASSUME_NONNULL_BEGIN"
_END: Final = "NS_ASSUME_NONNULL_END"


def read(path: Path, shown: str) -> Header:
    """Read a header; `shown` is its name in messages.

    Raises:
        HeaderError: It has tokens outside NS_ASSUME_NONNULL, a preprocessor's condition, or an unknown sign.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HeaderError(f"{shown}:1: cannot be read: {error}") from error
    text = _COMMENT.sub(lambda match: "\n" * match.group().count("\n"), text)
    words, imports = list[Token](), list[Token]()
    for number, line in enumerate(text.splitlines(), 1):
        if directive := _DIRECTIVE.match(line):
            imports += _directive(directive[1], directive[2], Token(line.strip(), shown, number))
        else:
            words += _words(line, shown, number)
    return Header(list(_between_macros(words)), imports)


def _directive(name: str, rest: str, place: Token) -> Iterator[Token]:
    found = _IMPORT.fullmatch(rest)
    if name in {"import", "include"} and found:
        yield Token(found[1], place.file, place.line)
    elif (name, rest) != ("pragma", "once"):
        place.reject(f"not read: {place.text}")


def _words(line: str, file: str, number: int) -> Iterator[Token]:
    position = 0
    while rest := line[position:].lstrip():
        position = len(line) - len(rest)
        match = _WORD.match(line, position)
        if match is None:
            Token(rest, file, number).reject(f"not read: {rest.strip()}")
        yield Token(match.group(), file, number)
        position = match.end()


def _between_macros(words: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens between the two macros."""
    inside = False
    for word in words:
        if word.text in {_BEGIN, _END}:
            inside = word.text == _BEGIN
        elif not inside:
            word.reject(f"not between {_BEGIN} and {_END}: {word.text}")
        else:
            yield word

"""Read an Xcode project file: an old-style (OpenStep) property list."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Value: TypeAlias = str | Sequence["Value"] | Mapping[str, "Value"]

_TOKEN: Final = re.compile(
    r"""
      \s+ | //[^\n]* | /\*.*?\*/       # blanks and comments
    | (?P<mark>[{}()=;,])
    | (?P<plain>[A-Za-z0-9_.$:+-]+(?:/[A-Za-z0-9_.$:+-]+)*/?)
    | "(?P<quoted>(?:[^"\\]|\\.)*)"
    """,
    re.DOTALL | re.VERBOSE,
)
_TEXT: Final = "a string"
_END: Final = "the end"
_KINDS: Final = frozenset({_TEXT, _END})
_UNESCAPES: Final = {"n": "\n", "t": "\t"}


def read(text: str) -> Mapping[str, Value]:
    """Return the content of a property list.

    Raises:
        ValueError: It is not a list with a dictionary, or a key is repeated. The message has the line.
    """
    reader = _Reader(text)
    value = reader.value()
    reader.expect(_END)
    if not isinstance(value, Mapping):
        raise ValueError("it is not a dictionary")
    return value


@dataclass(frozen=True)
class _Token:
    kind: str  # _TEXT, _END or the mark itself
    text: str
    line: int

    def __str__(self) -> str:
        return {_TEXT: repr(self.text), _END: "the end"}.get(self.kind, repr(self.kind))


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = next(self._tokens)

    def value(self) -> Value:
        if self._next.kind == "{":
            return self._dictionary()
        if self._next.kind == "(":
            return self._list()
        return self.expect(_TEXT).text

    def expect(self, kind: str) -> _Token:
        """Take the next token. Raise ValueError if it is of another kind."""
        token = self._next
        if token.kind != kind:
            raise ValueError(
                f"line {token.line}: {kind if kind in _KINDS else repr(kind)} is expected, not {token}"
            )
        if kind != _END:
            self._next = next(self._tokens)
        return token

    def _dictionary(self) -> Mapping[str, Value]:
        content: dict[str, Value] = {}
        self.expect("{")
        while self._next.kind != "}":
            key = self.expect(_TEXT)
            if key.text in content:
                raise ValueError(f"line {key.line}: the key {key.text} is repeated")
            self.expect("=")
            content[key.text] = self.value()
            self.expect(";")
        self.expect("}")
        return content

    def _list(self) -> Sequence[Value]:
        content = []
        self.expect("(")
        while self._next.kind != ")":
            content.append(self.value())
            if self._next.kind != ")":
                self.expect(",")
        self.expect(")")
        return content


def _tokens(text: str) -> Iterator[_Token]:
    line = place = 0
    while match := _TOKEN.match(text, place):
        if match["mark"]:
            yield _Token(match["mark"], "", line + 1)
        elif match["plain"]:
            yield _Token(_TEXT, match["plain"], line + 1)
        elif match["quoted"] is not None:
            yield _Token(_TEXT, re.sub(r"\\(.)", _unescape, match["quoted"], flags=re.DOTALL), line + 1)
        line += match[0].count("\n")
        place = match.end()
    if place < len(text):
        raise ValueError(f"line {line + 1}: {text[place]!r} is not allowed here")
    yield _Token(_END, "", line + 1)


def _unescape(match: re.Match[str]) -> str:
    return _UNESCAPES.get(match[1], match[1])

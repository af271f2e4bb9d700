"""Reads the text form of an Xcode project file: an old-style (OpenStep) property list."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Value: TypeAlias = str | Sequence["Value"] | Mapping[str, "Value"]

_TOKEN: Final = re.compile(
    r"""
      \s+ | //[^\n]* | /\*.*?\*/       # nothing
    | (?P<mark>[{}()=;,])
    | (?P<plain>[A-Za-z0-9_.$:+-]+(?:/[A-Za-z0-9_.$:+-]+)*/?)
    | "(?P<quoted>(?:[^"\\]|\\.)*)"
    """,
    re.DOTALL | re.VERBOSE,
)
_TEXT: Final = "a text"
_END: Final = "the end"
_KINDS: Final = frozenset({_TEXT, _END})
_UNESCAPES: Final = {"n": "\n", "t": "\t"}


def read(text: str) -> Mapping[str, Value]:
    """Return what such a list holds; ValueError, with the line, where it is none or a key stands twice."""
    reader = _Reader(text)
    value = reader.value()
    reader.expect(_END)
    if not isinstance(value, Mapping):
        raise ValueError("it holds no dictionary")
    return value


@dataclass(frozen=True)
class _Token:
    kind: str  # a mark itself, or _TEXT or _END
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
        """Take the next token, which has to be of this kind."""
        token = self._next
        if token.kind != kind:
            raise ValueError(
                f"line {token.line}: {token} where {kind if kind in _KINDS else repr(kind)} should be"
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
                raise ValueError(f"line {key.line}: {key.text} stands there twice")
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
        raise ValueError(f"line {line + 1}: {text[place]!r} does not belong there")
    yield _Token(_END, "", line + 1)


def _unescape(match: re.Match[str]) -> str:
    return _UNESCAPES.get(match[1], match[1])

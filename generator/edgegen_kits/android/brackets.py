"""Split the text of a declaration at signs outside of its brackets and quotes."""

from collections.abc import Iterator
from typing import Final

_OPENING: Final = frozenset("<({[")
_CLOSING: Final = frozenset(">)}]")
_QUOTES: Final = frozenset("\"'")


def split_outside(text: str, separator: str) -> list[str]:
    """Split at separators outside of brackets; strip blanks, drop empty parts."""
    parts, start = list[str](), 0
    for at, sign, depth in _scan(text):
        if sign == separator and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]


def find_outside(text: str, wanted: str) -> int:
    """Return the index of the first such sign outside of brackets. Raise ValueError if there is none."""
    for at, sign, depth in _scan(text):
        if sign == wanted and depth == 0:
            return at
    raise ValueError(f"no {wanted!r} outside of brackets in {text!r}")


def find_closing(text: str, start: int) -> int:
    """Return the index of the bracket that closes the one at `start`. Raise ValueError if there is none."""
    for at, sign, depth in _scan(text, start):
        if sign in _CLOSING and depth == 0:
            return at
    raise ValueError(f"{text[start]!r} is never closed in {text!r}")


def _scan(text: str, start: int = 0) -> Iterator[tuple[int, str, int]]:
    """Yield the index and depth of each sign outside of quotes. A bracket has the depth of its outside."""
    at, depth, quote = start, 0, ""
    while at < len(text):
        sign = text[at]
        if quote:
            at += sign == "\\"  # the next sign is part of the quoted text
            quote = "" if sign == quote else quote
        elif sign in _QUOTES:
            quote = sign
        else:
            depth -= sign in _CLOSING
            yield at, sign, depth
            depth += sign in _OPENING
        at += 1

"""Texts for messages and pages, limited in length and number, without control characters."""

import reprlib
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final

MOST_TEXT: Final = 80  # characters of a name
MOST_PATH: Final = 200  # characters of a path in a message
MAX_SHOWN: Final = 200  # characters of a value in a message


def plain(text: str, most: int = MOST_TEXT) -> str:
    """Return a text without control characters, cut to `most` characters."""
    shown = "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs", "Cn"} else c for c in text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def first_of(names: Sequence[str], most: int = 5) -> str:
    """Return the first names and the number of the others: "a, b and 3 more"."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the known names that are like it."""
    near = get_close_matches(name, known, n=3)
    return f"; did you mean {' or '.join(map(plain, near))}?" if near else ""


def how_many(count: int, thing: str) -> str:
    """Return `1 picture`, `2 pictures`, `3 boxes`."""
    ending = "es" if thing[-1] in "sx" else "s"
    return f"{count} {thing}" if count == 1 else f"{count} {thing}{ending}"


def shorten(value: object) -> str:
    """Return any value as a message shows it: short and printable."""
    shortener = reprlib.Repr()
    shortener.maxlevel = 2  # aliases may nest small lists into huge ones
    shortener.maxstring = shortener.maxother = 60
    text = shortener.repr(value)
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."

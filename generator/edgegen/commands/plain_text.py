"""Texts from models and projects as any page can hold them."""

import unicodedata
from typing import Final

MOST_TEXT: Final = 80  # characters of a name


def plain(text: str, most: int = MOST_TEXT) -> str:
    """Return a text that any page can hold: without control characters, and not without end."""
    shown = "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs", "Cn"} else c for c in text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"

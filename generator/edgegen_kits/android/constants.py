"""Read the values of constants in Android's list of its public API."""

import re
from typing import Final

STRING: Final = "Ljava/lang/String;"
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_COMMENT: Final = re.compile(r";?\s*//.*$|;$")
_FLOATS: Final = {"0.0/0.0": "nan", "1.0/0.0": "inf", "-1.0/0.0": "-inf"}  # as Java writes them


def parse_constant(descriptor: str, text: str) -> int | float | str | None:
    """Return the value of a field with this type descriptor; None if the text is not a constant of it."""
    if descriptor == STRING:
        match = _STRING.match(text)
        return _ESCAPE.sub(_unescape, match.group(1)) if match else None
    word = _COMMENT.sub("", text).strip()
    if not word:
        return None
    if descriptor == "Z":
        return int(word == "true")
    if descriptor in ("B", "S", "I", "C", "J"):
        return int(word.split()[0].rstrip("L"))
    return _parse_float(word) if descriptor in ("F", "D") else None


def _parse_float(word: str) -> float | None:
    plain = re.sub(r"[\s()fFdD]", "", word)
    try:
        return float(_FLOATS.get(plain, plain))
    except ValueError:
        return None


def _unescape(escape: re.Match[str]) -> str:
    code = escape.group(1)
    return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPES.get(code, code)

"""Remove comments, strings and previews from Swift source, so that rules and the compiler see the rest."""

import re
from typing import Final

_STRING: Final = '"'
_PREVIEW: Final = re.compile(r"(?:@available\([^)]*\)\s*)?\#Preview\b\s*")
_BRACKETS: Final = {"(": ")", "{": "}"}


def code_only(text: str) -> str:
    """Return the text with blanks for comments and strings; lines keep their numbers.

    Interpolations in strings are code and stay.
    """
    scanner = _Scanner(text)
    scanner.code()
    return "".join(scanner.kept)


def without_previews(text: str) -> str:
    """Return the text with blanks for `#Preview` blocks, which Xcode alone expands. Lines stay."""
    code = code_only(text)
    kept, end = [], 0
    for match in _PREVIEW.finditer(code):
        if match.start() < end:
            continue
        kept.append(text[end : match.start()])
        end = match.end()
        for opening in "({":  # the arguments, if any, and the block
            end = _after_bracket(code, end, opening)
        kept.append(re.sub(r"[^\n]", " ", text[match.start() : end]))
    return "".join([*kept, text[end:]])


def _after_bracket(code: str, start: int, opening: str) -> int:
    """Return the position after the bracket that begins here, and after its blanks; `start` without one."""
    if not code.startswith(opening, start):
        return start
    end = closing_bracket(code, start)
    rest = code[end + 1 :]
    return end + 1 + (len(rest) - len(rest.lstrip()) if opening == "(" else 0)


def closing_bracket(code: str, start: int) -> int:
    """Return the position of the bracket that closes the one at `start`; the last one if none does."""
    opening, depth = code[start], 0
    for end in range(start, len(code)):
        depth += (code[end] == opening) - (code[end] == _BRACKETS[opening])
        if not depth:
            return end
    return len(code) - 1


class _Scanner:
    """Scans a text once. `kept` has one character for each scanned one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self.kept: list[str] = []

    def code(self, *, in_string: bool = False) -> None:
        """Keep code up to the end, or to the parenthesis that closes an interpolation."""
        depth = 0
        while self._position < len(self._text):
            if self._at("//"):
                self._blank_to("\n")
            elif self._at("/*"):
                self._comment()
            elif (hashes := self._opens_string()) >= 0:
                self._string("#" * hashes)
            else:
                sign = self._text[self._position]
                depth += (sign == "(") - (sign == ")")
                self._keep()
                if in_string and depth < 0:
                    return

    def _at(self, sign: str) -> bool:
        return self._text.startswith(sign, self._position)

    def _keep(self, count: int = 1) -> None:
        self.kept += self._text[self._position : self._position + count]
        self._position += count

    def _blank(self, count: int = 1) -> None:
        seen = self._text[self._position : self._position + count]
        self.kept += ["\n" if sign == "\n" else " " for sign in seen]
        self._position += count

    def _blank_to(self, sign: str) -> None:
        found = self._text.find(sign, self._position)
        self._blank((len(self._text) if found < 0 else found) - self._position)

    def _comment(self) -> None:
        """Skip a comment. Comments nest in Swift."""
        depth = 0
        while self._position < len(self._text):
            if self._at("/*"):
                depth += 1
                self._blank(2)
            elif self._at("*/"):
                depth -= 1
                self._blank(2)
                if not depth:
                    return
            else:
                self._blank()

    def _opens_string(self) -> int:
        """Return the number of # before the quote that begins here; -1 without one."""
        after = self._position
        while self._text.startswith("#", after):
            after += 1
        return after - self._position if self._text.startswith(_STRING, after) else -1

    def _string(self, hashes: str) -> None:
        quote = _STRING * 3 if self._at(hashes + _STRING * 3) else _STRING
        self._keep(len(hashes) + len(quote))
        while self._position < len(self._text) and not self._at(quote + hashes):
            if self._at(f"\\{hashes}("):
                self._blank(len(hashes) + 1)
                self._keep()
                self.code(in_string=True)
            elif self._at(f"\\{hashes}"):
                self._blank(len(hashes) + 2)
            else:
                self._blank()
        self._keep(len(quote) + len(hashes))

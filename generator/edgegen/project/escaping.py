"""Text and numbers as literals of other languages: one function per language, used as Jinja filters.

Each takes any text, because class names come from users. The result has its quotes and reads back as the
same text, except:

- A lone surrogate has no UTF-8 form and becomes U+FFFD.
- A character that the language cannot represent becomes U+FFFD: NUL in shell, CMake and Android's resources,
  most control characters in XML.

Unprintable characters (controls, and those that reverse or hide text: 'Trojan Source') become escapes if
the language has any, so that a file shows its content.
"""

import ctypes
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

REPLACEMENT: Final = "\ufffd"
CPP_PIECE_BYTES: Final = 4_000  # compilers take 65,536 per literal, and MSVC 16,380 per piece

_CPP_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_KOTLIN_ESCAPES: Final = {**_CPP_ESCAPES, "$": "\\$"}
_CMAKE_ESCAPES: Final = {**_KOTLIN_ESCAPES, "\0": REPLACEMENT}
_SWIFT_ESCAPES: Final = {**_CPP_ESCAPES, "\0": "\\0"}
_JSON_ESCAPES: Final = {**_CPP_ESCAPES, "\b": "\\b", "\f": "\\f"}
_XCCONFIG_CANNOT: Final = frozenset("\0\n\r\u2028\u2029")  # they end the line
_KOTLIN_KEYWORDS: Final = """
    as break class continue do else false for fun if in interface is null object package return super
    this throw true try typealias typeof val var when while
"""
KOTLIN_KEYWORDS: Final = frozenset(_KOTLIN_KEYWORDS.split())  # as names, they need backticks

_XML_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_RESOURCE_ESCAPES: Final = {
    **_XML_ESCAPES,
    '"': '\\"',
    "'": "\\'",
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "\0": REPLACEMENT,  # would end the string on the device
}
_SHELL_PLAIN: Final = re.compile(r"[A-Za-z0-9_@%+:,./-]+")
_MARKDOWN_SPECIAL: Final = frozenset("\\`*_[]<>|~&$")
_MARKDOWN_BLOCK_START: Final = re.compile(r"^(?:[-+=#:]|\d+[.)])")


def cpp_string(text: str) -> str:
    """Return a C++ string literal in UTF-8; a long one in several pieces that the compiler joins.

    The text may contain NUL: append `sv` if its length matters.
    """
    pieces, piece, size = [], "", 0
    for previous, character in zip("\0" + text, _unicode(text), strict=False):
        if character in _CPP_ESCAPES:
            written = _CPP_ESCAPES[character]
        elif character == "?" and previous == "?":
            written = "\\?"  # two in a row may begin a trigraph
        elif character.isprintable():
            written = character
        else:  # an octal escape ends after three digits, so a digit may follow
            written = "".join(f"\\{byte:03o}" for byte in character.encode())
        if size + len(written.encode()) > CPP_PIECE_BYTES:
            pieces.append(piece)
            piece, size = "", 0
        piece += written
        size += len(written.encode())
    return " ".join(f'"{piece}"' for piece in [*pieces, piece])


def objc_string(text: str) -> str:
    """Return an Objective-C string literal; a long one in several pieces that the compiler joins."""
    return f"@{cpp_string(text)}"


def kotlin_string(text: str) -> str:
    r"""Return a Kotlin string literal. Unprintable characters become \uXXXX, in pairs above U+FFFF."""
    return f'"{_escaped(text, _KOTLIN_ESCAPES, _utf16)}"'


def kotlin_package(package: str) -> str:
    """Return a package for Kotlin's `package` and `import`: its keywords in backticks."""
    return ".".join(f"`{part}`" if part in KOTLIN_KEYWORDS else part for part in package.split("."))


def swift_string(text: str) -> str:
    r"""Return a Swift string literal. Unprintable characters become \u{X}."""

    def escape(character: str) -> str:
        return f"\\u{{{ord(character):X}}}"

    return f'"{_escaped(text, _SWIFT_ESCAPES, escape)}"'


def cmake_string(text: str) -> str:
    r"""Return a quoted CMake argument. It is not split at `;`, but an unquoted `${use}` of it is."""
    return f'"{_escaped(text, _CMAKE_ESCAPES, str)}"'


def json_string(text: str) -> str:
    r"""Return a JSON string. Unprintable characters become \uXXXX, in pairs above U+FFFF."""
    return f'"{_escaped(text, _JSON_ESCAPES, _utf16)}"'


def yaml_string(text: str) -> str:
    r"""Return a string of YAML, TOML or Python. Unprintable characters become \uXXXX or \UXXXXXXXX."""

    def escape(character: str) -> str:
        code = ord(character)
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    return f'"{_escaped(text, _JSON_ESCAPES, escape)}"'


def xcconfig_value(text: str) -> str:
    """Return the value of a string setting in an .xcconfig file, which Xcode reads as the same text.

    Quotes and backslashes are text. But `//` begins a comment, Xcode drops a final semicolon and outer
    blanks, and a final backslash continues the line: an empty reference, `$()`, prevents each. A dollar sign
    would begin a reference, and is doubled.
    """
    written = "".join(REPLACEMENT if c in _XCCONFIG_CANNOT else c for c in _unicode(text))
    written = re.sub("/(?=/)", "/$()", written.replace("$", "$$"))
    before = "$()" if written[:1].isspace() else ""
    after = "$()" if written[-1:].isspace() or written.endswith((";", "\\")) else ""
    return f"{before}{written}{after}"


def plist_string(text: str) -> str:
    """Return a property list's `<string>` element. Characters that XML cannot represent become U+FFFD.

    In an Info.plist, Xcode also replaces references to settings: double the dollar signs before.
    """
    return f"<string>{_escaped(text, _XML_ESCAPES, _xml_reference)}</string>"


def xml_attribute(text: str) -> str:
    """Return an XML attribute's value with its quotes. Characters outside XML become U+FFFD."""
    return f'"{_escaped(text, _XML_ESCAPES, _xml_reference)}"'


def xml_string(text: str) -> str:
    """Return the content of a `<string>` of Android's resources, which aapt2 reads back as the same text.

    It passes two readers: XML's, and aapt2's. The latter trims and joins blanks, and gives a meaning to
    quotes, backslashes, a leading @ and a leading ?. So the text is in double quotes.
    """

    def escape(character: str) -> str:
        return f"&#x{ord(character):X};" if ord(character) > 0xFFFF else _utf16(character)

    return f'"{_escaped(text, _RESOURCE_ESCAPES, escape)}"'


def shell(text: str) -> str:
    """Return one word for a POSIX shell, quoted only if necessary."""
    text = _unicode(text).replace("\0", REPLACEMENT)
    return text if _SHELL_PLAIN.fullmatch(text) else "'" + text.replace("'", "'\"'\"'") + "'"


def markdown(text: str) -> str:
    """Return inline Markdown (CommonMark and GitHub's tables) that shows the text in one line.

    Blanks and line ends become single spaces, as Markdown shows them anyway.
    """
    text = _one_line(text)
    written = ""
    for i, character in enumerate(text):
        inside_a_word = 0 < i < len(text) - 1 and text[i - 1].isalnum() and text[i + 1].isalnum()
        if character in _MARKDOWN_SPECIAL and not (character == "_" and inside_a_word):
            written += "\\"
        written += character
    if block := _MARKDOWN_BLOCK_START.match(written):  # begins a list, heading, definition or table
        written = f"{written[: block.end() - 1]}\\{written[block.end() - 1 :]}"
    return written


def comment(text: str) -> str:
    """Return the text for a comment of one line: after `//` or `#`, or between `/*` and `*/`.

    A blank is needed between the text and these marks.
    """
    line = re.sub(r"\*(?=/)|/(?=\*)", r"\g<0> ", _one_line(text))
    # A final backslash, or its trigraph, would continue the comment on the next line.
    return f"{line}." if line.endswith(("\\", "??/")) else line


def cpp_float(number: float) -> str:
    """Return the shortest decimal that C++ or Kotlin reads back as the same float32: `0.25f`."""
    value = ctypes.c_float(_finite(float(number))).value
    if math.isinf(value):
        raise ValueError(f"{number} is out of float32's range")
    texts = (f"{value:.{digits}g}" for digits in range(1, 10))  # 9 digits always suffice
    text = next(text for text in texts if ctypes.c_float(float(text)).value == value)
    return f"{_decimal(Decimal(text))}f"


def cpp_double(number: float) -> str:
    """Return the shortest decimal that reads back as the same double: `0.00392156862745098`."""
    return _decimal(Decimal(repr(_finite(float(number)))))


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{number} has no literal")
    return number


def _decimal(number: Decimal) -> str:
    """Return the number with a decimal point, and an exponent only if there would be many zeros."""
    if number and not -20 <= number.adjusted() <= 20:
        return f"{number:e}"
    text = f"{number:f}"
    return text if "." in text else f"{text}.0"


def _escaped(text: str, escapes: Mapping[str, str], other: Callable[[str], str]) -> str:
    """Return the text with these escapes, and with `other` for the remaining unprintable characters."""
    return "".join(
        escapes.get(character) or (character if character.isprintable() else other(character))
        for character in _unicode(text)
    )


def _utf16(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _xml_reference(character: str) -> str:
    """Return a character reference, or U+FFFD if XML 1.0 cannot represent the character."""
    code = ord(character)
    can = code in {0x9, 0xA, 0xD} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
    return f"&#x{code:X};" if can else REPLACEMENT


def _unicode(text: str) -> str:
    """Return the text with U+FFFD for each lone surrogate."""
    return "".join(REPLACEMENT if "\ud800" <= c <= "\udfff" else c for c in text)


def _one_line(text: str) -> str:
    """Return the text with single blanks, and with names for unprintable characters: `<U+202E>`."""
    line = " ".join(_unicode(text).split())
    return " ".join("".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in line).split())

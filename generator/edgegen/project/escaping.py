"""Text and numbers as literals of other languages: one function per language, used as jinja filters.

All of them take any text: class names come from users. Each result is complete, with its quotes, and reads
back as the same text, with two exceptions:

- A lone surrogate has no UTF-8 form. It becomes U+FFFD everywhere.
- A character that the language cannot write at all becomes U+FFFD: NUL in shell, CMake and Android's
  resources, most control characters in XML.

Characters that are not printable (controls, and those that turn or hide text: 'Trojan Source') stand as
escapes where the language has any, so that a file shows what it means.
"""

import json
import math
import re
import struct
from decimal import Decimal
from fractions import Fraction
from typing import Final

from edgegen.base import naming

REPLACEMENT: Final = "\ufffd"
CPP_PIECE_BYTES: Final = 4_000  # C++ compilers promise 65,536 for a literal, MSVC takes 16,380 for a piece

_CPP_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_KOTLIN_ESCAPES: Final = {**_CPP_ESCAPES, "$": "\\$"}
_CMAKE_ESCAPES: Final = {**_KOTLIN_ESCAPES, "\0": REPLACEMENT}
_SWIFT_ESCAPES: Final = {**_CPP_ESCAPES, "\0": "\\0"}  # always one digit: another behind it is text
_XCCONFIG_CANNOT: Final = frozenset("\0\n\r\u2028\u2029")  # a line ends there, whatever stands around it
_KOTLIN_KEYWORDS: Final = """
    as break class continue do else false for fun if in interface is null object package return super
    this throw true try typealias typeof val var when while
"""  # the hard ones: as a name, each needs backticks
KOTLIN_KEYWORDS: Final = frozenset(_KOTLIN_KEYWORDS.split())

_RESOURCE_ESCAPES: Final = {
    '"': '\\"',
    "'": "\\'",
    "\\": "\\\\",
    "\n": "\\n",
    "\t": "\\t",
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
}
_XML_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_SHELL_PLAIN: Final = re.compile(r"[A-Za-z0-9_@%+:,./-]+")
_MARKDOWN_SPECIAL: Final = frozenset("\\`*_[]<>|~&$")
_MARKDOWN_BLOCK_START: Final = re.compile(r"^(?:[-+=#:]|\d+[.)])")


def cpp_string(text: str) -> str:
    """Return a C++ string literal, UTF-8; long ones in several pieces that the compiler joins.

    A text may hold NUL, so its length must not come from the terminator: append `sv` where that matters.
    """
    pieces, piece, size = [], "", 0
    for previous, character in zip("\0" + text, _unicode(text), strict=False):
        if character in _CPP_ESCAPES:
            written = _CPP_ESCAPES[character]
        elif character == "?" and previous == "?":
            written = "\\?"  # two in a row may begin a trigraph
        elif _printable(character):
            written = character
        else:  # three octal digits are the longest that the compiler reads: a digit behind stays a digit
            written = "".join(f"\\{byte:03o}" for byte in character.encode())
        if size + len(written.encode()) > CPP_PIECE_BYTES:
            pieces.append(piece)
            piece, size = "", 0
        piece += written
        size += len(written.encode())
    return " ".join(f'"{piece}"' for piece in [*pieces, piece])


def cpp_float(number: float) -> str:
    """Return the shortest plain decimal that reads back as the same float32: `0.25f`."""
    return f"{_shortest_float32(number)}f"


def cpp_double(number: float) -> str:
    """Return the shortest decimal that reads back as the same double: `0.00392156862745098`."""
    return _plain(Decimal(repr(_finite(float(number)))))


def kotlin_string(text: str) -> str:
    r"""Return a Kotlin string literal. Not printable characters stand as \uXXXX, in pairs above U+FFFF."""
    return '"' + "".join(_kotlin_escaped(character) for character in _unicode(text)) + '"'


def gradle_string(text: str) -> str:
    """Return a string for `build.gradle.kts`, which is Kotlin."""
    return kotlin_string(text)


def _kotlin_escaped(character: str) -> str:
    if character in _KOTLIN_ESCAPES:
        return _KOTLIN_ESCAPES[character]
    return character if _printable(character) else _utf16_escapes(character)


def _utf16_escapes(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def kotlin_float(number: float) -> str:
    """Return the shortest plain decimal that reads back as the same Float: `0.25f`."""
    return cpp_float(number)


def kotlin_double(number: float) -> str:
    """Return the shortest decimal that reads back as the same Double: `0.00392156862745098`."""
    return cpp_double(number)


def kotlin_package(package: str) -> str:
    """Return a package as Kotlin's `package` and `import` take it: its keywords in backticks."""
    return ".".join(f"`{part}`" if part in KOTLIN_KEYWORDS else part for part in package.split("."))


def swift_string(text: str) -> str:
    r"""Return a Swift string literal. Not printable characters stand as \u{X}."""
    return '"' + "".join(_SWIFT_ESCAPES.get(c) or _swift_escaped(c) for c in _unicode(text)) + '"'


def _swift_escaped(character: str) -> str:
    return character if _printable(character) else f"\\u{{{ord(character):X}}}"


def objc_string(text: str) -> str:
    """Return an Objective-C string literal; long ones in several pieces that the compiler joins."""
    return f"@{cpp_string(text)}"


def xcconfig_value(text: str) -> str:
    """Return the value of a string setting in an .xcconfig file, from which Xcode reads the same text.

    Quotes and backslashes are plain text in it. But `//` begins a comment, a semicolon at the end is dropped,
    a backslash there pulls the next line up, and outer blanks go: a reference to nothing, `$()`, stands in
    between. A dollar sign would begin a reference, and is doubled.
    """
    written = "".join(REPLACEMENT if c in _XCCONFIG_CANNOT else c for c in _unicode(text))
    written = re.sub("/(?=/)", "/$()", written.replace("$", "$$"))
    before = "$()" if written[:1].isspace() else ""
    after = "$()" if written[-1:].isspace() or written.endswith((";", "\\")) else ""
    return f"{before}{written}{after}"


def plist_string(text: str) -> str:
    """Return a property list's `<string>` element; what XML cannot hold becomes U+FFFD.

    In an Info.plist, Xcode still looks for references to settings in it: double the dollar signs before.
    """
    return f"<string>{_xml_text(text)}</string>"


def xml_string(text: str) -> str:
    """Return the content of a `<string>` of Android's resources, which aapt2 reads back as the same text.

    It goes through two readers: XML's, and aapt2's own, which trims blanks, joins rows of them, and takes
    quotes, backslashes, a leading @ and a leading ? for its own. So the text stands in its double quotes.
    """
    written = "".join(_RESOURCE_ESCAPES.get(c) or _resource_escaped(c) for c in _unicode(text))
    return f'"{written}"'


def _resource_escaped(character: str) -> str:
    if character == "\0":
        return REPLACEMENT  # would end the string on the device
    if _printable(character):
        return character
    return f"&#x{ord(character):X};" if ord(character) > 0xFFFF else _utf16_escapes(character)


def xml_attribute(text: str) -> str:
    """Return an XML attribute's value with its quotes; what XML cannot hold becomes U+FFFD."""
    return f'"{_xml_text(text)}"'


def _xml_text(text: str) -> str:
    return "".join(_XML_ESCAPES.get(c) or _xml_escaped(c) for c in _unicode(text))


def _xml_escaped(character: str) -> str:
    if not _xml_can(character):
        return REPLACEMENT
    return character if _printable(character) else f"&#x{ord(character):X};"


def _xml_can(character: str) -> bool:
    """Whether XML 1.0 has a way to write this character at all."""
    code = ord(character)
    return code in {0x9, 0xA, 0xD} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def toml_string(text: str) -> str:
    r"""Return a basic TOML string; not printable characters as \uXXXX or \UXXXXXXXX."""
    return yaml_string(text)


def cmake_string(text: str) -> str:
    r"""Return a quoted CMake argument. It is not split at `;`, but an unquoted `${use}` of it is."""
    return '"' + "".join(_CMAKE_ESCAPES.get(character, character) for character in _unicode(text)) + '"'


def json_string(text: str) -> str:
    r"""Return a JSON string; not printable characters as \uXXXX."""
    literal = json.dumps(_unicode(text), ensure_ascii=False)
    return "".join(c if _printable(c) else json.dumps(c)[1:-1].replace("\x7f", "\\u007f") for c in literal)


def yaml_string(text: str) -> str:
    r"""Return a double-quoted YAML scalar; not printable characters as \uXXXX or \UXXXXXXXX."""
    literal = json.dumps(_unicode(text), ensure_ascii=False)
    return "".join(c if _printable(c) else _yaml_escape(c) for c in literal)


def _yaml_escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def python_string(text: str) -> str:
    r"""Return a Python string literal; not printable characters as \uXXXX or \UXXXXXXXX."""
    return yaml_string(text)


def python_float(number: float) -> str:
    """Return the shortest decimal that reads back as the same float: `0.00392156862745098`."""
    return cpp_double(number)


def identifier(text: str) -> str:
    """Return a name for any text that is one in C++, Kotlin, Swift and Python: `Big car` -> `big_car`.

    Different texts may give the same one.
    """
    return naming.slug(text)


def shell(text: str) -> str:
    """Return one word for a POSIX shell; quoted only where it has to be."""
    text = _unicode(text).replace("\0", REPLACEMENT)
    return text if _SHELL_PLAIN.fullmatch(text) else "'" + text.replace("'", "'\"'\"'") + "'"


def markdown(text: str) -> str:
    """Return inline Markdown (CommonMark and GitHub's tables) that shows the text, in one line.

    Blanks and line ends become single spaces, as Markdown shows them anyway.
    """
    text = " ".join(_visible(" ".join(_unicode(text).split())).split())
    written = ""
    for i, character in enumerate(text):
        inside_a_word = 0 < i < len(text) - 1 and text[i - 1].isalnum() and text[i + 1].isalnum()
        if character in _MARKDOWN_SPECIAL and not (character == "_" and inside_a_word):
            written += "\\"
        written += character
    if block := _MARKDOWN_BLOCK_START.match(
        written
    ):  # would begin a list, a heading, a definition or a table
        written = f"{written[: block.end() - 1]}\\{written[block.end() - 1 :]}"
    return written


def comment(text: str) -> str:
    """Return the text as a comment of one line may hold it: behind `//` or `#`, between `/*` and `*/`.

    A blank has to stand between the text and these marks.
    """
    line = " ".join(_visible(" ".join(_unicode(text).split())).split())
    line = re.sub(r"\*(?=/)|/(?=\*)", r"\g<0> ", line)
    # A backslash at the end, or its trigraph, would pull the next line into the comment.
    return f"{line}." if line.endswith(("\\", "??/")) else line


def _unicode(text: str) -> str:
    """Return the text without lone surrogates, one character for one."""
    return "".join(REPLACEMENT if "\ud800" <= c <= "\udfff" else c for c in text)


def _printable(character: str) -> bool:
    """Whether a source file shows this character as itself: no control, no mark that turns or hides text."""
    return character.isprintable()


def _visible(text: str) -> str:
    """Return the text with its not printable characters named: `<U+202E>`."""
    return "".join(c if _printable(c) else f"<U+{ord(c):04X}>" for c in text)


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{number} has no literal")
    return number


def _shortest_float32(number: float) -> str:
    """Return the shortest decimal that lies nearer to this float32 than to its neighbours."""
    try:
        packed = struct.pack("<f", _finite(float(number)))
    except OverflowError:
        raise ValueError(f"{number} is out of float32's range") from None
    value: float = struct.unpack("<f", packed)[0]
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    # A compiler rounds the decimal once, straight to float32: so compare exactly, not by way of a double.
    size = abs(value)
    (bits,) = struct.unpack("<I", struct.pack("<f", size))
    below, above = (struct.unpack("<f", struct.pack("<I", bits + step))[0] for step in (-1, 1))
    exact = Fraction(size)
    low = (exact + Fraction(below)) / 2
    high = (exact + Fraction(above)) / 2 if math.isfinite(above) else 2 * exact - low
    digits = next(n for n in range(1, 10) if low < Fraction(f"{size:.{n}g}") < high)  # 9 are always enough
    return _plain(Decimal(f"{value:.{digits}g}"))


def _plain(number: Decimal) -> str:
    """Return the number without an exponent, unless that were a long row of zeros; always with a point."""
    if number and not -20 <= number.adjusted() <= 20:
        return f"{number:e}"
    text = f"{number:f}"
    return text if "." in text else f"{text}.0"

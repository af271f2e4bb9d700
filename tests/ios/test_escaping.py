"""Tests of literals in an iOS project, read back by Swift, Clang, and readers of settings and plists."""

import plistlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgegen.project import escaping, xcconfig
from edgegen_kits.ios.kit import Kit
from tests.helpers.hard_texts import HARD, random_texts
from tests.helpers.tools import missing

TEXTS = [*HARD, *random_texts(300), "\\(x)", '"#', "%@ %n", "\\u{41}", "\r\n", "\x7f", "\u00a0"]
text = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.full
def test_swift_literals_compile_and_read_back_the_same(ios_kit: Kit, tmp_path: Path) -> None:
    r"""The Swift compiler runs a program that prints them. `\(x)` inserts nothing; no quote ends a text."""
    main = tmp_path / "main.swift"
    calls = "\n".join(f"put({escaping.swift_string(each)})" for each in TEXTS)
    put = 'func put(_ text: String) { print(text.utf8.map { String($0, radix: 16) }.joined(separator: " ")) }'
    main.write_text(f"{put}\n{calls}\n", encoding="utf-8", newline="\n")
    command = [
        *(*ios_kit.with_libraries(ios_kit.frontend), "-frontend", "-interpret", str(main)),
        *("-module-name", "main", "-swift-version", "6", "-warnings-as-errors", "-disable-objc-interop"),
        *("-target", "x86_64-pc-linux-gnu", "-resource-dir", str(ios_kit.resources)),
        *("-sdk", str(ios_kit.root), "-module-cache-path", str(ios_kit.modules)),
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.stderr == ""
    read_back = [bytes(int(byte, 16) for byte in line.split()) for line in answer.stdout.splitlines()]
    assert read_back == [each.encode() for each in TEXTS]


def test_swift_literals_escape_only_what_they_must() -> None:
    """Letters of any script stay; characters that change the direction or hide text are escaped."""
    assert escaping.swift_string("größe 犬 😀 it's") == '"größe 犬 😀 it\'s"'
    assert escaping.swift_string('\\(a) "b"\n\u202e\x000') == r'"\\(a) \"b\"\n\u{202E}\00"'


def test_objective_c_literals_compile_to_the_same_text(tmp_path: Path) -> None:
    """Clang compiles them for an iPhone into constant strings of UTF-16 units or ASCII bytes."""
    if not shutil.which("clang"):
        missing("clang")
    texts = [each for each in TEXTS if len(each) < 1_000]
    source = "\n".join(f"id text{i} = {escaping.objc_string(each)};" for i, each in enumerate(texts))
    (tmp_path / "texts.m").write_text(source + "\n", encoding="utf-8", newline="\n")
    flags = ["-target", "arm64-apple-ios17", "-std=gnu11", "-Wall", "-Werror", "-S", "-emit-llvm"]
    subprocess.run(["clang", *flags, "texts.m", "-o", "texts.ll"], cwd=tmp_path, check=True)
    compiled = (tmp_path / "texts.ll").read_text(encoding="utf-8")
    contents = {match[1]: constant(*match.groups()[1:]) for match in _CONTENT.finditer(compiled)}
    strings = {match[1]: contents[match[2]] for match in _STRING.finditer(compiled)}
    read_back = [strings[match[2]] for match in _TEXT.finditer(compiled)]
    assert read_back == texts


_CONTENT = re.compile(r"^@(\.str[\w.]*) = .*? \[(\d+) x (i8|i16)\] (.*), section", re.MULTILINE)
_STRING = re.compile(r"^@(_unnamed_cfstring_[\d.]*) = .*@(\.str[\w.]*)", re.MULTILINE)
_TEXT = re.compile(r"^@text(\d+) = .*@(_unnamed_cfstring_[\d.]*)", re.MULTILINE)


def constant(length: str, kind: str, content: str) -> str:
    """Return the text in an array of LLVM's text form, without the terminator."""
    if content == "zeroinitializer":
        return "\0" * (int(length) - 1)
    if kind == "i16":
        units = [int(each) for each in re.findall(r"i16 (-?\d+)", content)]
        return b"".join((unit % 65536).to_bytes(2, "little") for unit in units[:-1]).decode("utf-16-le")
    raw = re.sub(r"\\(\\|[0-9A-F]{2})", lambda m: "\\" if m[1] == "\\" else chr(int(m[1], 16)), content[2:-1])
    return raw[:-1]


@given(text)
@example("a//b;")
@example(" $(VAR) \\")
def test_xcconfig_values_read_back_the_same(value: str) -> None:
    """No text becomes a comment, a continued line or a reference. Line ends become U+FFFD."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.xcconfig")
        path.write_bytes(f"A = {escaping.xcconfig_value(value)}\nB = 1\n".encode())
        settings = xcconfig.read(path, path.parent)
    assert settings.problems == []
    expected = re.sub("[\0\n\r\u2028\u2029]", "\ufffd", value)
    assert xcconfig.evaluate(settings.value("A"), {}) == expected
    assert settings.value("B") == "1"


@pytest.mark.parametrize("value", HARD)
def test_xcconfig_values_of_hard_texts_read_back_and_usual_ones_are_unchanged(value: str) -> None:
    test_xcconfig_values_read_back_the_same.hypothesis.inner_test(value)
    assert escaping.xcconfig_value("Größe 犬 😀 it's 7:30, 100 %") == "Größe 犬 😀 it's 7:30, 100 %"


@given(text)
@example("\r\n\t\u0085\u2028 \ufffe\x01\0 ]]> &amp; <b>")
def test_plist_strings_read_back_the_same(value: str) -> None:
    """Characters that XML cannot hold become U+FFFD."""
    content = f'<plist version="1.0"><array>{escaping.plist_string(value)}</array></plist>'
    kept = (c if c in "\t\n\r" or (ord(c) >= 0x20 and c not in "\ufffe\uffff") else "\ufffd" for c in value)
    assert plistlib.loads(content.encode()) == ["".join(kept)]

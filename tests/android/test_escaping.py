"""Tests of literals in Kotlin, Gradle, TOML and Android resources that compilers and parsers read back."""

import math
import random
import struct
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgegen.project import escaping
from tests.helpers.android_tools import kotlinc, resource_strings, run_java
from tests.helpers.hard_texts import HARD, random_texts

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

text = st.text(st.characters(exclude_categories=["Cs"]))
KOTLIN_TEXTS = [*HARD, "$name", "${name}", "$$", '"""$name"""', "\\$", "%1$s", "@string/x", "😀" * 100]

# Prints each text as its length in bytes, a line end, and the bytes.
PUT_KOTLIN = """
private fun put(text: String) {
    val bytes = text.toByteArray()
    println(bytes.size)
    System.out.write(bytes)
}
"""


def read_back(printed: bytes, count: int) -> list[str]:
    """Return the first `count` texts that `put` printed, and the rest as one more text."""
    texts = []
    for _ in range(count):
        length, _, rest = printed.partition(b"\n")
        texts.append(rest[: int(length)].decode())
        printed = rest[int(length) :]
    return [*texts, printed.decode()]


@pytest.mark.full
def test_kotlin_literals_compile_and_read_back_the_same(tmp_path: Path) -> None:
    """Checks texts, the bits of numbers, and packages named like Kotlin keywords."""
    texts = KOTLIN_TEXTS + random_texts(300)
    source = random.Random(2)
    singles = [0.0, -0.0, 0.1, 1 / 255, 16777216.0, 1e-5, 1e30, 1.4e-45, 3.4028234663852886e38]
    singles += [struct.unpack("<f", struct.pack("<I", source.getrandbits(31)))[0] for _ in range(1_000)]
    singles = [s for s in singles if math.isfinite(s)]
    doubles = [0.0, -0.0, 1 / 255, 5e-324, 1.7976931348623157e308, -1e22, 1e-20, 1e21]
    doubles += [source.uniform(-1e6, 1e6) for _ in range(500)]
    packages = [f"org.{word}.x" for word in sorted(escaping.KOTLIN_KEYWORDS)] + ["in.co.birds", "a.b"]
    write = {
        "texts": (", ".join(f"\n    {escaping.kotlin_string(t)}" for t in texts), "arrayOf"),
        "singles": (", ".join(escaping.cpp_float(s) for s in singles), "floatArrayOf"),
        "doubles": (", ".join(escaping.cpp_double(d) for d in doubles), "doubleArrayOf"),
    }
    arrays = "\n".join(f"private val {name} = {kind}({items})" for name, (items, kind) in write.items())
    imports = "\n".join(
        f"import {escaping.kotlin_package(package)}.name as name{i}" for i, package in enumerate(packages)
    )
    names = "\n".join(f"    println(name{i})" for i in range(len(packages)))
    main = f"""
{imports}
{arrays}
{PUT_KOTLIN}
fun main() {{
    texts.forEach(::put)
    singles.forEach {{ println(it.toRawBits()) }}
    doubles.forEach {{ println(it.toRawBits()) }}
{names}
}}
"""
    files = {"main.kt": main} | {
        f"package{i}.kt": f"package {escaping.kotlin_package(package)}\n\nconst val name = {i}\n"
        for i, package in enumerate(packages)
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8", newline="\n")
    kotlinc([tmp_path / name for name in files], tmp_path / "classes")
    *found, numbers = read_back(run_java("MainKt", tmp_path / "classes"), len(texts))
    assert found == texts
    bits = [int(line) for line in numbers.split()]
    assert bits == [
        *(struct.unpack("<i", struct.pack("<f", s))[0] for s in singles),
        *(struct.unpack("<q", struct.pack("<d", d))[0] for d in doubles),
        *range(len(packages)),
    ]


def test_kotlin_literals_escape_only_what_they_must() -> None:
    """Letters of any script stay; characters that change the text direction are escaped."""
    assert escaping.kotlin_string("größe 犬 😀 it's") == '"größe 犬 😀 it\'s"'
    assert escaping.kotlin_string('$a "b"\n\u202e\U000e0041') == r'"\$a \"b\"\n\u202e\udb40\udc41"'
    assert escaping.cpp_float(1 / 255) == "0.003921569f"
    assert escaping.cpp_double(1 / 255) == "0.00392156862745098"
    assert escaping.kotlin_package("in.co.birds.when.data") == "`in`.co.birds.`when`.data"


@pytest.mark.full
def test_android_strings_read_back_the_same_from_aapt2(tmp_path: Path) -> None:
    """NUL would end the text and becomes U+FFFD."""
    texts = [
        *(text for text in HARD if len(text) <= 10_000),  # a resource holds 32 KB
        *random_texts(200),
        "@string/app_name", "@null", "@", "?attr/x", "?", "@@", "'", "it's", '"', "\\'", "\\n", "\\u0041",
        "a  b", "  a", "a  ", "%1$s %2$s", "<b>&amp;</b>", "&lt;", "\u200f\u05e9\u05dc", "n" * 200,
    ]  # fmt: skip
    lines = [
        f'    <string name="t{i}" formatted="false">{escaping.xml_string(t)}</string>'
        for i, t in enumerate(texts)
    ]
    (tmp_path / "values").mkdir()
    resources = tmp_path / "values" / "strings.xml"
    head = '<?xml version="1.0" encoding="utf-8"?>\n<resources>'
    resources.write_text("\n".join([head, *lines, "</resources>\n"]), encoding="utf-8", newline="\n")
    found = resource_strings(tmp_path, [resources])
    assert [found[f"t{i}"] for i in range(len(texts))] == [t.replace("\0", "\ufffd") for t in texts]


@given(text)
@example("\r\n\t\u0085\u2028 \ufffe\x01\0")
def test_xml_attribute_reads_back_the_same(value: str) -> None:
    """Line ends are kept. Characters that XML cannot hold become U+FFFD."""
    element = ElementTree.fromstring(f"<a b={escaping.xml_attribute(value)}/>")  # noqa: S314
    kept = (c if c in "\t\n\r" or (ord(c) >= 0x20 and c not in "\ufffe\uffff") else "\ufffd" for c in value)
    assert element.get("b") == "".join(kept)


@pytest.mark.parametrize("value", HARD)
def test_xml_attribute_of_hard_texts_is_one_printable_line_and_reads_back(value: str) -> None:
    test_xml_attribute_reads_back_the_same.hypothesis.inner_test(value)
    assert escaping.xml_attribute(value).isprintable()


@given(text)
@example('\x7f\b\f\\/"')
def test_toml_string_is_one_printable_line_and_reads_back_the_same(value: str) -> None:
    literal = escaping.yaml_string(value)
    assert tomllib.loads(f"a = {literal} # comment")["a"] == value
    assert literal.isprintable()

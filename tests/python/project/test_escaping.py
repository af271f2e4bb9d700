"""Literals are read back by the real compiler, interpreter or parser of their language."""

import json
import math
import os
import random
import shutil
import struct
import subprocess
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined, UndefinedError
from markdown_it import MarkdownIt

from edgegen.project import escaping
from edgegen.project.template_filters import FILTERS, Filters
from tests.helpers.hard_texts import HARD, LONE_SURROGATE, random_texts
from tests.helpers.tools import missing

compilers = pytest.mark.parametrize("compiler", ["g++", "clang++"])
TEXT_FILTERS = {name for name in FILTERS if not name.endswith(("_float", "_double", "_package"))}
text = st.text(st.characters(exclude_categories=["Cs"]))


def compile_and_run(compiler: str, source: str, folder: Path, *extra_flags: str) -> bytes:
    """Return the output of a C++17 program; fail if its compilation gives a warning."""
    if not shutil.which(compiler):
        missing(compiler)
    (folder / "main.cpp").write_text(source, encoding="utf-8", newline="\n")
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *extra_flags]
    build = subprocess.run(
        [compiler, *flags, "main.cpp", "-o", "main"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert build.returncode == 0, build.stderr[:4_000]
    return subprocess.run([folder / "main"], capture_output=True, check=True).stdout


@pytest.mark.full
@compilers
@pytest.mark.parametrize("trigraphs", ["-Wtrigraphs", "-trigraphs"])
def test_cpp_string_reads_back_the_same_bytes_without_a_warning(
    compiler: str, trigraphs: str, tmp_path: Path
) -> None:
    """|With trigraphs on and off."""
    texts = HARD + random_texts(300)
    literals = ",\n".join(f"    {escaping.cpp_string(t)}sv" for t in texts)
    source = f"""#include <cstdio>
#include <string_view>
using namespace std::string_view_literals;
static constexpr std::string_view kTexts[] = {{
{literals}
}};
int main() {{
  for (const auto text : kTexts) {{
    for (const char c : text) std::printf("%02x", static_cast<unsigned char>(c));
    std::puts("");
  }}
}}
"""
    output = compile_and_run(compiler, source, tmp_path, trigraphs).decode().split("\n")
    assert output[:-1] == [t.encode().hex() for t in texts]


def test_cpp_string_keeps_readable_text_readable() -> None:
    """|Letters of any script are unchanged; control and bidi characters are escaped."""
    assert escaping.cpp_string("größe 犬 😀") == '"größe 犬 😀"'
    assert escaping.cpp_string("a\u202eb\x001") == '"a\\342\\200\\256b\\0001"'
    assert escaping.cpp_string("what??!") == '"what?\\?!"'
    assert len(escaping.cpp_string("x" * 10_000).split()) == 3


@compilers
def test_cpp_numbers_read_back_the_same_bits(compiler: str, tmp_path: Path) -> None:
    """|Every float32 and double literal, including subnormal and the largest ones."""
    source = random.Random(1)
    singles = [
        0.0,
        -0.0,
        1.0,
        0.1,
        1 / 255,
        0.25,
        114.0,
        1e-5,
        16777216.0,
        1e10,
        1e30,
        1.4e-45,
        3.4028234663852886e38,
    ]
    singles += [struct.unpack("<f", struct.pack("<I", source.getrandbits(31)))[0] for _ in range(3_000)]
    singles = [s for s in singles if math.isfinite(s)]
    doubles = [0.0, -0.0, 1 / 255, 0.1, 5e-324, 1.7976931348623157e308, -1e22, 123456789.125, 1e-20, 1e21]
    doubles += [source.uniform(-1e6, 1e6) for _ in range(1_000)]
    values = (
        ", ".join(escaping.cpp_float(s) for s in singles),
        ", ".join(escaping.cpp_double(d) for d in doubles),
    )
    program = f"""#include <cstdint>
#include <cstdio>
#include <cstring>
static const float kSingles[] = {{{values[0]}}};
static const double kDoubles[] = {{{values[1]}}};
int main() {{
  for (const float x : kSingles) {{
    std::uint32_t bits;
    std::memcpy(&bits, &x, sizeof x);
    std::printf("%u\\n", bits);
  }}
  for (const double x : kDoubles) {{
    std::uint64_t bits;
    std::memcpy(&bits, &x, sizeof x);
    std::printf("%llu\\n", static_cast<unsigned long long>(bits));
  }}
}}
"""
    bits = [int(line) for line in compile_and_run(compiler, program, tmp_path).split()]
    assert bits[: len(singles)] == [struct.unpack("<I", struct.pack("<f", s))[0] for s in singles]
    assert bits[len(singles) :] == [struct.unpack("<Q", struct.pack("<d", d))[0] for d in doubles]


def test_cpp_numbers_are_short_and_plain() -> None:
    """|-"""
    assert escaping.cpp_float(1 / 255) == "0.003921569f"
    assert escaping.cpp_float(0.25) == "0.25f"
    assert escaping.cpp_float(114) == "114.0f"
    assert escaping.cpp_float(-0.1) == "-0.1f"
    assert escaping.cpp_float(16777216) == "16777216.0f"
    assert escaping.cpp_float(1e-5) == "0.00001f"
    assert escaping.cpp_double(1 / 255) == "0.00392156862745098"
    assert escaping.cpp_double(0.7) == "0.7"
    assert escaping.cpp_double(1e-7) == "0.0000001"
    assert escaping.cpp_double(1) == "1.0"
    assert escaping.cpp_double(1e300) == "1e+300"


@pytest.mark.parametrize("write", [escaping.cpp_float, escaping.cpp_double])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_cpp_numbers_reject_nan_and_infinity(write: object, number: float) -> None:
    """C++ has no literal for them."""
    with pytest.raises(ValueError, match="has no literal"):
        write(number)  # type: ignore[operator]


def test_cpp_float_rejects_a_double_beyond_the_range_of_float32() -> None:
    with pytest.raises(ValueError, match="out of float32's range"):
        escaping.cpp_float(1e39)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_cpp_float_has_as_few_digits_as_numpys_shortest_form(number: float) -> None:
    literal = escaping.cpp_float(number).removesuffix("f")
    assert np.float32(literal).tobytes() == np.float32(number).tobytes()
    shortest = np.format_float_scientific(np.float32(number), unique=True)
    assert len(Decimal(literal).normalize().as_tuple().digits) <= len(
        Decimal(shortest).normalize().as_tuple().digits
    )


def test_cmake_string_reads_back_the_same(tmp_path: Path) -> None:
    """|NUL becomes U+FFFD, because CMake cannot store it."""
    cmake = shutil.which("cmake")
    if not cmake:
        missing("cmake")
    texts = HARD + random_texts(100)
    lines = ["cmake_minimum_required(VERSION 3.25)"]
    lines += [f'file(WRITE "{i}.txt" {escaping.cmake_string(t)})' for i, t in enumerate(texts)]
    (tmp_path / "script.cmake").write_bytes("\n".join(lines).encode())
    result = subprocess.run(
        [cmake, "-P", "script.cmake"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert not result.stderr
    for i, t in enumerate(texts):
        assert (tmp_path / f"{i}.txt").read_bytes().decode() == t.replace("\0", "\ufffd"), repr(t)


@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_shell_word_reads_back_the_same(shell: str, tmp_path: Path) -> None:
    """|As one word; NUL becomes U+FFFD."""
    if not shutil.which(shell):
        missing(shell)
    texts = HARD + random_texts(100)
    script = "\n".join(f"printf '%s\\0' {escaping.shell(t)}" for t in texts)
    (tmp_path / "script").write_bytes(script.encode())
    output = subprocess.run(
        [shell, "script"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    ).stdout
    assert output.decode().split("\0")[:-1] == [t.replace("\0", "\ufffd") for t in texts]


def test_shell_quotes_only_if_necessary() -> None:
    """Ordinary paths in a README stay readable."""
    assert escaping.shell("build/release/app") == "build/release/app"
    assert escaping.shell("my birds") == "'my birds'"
    assert escaping.shell("") == "''"
    assert escaping.shell("~") == "'~'"


@given(text)
@example(LONE_SURROGATE.replace("\ud800", "\ufffd"))
def test_json_and_yaml_strings_read_back_the_same(value: str) -> None:
    """|By Python's parsers; the literal is one line of printable characters."""
    for literal, parse in (
        (escaping.json_string(value), json.loads),
        (escaping.yaml_string(value), yaml.safe_load),
    ):
        assert parse(literal) == value
        assert literal.isprintable()


@pytest.mark.parametrize("value", HARD)
def test_json_and_yaml_strings_of_hard_texts_read_back_the_same(value: str) -> None:
    """Also inside a list or mapping of YAML."""
    assert json.loads(escaping.json_string(value)) == value
    assert yaml.safe_load(f"a: {escaping.yaml_string(value)}\nb: [{escaping.yaml_string(value)}]") == {
        "a": value,
        "b": [value],
    }


def rendered(source: str) -> str:
    """Return the text that a Markdown renderer shows for one line, or the names of the blocks."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source)
    names = [token.type for token in tokens]
    if names != ["paragraph_open", "inline", "paragraph_close"]:
        return f"blocks: {names}"
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}, children
    return "".join(child.content for child in children)


def shown(value: str) -> str:
    """Return the text for the reader: single spaces, and names for unprintable characters."""
    line = " ".join(value.split())
    return " ".join("".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in line).split())


@given(text)
@example("_a_ b_c")
@example("1\\. x")
@example("  - x")
def test_markdown_shows_the_text(value: str) -> None:
    """|CommonMark finds no emphasis, link, list, heading or HTML."""
    source = escaping.markdown(value)
    assert "\n" not in source
    if shown(value):
        assert rendered(source) == shown(value)


@pytest.mark.parametrize("value", [value for value in HARD if shown(value)])
def test_markdown_shows_hard_texts(value: str) -> None:
    """|Alone, and in a cell of a table."""
    assert rendered(escaping.markdown(value)) == shown(value)
    table = f"| a | b |\n|---|---|\n| {escaping.markdown(value)} | x |\n"
    tokens = MarkdownIt("commonmark").enable("table").parse(table)
    cells = [token for token in tokens if token.type == "inline"]
    assert len(cells) == 4
    assert "".join(child.content for child in cells[2].children or []) == shown(value)
    assert cells[3].content == "x"


def test_markdown_keeps_ordinary_names_unchanged() -> None:
    assert escaping.markdown("yolo11n-coco128 my_model (v2.1)") == "yolo11n-coco128 my_model (v2.1)"


@pytest.mark.full
@compilers
@pytest.mark.parametrize("trigraphs", ["-Wtrigraphs", "-trigraphs"])
def test_comment_never_hides_the_code_after_it(compiler: str, trigraphs: str, tmp_path: Path) -> None:
    """And the compiler gives no warning."""
    texts = HARD + random_texts(300)
    lines = []
    for t in texts:
        lines += [f"  // {escaping.comment(t)}", "  n += 1;", f"  /* {escaping.comment(t)} */ n += 1;"]
    body = "\n".join(lines)
    program = f"#include <cstdio>\nint main() {{\n  int n = 0;\n{body}\n" + '  std::printf("%d", n);\n}\n'
    assert int(compile_and_run(compiler, program, tmp_path, trigraphs)) == 2 * len(texts)


@pytest.mark.parametrize("value", [*HARD, LONE_SURROGATE])
def test_comment_is_one_printable_line(value: str) -> None:
    """|No control, bidi or newline character remains."""
    line = escaping.comment(value)
    assert line.isprintable()
    assert not line.endswith("\\")
    assert "*/" not in line
    assert "/*" not in line
    line.encode()


def test_comment_names_unprintable_characters() -> None:
    assert escaping.comment("a\u202eb") == "a<U+202E>b"
    assert escaping.comment("two\nlines") == "two lines"


@pytest.mark.parametrize("name", sorted(TEXT_FILTERS))
def test_lone_surrogates_become_the_replacement_character(name: str) -> None:
    """|They have no UTF-8 form and could not be written."""
    write = FILTERS[name]
    assert write(LONE_SURROGATE) == write("a\ufffdb")
    write(LONE_SURROGATE).encode()


def test_filters_are_an_extension_of_jinja() -> None:
    """|Also for texts that look like templates."""
    filters = "edgegen.project.template_filters.Filters"
    environment = Environment(extensions=[filters], undefined=StrictUndefined)  # noqa: S701
    template = environment.from_string("{{ x | cpp_string }} {{ y | cpp_float }} {{ x | json_string }}")
    assert template.render(x="{{ y }}", y=0.5) == '"{{ y }}" 0.5f "{{ y }}"'


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_filter_of_a_missing_value_is_an_error(name: str) -> None:
    """StrictUndefined also applies to filters."""
    environment = Environment(extensions=[Filters], undefined=StrictUndefined)  # noqa: S701
    with pytest.raises(UndefinedError):
        environment.from_string("{{ missing | " + name + " }}").render()

"""Texts that are hard to quote, as names of apps and of classes, and a model with 10,000 classes."""

from pathlib import Path

import pytest

from tests.helpers.hard_texts import HARD
from tests.helpers.once import Once
from tests.helpers.support import write_metadata, write_program

MANY = 10_000

# Beside the texts that every escaping function is tested with: what users were seen to write, and worse.
NAMES = [
    *(text for text in HARD if len(text) <= 10_000),
    'a "quoted" name', "two\nlines", "😀", "$HOME ${x} $(rm -rf /)", "100 %d %s", "C:\\new\\table", "n" * 300,
    "??= ??/ ??' ??( ??) ??! ??< ??> ??-", "\0", "a\0b", "\0001", "\u05e8\u05d0\u05e9 \u202e\u05d4\u05e4",
    '")sv, "', '\\"sv', "{{ x }}", "{% raw %}", "{# no comment #}", 'R"(raw)"', "\\u0041\\x41\\101",
    "}; int main() { return 1; } //",
]  # fmt: skip

APP_NAMES = [
    "class", "int", "namespace", "main", "std", "Größe", "犬と猫", "😀", "👨\u200d👩\u200d👧", 'say "hi"',
    "it's", "$(rm -rf)", "`id`", "${HOME}", "%s%n", "a;b", "#include <x>", "* int x; *", "trailing ??",
    "a\u00a0b", "\u05e9\u05dc\u05d5\u05dd", "2 cars", "{{ app }}", "{% if %}", "a" * 200, "犬" * 200, "-rf",
    "~", "..", "[x](y)", "<b>&amp;", "@APP@", "]]", "a=b",
]  # fmt: skip


@pytest.fixture(scope="session")
def many_classes(once: Once) -> Path:
    """Return an exported folder with 10,000 classes, the first of which have names that are hard to quote."""

    def make(folder: Path) -> None:
        write_program(folder / "model.pte", MANY)
        names = [*NAMES, *(f"class {number}" for number in range(len(NAMES), MANY))]
        metadata = {"task": "detect", "imgsz": [160, 192], "stride": 32, "names": dict(enumerate(names))}
        write_metadata(folder, metadata)

    return once("many-classes", make)

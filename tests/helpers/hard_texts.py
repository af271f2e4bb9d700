"""Texts that users give as names and that break careless generators."""

import random

HARD = [
    "", " ", "plain", " leading and trailing ", "it's", 'say "hi"', '"""', "\\", "\\\\", "ends with \\",
    "a\\nb", "line\nbreak", "cr\r\nlf", "\rcr", "\ttab", "nul\0inside", "\0", "\x001", "\x7f",
    "\x1b[31m", "$HOME", "${VAR}", "$(VAR)", "$(id)", "`id`", "@VAR@", "%", "%s%n", "%%", ";", "a;b",
    "//", "/* x */", "*/ code();", "/*/", "//*", "*", "/", "??/", "??=", "????/", "what??/", r"\(x)",
    "%@ %1$@ %n", '"#\\(x)',
    r"\u0041", r"\x41", '"#', '#"', "#", "# title", "#include", "<b>&amp;</b>", "]]>", "a|b", "*bold*",
    "_under_", "snake_case_name", "~~gone~~", "[a](b)", "![a](b)", "- item", "+ item", "1. one",
    "12) twelve", "= =", "---", ": x", "> quote", "yes", "null", "~", "-rf", "--", "a=b", "!", "größe",
    "日本語", "犬\u3000猫", "é", "e\u0301", "😀", "👨\u200d👩\u200d👧", "\U0001f600" * 80, "שלום",
    "abc\u202edef\u202c", "\u2066x\u2069", "\u200f", "\u2028\u2029", "\u0085", "\ufeffbom", "\ufffe",
    "\u00adsoft", "\u00a0", "\U000e0041", "\x80\x81", "1" * 300, "ä" * 300, "?" * 300, "\x01f", "\x019",
    "a" * 3_999 + "ä", "x\x00" * 3_000, "é" * 20_000,
]  # fmt: skip

LONE_SURROGATE = "a\ud800b"  # has no UTF-8 form


def random_texts(count: int) -> list[str]:
    """A fixed draw from all of Unicode, with the characters that matter drawn often."""
    source = random.Random(0)
    every = [*range(0xD800), *range(0xE000, 0x3000, 7), *range(0x10000, 0x11000)]
    special = "\"'\\?/*$%@;#\n\r\t\0 0123456789abcdef\u202eé😀"
    return [
        "".join(
            source.choice(special) if source.random() < 0.7 else chr(source.choice(every))
            for _ in range(source.randrange(1, 30))
        )
        for _ in range(count)
    ]

"""Templates filled in without Jinja: the same text as Jinja's; other templates are left to Jinja."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined

from edgegen.project.plain import fill_in
from edgegen.project.render import templates_dir
from tests.helpers.hard_texts import HARD

NAMES = {
    "name": 'a "hard" {{ name }}\r\n{% if %} 犬',
    "number": 7,
    "part": 0.5,
    "loop": "l",
    "none": "n",
    "self": "s",
}
PIECES = [
    "{{ name }}", "{{ number }}", "{{ name | cpp_string }}", "{{ part | cpp_float }}", "{{ name|length }}",
    "{{ loop }}", "{{ none }}", "{{ self }}", "{{name}}", "{{- name }}", "{{ name -}}", "{{", "}}", "{", "}",
    "{%", "%}", "{#", "#}", "\n", "\r\n", "\r", " ", "x", "{% raw %}", "{% endraw %}", "{# note #}",
    "{% if name %}", "{% endif %}", "{{ name.x }}", "{{ 'x' }}",
]  # fmt: skip


def environment() -> Environment:
    """Return the Jinja environment of the renderer."""
    return Environment(
        extensions=["edgegen.project.template_filters.Filters"],
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


JINJA = environment()


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_fill_in_equals_jinja_for_any_text(text: str) -> None:
    """Half tags, other tags, Jinja's own names."""
    filled = fill_in(text, NAMES)
    if filled is not None:
        assert filled == JINJA.from_string(text).render(NAMES)


def test_fill_in_equals_jinja_for_all_templates() -> None:
    """With hard texts as values; many templates need no Jinja."""
    texts = [path.read_bytes().decode() for path in sorted(templates_dir().rglob("*.jinja"))]
    plain = 0
    for number, text in enumerate(texts):
        places = re.findall(r"\{\{ (\w+)(?: \| (\w+))? \}\}", text)
        context: dict[str, Any] = {
            name: 0.5
            if (function or "").endswith(("float", "double"))
            else HARD[(number + place) % len(HARD)]
            for place, (name, function) in enumerate(places)
        }
        filled = fill_in(text, context)
        if filled is not None:
            plain += 1
            assert filled == JINJA.from_string(text).render(context)
    assert plain > 20


@pytest.mark.parametrize(
    "text",
    [
        "{{ nobody }}", "{{ name | nobody }}", "{{ name | length }}", "{{ name.x }}", "{{ name", "{{name}}",
        "{% if name %}{% endif %}", "{# note #}", "a\r\nb", "{{{ name }}", "{{ none }}", "{{ loop }}",
    ],
)  # fmt: skip
def test_fill_in_leaves_other_templates_to_jinja(text: str) -> None:
    """Also unknown names, so Jinja reports them."""
    assert fill_in(text, NAMES) is None


def test_fill_in_returns_a_text_without_tags_unchanged() -> None:
    for text in ("", "\n", "a } b }} c\n\n", "#}"):
        assert fill_in(text, {}) == text

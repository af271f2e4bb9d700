"""Templates that are filled in without Jinja: the same text as Jinja's, and all else is left to it."""

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
    """Return Jinja as templates are rendered with it."""
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
def test_what_is_filled_in_is_what_jinja_renders(text: str) -> None:
    """Whatever stands side by side: half a tag, a tag of another kind, a word of Jinja's own."""
    filled = fill_in(text, NAMES)
    if filled is not None:
        assert filled == JINJA.from_string(text).render(NAMES)


def test_our_own_templates_are_what_jinja_renders() -> None:
    """With hard texts in every place; more than a hundred of them are filled in."""
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
    assert plain > 100


@pytest.mark.parametrize(
    "text",
    [
        "{{ nobody }}", "{{ name | nobody }}", "{{ name | length }}", "{{ name.x }}", "{{ name", "{{name}}",
        "{% if name %}{% endif %}", "{# note #}", "a\r\nb", "{{{ name }}", "{{ none }}", "{{ loop }}",
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_jinja(text: str) -> None:
    """A name that is not known too: Jinja says what is wrong, as always."""
    assert fill_in(text, NAMES) is None


def test_a_text_without_places_is_itself() -> None:
    """Also one of no length, and without a line's end."""
    for text in ("", "\n", "a } b }} c\n\n", "#}"):
        assert fill_in(text, {}) == text

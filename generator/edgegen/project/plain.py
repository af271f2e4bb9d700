"""Templates that only put values in their places, without Jinja.

Most templates are some for their package line alone; to compile and run each takes Jinja milliseconds, and a
project has a hundred. What is not plain, or would be an error, is left to Jinja: both give the same text.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

_PLACE: Final = re.compile(r"\{\{ ([a-z][a-z0-9_]*)(?: \| ([a-z][a-z0-9_]*))? \}\}")
_MORE: Final = re.compile(r"\{[{%#]|\r")  # Jinja's tags; and it has line ends of its own
_ITS_OWN: Final = "and else false if import in is loop none not or recursive self super true"  # Jinja's words
_WORDS: Final = frozenset(_ITS_OWN.split())


def fill_in(text: str, context: Mapping[str, Any]) -> str | None:
    """Return a template's text with its values in it; None where Jinja has to read it."""
    from edgegen.project.template_filters import FILTERS

    pieces = _PLACE.split(text)
    literals = pieces[::3]
    if any(_MORE.search(literal) or literal.endswith("{") for literal in literals):
        return None
    filled = [literals[0]]
    for name, function, literal in zip(pieces[1::3], pieces[2::3], literals[1:], strict=True):
        if name in _WORDS or name not in context or (function and function not in FILTERS):
            return None
        value = context[name]
        filled += [str(FILTERS[function](value) if function else value), literal]
    return "".join(filled)

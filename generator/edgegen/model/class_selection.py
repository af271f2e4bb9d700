"""Parse `--classes`: a list of class names and numbers."""

import difflib
import re
from collections.abc import Sequence
from typing import Final

from edgegen.base.errors import UsageError
from edgegen.base.text import first_of

# An entry and its end. In a quoted entry, a quote is written twice.
_ENTRY: Final = re.compile(
    r'(?:"(?P<quoted>(?:[^"]|"")*)"\s*|(?P<plain>[^",\s][^,]*|))(?P<end>,|$)', re.DOTALL | re.ASCII
)
ALL_CLASSES: Final = "all"  # instead of a list: every class. `new` prefers a class of this name
_MOST_NAMED: Final = 20  # classes in a message


class ClassSelectionError(UsageError):
    """--classes names a class that the model does not have, or cannot be read (exit code 2)."""

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(f"--classes: {problem}", hint)
        self.problem = problem


def resolve_classes(class_names: Sequence[str], wanted: str | None) -> tuple[int, ...]:
    """Return the class ids of a list such as `person,3,dog`, in rising order without duplicates.

    None and `all` give (), which keeps all classes. Digits are a class number, anything else is a name.
    Case counts only if names differ in case alone. Double quotes always make a name: `"3"`, `"red, round"`,
    and `"5"" disc"` for 5" disc. A name of several classes selects all of them.

    Raises:
        ClassSelectionError: The list cannot be parsed or names an unknown class.
    """
    names = {name.casefold() for name in class_names}
    if wanted is None or (wanted.strip() == ALL_CLASSES and ALL_CLASSES not in names):
        return ()
    chosen: set[int] = set()
    rest = wanted
    while True:
        rest = rest.lstrip()
        entry = _ENTRY.match(rest)
        if entry is None:
            raise ClassSelectionError(
                f"the quote before {rest[1:40]!r} is not closed before a comma or the end",
                'write a quote inside quotes twice: "5"" disc"',
            )
        if entry["quoted"] is not None:
            chosen |= _by_name(class_names, entry["quoted"].replace('""', '"'))
        else:
            chosen |= _by_word(class_names, entry["plain"].strip())
        if not entry["end"]:
            return tuple(sorted(chosen))
        rest = rest[entry.end() :]


def _by_word(class_names: Sequence[str], word: str) -> set[int]:
    if not word:
        raise ClassSelectionError("an entry is empty", "name classes between commas: --classes person,3,dog")
    if not (word.isascii() and word.isdigit()):
        return _by_name(class_names, word)
    number = int(word) if len(word) < 10 else len(class_names)
    if number < len(class_names):
        return {number}
    hint = f"its classes are {_listed(class_names)}"
    if word in class_names:
        hint = f"select the class of that name with --classes '\"{word}\"'"
    raise ClassSelectionError(
        f"there is no class {word[:20]}; the numbers are 0 to {len(class_names) - 1}", hint
    )


def _by_name(class_names: Sequence[str], name: str) -> set[int]:
    exact = {i for i, known in enumerate(class_names) if known == name}
    if exact:
        return exact
    folded = {i for i, known in enumerate(class_names) if known.casefold() == name.casefold()}
    spellings = {class_names[i] for i in folded}
    if len(spellings) == 1:
        return folded
    if spellings:
        raise ClassSelectionError(f"{name[:60]!r} may mean {_listed(sorted(spellings))}", "write it exactly")
    raise ClassSelectionError(f"the model has no class {name[:60]!r}", _suggestion(class_names, name))


def _suggestion(class_names: Sequence[str], name: str) -> str:
    known = {each.casefold(): each for each in class_names}
    close = [known[each] for each in difflib.get_close_matches(name.casefold(), known, n=3)]
    if close:
        return f"did you mean {_listed(close)}?"
    return f"its classes are {_listed(class_names)}"


def _listed(names: Sequence[str]) -> str:
    return first_of([repr(name[:60]) for name in names], _MOST_NAMED)

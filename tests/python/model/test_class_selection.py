"""Selection of classes with `--classes`, by name and by number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegen.base.errors import UsageError
from edgegen.model.class_selection import resolve_classes
from tests.helpers.hard_texts import HARD

ZOO = ("person", "Dog", "dog", "traffic light", "red, round", "7", "person", '5" disc', " ", "größe")


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ("dog", (2,)),
        ("Dog", (1,)),
        ("3", (3,)),
        ("003", (3,)),
        ("dog,3,Dog", (1, 2, 3)),
        (" dog , 3 ", (2, 3)),
        ("3,3,traffic light", (3,)),
        ("person", (0, 6)),
        ("PERSON", (0, 6)),
        ("GRÖSSE", (9,)),
        ("Traffic Light", (3,)),
        ('"red, round"', (4,)),
        ('"7"', (5,)),
        ("7", (7,)),
        ('"5"" disc"', (7,)),
        ('5" disc', (7,)),
        ('" "', (8,)),
        ('"dog" , "7",0', (0, 2, 5)),
        ("0,1,2,3,4,5,6,7,8,9", tuple(range(10))),
    ],
)
def test_resolve_classes_accepts_numbers_names_and_quoted_names(wanted: str, ids: tuple[int, ...]) -> None:
    """A number without quotes is an ID; a name selects every class of that name."""
    assert resolve_classes(ZOO, wanted) == ids


def test_all_selects_every_class_unless_a_class_has_that_name() -> None:
    assert resolve_classes(ZOO, "all") == ()
    assert resolve_classes(("all", "none"), "all") == (0,)
    assert resolve_classes(("All", "none"), "all") == (0,)
    with pytest.raises(UsageError, match="has no class 'all'"):
        resolve_classes(ZOO, '"all"')


@pytest.mark.parametrize(
    ("wanted", "said", "hint"),
    [
        ("", "an entry is empty", "person,3,dog"),
        ("dog,", "an entry is empty", "person,3,dog"),
        ("dog,,3", "an entry is empty", "person,3,dog"),
        ("10", "there is no class 10; the numbers are 0 to 9", ""),
        ("9" * 5_000, "there is no class 9999", ""),
        ("-1", "no class '-1'", ""),
        ("\u0663", "no class '\u0663'", ""),
        ("persn", "no class 'persn'", "did you mean 'person'?"),
        ("trafic ligth", "no class 'trafic ligth'", "'traffic light'"),
        ("zebra", "no class 'zebra'", "its classes are 'person', 'Dog', 'dog'"),
        ("DOG", "'DOG' may mean 'Dog', 'dog'", "write it exactly"),
        ('"dog', "the quote before 'dog' is not closed", 'quotes twice: "5"" disc"'),
        ('"dog"x', "not closed", ""),
        ('""', "no class ''", ""),
        ("red, round", "no class 'red'", ""),
    ],
)
def test_resolve_classes_explains_an_unknown_entry(wanted: str, said: str, hint: str) -> None:
    """The message has the entry, the hint the most likely class."""
    with pytest.raises(UsageError) as caught:
        resolve_classes(ZOO, wanted)
    assert said in caught.value.message
    assert hint in caught.value.hint


def test_resolve_classes_explains_quotes_for_names_that_are_numbers() -> None:
    with pytest.raises(UsageError) as caught:
        resolve_classes(("11", "12"), "12")
    assert "the numbers are 0 to 1" in caught.value.message
    assert caught.value.hint == "select the class of that name with --classes '\"12\"'"


@given(st.lists(st.one_of(st.text(), st.sampled_from(HARD)), min_size=1, max_size=5, unique_by=str.casefold))
def test_resolve_classes_finds_any_class_by_quoted_name_and_number(names: list[str]) -> None:
    for class_id, name in enumerate(names):
        quoted = '"' + name.replace('"', '""') + '"'
        assert resolve_classes(names, quoted) == (class_id,)
        assert resolve_classes(names, f" {quoted} , {class_id}") == (class_id,)


@given(st.text())
def test_resolve_classes_of_any_text_returns_classes_or_a_usage_error(wanted: str) -> None:
    try:
        assert all(0 <= class_id < 10 for class_id in resolve_classes(ZOO, wanted))
    except UsageError as error:
        assert error.message


def test_resolve_classes_gives_a_short_hint_among_10000_classes() -> None:
    names = [f"class number {i}" for i in range(10_000)]
    with pytest.raises(UsageError) as caught:
        resolve_classes(names, "clas numer 77")
    assert "'class number 77'" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        resolve_classes(names, "zzz")
    assert caught.value.hint.endswith("and 9980 more")

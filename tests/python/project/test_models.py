"""Which models a project has: what they are called, and what a manifest may say of them."""

from typing import Any

import pytest

from edgegen.base import naming
from edgegen.project.models import are_sound, called, places


def test_names_that_are_there_twice_get_a_number() -> None:
    """Names that one file system takes for one are the same; keys are identifiers, and no two are equal."""
    assert called(["birds", "Birds", "birds 2", "best"]) == [
        ("birds", "birds"),
        ("Birds 2", "birds_2"),
        ("birds 2 2", "birds_2_2"),
        ("best", "best"),
    ]
    assert called(["birds"], [("birds", "birds"), ("night", "birds_2")]) == [("birds 3", "birds_3")]


def test_names_of_any_script_and_length_get_keys() -> None:
    """What no identifier can be made of counts up."""
    wanted = ["鳥", "魚", "x" * naming.MAX_NAME, "x" * naming.MAX_NAME, "class"]
    found = called(wanted)
    assert len({key for _, key in found}) == len({name for name, _ in found}) == len(wanted)
    for name, key in found:
        assert naming.check_display_name(name) == name
        assert len(key) <= naming.MAX_SLUG
        assert are_sound([{"name": name, "key": key, "model": "best.pt"}])


@pytest.mark.parametrize(
    "listed",
    [
        "birds",
        ["birds"],
        [{"name": "birds", "key": "birds"}],
        [{"name": "birds", "key": "../birds", "model": "a.pt"}],
        [{"name": "birds", "key": "", "model": "a.pt"}],
        [{"name": "birds", "key": "birds\n", "model": "a.pt"}],
        [{"name": 1, "key": "birds", "model": "a.pt"}],
        [{"name": "birds", "key": "birds", "model": "a.pt", "checkpoint": {"path": 1}}],
        [{"name": "birds", "key": "birds", "model": "a.pt", "checkpoint": "a.pt"}],
        [{"name": each, "key": "birds", "model": "a.pt"} for each in ("birds", "night")],
    ],
)
def test_a_list_that_edgegen_does_not_write_is_not_sound(listed: Any) -> None:
    """A manifest may come from anywhere, and a key becomes a folder."""
    assert not are_sound(listed)


def test_the_first_model_lies_where_the_only_one_would() -> None:
    """Each other one in a folder of its own; its checkpoint is listed with it."""
    (only,) = places({"model": "a.pt"}, {"path": "a.pt"})
    assert (only.key, only.folder, only.origin, only.checkpoint) == ("", "", "a.pt", {"path": "a.pt"})
    listed = [
        {"name": "birds", "key": "birds", "model": "a.pt"},
        {"name": "night", "key": "night", "model": "b.pt", "checkpoint": {"path": "b.pt"}},
    ]
    first, second = places({"model": "a.pt", "models": listed}, {"path": "a.pt"})
    assert (first.folder, first.checkpoint) == ("", {"path": "a.pt"})
    assert (second.folder, second.checkpoint) == ("night", {"path": "b.pt"})

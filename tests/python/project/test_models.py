"""The models of a project: names and keys, and validation of the list in a manifest."""

from typing import Any

import pytest

from edgegen.base import naming
from edgegen.project.models import NameAndKey, are_valid, places, unique_names


def test_duplicate_model_names_get_a_number() -> None:
    """Names that are equal on some file system count as equal."""
    assert unique_names(["birds", "Birds", "birds 2", "best"]) == [
        ("birds", "birds"),
        ("Birds 2", "birds_2"),
        ("birds 2 2", "birds_2_2"),
        ("best", "best"),
    ]
    assert unique_names(["birds"], [NameAndKey("birds", "birds"), NameAndKey("night", "birds_2")]) == [
        ("birds 3", "birds_3")
    ]


def test_model_names_of_any_script_and_length_get_unique_keys() -> None:
    """Names without Latin letters get numbered keys."""
    wanted = ["鳥", "魚", "x" * naming.MAX_NAME, "x" * naming.MAX_NAME, "class"]
    found = unique_names(wanted)
    assert len({key for _, key in found}) == len({name for name, _ in found}) == len(wanted)
    for name, key in found:
        assert naming.check_display_name(name) == name
        assert len(key) <= naming.MAX_SLUG
        assert are_valid([{"name": name, "key": key, "model": "best.pt"}])


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
def test_invalid_list_of_models_is_rejected(listed: Any) -> None:
    """A manifest is untrusted, and a key becomes a folder."""
    assert not are_valid(listed)


def test_first_model_has_no_folder_and_each_other_has_its_own() -> None:
    """The other models have their checkpoint in the list."""
    (only,) = places({"model": "a.pt"}, {"path": "a.pt"})
    assert (only.key, only.folder, only.origin, only.checkpoint) == ("", "", "a.pt", {"path": "a.pt"})
    listed = [
        {"name": "birds", "key": "birds", "model": "a.pt"},
        {"name": "night", "key": "night", "model": "b.pt", "checkpoint": {"path": "b.pt"}},
    ]
    first, second = places({"model": "a.pt", "models": listed}, {"path": "a.pt"})
    assert (first.folder, first.checkpoint) == ("", {"path": "a.pt"})
    assert (second.folder, second.checkpoint) == ("night", {"path": "b.pt"})

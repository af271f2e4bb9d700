"""Tests that the doubles of CameraX and ExecuTorch have the published members that the app calls.

A member that only a double has would compile here, and in no user's build.
"""

import re

import pytest

from edgegen_kits.android.app_build import Built
from edgegen_kits.android.floor import Classes
from edgegen_kits.android.kit import Kit
from edgegen_kits.android.recipe import HERE
from tests.android.published import CONSTANTS, MEMBERS, called_members


@pytest.mark.full
def test_app_calls_only_published_members_of_camerax_and_executorch(built: Built, android_kit: Kit) -> None:
    """Compares names, parameters and results in the compiled classes."""
    called = called_members(built.app, android_kit.doubles)
    assert len(called) > 50
    assert called <= MEMBERS


@pytest.mark.full
def test_doubles_have_all_published_members(android_kit: Kit) -> None:
    """Otherwise the list could be of another release than the doubles."""
    doubles = Classes([android_kit.doubles])
    assert {each for each in MEMBERS if not doubles.has(each)} == set()


@pytest.mark.full
def test_constants_of_the_doubles_have_the_published_values() -> None:
    """The compiler copies them into the app."""
    found = dict[tuple[str, str], int]()
    for path in (HERE / "doubles" / "camerax" / "androidx").rglob("*.java"):
        text = path.read_text(encoding="utf-8")
        for name, value in re.findall(r"\b([A-Z][A-Z0-9_]+) = (-?\d+)\b", text):
            found[path.stem, name] = int(value)
    assert len(CONSTANTS) > 30
    assert {each: found.get(each) for each in CONSTANTS} == CONSTANTS

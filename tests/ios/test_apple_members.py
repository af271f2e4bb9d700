"""The list of Apple's pages that the stubs were compared with, against what the app really uses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.kits.ios.kit import Kit
from scripts import apple_members
from scripts.apple_members import Member
from tests.helpers import ios_projects, mutating
from tests.helpers.places import TINY


@pytest.mark.full
def test_every_member_that_the_app_uses_is_in_the_list_and_none_else(
    ios_kit: Kit,
    tiny_ios: Path,
    ios_of: Callable[[str], Path],
    export_of: Callable[..., Path],
    tmp_path: Path,
) -> None:
    """Nothing of Apple's is used that nobody knows of, and nothing newer than iOS 17. Depth is touched."""
    more = ("--model", export_of(TINY, (160, 160), "decoded"))
    switching = ios_projects.generate(tmp_path, export_of(TINY, (160, 160), "raw"), *more)
    projects = (tiny_ios, ios_of("depth"), switching)
    used = set[Member]().union(*(apple_members.used(ios_kit, project) for project in projects))
    assert len(used) > 250
    assert apple_members.problems(used, apple_members.pages()) == []


@pytest.mark.full
def test_a_member_that_is_not_in_the_list_is_told(ios_kit: Kit, tiny_ios: Path, tmp_path: Path) -> None:
    """Who uses something new of Apple's has to look it up."""
    project = mutating.copy_of(tiny_ios, tmp_path)
    screen = project / "App" / "Screens" / "StatsText.swift"
    mutating.replaced(screen, ".padding(8)", ".padding(8).opacity(0.5)")
    used = apple_members.used(ios_kit, project)
    assert "SwiftUI: View.opacity is used and not in pages.tsv" in apple_members.problems(
        used, apple_members.pages()
    )


def test_a_page_of_a_member_that_is_gone_or_too_new_is_told() -> None:
    """The list does not outlive what it is about."""
    known = apple_members.pages()
    member = Member("SwiftUI", "View.onChange(of:initial:_:)")
    assert apple_members.problems(known.keys() - {member}, known) == [
        "SwiftUI: View.onChange(of:initial:_:) is in pages.tsv and not used"
    ]
    page = known[member]
    newer = {**known, member: apple_members.Page(member, page.address, "18.0", page.state)}
    assert apple_members.problems(known.keys(), newer) == [
        "SwiftUI: View.onChange(of:initial:_:) is of iOS 18.0"
    ]


def test_what_was_compared_has_an_address_and_the_rest_says_why_not() -> None:
    """A page that nobody read is not called compared."""
    pages = apple_members.pages().values()
    assert sum(page.compared for page in pages) >= 100
    for page in pages:
        assert page.address.startswith("https://") if page.compared else page.address == ""
        assert page.compared or page.state.startswith("not compared: ")

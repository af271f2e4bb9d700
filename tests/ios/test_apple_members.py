"""Tests of pages.tsv, the list of Apple's documentation pages of all members that the app uses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.project.task_files import TASKS
from edgegen_kits.ios.kit import Kit
from scripts import apple_members
from scripts.apple_members import Member
from tests.helpers import ios_projects, mutating
from tests.helpers.places import TINY
from tests.ios.conftest import StarterOf


@pytest.mark.full
def test_page_list_has_exactly_the_members_that_the_apps_use(
    ios_kit: Kit,
    tiny_ios: Path,
    ios_of: Callable[[str], Path],
    export_of: Callable[..., Path],
    starter_of: StarterOf,
    selecting_of: StarterOf,
    tmp_path: Path,
) -> None:
    """None is newer than iOS 17. Depth is included because its map reacts to touches."""
    more = ("--model", export_of(TINY, (160, 160), "decoded"))
    switching = ios_projects.generate(tmp_path, export_of(TINY, (160, 160), "raw"), *more)
    projects = [tiny_ios, ios_of("depth"), switching, selecting_of("detect"), *map(starter_of, TASKS)]
    used, read = set[Member](), set[bytes]()
    for project in projects:
        used |= apple_members.used(ios_kit, project, read)
    assert len(used) > 250
    assert apple_members.problems(used, apple_members.pages()) == []


@pytest.mark.full
def test_apple_members_reports_a_used_member_without_a_page(
    ios_kit: Kit, tiny_ios: Path, tmp_path: Path
) -> None:
    project = mutating.copy_of(tiny_ios, tmp_path)
    screen = project / "App" / "Screen" / "PictureArea.swift"
    mutating.replaced(screen, ".padding(8)", ".padding(8).zIndex(1)")
    used = apple_members.used(ios_kit, project)
    assert "SwiftUI: View.zIndex is used and not in pages.tsv" in apple_members.problems(
        used, apple_members.pages()
    )


def test_apple_members_reports_an_unused_page_and_one_newer_than_ios_17() -> None:
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


def test_each_page_has_an_address_or_a_reason_why_it_was_not_compared() -> None:
    pages = apple_members.pages().values()
    assert sum(page.compared for page in pages) >= 100
    for page in pages:
        assert page.address.startswith("https://") if page.compared else page.address == ""
        assert page.compared or page.state.startswith("not compared: ")

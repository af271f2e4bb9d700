"""Merging the old output of edgegen, the owner's edits, and the new output: no edit is lost."""

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegen.base.errors import InputError
from edgegen.project import manifest, merging
from edgegen.project.merging import MergePlan, Sides, has_conflicts, is_side_file

OLD, NEW = b"1\n2\n3\n4\n5\n", b"1\n2\n3\n4\nfive\n"
MINE = b"one\n2\n3\n4\n5\n"
BOTH = b"1\n2\n3\n4\nmine\n"
BINARY = b"\0mine"


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def sides_of(
    root: Path, old: dict[str, bytes], mine: dict[str, bytes], new: dict[str, bytes], **more: object
) -> Sides:
    project, rendered = root / "project", root / "rendered"
    for folder in (project, rendered):
        folder.mkdir()
    was = write(root / "was", old)
    write(project, mine)
    write(rendered, new)
    return Sides(
        project,
        manifest.digests(was, old),
        old,
        rendered,
        manifest.digests(rendered, new),
        **more,  # type: ignore[arg-type]
    )


def planned(sides: Sides) -> MergePlan:
    return merging.plan(sides, merging.states(sides))


def kinds(made: MergePlan) -> dict[str, object]:
    names = ("updated", "added", "removed", "merged", "conflicts", "kept", "without_place", "deleted")
    return {name: getattr(made, name) for name in names if getattr(made, name)}


@pytest.mark.parametrize(
    ("old", "mine", "new", "becomes"),
    [
        (OLD, OLD, OLD, {}),
        (OLD, OLD, NEW, {"updated": ["f"]}),
        (OLD, MINE, OLD, {"kept": ["f"]}),
        (OLD, MINE, NEW, {"merged": ["f"]}),
        (OLD, BOTH, NEW, {"conflicts": ["f"]}),
        (OLD, NEW, NEW, {}),
        (OLD, None, OLD, {}),
        (OLD, None, NEW, {"deleted": ["f"]}),
        (OLD, OLD, None, {"removed": ["f"]}),
        (OLD, MINE, None, {"removed": ["f"], "without_place": {"f": "f.edgegen-old"}}),
        (OLD, None, None, {}),
        (None, None, NEW, {"added": ["f"]}),
        (None, MINE, NEW, {"conflicts": ["f"]}),
        (None, NEW, NEW, {}),
        (OLD, BINARY, NEW, {"conflicts": ["f"]}),
        (OLD, MINE, BINARY, {"conflicts": ["f"]}),
        (BINARY, BINARY, OLD, {"updated": ["f"]}),
    ],
)
def test_plan_for_a_file_depends_on_who_changed_it(
    tmp_path: Path, old: bytes | None, mine: bytes | None, new: bytes | None, becomes: dict[str, object]
) -> None:
    """edgegen, its owner, both or neither."""
    contents = ({} if content is None else {"f": content} for content in (old, mine, new))
    assert kinds(planned(sides_of(tmp_path, *contents))) == becomes


def test_plan_ignores_files_of_the_owner(tmp_path: Path) -> None:
    made = planned(sides_of(tmp_path, {"f": OLD}, {"f": OLD, "mine": BINARY}, {"f": NEW}))
    assert made.written() == ["f"]


@pytest.mark.parametrize("what", ["link", "dead link", "folder"])
@pytest.mark.parametrize("changed", [False, True])
def test_plan_keeps_a_link_or_folder_in_place_of_a_file(tmp_path: Path, what: str, changed: bool) -> None:
    """The file of edgegen is written next to it."""
    sides = sides_of(tmp_path, {"src/f": OLD}, {}, {"src/f": NEW if changed else OLD})
    elsewhere = write(tmp_path / "elsewhere", {"f": OLD})
    place = sides.project / "src" / "f"
    place.parent.mkdir()
    if what == "folder":
        place.mkdir()
    else:
        place.symlink_to(elsewhere / "f" if what == "link" else "nowhere")
    made = planned(sides)
    beside = "src/f.edgegen-new"
    assert kinds(made) == ({"conflicts": ["src/f"]} if changed else {"kept": ["src/f"]})
    assert made.sources == ({beside: "src/f"} if changed else {})
    assert made.side_files == ({"src/f": beside} if changed else {})


@pytest.mark.parametrize("what", ["file", "link"])
def test_plan_writes_nothing_into_a_folder_that_the_owner_replaced(tmp_path: Path, what: str) -> None:
    """Its files count as deleted, also through a link to a folder elsewhere."""
    sides = sides_of(tmp_path, {"src/f": OLD, "src/g": OLD}, {}, {"src/f": NEW, "src/g": OLD, "src/h": NEW})
    elsewhere = write(tmp_path / "elsewhere", {"f": OLD})
    if what == "file":
        (sides.project / "src").write_bytes(MINE)
    else:
        (sides.project / "src").symlink_to(elsewhere)
    made = planned(sides)
    assert kinds(made) == {"deleted": ["src/f", "src/h"]}
    assert not made.written()


def test_plan_does_not_overwrite_an_edited_side_file(tmp_path: Path) -> None:
    """The same content is not written twice."""
    mine = {"f": BINARY, "f.edgegen-new": MINE, "g": BINARY, "g.edgegen-new": NEW}
    made = planned(sides_of(tmp_path, {}, mine, {"f": NEW, "g": NEW}))
    assert made.side_files == {"f": "f.edgegen-new.2", "g": "g.edgegen-new"}
    assert made.sources == {"f.edgegen-new.2": "f"}


def test_plan_replaces_an_unedited_side_file_by_a_newer_one(tmp_path: Path) -> None:
    """As long as the conflict is open; there is no second side file, and no merge."""
    mine = {"f": MINE, "f.edgegen-new": OLD, "g": BINARY, "g.edgegen-new": BINARY, "g.edgegen-new.2": OLD}
    sides = sides_of(tmp_path, {"f": OLD, "g": OLD}, mine, {"f": NEW, "g": NEW})
    made = planned(sides)
    assert kinds(made) == {"conflicts": ["f", "g"]}
    assert made.sources == {"f.edgegen-new": "f", "g.edgegen-new.2": "g"}
    assert made.overtaken == {name: sides.before[owner] for name, owner in made.sources.items()}
    (sides.project / "f.edgegen-new").unlink()
    assert kinds(planned(sides)) == {"merged": ["f"], "conflicts": ["g"]}


def test_plan_removes_obsolete_side_files_unless_edited(tmp_path: Path) -> None:
    """The file is no longer written, or the owner has the same content."""
    mine = dict.fromkeys(("f", "h"), MINE) | {"g": NEW}
    beside = {"f.edgegen-new": OLD, "g.edgegen-new": OLD, "h.edgegen-new": BOTH}
    sides = sides_of(tmp_path, dict.fromkeys("fgh", OLD), mine | beside, {"g": NEW})
    made = planned(sides)
    assert made.removed == ["f", "f.edgegen-new", "g.edgegen-new", "h"]
    assert made.overtaken.keys() == {"f.edgegen-new", "g.edgegen-new"}


def test_plan_renames_an_edited_file_that_is_not_written_any_more(tmp_path: Path) -> None:
    """Also if it did so before. A link and a file that belongs to the user stay."""
    mine = {"a": MINE, "a.edgegen-old": BOTH, "b": MINE}
    sides = sides_of(tmp_path, dict.fromkeys("abc", OLD), mine, {}, users_files=("b",))
    (sides.project / "c").symlink_to("a")
    made = planned(sides)
    assert kinds(made) == {
        "removed": ["a"],
        "without_place": {"a": "a.edgegen-old.2"},
        "kept": ["b", "c"],
    }
    assert made.contents == {"a.edgegen-old.2": MINE}


def test_plan_keeps_edited_files_that_belong_to_the_user(tmp_path: Path) -> None:
    """Unedited ones are updated."""
    files = {"a": OLD, "b": OLD}
    sides = sides_of(
        tmp_path, files, {"a": BOTH, "b": OLD}, dict.fromkeys(files, NEW), users_files=("a", "b")
    )
    assert kinds(planned(sides)) == {"kept": ["a"], "updated": ["b"]}


@pytest.mark.parametrize("old", [OLD, NEW])
def test_plan_does_not_remove_the_last_copy_of_a_moved_file(tmp_path: Path, old: bytes) -> None:
    """The owner deleted the file at its new place."""
    made = planned(sides_of(tmp_path, {"f": old, "below/f": NEW}, {"below/f": NEW}, {"f": NEW}))
    assert kinds(made) == {"added": ["f"], "removed": ["below/f"]}
    assert made.sources == {"f": "f"}


def test_plan_keeps_a_side_file_while_its_file_is_missing(tmp_path: Path) -> None:
    """The owner removed a link in its place, but has not yet restored edgegen's file."""
    beside = {"f.edgegen-new": OLD}
    made = planned(sides_of(tmp_path, {"f": OLD}, beside, {"f": NEW}))
    assert made.side_files == {"f": "f.edgegen-new"}
    assert made.sources == {"f.edgegen-new": "f"}
    (tmp_path / "again").mkdir()
    made = planned(sides_of(tmp_path / "again", {"f": OLD}, beside, {"f": OLD}))
    assert made.waiting == {"f": "f.edgegen-new"}


def test_is_beside_recognizes_only_side_files_of_written_files(tmp_path: Path) -> None:
    """Similar names belong to the owner."""
    written = {"src/f", "g"}
    beside = ("src/f.edgegen-new", "g.edgegen-new.10")
    theirs = (
        "src.edgegen-new.2/f",
        "h.edgegen-new",
        "g.edgegen-new.txt",
        "src/mine.edgegen-new/f",
        "src.edgegen-new/h",
        "g",
    )
    assert [name for name in (*beside, *theirs) if is_side_file(name, written)] == [*beside]


def test_plan_rejects_a_file_with_open_conflicts(tmp_path: Path) -> None:
    """Otherwise the markers would be nested."""
    sides = sides_of(tmp_path, {"f": OLD}, {"f": BOTH}, {"f": NEW})
    (sides.project / "f").write_bytes(planned(sides).contents["f"])
    (sides.rendered / "f").write_bytes(b"other\n")
    sides = Sides(sides.project, sides.before, sides.base, sides.rendered, {"f": "new"})
    with pytest.raises(InputError, match="has conflicts of an earlier update") as caught:
        planned(sides)
    assert "<<<<<<<" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        (b"a\n<<<<<<< yours\nb\n", True),
        (b"a\r\n>>>>>>> edgegen 0.2.0\r\nb\r\n", True),  # one of the two markers was removed
        (b">>>>>>> edgegen", True),
        (b"Title\n=======\n", False),
        (b"  <<<<<<< yours\n", False),
        (b">>>>>>> edgegens\n<<<<<<< HEAD\n", False),
    ],
)
def test_has_conflicts_finds_only_markers_of_an_update(text: bytes, marked: bool) -> None:
    """One marker is enough."""
    assert has_conflicts(text) == marked


def test_error_names_all_files_with_open_conflicts(tmp_path: Path) -> None:
    marked = b"<<<<<<< yours\n1\n=======\n2\n>>>>>>> edgegen\n"
    names = ("a", "b", "c")
    old, mine, new = (dict.fromkeys(names, text) for text in (OLD, marked, NEW))
    with pytest.raises(InputError, match=r"/a has conflicts .* \(so have b, c\)"):
        planned(sides_of(tmp_path, old, mine, new))


def test_plan_fails_for_an_unreadable_file(tmp_path: Path) -> None:
    """It must not count as deleted."""
    sides = sides_of(tmp_path, {"f": OLD}, {}, {"f": NEW})
    os.mkfifo(sides.project / "pipe")
    (sides.project / "f").write_bytes(MINE)
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (sides.project / "f").chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        planned(sides)


LINES = st.sampled_from([b"a", b"b", b"c", b"d", b"", b"}", b"  a", b"<<<<<<<", b"=======", b"\xf6", b"a\r"])
TEXT = st.lists(LINES, max_size=12)


@st.composite
def edits(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    """Draw an edit of a text: removed, changed and added lines."""
    edited = list(lines)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(edited)))
        edited[at : at + draw(st.integers(0, 2))] = draw(st.lists(LINES, max_size=3))
    return edited


@st.composite
def histories(draw: st.DrawFn) -> tuple[bytes | None, bytes | None, bytes | None]:
    """Draw a file as written by edgegen, as left by its owner, and as written now; None if missing."""
    old = draw(TEXT)
    versions = []
    for lines in (old, draw(edits(old)), draw(edits(old))):
        end = draw(st.sampled_from([b"\n", b"\n", b"\r\n"]))
        text = end.join(lines) + (end if draw(st.booleans()) else b"")
        versions.append(draw(st.sampled_from([text, text, text, text, text + b"\0", None])))
    return versions[0], versions[1], versions[2]


@settings(max_examples=int(os.environ.get("EDGEGEN_EXAMPLES", "60")), deadline=None)
@given(st.lists(histories(), min_size=1, max_size=3))
def test_update_keeps_every_line_of_the_owner(
    files: list[tuple[bytes | None, bytes | None, bytes | None]],
) -> None:
    """In the result, between markers, or in an unchanged file."""
    with TemporaryDirectory() as folder:
        old, mine, new = (
            {
                f"{number}": content
                for number, versions in enumerate(files)
                if (content := versions[side]) is not None
            }
            for side in range(3)
        )
        sides = sides_of(Path(folder), old, mine, new)
        try:
            made = planned(sides)
        except InputError:  # open conflicts, or a text that looks like it: no file changes
            assert any(b"<<<<<<< yours" in content for content in mine.values())
            return
        for name, content in mine.items():
            if content == old.get(name):
                continue  # the owner did not change it
            assert name not in made.removed or name in made.without_place
            assert name not in made.sources, "the owner's would be overwritten"
            result = Counter(lines_of(made.contents.get(made.without_place.get(name, name), content)))
            own = Counter(lines_of(content)) - Counter(lines_of(old.get(name, b"")))
            assert not own - result, (name, made)
        for name in old.keys() - mine.keys():
            assert name not in made.written(), "what the owner deleted stays deleted"
        beside = {*made.side_files.values(), *made.without_place.values()}
        assert not {*made.sources, *made.contents} - {*new, *beside}


@settings(max_examples=int(os.environ.get("EDGEGEN_EXAMPLES", "60")), deadline=None)
@given(st.lists(st.tuples(histories(), histories(), st.booleans()), min_size=1, max_size=3))
def test_two_updates_keep_every_line_of_the_owner(
    files: list[
        tuple[
            tuple[bytes | None, bytes | None, bytes | None],
            tuple[bytes | None, bytes | None, bytes | None],
            bool,
        ]
    ],
) -> None:
    """With side files of the first update, and with files that cannot be merged."""
    with TemporaryDirectory() as folder:
        old, mine, first, second = (dict[str, bytes]() for _ in range(4))
        for number, ((was, owners, new), (_, _, newer), is_known) in enumerate(files):
            versions = (was if is_known else None, owners, new, newer)
            for side, content in zip((old, mine, first, second), versions, strict=True):
                if content is not None:
                    side[f"{number}"] = content
        root = Path(folder)
        (root / "one").mkdir()
        sides = sides_of(root / "one", old, mine, first)
        try:
            apply(planned(sides), sides)
            later = Sides(
                sides.project,
                sides.now,
                first,
                write(root / "later", second) if second else root,
                manifest.digests(root / "later", second),
            )
            apply(planned(later), later)
        except InputError:  # open conflicts of the first update, or a text that looks like it
            pass
        for name, content in mine.items():
            if content == old.get(name):
                continue
            own = Counter(lines_of(content)) - Counter(lines_of(old.get(name, b"")))
            # What edgegen writes now and wrote then may be the same as the owner's, and then go.
            own -= Counter(lines_of(first.get(name, b"")))
            renamed = sides.project / f"{name}.edgegen-old"
            paths = [path for path in (sides.project / name, renamed) if path.is_file()]
            left = Counter(line for path in paths for line in lines_of(path.read_bytes()))
            assert not own - left, name


def apply(made: MergePlan, sides: Sides) -> None:
    """Carry out a plan."""
    for name in made.removed:
        (sides.project / name).unlink()
    for name in made.written():
        rendered = sides.rendered / made.sources.get(name, name)
        content = made.contents[name] if name in made.contents else rendered.read_bytes()
        (sides.project / name).write_bytes(content)


def lines_of(text: bytes) -> list[bytes]:
    """Return the lines without line ends, because those follow the owner's choice for the whole file."""
    return [line.rstrip(b"\r") for line in text.split(b"\n")]

"""What edgegen wrote, what the owner made of it, what edgegen writes now: nothing of the owner's is lost."""

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegen.base.errors import InputError
from edgegen.project import manifest, merging
from edgegen.project.merging import Plan, Sides, has_conflicts

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


def planned(sides: Sides) -> Plan:
    return merging.plan(sides, merging.states(sides))


def kinds(made: Plan) -> dict[str, list[str]]:
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
        (OLD, MINE, None, {"without_place": ["f"]}),
        (OLD, None, None, {}),
        (None, None, NEW, {"added": ["f"]}),
        (None, MINE, NEW, {"conflicts": ["f"]}),
        (None, NEW, NEW, {}),
        (OLD, BINARY, NEW, {"conflicts": ["f"]}),
        (OLD, MINE, BINARY, {"conflicts": ["f"]}),
        (BINARY, BINARY, OLD, {"updated": ["f"]}),
    ],
)
def test_what_becomes_of_a_file(
    tmp_path: Path, old: bytes | None, mine: bytes | None, new: bytes | None, becomes: dict[str, list[str]]
) -> None:
    """By who changed it: edgegen, its owner, both or neither."""
    contents = ({} if content is None else {"f": content} for content in (old, mine, new))
    assert kinds(planned(sides_of(tmp_path, *contents))) == becomes


def test_files_of_the_owners_alone_are_not_even_looked_at(tmp_path: Path) -> None:
    """Whatever they are."""
    made = planned(sides_of(tmp_path, {"f": OLD}, {"f": OLD, "mine": BINARY}, {"f": NEW}))
    assert made.written() == ["f"]


@pytest.mark.parametrize("what", ["link", "dead link", "folder", "file for a folder", "link for a folder"])
@pytest.mark.parametrize("changed", [False, True])
def test_what_the_owner_made_of_a_file_stays_that(tmp_path: Path, what: str, changed: bool) -> None:
    """A link or a folder in its place, or in that of its folder: edgegen's goes beside it."""
    sides = sides_of(tmp_path, {"src/f": OLD}, {}, {"src/f": NEW if changed else OLD})
    elsewhere = write(tmp_path / "elsewhere", {"f": OLD})
    place = sides.project / "src" / "f"
    place.parent.mkdir()
    if what.endswith("for a folder"):
        place.parent.rmdir()
        place = place.parent
    if what == "folder":
        place.mkdir()
    elif what == "file for a folder":
        place.write_bytes(MINE)
    else:
        place.symlink_to(
            {"link": elsewhere / "f", "dead link": "nowhere", "link for a folder": elsewhere}[what]
        )
    made = planned(sides)
    beside = "src.edgegen-new/f" if what.endswith("for a folder") else "src/f.edgegen-new"
    assert kinds(made) == ({"conflicts": ["src/f"]} if changed else {"kept": ["src/f"]})
    assert made.sources == ({beside: "src/f"} if changed else {})
    assert made.beside == ({"src/f": beside} if changed else {})


def test_what_lies_beside_since_the_last_time_is_not_overwritten(tmp_path: Path) -> None:
    """The owner may have worked in it; the same content is not written twice."""
    mine = {"f": BINARY, "f.edgegen-new": MINE, "g": BINARY, "g.edgegen-new": NEW}
    made = planned(sides_of(tmp_path, {}, mine, {"f": NEW, "g": NEW}))
    assert made.beside == {"f": "f.edgegen-new.2", "g": "g.edgegen-new"}
    assert made.sources == {"f.edgegen-new.2": "f"}


def test_what_lies_beside_is_overtaken_by_what_is_newer(tmp_path: Path) -> None:
    """As long as nobody settled that, nor worked in it: no second one, and nothing is merged."""
    mine = {"f": MINE, "f.edgegen-new": OLD, "g": BINARY, "g.edgegen-new": BINARY, "g.edgegen-new.2": OLD}
    sides = sides_of(tmp_path, {"f": OLD, "g": OLD}, mine, {"f": NEW, "g": NEW})
    made = planned(sides)
    assert kinds(made) == {"conflicts": ["f", "g"]}
    assert made.sources == {"f.edgegen-new": "f", "g.edgegen-new.2": "g"}
    assert made.overtaken == {name: sides.before[owner] for name, owner in made.sources.items()}
    (sides.project / "f.edgegen-new").unlink()
    assert kinds(planned(sides)) == {"merged": ["f"], "conflicts": ["g"]}


def test_what_lies_beside_and_nobody_needs_goes(tmp_path: Path) -> None:
    """Where edgegen writes the file no more, or the owner has what it writes; not what they worked in."""
    mine = dict.fromkeys(("f", "h"), MINE) | {"g": NEW}
    beside = {"f.edgegen-new": OLD, "g.edgegen-new": OLD, "h.edgegen-new": BOTH}
    sides = sides_of(tmp_path, dict.fromkeys("fgh", OLD), mine | beside, {"g": NEW})
    made = planned(sides)
    assert kinds(made) == {"removed": ["f.edgegen-new", "g.edgegen-new"], "without_place": ["f", "h"]}
    assert made.overtaken.keys() == {*made.removed}


def test_files_that_are_the_owners_to_edit_stay_as_they_are(tmp_path: Path) -> None:
    """Once they are edited; before that edgegen's are taken."""
    files = {"a": OLD, "b": OLD}
    sides = sides_of(
        tmp_path, files, {"a": BOTH, "b": OLD}, dict.fromkeys(files, NEW), users_files=("a", "b")
    )
    assert kinds(planned(sides)) == {"kept": ["a"], "updated": ["b"]}


@pytest.mark.parametrize("old", [OLD, NEW])
def test_the_last_copy_is_not_taken_away(tmp_path: Path, old: bytes) -> None:
    """What goes from one place to another is there afterwards, if its owner deleted what lay there."""
    made = planned(sides_of(tmp_path, {"f": old, "below/f": NEW}, {"below/f": NEW}, {"f": NEW}))
    assert kinds(made) == {"added": ["f"], "removed": ["below/f"]}
    assert made.sources == {"f": "f"}


def test_what_was_put_beside_a_folder_goes_when_the_folder_is_back(tmp_path: Path) -> None:
    """Once its owner has put theirs out of the way, and edgegen's in."""
    old = {"src/f": OLD, "src/g": OLD}
    beside = {"src.edgegen-new/f": OLD, "src.edgegen-new/g": OLD}
    made = planned(sides_of(tmp_path, old, {**old, **beside}, {"src/f": OLD, "src/g": NEW}))
    assert kinds(made) == {"removed": [*beside], "updated": ["src/g"]}


def test_what_was_put_beside_a_folder_that_is_gone_is_not_forgotten(tmp_path: Path) -> None:
    """Its owner took away what was in the way, and did not put edgegen's there yet."""
    beside = {"src.edgegen-new/f": OLD}
    made = planned(sides_of(tmp_path, {"src/f": OLD}, beside, {"src/f": NEW}))
    assert made.beside == {"src/f": "src.edgegen-new/f"}
    assert made.sources == {"src.edgegen-new/f": "src/f"}
    (tmp_path / "again").mkdir()
    made = planned(sides_of(tmp_path / "again", {"src/f": OLD}, beside, {"src/f": OLD}))
    assert made.waiting == {"src/f": "src.edgegen-new/f"}


def test_what_lies_beside_is_told_from_names_of_the_owners(tmp_path: Path) -> None:
    """Of a file that edgegen writes, or of one of its folders; anything else is theirs."""
    written = {"src/f", "g"}
    beside = ("src/f.edgegen-new", "src.edgegen-new.2/f", "g.edgegen-new.10")
    theirs = ("h.edgegen-new", "g.edgegen-new.txt", "src/mine.edgegen-new/f", "src.edgegen-new/h", "g")
    assert [name for name in (*beside, *theirs) if merging.is_beside(name, written)] == [*beside]


def test_conflicts_that_are_not_settled_come_first(tmp_path: Path) -> None:
    """Else their markers would stand in each other."""
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
        (b"a\r\n>>>>>>> edgegen 0.2.0\r\nb\r\n", True),  # who takes one away and forgets the other
        (b">>>>>>> edgegen", True),
        (b"Title\n=======\n", False),
        (b"  <<<<<<< yours\n", False),
        (b">>>>>>> edgegens\n<<<<<<< HEAD\n", False),
    ],
)
def test_marks_of_conflicts_are_those_that_an_update_writes(text: bytes, marked: bool) -> None:
    """One of them is enough: what stands between them is no code."""
    assert has_conflicts(text) == marked


def test_all_files_that_are_not_settled_are_named(tmp_path: Path) -> None:
    """Who mends one need not try again to hear of the next."""
    marked = b"<<<<<<< yours\n1\n=======\n2\n>>>>>>> edgegen\n"
    names = ("a", "b", "c")
    old, mine, new = (dict.fromkeys(names, text) for text in (OLD, marked, NEW))
    with pytest.raises(InputError, match=r"/a has conflicts .* \(so have b, c\)"):
        planned(sides_of(tmp_path, old, mine, new))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """It is not taken for a deleted one."""
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
    """Draw what somebody makes of a text: lines taken out, changed and added anywhere."""
    edited = list(lines)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(edited)))
        edited[at : at + draw(st.integers(0, 2))] = draw(st.lists(LINES, max_size=3))
    return edited


@st.composite
def histories(draw: st.DrawFn) -> tuple[bytes | None, bytes | None, bytes | None]:
    """Draw a file as edgegen wrote it, as its owner left it, as edgegen writes it now; None: not there."""
    old = draw(TEXT)
    versions = []
    for lines in (old, draw(edits(old)), draw(edits(old))):
        end = draw(st.sampled_from([b"\n", b"\n", b"\r\n"]))
        text = end.join(lines) + (end if draw(st.booleans()) else b"")
        versions.append(draw(st.sampled_from([text, text, text, text, text + b"\0", None])))
    return versions[0], versions[1], versions[2]


@settings(max_examples=int(os.environ.get("EDGEGEN_EXAMPLES", "60")), deadline=None)
@given(st.lists(histories(), min_size=1, max_size=3))
def test_every_line_that_the_owner_wrote_is_there_afterwards(
    files: list[tuple[bytes | None, bytes | None, bytes | None]],
) -> None:
    """In the result, merged or between markers, or in a file that stays as it is."""
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
        except InputError:  # it looks as if conflicts were not settled: nothing is touched
            assert any(b"<<<<<<< yours" in content for content in mine.values())
            return
        for name, content in mine.items():
            if content == old.get(name):
                continue  # not the owner's doing
            assert name not in made.removed
            assert name not in made.sources, "the owner's would be overwritten"
            result = Counter(lines_of(made.contents.get(name, content)))
            own = Counter(lines_of(content)) - Counter(lines_of(old.get(name, b"")))
            assert not own - result, (name, made)
        for name in old.keys() - mine.keys():
            assert name not in made.written(), "what the owner deleted stays deleted"
        assert not {*made.sources, *made.contents} - {*new, *made.beside.values()}


@settings(max_examples=int(os.environ.get("EDGEGEN_EXAMPLES", "60")), deadline=None)
@given(st.lists(st.tuples(histories(), histories(), st.booleans()), min_size=1, max_size=3))
def test_two_updates_in_a_row_lose_no_line_of_the_owners(
    files: list[
        tuple[
            tuple[bytes | None, bytes | None, bytes | None],
            tuple[bytes | None, bytes | None, bytes | None],
            bool,
        ]
    ],
) -> None:
    """Whatever was put beside them by the first, and whether its file was text that could be merged."""
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
        except InputError:  # conflicts of the first are not settled, or look so: nothing is touched
            pass
        for name, content in mine.items():
            if content == old.get(name):
                continue
            own = Counter(lines_of(content)) - Counter(lines_of(old.get(name, b"")))
            # What edgegen writes now and wrote then may be the same as the owner's, and then go.
            own -= Counter(lines_of(first.get(name, b"")))
            path = sides.project / name
            left = Counter(lines_of(path.read_bytes())) if path.is_file() else Counter()
            assert not own - left, name


def apply(made: Plan, sides: Sides) -> None:
    """Do what a plan says."""
    for name in made.removed:
        (sides.project / name).unlink()
    for name in made.written():
        rendered = sides.rendered / made.sources.get(name, name)
        content = made.contents[name] if name in made.contents else rendered.read_bytes()
        (sides.project / name).write_bytes(content)


def lines_of(text: bytes) -> list[bytes]:
    """Return the lines less their ends, in which an owner's preference is kept for the file as a whole."""
    return [line.rstrip(b"\r") for line in text.split(b"\n")]

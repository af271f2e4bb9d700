"""Two edits of a text become one, by git's own merge."""

from pathlib import Path

import pytest

from edgegen.base.errors import RenderError
from edgegen.project.merge_file import merged

BASE = b"one\ntwo\nthree\nfour\nfive\nsix\n"


def test_edits_of_different_lines_are_merged() -> None:
    """Without a conflict."""
    yours, theirs = BASE.replace(b"one", b"ONE"), BASE.replace(b"six", b"SIX")
    assert merged(BASE, yours, theirs, "x") == (b"ONE\ntwo\nthree\nfour\nfive\nSIX\n", True)


def test_edits_of_the_same_line_both_stand_there() -> None:
    """Between markers that say whose they are."""
    text, clean = merged(BASE, BASE.replace(b"two", b"2"), BASE.replace(b"two", b"II"), "edgegen 9.9")
    assert not clean
    assert text == (b"one\n<<<<<<< yours\n2\n=======\nII\n>>>>>>> edgegen 9.9\nthree\nfour\nfive\nsix\n")


def test_the_users_own_settings_of_git_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The style diff3 would put a third part between the markers."""
    (tmp_path / ".gitconfig").write_text("[merge]\n\tconflictStyle = diff3\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    text, _ = merged(BASE, BASE.replace(b"two", b"2"), BASE.replace(b"two", b"II"), "x")
    assert b"|||||||" not in text


def test_line_ends_that_were_turned_are_no_edit() -> None:
    """The result has the owner's, and one conflict at most where one line was edited by both."""
    windows = BASE.replace(b"\n", b"\r\n")
    theirs = BASE.replace(b"six", b"SIX")
    assert merged(BASE, windows, theirs, "x") == (windows.replace(b"six", b"SIX"), True)
    assert merged(windows, BASE, theirs.replace(b"\n", b"\r\n"), "x") == (theirs, True)
    text, clean = merged(BASE, windows.replace(b"six", b"6"), theirs, "x")
    assert not clean
    assert text.count(b"\r\n") == text.count(b"\n")
    assert text.startswith(windows.split(b"six")[0])


def test_a_file_may_end_without_a_newline() -> None:
    """On one side, on both, with a conflict there or none."""
    short = BASE[:-1]
    assert merged(BASE, short, BASE.replace(b"one", b"1"), "x") == (short.replace(b"one", b"1"), True)
    text, clean = merged(BASE, short + b"!", BASE.replace(b"six", b"SIX"), "x")
    assert not clean
    assert b"\nsix!\n=======\nSIX\n>>>>>>> x" in text


def test_more_conflicts_than_an_exit_status_holds() -> None:
    """All of them stand there."""
    lines = [f"{number}\n" for number in range(2000)]
    sides = [
        "".join(f"{side}{line}" if number % 5 == 0 else line for number, line in enumerate(lines)).encode()
        for side in "ab"
    ]
    text, clean = merged("".join(lines).encode(), *sides, "x")
    assert not clean
    assert text.count(b"<<<<<<< yours") == 400


def test_without_git_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With what to install: exit code 5."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderError, match="git is not here") as caught:
        merged(BASE, BASE + b"a\n", BASE + b"b\n", "x")
    assert "install git" in caught.value.hint
    assert caught.value.exit_code == 5

"""Merging two edits of a text with git."""

from pathlib import Path

import pytest

from edgegen.base.errors import RenderError
from edgegen.project.merging import merge_texts

BASE = b"one\ntwo\nthree\nfour\nfive\nsix\n"


def test_edits_of_different_lines_are_merged() -> None:
    """|-"""
    yours, theirs = BASE.replace(b"one", b"ONE"), BASE.replace(b"six", b"SIX")
    assert merge_texts(BASE, yours, theirs, "x") == (b"ONE\ntwo\nthree\nfour\nfive\nSIX\n", True)


def test_edits_of_the_same_line_become_a_conflict() -> None:
    """The markers name both sides."""
    text, clean = merge_texts(BASE, BASE.replace(b"two", b"2"), BASE.replace(b"two", b"II"), "edgegen 9.9")
    assert not clean
    assert text == (b"one\n<<<<<<< yours\n2\n=======\nII\n>>>>>>> edgegen 9.9\nthree\nfour\nfive\nsix\n")


def test_merge_ignores_the_users_git_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The style diff3 would add a third part between the markers."""
    (tmp_path / ".gitconfig").write_text("[merge]\n\tconflictStyle = diff3\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    text, _ = merge_texts(BASE, BASE.replace(b"two", b"2"), BASE.replace(b"two", b"II"), "x")
    assert b"|||||||" not in text


def test_merge_treats_converted_line_ends_as_no_edit() -> None:
    """The result has the owner's line ends, and a conflict only for a line that both edited."""
    windows = BASE.replace(b"\n", b"\r\n")
    theirs = BASE.replace(b"six", b"SIX")
    assert merge_texts(BASE, windows, theirs, "x") == (windows.replace(b"six", b"SIX"), True)
    assert merge_texts(windows, BASE, theirs.replace(b"\n", b"\r\n"), "x") == (theirs, True)
    text, clean = merge_texts(BASE, windows.replace(b"six", b"6"), theirs, "x")
    assert not clean
    assert text.count(b"\r\n") == text.count(b"\n")
    assert text.startswith(windows.split(b"six")[0])


def test_merge_of_files_without_a_final_newline() -> None:
    """On one side or on both, with and without a conflict there."""
    short = BASE[:-1]
    assert merge_texts(BASE, short, BASE.replace(b"one", b"1"), "x") == (short.replace(b"one", b"1"), True)
    text, clean = merge_texts(BASE, short + b"!", BASE.replace(b"six", b"SIX"), "x")
    assert not clean
    assert b"\nsix!\n=======\nSIX\n>>>>>>> x" in text


def test_merge_keeps_all_of_400_conflicts() -> None:
    """An exit status could count only 255."""
    lines = [f"{number}\n" for number in range(2000)]
    sides = [
        "".join(f"{side}{line}" if number % 5 == 0 else line for number, line in enumerate(lines)).encode()
        for side in "ab"
    ]
    text, clean = merge_texts("".join(lines).encode(), sides[0], sides[1], "x")
    assert not clean
    assert text.count(b"<<<<<<< yours") == 400


def test_missing_git_is_named_with_a_hint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The exit code is 5."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderError, match="git is missing") as caught:
        merge_texts(BASE, BASE + b"a\n", BASE + b"b\n", "x")
    assert "install git" in caught.value.hint
    assert caught.value.exit_code == 5

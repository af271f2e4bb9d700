"""Quoting of commands for the user's system."""

import shlex
from pathlib import Path

import pytest

from edgegen.base.shell import gradle, quoted

WORDS = ("plain", "two words", "it's", "$HOME", "a&b", "größe")


@pytest.mark.parametrize("word", WORDS)
def test_quoted_word_is_read_back_by_a_posix_shell(word: str) -> None:
    assert shlex.split(quoted(word, windows=False)) == [word]


def test_quoted_path_with_a_leading_dash_is_not_read_as_an_option() -> None:
    """Words that are not paths are unchanged."""
    assert quoted(Path("-birds"), windows=False) == "./-birds"
    assert quoted("--model", windows=False) == "--model"


def test_quoted_word_on_windows_uses_double_quotes() -> None:
    """Windows treats single quotes as part of the name."""
    assert quoted("C:\\my apps\\it's", windows=True) == '"C:\\my apps\\it\'s"'
    assert quoted("C:\\apps", windows=True) == "C:\\apps"


def test_gradle_command_is_the_wrapper_script_or_batch_file() -> None:
    assert gradle("test", windows=False) == "./gradlew test"
    assert gradle("test", windows=True) == "gradlew.bat test"

"""Commands that people are told to type, on the system that they sit at."""

import shlex
from pathlib import Path

import pytest

from edgegen.base.shell import gradle, quoted

WORDS = ("plain", "two words", "it's", "$HOME", "a&b", "größe")


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_typed_as_one(word: str) -> None:
    """A POSIX shell reads it back as it was."""
    assert shlex.split(quoted(word, windows=False)) == [word]


def test_a_path_that_begins_with_a_dash_is_no_option() -> None:
    """A word that does may be one."""
    assert quoted(Path("-birds"), windows=False) == "./-birds"
    assert quoted("--model", windows=False) == "--model"


def test_windows_knows_double_quotes_only() -> None:
    """Apostrophes would be part of the name."""
    assert quoted("C:\\my apps\\it's", windows=True) == '"C:\\my apps\\it\'s"'
    assert quoted("C:\\apps", windows=True) == "C:\\apps"


def test_the_projects_own_gradle() -> None:
    """A script, or a batch file."""
    assert gradle("test", windows=False) == "./gradlew test"
    assert gradle("test", windows=True) == "gradlew.bat test"

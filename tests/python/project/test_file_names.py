"""Names that no project's file may have."""

import pytest

from edgegen.project.file_names import refusal, same_elsewhere


@pytest.mark.parametrize(
    "name",
    [
        *(".edgegen.yml", ".Edgegen-exchange/plan.json", ".git/hooks/pre-commit", ".GIT/config"),
        *("/etc/passwd", "../a", "a/../../b", "a\\b", "a:b", "what?", "a\nb", "<a>", 'a"', "a|b", "a*"),
        *("a.", "a ", "folder./a", "con", "src/Con.txt", "aux .c", "LPT1.cpp", "n" * 256, "ü" * 128),
    ],
)
def test_a_name_is_refused_that_some_file_system_or_edgegen_takes_otherwise(name: str) -> None:
    """With why."""
    assert refusal(name)


@pytest.mark.parametrize(
    "name",
    ["a", ".gitignore", ".github/workflows/ci.yml", "con_sole.py", "n" * 255, "Vögel 🐦/a b.txt", "a..b"],
)
def test_other_names_are_taken(name: str) -> None:
    """Spaces within, dots before, letters of all scripts."""
    assert refusal(name) == ""


def test_names_that_differ_in_case_alone_are_one_elsewhere() -> None:
    """Folders too; the same folder twice is none of that."""
    assert same_elsewhere(["a/b", "a/c", "a"]) is None
    assert same_elsewhere(["README.md", "readme.md"]) == ("README.md", "readme.md")
    assert same_elsewhere(["Model/a", "model/b"]) == ("Model", "model")


def test_names_that_differ_in_how_an_accent_is_written_are_one_elsewhere() -> None:
    """As one character, or as two; in capitals, too."""
    assert same_elsewhere(["\xe9.txt", "e\u0301.txt"]) == ("e\u0301.txt", "\xe9.txt")
    assert same_elsewhere(["\xc9.txt", "e\u0301.txt"]) is not None
    assert same_elsewhere(["\xe9.txt", "e.txt"]) is None

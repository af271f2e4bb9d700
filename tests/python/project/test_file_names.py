"""File names that a project must not have."""

import pytest

from edgegen.project.custom_template.file_names import colliding_paths, problem_with


@pytest.mark.parametrize(
    "name",
    [
        *(".edgegen.yml", ".Edgegen-exchange/plan.json", ".git/hooks/pre-commit", ".GIT/config"),
        *("/etc/passwd", "../a", "a/../../b", "a\\b", "a:b", "what?", "a\nb", "<a>", 'a"', "a|b", "a*"),
        *("a.", "a ", "folder./a", "con", "src/Con.txt", "aux .c", "LPT1.cpp", "n" * 256, "ü" * 128),
    ],
)
def test_file_name_with_a_special_meaning_for_a_system_or_edgegen_is_rejected(name: str) -> None:
    assert problem_with(name)


@pytest.mark.parametrize(
    "name",
    ["a", ".gitignore", ".github/workflows/ci.yml", "con_sole.py", "n" * 255, "Vögel 🐦/a b.txt", "a..b"],
)
def test_ordinary_file_names_are_accepted(name: str) -> None:
    """Inner spaces, leading dots, letters of all scripts."""
    assert problem_with(name) == ""


def test_names_that_differ_only_in_case_are_reported() -> None:
    """Also of folders."""
    assert colliding_paths(["a/b", "a/c", "a"]) is None
    assert colliding_paths(["README.md", "readme.md"]) == ("README.md", "readme.md")
    assert colliding_paths(["Model/a", "model/b"]) == ("Model", "model")


def test_names_that_differ_only_in_unicode_normalization_are_reported() -> None:
    """Also in combination with case."""
    assert colliding_paths(["\xe9.txt", "e\u0301.txt"]) == ("e\u0301.txt", "\xe9.txt")
    assert colliding_paths(["\xc9.txt", "e\u0301.txt"]) is not None
    assert colliding_paths(["\xe9.txt", "e.txt"]) is None

"""The grammar of Xcode's settings: read as Xcode reads them, and what it would not read is told."""

from pathlib import Path

import pytest

from edgegen.kits.ios import xcconfig
from edgegen.kits.ios.settings_check import values
from tests.helpers.hard_ios import hard_ios

__all__ = ["hard_ios"]


def settings_of(folder: Path, text: str) -> xcconfig.Settings:
    path = folder / "a.xcconfig"
    path.write_bytes(text.encode())
    return xcconfig.read(path, folder)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A = 1", "1"),
        ("A=1;", "1"),
        ("A = 1 ; // one", "1"),
        ("A =", ""),
        ("A = // nothing", ""),
        ("  A  =  two words  ", "two words"),
        ('A = "quoted"', '"quoted"'),
        ("A = http:/$()/x", "http:/$()/x"),
        ("A = http://x", "http:"),
        ("A = one \\\n  two \\\n three", "one two three"),
        ("A = 1\r\nA = 2\u2028A = 3", "3"),
        ("A = 1\nA[sdk=iphoneos*][arch=arm64] = 2", "1"),
        ("// A = 1\nA = #include", "#include"),
    ],
)
def test_a_setting_is_read_as_xcode_reads_it(text: str, value: str, tmp_path: Path) -> None:
    """Comments, semicolons, continued lines, conditions, every kind of line end."""
    settings = settings_of(tmp_path, text)
    assert settings.problems == []
    assert settings.value("A") == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("A", "a.xcconfig:1: A is not followed by ="),
        ("\n= 1", "a.xcconfig:2: '= 1' does not begin with a setting's name"),
        ("A[sdk = 1", "a.xcconfig:1: A is not followed by ="),
        ('#include "gone.xcconfig"', "a.xcconfig:1: gone.xcconfig is not there"),
        ('#include "a.xcconfig"', "a.xcconfig:1: a.xcconfig includes itself"),
        ("#import <x>", "a.xcconfig:1: '#import <x>' is no #include"),
    ],
)
def test_what_xcode_would_not_read_is_told(text: str, says: str, tmp_path: Path) -> None:
    """With file and line."""
    (problem,) = settings_of(tmp_path, text).problems
    assert says in problem


def test_an_optional_file_may_be_missing(tmp_path: Path) -> None:
    """`#include?`, as Xcode has it."""
    assert settings_of(tmp_path, '#include? "gone.xcconfig"\nA = 1').problems == []


def test_references_are_replaced(tmp_path: Path) -> None:
    """In their three forms, one within another; what is unknown is empty, and `$$` is a dollar sign."""
    found = {"A": "1", "B": "$(A)2", "C": "$(C)"}
    assert xcconfig.evaluate("$(B) ${B} $A $(X)$$(A) $(A:lower) $(C)", found) == "12 12 1 $(A) 1 "
    assert xcconfig.references("$(B) ${C} $A $$(D) $(E:lower) $()") == {"A", "B", "C", "E"}


def test_lists_are_split_as_a_shell_would() -> None:
    """Quotes hold blanks together; a quote that is open is an error."""
    assert xcconfig.words('-a "b c" \'d e\' f\\ g ""') == ["-a", "b c", "d e", "f g", ""]
    with pytest.raises(ValueError, match="not closed"):
        xcconfig.words("'a")


@pytest.mark.full
def test_targets_inherit(hard_ios: Path) -> None:
    """The app has what the project has, and its own on top."""
    found = values(hard_ios)
    assert found["PRODUCT_BUNDLE_IDENTIFIER"] == "$(APP_BUNDLE_ID)"
    assert found["IPHONEOS_DEPLOYMENT_TARGET"] == "17.0"
    assert values(hard_ios, "AppTests", "Debug")["GCC_OPTIMIZATION_LEVEL"] == "2"

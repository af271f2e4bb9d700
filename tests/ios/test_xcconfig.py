"""Tests of the parser of .xcconfig files, which must read them as Xcode does."""

from pathlib import Path

import pytest

from edgegen.project import xcconfig
from edgegen_kits.ios.settings_check import values
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
def test_xcconfig_reads_a_setting_as_xcode_does(text: str, value: str, tmp_path: Path) -> None:
    """Covers comments, semicolons, continued lines, conditions and every kind of line end."""
    settings = settings_of(tmp_path, text)
    assert settings.problems == []
    assert settings.value("A") == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("A", "a.xcconfig:1: A is not followed by ="),
        ("\n= 1", "a.xcconfig:2: '= 1' does not begin with a setting's name"),
        ("A[sdk = 1", "a.xcconfig:1: A is not followed by ="),
        ('#include "gone.xcconfig"', "a.xcconfig:1: gone.xcconfig does not exist"),
        ('#include "a.xcconfig"', "a.xcconfig:1: a.xcconfig includes itself"),
        ("#import <x>", "a.xcconfig:1: '#import <x>' is no #include"),
    ],
)
def test_xcconfig_reports_invalid_lines_with_file_and_line(text: str, says: str, tmp_path: Path) -> None:
    (problem,) = settings_of(tmp_path, text).problems
    assert says in problem


def test_xcconfig_accepts_a_missing_optional_include(tmp_path: Path) -> None:
    assert settings_of(tmp_path, '#include? "gone.xcconfig"\nA = 1').problems == []


def test_xcconfig_evaluates_references_of_all_three_forms(tmp_path: Path) -> None:
    """References may be nested. An unknown one is empty, and `$$` is a dollar sign."""
    found = {"A": "1", "B": "$(A)2", "C": "$(C)"}
    assert xcconfig.evaluate("$(B) ${B} $A $(X)$$(A) $(A:lower) $(C)", found) == "12 12 1 $(A) 1 "
    assert xcconfig.references("$(B) ${C} $A $$(D) $(E:lower) $()") == {"A", "B", "C", "E"}


def test_xcconfig_splits_lists_as_a_shell_and_rejects_an_open_quote() -> None:
    assert xcconfig.words('-a "b c" \'d e\' f\\ g ""') == ["-a", "b c", "d e", "f g", ""]
    with pytest.raises(ValueError, match="not closed"):
        xcconfig.words("'a")


@pytest.mark.full
def test_target_settings_inherit_those_of_the_project(hard_ios: Path) -> None:
    found = values(hard_ios)
    assert found["PRODUCT_BUNDLE_IDENTIFIER"] == "$(APP_BUNDLE_ID)"
    assert found["IPHONEOS_DEPLOYMENT_TARGET"] == "17.0"
    assert values(hard_ios, "AppTests", "Debug")["GCC_OPTIMIZATION_LEVEL"] == "2"

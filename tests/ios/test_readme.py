"""Tests of the README of an iOS project: its names exist, and its Swift code compiles."""

import re
from pathlib import Path

import pytest

from edgegen_kits.common.commands import Commands
from edgegen_kits.ios import swift, swift_view
from edgegen_kits.ios.kit import STUBS, Kit
from edgegen_kits.ios.logic_tests import plain_files
from edgegen_kits.ios.swift_compiler import Compiler, Module, problems
from tests.helpers.hard_ios import hard_ios, texts
from tests.helpers.mutating import copy_of
from tests.ios import file_checks

pytestmark = pytest.mark.full

__all__ = ["hard_ios"]


def test_readme_names_only_existing_paths_settings_and_headings(hard_ios: Path) -> None:
    file_checks.check_the_readme_names_only_what_is_there(hard_ios)


def test_swift_example_in_the_readme_compiles(ios_kit: Kit, hard_ios: Path, tmp_path: Path) -> None:
    """In Swift 6 mode, against the Swift interface of the bridge."""
    readme = texts(hard_ios)["README.md"]
    (code,) = re.findall(r"```swift\nimport VisionCore\n(.*?)```", readme, re.DOTALL)
    headers = hard_ios / "Bridge/include"
    view = swift_view.interface("VisionCore", headers / "VisionCore/VisionCore.h", headers, hard_ios)
    (tmp_path / "VisionCore.swiftinterface").write_text(view, encoding="utf-8")
    example = tmp_path / "Example.swift"
    lines = [
        "import Foundation",
        "import VisionCore",
        "func example(pixels: UnsafeRawPointer) throws {",
        code,
        "}",
    ]
    example.write_text("\n".join(lines), encoding="utf-8")
    with Commands() as commands:
        module = Module("Example", [example], (STUBS, tmp_path))
        said = Compiler(ios_kit, tmp_path, commands).run_uncached(module, "-emit-sil", "-o", "/dev/null")
    assert problems(said, "Example", tmp_path) == []


def test_result_processor_in_the_readme_compiles(ios_kit: Kit, hard_ios: Path, tmp_path: Path) -> None:
    """In Swift 6 mode, in the file that the README names."""
    (code,) = re.findall(r"```swift\n(struct ResultProcessor.*?)```", texts(hard_ios)["README.md"], re.DOTALL)
    filled = tmp_path / "ResultProcessor.swift"
    filled.write_text(code, encoding="utf-8")
    others = [path for path in plain_files(hard_ios) if path.name != filled.name]
    assert len(others) == len(plain_files(hard_ios)) - 1
    with Commands() as commands:
        module = Module("App", [*others, filled], (STUBS,))
        said = Compiler(ios_kit, tmp_path, commands).run_uncached(module, "-emit-sil", "-o", "/dev/null")
    assert problems(said, "App", tmp_path) == []


def test_result_processor_in_the_readme_that_saves_crops_compiles_in_the_app(
    ios_kit: Kit, hard_ios: Path, tmp_path: Path
) -> None:
    """With UIKit. So it is not among the plain files, whose tests run on Linux."""
    project = copy_of(hard_ios, tmp_path)
    (code,) = re.findall(r"```swift\n(import UIKit\n.*?)```", texts(hard_ios)["README.md"], re.DOTALL)
    processor = project / "App/Logic/ResultProcessor.swift"
    processor.write_text(code, encoding="utf-8")
    checked = swift.check(ios_kit, project, tmp_path / "out")
    assert (checked.problems, checked.notes) == ([], [])
    assert processor not in plain_files(project)
    assert len(plain_files(project)) == len(plain_files(hard_ios)) - 1

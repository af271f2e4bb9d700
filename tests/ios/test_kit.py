"""Tests of the kit that verifies iOS projects: its installation, compiler, rules and test runner."""

import importlib.util
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edgegen import targets
from edgegen.base.errors import ToolchainError
from edgegen_kits.common import apt
from edgegen_kits.common.commands import Commands, ProgramResult
from edgegen_kits.common.recipe import STAMP
from edgegen_kits.ios import logic_tests, recipe, source_rules, swift_packages, zig_wheel
from edgegen_kits.ios.kit import Kit
from edgegen_kits.ios.swift_compiler import Compiler, Module, problems
from edgegen_kits.ios.swift_text import code_only
from tests.helpers.support import PATIENCE, edgegen, start, wait_until

# --- Finding and installing the kit ---


@pytest.mark.full
def test_swift_compiler_and_zig_run_from_the_kit_folder(ios_kit: Kit) -> None:
    """Without installation and without root, with the libraries of this system."""
    said = subprocess.run(
        [*ios_kit.with_libraries(ios_kit.frontend), "--version"], capture_output=True, text=True, check=True
    )
    assert f"Swift version {recipe.SWIFT}" in said.stdout
    said = subprocess.run([ios_kit.zig, "version"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == recipe.ZIG
    assert (ios_kit.darwin_headers / "stdio.h").is_file()


def test_tools_on_a_mac_are_xcode_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Xcode" not in {tool.name for tool in targets.find("ios").tools()}
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert [tool.name for tool in targets.find("ios").tools()] == ["Xcode"]


def test_recipe_change_alters_only_the_digest_of_that_part(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Only parts with another digest are downloaded again."""
    before = recipe.digests()
    assert before.keys() == {"swift", "zig"}
    monkeypatch.setattr(recipe, "ZIG", "0.0.0")
    assert recipe.digests()["zig"] != before["zig"]
    assert recipe.digests()["swift"] == before["swift"]
    copy = Path(shutil.copytree(recipe.HERE, tmp_path / "kit", ignore=shutil.ignore_patterns("__pycache__")))
    (copy / "swift_packages.py").write_text("other")
    monkeypatch.setattr(recipe, "HERE", copy)
    assert recipe.digests()["swift"] != before["swift"]


@pytest.fixture
def home(ios_kit: Kit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a home with an outdated kit: a stand-in for Swift, so that no large file is downloaded."""
    kit = Kit(tmp_path / "home" / "ios")
    kit.frontend.parent.mkdir(parents=True)
    kit.frontend.write_text("the compiler")
    (kit.folder / "zig").mkdir()
    parts = {"parts": {**recipe.digests(), "zig": "of another recipe"}}
    (kit.folder / STAMP).write_text(json.dumps(parts))
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.full
def test_failed_download_keeps_the_old_kit_and_names_pips_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here, pip uses an index that does not exist."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://localhost:1/simple")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(home))
    before = (home / "ios" / STAMP).read_text()
    answer = edgegen("doctor", "--target", "ios", "--install")
    assert answer.code == 6
    assert "ziglang" in answer.err
    assert "Check the network and pip's settings" in answer.err
    assert sorted(path.name for path in home.iterdir()) == ["ios", "ios.lock"]
    assert (home / "ios" / STAMP).read_text() == before


@pytest.mark.full
def test_interrupted_installation_keeps_the_old_kit_and_leaves_no_files(home: Path) -> None:
    before = (home / "ios" / STAMP).read_text()
    running = start("doctor", "--target", "ios", "--install", folder=home)
    wait_until(lambda: list(home.glob(".ios.edgegen-tmp-*/kit")), running)
    running.send_signal(signal.SIGTERM)
    out, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130, out + err
    assert "Traceback" not in err
    assert sorted(path.name for path in home.iterdir()) == ["ios", "ios.lock"]
    assert (home / "ios" / STAMP).read_text() == before


@pytest.mark.parametrize(
    ("name", "text", "mirror"),
    [
        (
            "debian.sources",
            "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n",
            "mirror.example",
        ),
        ("old.list", "deb [arch=amd64] http://old.example/debian/ bookworm main\n", "old.example"),
        ("ubuntu.list", "deb http://archive.ubuntu.com/ubuntu noble main\n", "deb.debian.org"),
    ],
)
def test_apt_source_uses_the_systems_debian_mirror(name: str, text: str, mirror: str, tmp_path: Path) -> None:
    """On another system, it uses Debian's server. The release and the signature are always Debian's."""
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / name).write_text(text)
    entry = apt.debian("trixie", "deb-src", tmp_path)
    assert entry.startswith("Types: deb-src\n")
    assert f"URIs: http://{mirror}/debian" in entry
    assert "Suites: trixie\n" in entry
    assert f"Signed-By: {apt.KEYS}\n" in entry


def test_zig_download_without_pip_suggests_ensurepip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Environments made by uv have no pip."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with Commands() as commands, pytest.raises(ToolchainError) as caught:
        zig_wheel.unpack(Kit(tmp_path / "kit"), tmp_path / "scratch", commands)
    assert "-m ensurepip" in caught.value.hint


def test_swift_download_without_apt_names_debian_and_downloads_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with Commands() as commands, pytest.raises(ToolchainError) as caught:
        swift_packages.unpack(Kit(tmp_path / "kit"), tmp_path / "scratch", commands)
    assert "no apt-get" in caught.value.message
    assert "Debian or Ubuntu" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_apt_options_use_separate_lists_and_sources(tmp_path: Path) -> None:
    options = apt.prepare_folder(tmp_path / "apt", "Types: deb\n")
    assert f"Dir::State::lists={tmp_path / 'apt' / 'lists'}" in options
    assert "Dir::Etc::sourcelist=/dev/null" in options
    assert [path.read_text() for path in (tmp_path / "apt" / "sources").iterdir()] == ["Types: deb\n"]


# --- The compiler's input and output ---


def test_problems_report_a_compiler_that_does_not_end() -> None:
    with Commands() as commands:
        endless = commands.ask([sys.executable, "-c", "while True: pass"], cpu_seconds=1)
        assert commands.ask(["printf", "%s", "a 'b' $c"], cpu_seconds=1) == ProgramResult(0, "a 'b' $c", "")
    said = problems(endless, "App", Path("/project"))
    assert len(said) == 1
    assert said[0].startswith("App: the compiler did not finish within 240 seconds of CPU time")


def test_problems_include_errors_without_a_place_and_the_exit_code() -> None:
    """Repeated errors are listed once."""
    assert problems(ProgramResult(1, "", "<unknown>:0: error: no module X\n"), "App", Path("/p")) == [
        "App: no module X"
    ]
    assert problems(ProgramResult(-11, "", "boom"), "App", Path("/p")) == [
        "App: the compiler ended with code -11: boom"
    ]
    said = ProgramResult(
        1, "", "/p/App/A.swift:3:9: error: what\n/p/App/A.swift:3:9: error: what\n/q/B.swift:1:1: error: b\n"
    )
    assert problems(said, "App", Path("/p")) == ["App/A.swift:3: what", "/q/B.swift:1: b"]


@pytest.mark.full
def test_compiler_expands_the_observable_macro(ios_kit: Kit, tmp_path: Path) -> None:
    """It is the only macro that an app may use. Its plugin is part of the compiler."""
    source = tmp_path / "model.swift"
    source.write_text("import Observation\n@Observable final class Model { var count = 0 }\n")
    with Commands() as commands:
        said = Compiler(ios_kit, tmp_path, commands).run_uncached(
            Module("App", [source]), "-emit-sil", "-o", "/dev/null"
        )
    assert problems(said, "App", tmp_path) == []


# --- Source rules ---


def test_code_only_blanks_out_comments_and_strings() -> None:
    r"""Comments nest; strings may be raw or multi-line; the content of \( ) is code."""
    text = (
        'a // #Preview "\n/* /* #Preview */ @objc */ b "#Preview \\" \\(c("@objc")) d" e\n'
        '#"@objc " \\(f) \\#(g)"# h """\n@objc "i" \\(j)\n""" k'
    )
    code = code_only(text)
    assert len(code) == len(text)
    assert code.count("\n") == text.count("\n")
    assert "#Preview" not in code
    assert "@objc" not in code
    kept = 'a b " (c(" ")) " e #" (g)"# h """ (j) """ k'
    assert " ".join(code.split()) == kept


def test_imports_have_attributes_access_levels_and_single_symbols() -> None:
    """A comment or a string is no import."""
    text = (
        "import SwiftUI\n@preconcurrency import AVFoundation\n@testable import App\n"
        "private import struct Foundation.Date\n// import CoreML\nimport os.log\n"
        '@_spi(Hidden)\npublic import UIKit\nlet text = "import Nothing"\n'
    )
    assert source_rules.imports(text) == {"SwiftUI", "AVFoundation", "App", "Foundation", "os", "UIKit"}


def test_source_rules_accept_what_ios_17_supports(tmp_path: Path) -> None:
    """Conditions, literals that look like macros, and `MainActor.assumeIsolated`."""
    source = tmp_path / "A.swift"
    source.write_text(
        "import Foundation\n#if DEBUG\nlet file = #fileID\n#endif\n"
        "func f() { if #available(iOS 17.2, *) {}; MainActor.assumeIsolated {} }\n"
        'let said = "#Preview"  // @objc\n'
    )
    assert source_rules.check(tmp_path, [source]) == []


# --- Logic tests in plain Swift ---

PLAIN = """\
import Foundation
import Observation

@Observable final class Counter { var count = Appearance.first }

func text(_ counter: Counter) -> String {
  counter.count += 1
  return String(format: "%d %@", counter.count, Date(timeIntervalSince1970: 0).formatted(.iso8601))
}
"""
CASES = """\
import XCTest

@testable import App

final class TextTests: XCTestCase {
  func testText() { XCTAssertEqual(text(Counter()), "4 1970-01-01T00:00:00Z") }
  func testWrong() async throws { XCTAssertEqual(text(Counter()), "5") }
  // func testNothing() {}
  func helper(_ number: Int) {}
}

@MainActor final class MainTests: XCTestCase {
  func testRegex() throws { XCTAssertTrue("abc".contains(/b/)) }
}
"""


def logic_project(folder: Path) -> Path:
    """Return a project that has only plain Swift files."""
    for name, text in (
        ("App/Appearance.swift", "enum Appearance { static let first = 3 }\n"),
        ("App/Logic/Text.swift", PLAIN),
        ("Tests/Logic/TextTests.swift", CASES),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.full
def test_logic_tests_run_and_report_a_failure_with_file_and_line(ios_kit: Kit, tmp_path: Path) -> None:
    """With the real Foundation, Observation and XCTest."""
    project = logic_project(tmp_path / "project")
    ran = logic_tests.run(ios_kit, project, tmp_path / "out")
    assert ran.run == 3
    assert not ran.passed
    assert len(ran.failures) == 1
    assert ran.failures[0].startswith(
        "Tests/Logic/TextTests.swift:7: TextTests.testWrong : XCTAssertEqual failed"
    )


@pytest.mark.full
def test_logic_tests_report_a_test_that_ends_the_program(ios_kit: Kit, tmp_path: Path) -> None:
    """The failure has the program's last message."""
    project = logic_project(tmp_path / "project")
    (project / "Tests/Logic/TextTests.swift").write_text(
        'import XCTest\nfinal class T: XCTestCase { func testA() { fatalError("lost") } }\n'
    )
    ran = logic_tests.run(ios_kit, project, tmp_path / "out")
    assert not ran.passed
    assert "lost" in ran.failures[0]


def test_logic_tests_reject_framework_imports_and_a_project_without_tests(tmp_path: Path) -> None:
    """Before anything is compiled."""
    project = logic_project(tmp_path)
    no_kit = Kit(tmp_path / "kit")
    (project / "Tests/Logic/TextTests.swift").write_text("import XCTest\n")
    assert logic_tests.run(no_kit, project, tmp_path / "out").failures == ("Tests/Logic: there is no test",)
    (project / "App/Logic/Text.swift").write_text("import Foundation\nimport UIKit\n")
    ran = logic_tests.run(no_kit, project, tmp_path / "out")
    assert ran.failures == (
        "App/Logic/Text.swift:1: imports UIKit: a file of plain Swift must not import it",
    )


@pytest.mark.parametrize(
    ("name", "is_plain"), [("UIKit", False), ("CoreGraphics", True), ("Foundation", True)]
)
def test_plain_files_leave_out_a_result_processor_that_uses_a_framework(
    tmp_path: Path, name: str, is_plain: bool
) -> None:
    project = logic_project(tmp_path)
    processor = project / "App/Logic/ResultProcessor.swift"
    processor.write_text(f"import {name}\n")
    assert (processor in logic_tests.plain_files(project)) is is_plain


def test_logic_tests_leave_out_tests_of_a_result_processor_that_uses_a_framework(tmp_path: Path) -> None:
    project = logic_project(tmp_path)
    (project / "App/Logic/ResultProcessor.swift").write_text("import UIKit\n")
    (project / "Tests/Logic/TextTests.swift").write_text(
        "final class T: XCTestCase { func testA() { _ = ResultProcessor() } }\n"
    )
    ran = logic_tests.run(Kit(tmp_path / "kit"), project, tmp_path / "out")
    assert ran.failures == ("Tests/Logic: there is no test",)

"""Verifying an iOS project: here with the kit, and as it is done where Xcode is."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import ToolchainError
from edgegen.base.progress import on_stderr
from edgegen.kits.common.commands import Commands
from edgegen.kits.ios.kit import Kit
from edgegen.kits.ios.logic_tests import plain_files
from edgegen.parity.pictures import Picture
from edgegen.project import manifest
from edgegen.targets.ios import runner as ios
from edgegen.targets.ios import xcode
from edgegen.targets.ios.bridge import Layouts, Memory, nonsense, unanswered
from edgegen.targets.runner import Job, Task
from tests.helpers.ios_projects import COUNTED
from tests.helpers.mutating import copy_of, replaced
from tests.helpers.once import Once
from tests.helpers.support import Answer, edgegen, message_is_complete, process

STAGES = ["constants", "letterbox", "tensor", "raw", "decode", "nms", "boxes", "app"]
GONE = ["Core/vision/nms.cpp", "App/Logic/Notice.swift", "Core/model_info.h", "Bridge/EDGText.mm"]
GONE += ["App/Appearance.swift", "App/Info.plist"]


def verified(project: Path) -> Answer:
    """Run `edgegen verify --json`."""
    return edgegen("verify", project, "--json")


@pytest.fixture(scope="module")
def report(ios_kit: Kit, tiny_ios: Path, once: Once) -> dict[str, object]:
    """Return what is said of a project as it was generated."""

    def make(folder: Path) -> None:
        (folder / "said").write_text(
            process("verify", tiny_ios, "--json", folder=folder).ok().out, encoding="utf-8"
        )

    found = json.loads((once("verified-ios", make) / "said").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.proof("swift")
@pytest.mark.full
def test_a_generated_project_shows_the_same_boxes(report: dict[str, list[dict[str, object]]]) -> None:
    """All golden vectors and pictures went through the bridge; all else was compiled and read."""
    assert report["passed"]
    assert report["problems"] == []
    stages = {str(stage["name"]): stage for stage in report["stages"]}
    assert list(stages) == [*STAGES, *COUNTED]
    assert all(stage["passed"] and stage["compared"] for stage in stages.values())
    assert report["detections"]
    assert report["notes"] == ["Apple's frameworks, Xcode and a device were not seen here"]


@pytest.mark.full
def test_what_is_broken_is_named(report: object, tiny_ios: Path, tmp_path: Path) -> None:
    """A constant, a file that nobody lists and a test that fails: exit code 7, each with its stage."""
    project = copy_of(tiny_ios, tmp_path)
    replaced(project / "Core/vision/decode.cpp", "kCellCentre = 0.5F;", "kCellCentre = 0.4F;")
    (project / "App/Logic/Unlisted.swift").write_text("enum Unlisted {}\n", encoding="utf-8")
    with (project / "Tests/Logic/PaceTests.swift").open("a", encoding="utf-8") as file:
        file.write('\nfinal class LostTests: XCTestCase { func testLost() { XCTFail("lost") } }\n')
    answer = verified(project)
    assert answer.code == 7, answer.err
    said = json.loads(answer.out)
    failed = {stage["name"] for stage in said["stages"] if not stage["passed"]}
    assert {"decode", "boxes", "app", "Xcode project", "logic tests"} <= failed
    assert not {"letterbox", "raw", "Swift files", "phone objects", "app bundle"} & failed
    assert any("App/Logic/Unlisted.swift is on disk" in problem for problem in said["problems"])
    assert any(problem.endswith("LostTests.testLost : failed - lost") for problem in said["problems"])


@pytest.mark.full
def test_a_file_that_is_gone_is_told_before_anything_is_compiled(
    ios_kit: Kit, tiny_ios: Path, tmp_path: Path
) -> None:
    """By its name, instead of what a linker makes of it: exit code 7, as all mistakes of a project are."""
    project = copy_of(tiny_ios, tmp_path)
    for name in GONE:
        (project / name).unlink()
    answer = verified(project)
    assert answer.code == 7
    assert answer.out == ""
    message_is_complete(answer.err)
    for name in GONE:
        assert f"{name} is named, and is not on disk" in answer.err
    assert "Compile" not in answer.err


@pytest.mark.full
@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_a_model_that_is_damaged_can_be_copied_again(
    ios_kit: Kit, tiny_ios: Path, tmp_path: Path, damage: str
) -> None:
    """Or the project made anew: who has a project may have no checkpoint to export."""
    project = copy_of(tiny_ios, tmp_path)
    model = project / "Model/model.pte"
    if damage == "gone":
        model.unlink()
    else:
        model.write_bytes(model.read_bytes()[:1000])
    answer = verified(project)
    assert answer.code == 3
    message_is_complete(answer.err)
    assert f"copy model.pte and metadata.yaml of the same export into {project / 'Model'} again" in answer.err
    assert "edgegen new" in answer.err


@pytest.mark.full
def test_two_mistakes_are_always_told_in_the_same_order(
    monkeypatch: pytest.MonkeyPatch, tiny_ios: Path, tmp_path: Path
) -> None:
    """Of checks that run at the same time, whichever comes to its end first."""

    def fails(seconds: float, error: Exception) -> Callable[..., object]:
        def check(*_: object) -> object:
            time.sleep(seconds)
            raise error

        return check

    known = manifest.read(tiny_ios)
    assert known is not None
    spec = load_model_spec(tiny_ios / "Model/model.pte", tiny_ios / "Model/metadata.yaml")
    with Commands() as commands, on_stderr() as progress:
        runner = ios.Runner(
            Kit(tmp_path), tmp_path / "harness", Job(tiny_ios, known, spec, progress), tmp_path, commands
        )
        for slow, fast in (("_swift", "_logic_tests"), ("_swift", "_bridge"), ("_objects", "_bridge")):
            for name in ("_bridge", "_swift", "_logic_tests", "_objects"):
                monkeypatch.setattr(runner, name, lambda *_: None)
            monkeypatch.setattr(runner, slow, fails(0.3, ToolchainError("slow")))
            monkeypatch.setattr(runner, fast, fails(0, ToolchainError("fast")))
            with pytest.raises(ToolchainError, match="slow"):
                runner.run(Task((), ()))


@pytest.mark.full
def test_a_plain_file_that_is_gone_is_not_read(tiny_ios: Path, tmp_path: Path) -> None:
    """Taken out of the project too: the compiler says what lacks it, and nothing ends with an exception."""
    project = copy_of(tiny_ios, tmp_path)
    before = plain_files(project)
    (project / "App/Appearance.swift").unlink()
    assert plain_files(project) == [path for path in before if path.name != "Appearance.swift"]


def test_a_picture_is_asked_for_in_every_layout(tmp_path: Path) -> None:
    """All orientations in BGRA, RGBA and NV12; one that gives something else is told by its name."""
    rgb = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    layouts = Layouts(Picture("five", rgb), Memory(tmp_path))
    assert len(layouts) == 24
    asked = [call for call in layouts.calls if call["call"] != "thresholds"]
    assert {call["orientation"] for call in asked[::2]} == set(range(1, 9))
    assert {call["encoding"] for call in asked if "encoding" in call} == {0, 1, 2, 3}
    answers: list[dict[str, object]] = [{}]
    answers += [{"width": 7, "height": 5, "candidates": 1, "detections": [[1]]} for _ in asked]
    assert layouts.problems(answers) == []
    answers[1] = {**answers[1], "detections": [[2]]}
    answers[-2] = {**answers[-2], "width": 5}
    assert layouts.problems(answers) == [
        "BGRA in orientation 1 shows something else than upright RGB",
        "NV12 bt601_video in orientation 8 shows something else than upright RGB",
    ]


def test_nonsense_has_to_be_answered_by_an_error(tmp_path: Path) -> None:
    """Of the bridge's own domain, with what is wrong and what to do; anything else is told."""
    picture = Memory(tmp_path).upright(np.zeros((2, 3, 3), np.uint8))
    calls = nonsense(picture, tmp_path)
    right = {"error": {"domain": "EDGErrorDomain", "code": 8, "description": "A.", "suggestion": "B."}}
    answers: list[dict[str, object]] = [right] * len(calls)
    assert unanswered(calls, answers) == []
    answers[0] = {"detections": []}
    answers[1] = {"error": {**right["error"], "suggestion": ""}}
    assert [problem.partition(": no NSError")[0] for problem in unanswered(calls, answers)] == [
        str(calls[0]),
        str(calls[1]),
    ]


@pytest.mark.full
def test_what_does_not_compile_is_exit_code_6(report: object, tiny_ios: Path, tmp_path: Path) -> None:
    """With the compiler's words, and the file as it is called in the project."""
    project = copy_of(tiny_ios, tmp_path)
    with (project / "App/State/Settings.swift").open("a", encoding="utf-8") as file:
        file.write("let wrong: Int = Thresholds.standard\n")
    answer = verified(project)
    assert answer.code == 6
    assert "App/State/Settings.swift:" in answer.err
    assert "cannot convert value of type 'Thresholds' to specified type 'Int'" in answer.err
    assert answer.out == ""


@pytest.mark.full
def test_without_a_kit_it_is_exit_code_6(
    tiny_ios: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And the command that makes the kit is named."""
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path))
    answer = edgegen("verify", tiny_ios)
    assert answer.code == 6
    assert "edgegen doctor --target ios --install" in answer.err


@pytest.mark.full
def test_no_screen_is_seen(tiny_ios: Path, tmp_path: Path) -> None:
    """The option is for Android."""
    answer = edgegen("verify", tiny_ios, "--screenshots", tmp_path)
    assert answer.code == 2
    assert "no pictures are taken of the screen of a project for ios" in answer.err


# --- With Xcode. It is not here: a script stands for the program, and prints what it prints ----------

DESTINATIONS = """\
Command line invocation:
    /usr/bin/xcodebuild -project App.xcodeproj -scheme App -showdestinations


	Available destinations for the "App" scheme:
{destinations}

	Ineligible destinations for the "App" scheme:
		{ platform:iOS, arch:arm64, id:00008130-OLD, name:Too old, error:iOS 16.7 is not 17.0 }
"""
PLACEHOLDERS = """\
		{ platform:iOS, id:dvtdevice-DVTiPhonePlaceholder-iphoneos:placeholder, name:Any iOS Device }
		{ platform:iOS Simulator, id:dvtdevice-DVTiOSDeviceSimulatorPlaceholder-iphonesimulator:placeholder, \
name:Any iOS Simulator Device }
"""
SIMULATORS = """\
		{ platform:macOS, arch:arm64, variant:Designed for [iPad,iPhone], id:00006000-MAC, name:My Mac }
		{ platform:iOS Simulator, arch:arm64, id:11111111-IPAD, OS:18.2, name:iPad Air }
		{ platform:iOS Simulator, id:22222222-SE, OS:17.5, name:iPhone SE (3rd generation) }
		{ platform:iOS Simulator, id:33333333-NEW, OS:18.2, name:iPhone 16 }
"""
PHONE = "		{ platform:iOS, arch:arm64, id:00008110-PHONE, name:Anna's iPhone, the old one }\n"
PASSED = """\
Test Suite 'VectorTests' started at 2026-01-01 00:00:00.000.
Test Case '-[AppTests.VectorTests testLetterbox]' started.
Test Case '-[AppTests.VectorTests testLetterbox]' passed (0.010 seconds).
Test case 'PaceTests.testHot()' passed on 'Clone 1 of iPhone 16 - App (123)' (0.001 seconds)
"""
FAILED = """\
{project}/Tests/Bridge/VectorTests.swift:31: error: -[AppTests.VectorTests testBoxes] : XCTAssertEqual failed
Test Case '-[AppTests.VectorTests testBoxes]' failed (0.020 seconds).
"""


def with_xcode(
    project: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *options: str,
    destinations: str = SIMULATORS,
    says: str = PASSED,
    code: int = 0,
) -> Answer:
    """Run `verify` where xcodebuild lists destinations, and says what it is told of the tests."""
    programs = folder / "programs"
    programs.mkdir()
    (programs / "destinations").write_text(
        DESTINATIONS.replace("{destinations}", PLACEHOLDERS + destinations), encoding="utf-8"
    )
    (programs / "said").write_text(says.replace("{project}", str(project)), encoding="utf-8")
    script = programs / "xcodebuild"
    script.write_text(
        f'#!/bin/sh\ncd {programs}\ncase "$*" in\n'
        "  *-showdestinations*) cat destinations ;;\n"
        f'  *) echo "$@" > asked; cat said; exit {code} ;;\nesac\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(programs), os.environ["PATH"]]))
    if "--device" not in options:
        monkeypatch.setattr(xcode, "is_here", lambda: True)
        monkeypatch.setattr("edgegen.commands.doctor.require", lambda target: None)
    return edgegen("verify", project, *options, "--json")


@pytest.mark.full
def test_a_mac_tests_on_the_newest_simulator(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an iPhone; the tests that ran are counted, however Xcode words it."""
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch).ok()
    report = json.loads(answer.out)
    assert report["passed"]
    assert [(stage["name"], stage["compared"]) for stage in report["stages"]] == [("tests", 2)]
    assert report["authority"] == "the golden vectors, on iPhone 16"
    asked = (tmp_path / "programs" / "asked").read_text()
    assert asked.startswith("-project App.xcodeproj -scheme App -destination id=33333333-NEW ")
    assert asked.endswith(" test\n")


@pytest.mark.full
def test_a_test_that_fails_in_xcode_is_exit_code_7(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name, and what it said with the project's file."""
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch, says=PASSED + FAILED, code=65)
    assert answer.code == 7
    assert json.loads(answer.out)["problems"] == [
        "AppTests.VectorTests.testBoxes",
        "Tests/Bridge/VectorTests.swift:31: -[AppTests.VectorTests testBoxes] : XCTAssertEqual failed",
    ]


@pytest.mark.full
def test_a_build_that_fails_in_xcode_is_exit_code_6(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what Xcode said."""
    says = 'error: Signing for "App" requires a development team.\n** TEST FAILED **\n'
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch, says=says, code=65)
    assert answer.code == 6
    assert "requires a development team" in answer.err


@pytest.mark.full
def test_tests_that_did_not_run_prove_nothing(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where Xcode is content."""
    assert with_xcode(tiny_ios, tmp_path, monkeypatch, says="** TEST SUCCEEDED **\n").code == 7


@pytest.mark.full
def test_a_mac_without_a_simulator_says_so(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what fetches one."""
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch, destinations="")
    assert answer.code == 6
    assert "xcodebuild -downloadPlatform iOS" in answer.err


@pytest.mark.full
def test_a_mac_takes_no_pictures(tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's own tests run there."""
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch, "--image", "a.jpg")
    assert answer.code == 2
    assert "leave out --image" in answer.err


@pytest.mark.full
def test_a_device_runs_the_projects_own_tests(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that is connected, whatever it is called; none that is too old."""
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch, "--device", destinations=SIMULATORS + PHONE).ok()
    assert json.loads(answer.out)["authority"] == "the golden vectors, on Anna's iPhone, the old one"
    assert "-destination id=00008110-PHONE " in (tmp_path / "programs" / "asked").read_text()


@pytest.mark.full
def test_without_a_device_it_says_so(tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And without Xcode, what has devices."""
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch, "--device")
    assert answer.code == 6
    assert "no iPhone or iPad is connected" in answer.err
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    answer = edgegen("verify", tiny_ios, "--device")
    assert answer.code == 6
    assert "xcodebuild is missing" in answer.err

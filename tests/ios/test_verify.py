"""Tests of `edgegen verify` for iOS projects: with the kit, and with a fake xcodebuild."""

import json
import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from edgegen.base.errors import ToolchainError
from edgegen.model.thresholds import Thresholds
from edgegen.parity.picture_files import Picture
from edgegen.targets.ios import xcode
from edgegen.targets.ios.runner import IosRunner, Layouts, Memory, invalid_calls, without_error
from edgegen.targets.runner import Job
from edgegen_kits.common.commands import Commands
from edgegen_kits.ios.app import App
from edgegen_kits.ios.kit import Kit
from edgegen_kits.ios.logic_tests import plain_files
from tests.helpers.ios_projects import COUNTED
from tests.helpers.mutating import copy_of, replaced
from tests.helpers.once import Once
from tests.helpers.support import PATIENCE, Answer, edgegen, message_is_complete

STAGES = ["constants", "letterbox", "tensor", "raw", "decode", "nms", "boxes", "app"]
GONE = ["Config/App.xcconfig", "Config/Debug.xcconfig"]


def verified(project: Path) -> Answer:
    """Run `edgegen verify --json`."""
    return edgegen("verify", project, "--json")


@pytest.fixture(scope="module")
def report(ios_kit: Kit, tiny_ios: Path, once: Once) -> dict[str, object]:
    """Return the report on a project as it was generated."""

    def make(folder: Path) -> None:
        (folder / "said").write_text(verified(tiny_ios).ok().out, encoding="utf-8")

    found = json.loads((once("verified-ios", make) / "said").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.proof("swift")
@pytest.mark.full
def test_verify_compares_every_stage_of_a_generated_project_and_passes(
    report: dict[str, list[dict[str, object]]],
) -> None:
    """The golden vectors and pictures pass through the bridge. Everything else is compiled and checked."""
    assert report["passed"]
    assert report["problems"] == []
    stages = {str(stage["name"]): stage for stage in report["stages"]}
    assert list(stages) == [*STAGES, *COUNTED]
    assert all(stage["passed"] and stage["compared"] for stage in stages.values())
    assert report["detections"]
    assert report["notes"] == ["Apple's frameworks, Xcode and a device were not seen here"]


@pytest.mark.full
def test_verify_exits_7_and_names_the_stage_of_each_mutation(
    report: object, tiny_ios: Path, tmp_path: Path
) -> None:
    """A wrong constant, a header outside the folders of the Xcode project, and a failing unit test."""
    project = copy_of(tiny_ios, tmp_path)
    replaced(project / "Core/vision/levels.cpp", "kCellCentre = 0.5F;", "kCellCentre = 0.4F;")
    (project / "unlisted.h").write_text("enum Unlisted {};\n", encoding="utf-8")
    with (project / "Tests/Logic/ResultTests.swift").open("a", encoding="utf-8") as file:
        file.write('\nfinal class LostTests: XCTestCase { func testLost() { XCTFail("lost") } }\n')
    answer = verified(project)
    assert answer.code == 7, answer.err
    said = json.loads(answer.out)
    failed = {stage["name"] for stage in said["stages"] if not stage["passed"]}
    assert {"decode", "boxes", "app", "Xcode project", "logic tests"} <= failed
    assert not {"letterbox", "raw", "Swift files", "phone objects", "app bundle"} & failed
    assert any("unlisted.h is on disk" in problem for problem in said["problems"])
    assert any(problem.endswith("LostTests.testLost : failed - lost") for problem in said["problems"])


@pytest.mark.full
def test_verify_exits_7_and_names_missing_files_before_it_compiles(
    ios_kit: Kit, tiny_ios: Path, tmp_path: Path
) -> None:
    """Otherwise only a linker error would mention the file."""
    project = copy_of(tiny_ios, tmp_path)
    for name in GONE:
        (project / name).unlink()
    answer = verified(project)
    assert answer.code == 7
    assert answer.out == ""
    message_is_complete(answer.err)
    for name in GONE:
        assert f"{name} is in the project, but not on disk" in answer.err
    assert "Compile" not in answer.err


@pytest.mark.full
@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_verify_exits_3_with_a_next_step_when_the_model_is_missing_or_cut(
    ios_kit: Kit, tiny_ios: Path, tmp_path: Path, damage: str
) -> None:
    """A user of the project may have no checkpoint to export again."""
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


def test_verify_reports_errors_of_parallel_checks_in_a_fixed_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The order does not depend on which check ends first."""
    fast_fails = threading.Event()

    def fail_first(*_: object) -> object:
        fast_fails.set()
        raise ToolchainError("fast")

    def fail_later(*_: object) -> object:
        assert fast_fails.wait(PATIENCE)
        raise ToolchainError("slow")

    with Commands() as commands:
        app = App(Kit(tmp_path), tmp_path, tmp_path / "harness", tmp_path, commands)
        for slow, fast in (("_swift", "_logic_tests"), ("_swift", "call"), ("_objects", "call")):
            for name in ("call", "_swift", "_logic_tests", "_objects"):
                monkeypatch.setattr(app, name, lambda *_: None)
            fast_fails.clear()
            monkeypatch.setattr(app, slow, fail_later)
            monkeypatch.setattr(app, fast, fail_first)
            with pytest.raises(ToolchainError, match="slow"):
                app.call_and_check([])


@pytest.mark.full
def test_plain_files_leaves_out_a_missing_file(tiny_ios: Path, tmp_path: Path) -> None:
    project = copy_of(tiny_ios, tmp_path)
    before = plain_files(project)
    (project / "App/Appearance.swift").unlink()
    assert plain_files(project) == [path for path in before if path.name != "Appearance.swift"]


def test_layouts_cover_all_orientations_and_formats_and_name_a_wrong_answer(tmp_path: Path) -> None:
    """The formats are BGRA, RGBA and NV12."""
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
        "BGRA in orientation 1 gives another result than upright RGB",
        "NV12 bt601_video in orientation 8 gives another result than upright RGB",
    ]


def test_runner_of_a_starter_has_only_a_confidence_threshold_to_set(tmp_path: Path) -> None:
    """A studio has a setting for each threshold."""
    about = {"project": tmp_path, "spec": SimpleNamespace(task="classify")}
    job = SimpleNamespace(**about, project_thresholds=Thresholds(confidence=0.5, iou=0.4))
    runner = IosRunner(cast(App, None), cast(Job, job))
    wanted = Thresholds(confidence=0.1, iou=0.7, max_det=100)
    assert runner.thresholds(wanted) == Thresholds(confidence=0.1, iou=0.4, max_det=5)
    header = tmp_path / "Bridge/include/VisionCore/EDGGoldenVectors.h"
    header.parent.mkdir(parents=True)
    header.touch()
    assert runner.thresholds(wanted) == wanted


def test_without_error_names_invalid_calls_without_a_complete_error(tmp_path: Path) -> None:
    """An error has the bridge's own domain, a description and a suggestion."""
    picture = Memory(tmp_path).upright(np.zeros((2, 3, 3), np.uint8))
    calls = invalid_calls(picture, tmp_path)
    right = {"error": {"domain": "EDGErrorDomain", "code": 8, "description": "A.", "suggestion": "B."}}
    answers: list[dict[str, object]] = [right] * len(calls)
    assert without_error(calls, answers) == []
    answers[0] = {"detections": []}
    answers[1] = {"error": {**right["error"], "suggestion": ""}}
    assert [problem.partition(": no NSError")[0] for problem in without_error(calls, answers)] == [
        str(calls[0]),
        str(calls[1]),
    ]


@pytest.mark.full
def test_verify_exits_6_with_the_compilers_words_when_swift_does_not_compile(
    report: object, tiny_ios: Path, tmp_path: Path
) -> None:
    """Names the file by its path in the project."""
    project = copy_of(tiny_ios, tmp_path)
    with (project / "App/Logic/Settings.swift").open("a", encoding="utf-8") as file:
        file.write("let wrong: Int = Thresholds.standard\n")
    answer = verified(project)
    assert answer.code == 6
    assert "App/Logic/Settings.swift:" in answer.err
    assert "cannot convert value of type 'Thresholds' to specified type 'Int'" in answer.err
    assert answer.out == ""


@pytest.mark.full
def test_verify_without_a_kit_exits_6_and_names_the_install_command(
    tiny_ios: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path))
    answer = edgegen("verify", tiny_ios)
    assert answer.code == 6
    assert "edgegen doctor --target ios --install" in answer.err


@pytest.mark.full
def test_verify_rejects_screenshots_for_an_ios_project(tiny_ios: Path, tmp_path: Path) -> None:
    answer = edgegen("verify", tiny_ios, "--screenshots", tmp_path)
    assert answer.code == 2
    assert "a project for ios takes no screenshots" in answer.err


# --- A fake xcodebuild of our own: a shell script that prints what the real one does ---

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
    """Run `verify` with a fake xcodebuild that prints the given destinations and test output."""
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
        monkeypatch.setattr("edgegen.commands.doctor.require", lambda target, app: None)
    return edgegen("verify", project, *options, "--json")


@pytest.mark.full
def test_verify_on_a_mac_uses_the_newest_iphone_simulator_with_a_fake_xcodebuild(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts the tests in both of Xcode's output formats."""
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch).ok()
    report = json.loads(answer.out)
    assert report["passed"]
    assert [(stage["name"], stage["compared"]) for stage in report["stages"]] == [("tests", 2)]
    assert report["authority"] == "the golden vectors, on iPhone 16"
    asked = (tmp_path / "programs" / "asked").read_text()
    assert asked.startswith("-project App.xcodeproj -scheme App -destination id=33333333-NEW ")
    assert asked.endswith(" test\n")


@pytest.mark.full
def test_verify_exits_7_and_names_the_failed_test_with_a_fake_xcodebuild(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The problem has the path in the project and the line."""
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch, says=PASSED + FAILED, code=65)
    assert answer.code == 7
    assert json.loads(answer.out)["problems"] == [
        "AppTests.VectorTests.testBoxes",
        "Tests/Bridge/VectorTests.swift:31: -[AppTests.VectorTests testBoxes] : XCTAssertEqual failed",
    ]


@pytest.mark.full
def test_verify_exits_6_when_the_build_fails_with_a_fake_xcodebuild(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has Xcode's error."""
    says = 'error: Signing for "App" requires a development team.\n** TEST FAILED **\n'
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch, says=says, code=65)
    assert answer.code == 6
    assert "requires a development team" in answer.err


@pytest.mark.full
def test_verify_exits_7_when_no_test_ran_with_a_fake_xcodebuild(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if Xcode reports success."""
    assert with_xcode(tiny_ios, tmp_path, monkeypatch, says="** TEST SUCCEEDED **\n").code == 7


@pytest.mark.full
def test_verify_without_a_simulator_exits_6_and_names_the_download_with_fake_xcode(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch, destinations="")
    assert answer.code == 6
    assert "xcodebuild -downloadPlatform iOS" in answer.err


@pytest.mark.full
def test_verify_on_a_mac_rejects_image_with_a_fake_xcodebuild(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch, "--image", "a.jpg")
    assert answer.code == 2
    assert "leave out --image" in answer.err


@pytest.mark.full
def test_verify_device_uses_the_connected_iphone_with_a_fake_xcodebuild(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of the phone has a comma. Phones with an older iOS are ignored."""
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch, "--device", destinations=SIMULATORS + PHONE).ok()
    assert json.loads(answer.out)["authority"] == "the golden vectors, on Anna's iPhone, the old one"
    assert "-destination id=00008110-PHONE " in (tmp_path / "programs" / "asked").read_text()


@pytest.mark.full
def test_verify_device_without_a_device_exits_6_with_a_fake_xcodebuild(
    tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Xcode, the message says that xcodebuild is missing."""
    answer = with_xcode(tiny_ios, tmp_path, monkeypatch, "--device")
    assert answer.code == 6
    assert "no iPhone or iPad is connected" in answer.err
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    answer = edgegen("verify", tiny_ios, "--device")
    assert answer.code == 6
    assert "xcodebuild is missing" in answer.err

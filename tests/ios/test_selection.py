"""Tests of an app with a Core ML program: the trial in the bridge, and the selection in Swift."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegen.base.errors import ParityError
from edgegen_kits.common.commands import Commands
from edgegen_kits.ios import logic_tests, swift
from edgegen_kits.ios.kit import Kit
from tests.helpers import ios_projects
from tests.helpers.mutating import copy_of, replaced
from tests.ios import file_checks
from tests.ios.bridge.calls import Bridge, Call, build, drawn, packed, same
from tests.ios.conftest import StarterOf
from tests.ios.logic_sources import SELECTION, add_tests

pytestmark = pytest.mark.full

Steered = Callable[[str], Bridge]  # a behavior -> the bridge over a backend that has it
RIGHT, SLOW = "right", "slow"
FAILED = 7  # EDGErrorRuntimeFailure


@pytest.fixture(scope="session")
def compiled_selecting(compiled_starter: Callable[[Path], Path], selecting: Path) -> Path:
    """Return the folder of its compiled bridge. Not to be written into."""
    return compiled_starter(selecting)


def steered(bridge: Bridge, folder: Path, behavior: str) -> Bridge:
    """Let a backend with this behavior run the Core ML program."""
    path = folder / "behavior"
    path.write_text(behavior, encoding="utf-8")
    environment = {"EDGEGEN_STEERED_PROGRAM": bridge.model, "EDGEGEN_STEERED_BEHAVIOR": str(path)}
    return Bridge(bridge.project, bridge.program, environment)


@pytest.fixture
def bridge_with(selecting: Path, compiled_selecting: Path, tmp_path: Path) -> Steered:
    bridge = Bridge(selecting, compiled_selecting / "fast" / "harness")
    return lambda behavior: steered(bridge, tmp_path, behavior)


def load_program(bridge: Bridge) -> Call:
    return bridge.load(program=0, model=str(bridge.project / "Model" / "model.coreml.pte"))


def prove(bridge: Bridge) -> Call:
    return {"call": "prove", "vectors": bridge.vectors}


def measure(bridge: Bridge) -> Call:
    return {"call": "measure", "reference": bridge.model, "vectors": bridge.vectors}


def proof_of(bridge: Bridge) -> dict[str, Any]:
    answer: dict[str, Any] = bridge.run(load_program(bridge), prove(bridge))[1]
    return answer


def check_that_the_cpu_serves(bridge: Bridge, folder: Path) -> None:
    """The detector of model.pte and the self-check do not depend on the backend."""
    check, loaded, found = bridge.run(bridge.self_check(), bridge.load(), packed(folder, drawn()))
    assert check["passed"]
    assert "error" not in loaded
    assert found["detections"]


def test_right_program_passes_and_is_faster_and_a_slow_one_is_slower(bridge_with: Steered) -> None:
    """The slow one runs the model twenty times."""
    for behavior in (RIGHT, SLOW):
        bridge = bridge_with(behavior)
        listed, _, proof, timing = bridge.run(
            {"call": "programs"}, load_program(bridge), prove(bridge), measure(bridge)
        )
        assert [(each["title"], each["file"]) for each in listed] == [("Core ML", "model.coreml.pte")]
        assert proof["problem"] == ""
        assert proof["pictures"] > 0
        assert proof["unit"] == "px"
        assert (timing["milliseconds"] < timing["other"]) == (behavior == RIGHT)
        assert (timing["runs"], timing["problem"]) == (10, "")
        assert timing["again_fails"]  # the golden picture is not the user's


@pytest.mark.parametrize("task", ["classify", "depth", "obb", "pose", "segment", "semantic"])
def test_program_of_each_task_is_proven(
    task: str, selecting_of: StarterOf, compiled_starter: Callable[[Path], Path], tmp_path: Path
) -> None:
    project = selecting_of(task)
    bridge = Bridge(project, compiled_starter(project) / "fast" / "harness")
    right = proof_of(steered(bridge, tmp_path, RIGHT))
    assert right["problem"] == ""
    assert right["pictures"] > 0
    wrong = proof_of(steered(bridge, tmp_path, "wrong"))
    assert wrong["problem"]


def test_wrong_program_fails_the_proof_and_names_the_stage(bridge_with: Steered, tmp_path: Path) -> None:
    bridge = bridge_with("wrong")
    proof = proof_of(bridge)
    assert proof["problem"].startswith("boxes: ")
    check_that_the_cpu_serves(bridge, tmp_path)


def test_program_that_is_wrong_in_some_timed_runs_is_rejected(bridge_with: Steered, tmp_path: Path) -> None:
    """One is right until the timed runs, the other is wrong in every fourth run."""
    late = bridge_with("wrong_from_16")
    _, proof, timing = late.run(load_program(late), prove(late), measure(late))
    assert proof["problem"] == ""
    assert timing["problem"].startswith("boxes: ")
    assert timing["runs"] <= 10
    sometimes = bridge_with("wrong_4th")
    _, proof, timing = sometimes.run(load_program(sometimes), prove(sometimes), measure(sometimes))
    assert proof["problem"] or timing["problem"]
    check_that_the_cpu_serves(sometimes, tmp_path)


def test_nan_fails_the_proof_and_each_frame(bridge_with: Steered, tmp_path: Path) -> None:
    bridge = bridge_with("nan")
    proof = proof_of(bridge)
    assert proof["problem"].endswith("an output has NaN")
    _, frame = bridge.run(load_program(bridge), packed(tmp_path, drawn()))
    assert frame["error"]["code"] == FAILED
    assert "Core ML have values that are no numbers" in frame["error"]["description"]
    check_that_the_cpu_serves(bridge, tmp_path)


def test_program_that_does_not_load_is_an_error(bridge_with: Steered, tmp_path: Path) -> None:
    bridge = bridge_with("throws_at_load")
    assert "error" in bridge.run(load_program(bridge))[0]
    check_that_the_cpu_serves(bridge, tmp_path)


def test_program_that_fails_later_fails_each_frame_from_then_on(bridge_with: Steered, tmp_path: Path) -> None:
    """Loading is the first run."""
    bridge = bridge_with("throws_at_10")
    frames = bridge.run(load_program(bridge), *[packed(tmp_path, drawn())] * 14)[1:]
    assert ["error" in frame for frame in frames] == [False] * 8 + [True] * 6
    check_that_the_cpu_serves(bridge, tmp_path)


def test_cpu_detects_while_the_program_hangs(bridge_with: Steered, tmp_path: Path) -> None:
    bridge = bridge_with(RIGHT)
    picture = packed(tmp_path, drawn())
    _, _, meanwhile = bridge.run(
        load_program(bridge),
        {"call": "steer", "behavior": "hangs"},
        {**picture, **prove(bridge), "call": "prove_meanwhile", "reference": bridge.model},
    )
    assert meanwhile["was_hanging"]
    assert same(meanwhile["found"], bridge.run(bridge.load(), picture)[1])


def test_program_that_kills_ends_the_process_during_the_trial_only(
    bridge_with: Steered, tmp_path: Path
) -> None:
    """Its marker is a matter of the Swift code: `testTrialThatCrashesTwiceInARowIsNotTriedAgain`."""
    bridge = bridge_with("kills")
    with pytest.raises(ParityError, match="ended with code -9"):
        bridge.run(load_program(bridge))
    check_that_the_cpu_serves(bridge, tmp_path)
    bridge = bridge_with("kills_once")
    with pytest.raises(ParityError, match="ended with code -9"):
        bridge.run(load_program(bridge))
    assert proof_of(bridge)["problem"] == ""


def test_damaged_program_is_rejected(bridge_with: Steered, tmp_path: Path) -> None:
    bridge = bridge_with(RIGHT)
    copy = tmp_path / "model.coreml.pte"
    copy.write_bytes((bridge.project / "Model" / "model.coreml.pte").read_bytes()[:-1] + b"\1")
    for path in (copy, bridge.model):
        error = bridge.run(bridge.load(program=0, model=str(path)))[0]["error"]
        assert "damaged, or not the model" in error["description"]


def test_proof_with_ignored_tolerances_lets_a_wrong_program_pass(
    selecting: Path, compiled_selecting: Path, tmp_path: Path
) -> None:
    """A mutation test of the proof."""
    project = copy_of(selecting, tmp_path)
    old, new = "if (each.name == name) return each.value;", "if (!each.name.empty()) return 1e9;"
    replaced(project / "Core" / "parity" / "parity.cpp", old, new)
    out = Path(shutil.copytree(compiled_selecting, tmp_path / "out"))
    assert proof_of(steered(build(project, out), tmp_path, "wrong"))["problem"] == ""


def test_detector_without_the_check_of_numbers_shows_frames_with_nan(
    selecting: Path, compiled_selecting: Path, tmp_path: Path
) -> None:
    """A mutation test of the detector."""
    project = copy_of(selecting, tmp_path)
    replaced(
        project / "Bridge" / "EDGDetector.mm", "  check_numbers(*_detector);\n", "  (void)check_numbers;\n"
    )
    out = Path(shutil.copytree(compiled_selecting, tmp_path / "out"))
    bridge = steered(build(project, out), tmp_path, "nan")
    assert "error" not in bridge.run(load_program(bridge), packed(tmp_path, drawn()))[1]


def test_swift_of_a_studio_with_a_selection_compiles_and_its_tests_pass(
    ios_kit: Kit, selecting: Path, tmp_path: Path
) -> None:
    """`verify` of the starters does the same: starter/test_starter.py."""
    project = ios_projects.generate(tmp_path, selecting.parent / "export", "--app", "studio")
    for each in (project, selecting):
        file_checks.check_every_text_is_managed_by_hand(each)
    add_tests(project, SELECTION, app="studio")
    with Commands() as commands:
        assert swift.check(ios_kit, project, tmp_path / "swift", commands).problems == []
        run = logic_tests.run(ios_kit, project, tmp_path / "logic", commands)
    assert run.failures == ()
    assert run.run > 35


def test_starter_without_an_extra_program_has_nothing_of_the_selection(
    tiny_export: Path, tmp_path: Path
) -> None:
    project = ios_projects.generate(tmp_path, tiny_export, "--app", "starter")
    for path in project.rglob("*"):
        if path.suffix in {".swift", ".mm", ".h", ".xcstrings"} and "Core" not in path.parts:
            assert "Selection" not in path.read_text(encoding="utf-8"), path

"""Mutations of the selection of a backend in Swift: its tests notice each."""

from pathlib import Path

import pytest

from edgegen_kits.ios import logic_tests
from edgegen_kits.ios.kit import Kit
from tests.helpers.mutating import chosen, copy_of, replaced
from tests.ios import logic_sources

SELECTION = "App/Logic/Selection.swift"
MUTATIONS = [  # name, file, text, replacement, the test that fails
    (
        "marker not written",
        SELECTION,
        "if !isDebugged() {",
        "if isDebugged() {",
        "testTrialThatCrashesTwiceInARowIsNotTriedAgain",
    ),
    (
        "only the first run",
        SELECTION,
        "guard run.problem.isEmpty",
        "guard true",
        "testProgramThatIsWrongInOneTimedRun",
    ),
    (
        "one crash",
        SELECTION,
        "crashesUntilOut: Int { 2 }",
        "crashesUntilOut: Int { 1 }",
        "testTrialThatCrashesOnce",
    ),
    (
        "marker in the background",
        SELECTION,
        "        folder.removeMarker()\n        guard let attemptStart",
        "        guard let attemptStart",
        "Background",
    ),
    (
        "program loaded in the background",
        SELECTION,
        "if interruptions != interruptionsBefore { throw CancellationError() }",
        "",
        "testProgramIsNotLoadedIfTheAppLeavesTheForeground",
    ),
    (
        "proof ignored",
        SELECTION,
        "guard proof.problem.isEmpty else",
        "guard true else",
        "testWrongProgramDoesNotServe",
    ),
    ("time ignored", SELECTION, "time < cpuTime ? ", "true ? ", "testSlowerProgramDoesNotServe"),
    (
        "key ignored",
        SELECTION,
        "$0.key == key ? $0 : nil",
        "$0",
        "testAnotherDeviceSystemAppOrProgramIsTriedAgain",
    ),
    (
        "bad frames never forgotten",
        SELECTION,
        "(goodFrames, badFrames) = (goodFrames + 1, 0)",
        "goodFrames += 1",
        "testGoodFrame",
    ),
]


@pytest.mark.full
@pytest.mark.parametrize("number", chosen("ios", [name for name, *_ in MUTATIONS]))
def test_mutated_selection_fails_its_own_tests(
    ios_kit: Kit, selecting: Path, tmp_path: Path, number: int
) -> None:
    _, file, old, new, noticed = MUTATIONS[number]
    project = copy_of(selecting, tmp_path)
    logic_sources.add_tests(project, logic_sources.SELECTION)
    replaced(project / file, old, new)
    run = logic_tests.run(ios_kit, project, tmp_path / "logic")
    assert any(noticed in failure for failure in run.failures), run.failures

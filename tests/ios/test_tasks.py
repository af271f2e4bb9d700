"""Tests of iOS projects of the tasks other than detection: files, README and Swift code."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen_kits.common.commands import Commands
from edgegen_kits.ios import logic_tests, swift
from edgegen_kits.ios.bundle_check import check_bundle
from edgegen_kits.ios.kit import Kit
from edgegen_kits.ios.project_check import check_project
from tests.helpers.hard_ios import new, texts
from tests.helpers.support import list_files
from tests.ios.file_checks import check_every_file_is_tidy, check_the_readme_names_only_what_is_there

pytestmark = pytest.mark.full

OF_BOXES = {"App/Logic/BoxLayer.swift", "Tests/Logic/BoxLayerTests.swift"}
OF_PAINTINGS = {
    *(
        "App/Logic/PaintingLayer.swift",
        "Tests/Logic/PaintingLayerTests.swift",
        "App/Logic/PlacedPainting.swift",
    ),
}
OF_BLOCKS = {"Bridge/EDGBlocks.h", "Bridge/EDGBlocks.mm"}
OF_MAPS = OF_PAINTINGS | {
    *OF_BLOCKS,
    *(
        "Bridge/EDGMapData.h",
        "App/Logic/MapSteps.swift",
        "Tests/Logic/MapStepsTests.swift",
    ),
    *(
        "Core/vision/bilinear.cpp",
        "Core/vision/bilinear.h",
        "Core/vision/dense_map.cpp",
        "Core/vision/dense_map.h",
    ),
    "Tests/Bridge/MapBridgeTests.swift",
}
WITH_BOXES = {"pose", "obb", "segment"}
# Files that only projects with boxes have.
WITH_CANDIDATES = re.compile(
    "Core/(json/boxes_json|tracking/|vision/(box_head|decode|nms)|parity/(box_stages|matching))"
    "|Bridge/(include/VisionCore/)?EDGDetection[.+]|(App|Tests)/Logic/Label(Layer|Places)|App/Logic/Box.swift"
    "|Tests/Bridge/ThresholdBridgeTests|App/(Logic/ThingWords|Photos/ShownThing|Screens/ThingScreen)"
    "|(App|Tests)/Logic/(Comparison|TouchedThing|ThingChoices)"
    "|Bridge/(include/VisionCore/)?EDGTracker|(App|Tests)/Logic/(FollowedThings|TrailLayer|Line[CLW])"
    "|App/Detection/Follower|(App|Tests)/Logic/HeldNumbers|App/Screens/ChipRow|(App|Tests)/Logic/Class(Chips|Filter)"
)
OWN = {
    "pose": OF_BOXES
    | {
        *("Bridge/include/VisionCore/EDGKeypoint.h", "Bridge/EDGKeypoint.mm", "App/Logic/Keypoint.swift"),
        *("App/Logic/KeypointLayer.swift", "Tests/Logic/KeypointLayerTests.swift"),
        "App/Logic/KeypointWords.swift",
        *("Core/vision/keypoints.cpp", "Core/vision/keypoints.h"),
    },
    "obb": {
        *("Bridge/include/VisionCore/EDGRotatedBox.h", "Bridge/EDGRotatedBox.mm"),
        *("App/Logic/RotatedBoxLayer.swift", "Tests/Logic/RotatedBoxLayerTests.swift"),
        *("Core/vision/rotated_nms.cpp", "Core/vision/rotated_nms.h"),
        *("Core/tracking/turned_boxes.cpp", "Core/tracking/turned_boxes.h"),
    },
    "segment": OF_BOXES
    | {
        *("Bridge/include/VisionCore/EDGMask.h", "Bridge/EDGMask.mm", "Bridge/EDGMaskCanvas.mm"),
        *("Bridge/include/VisionCore/EDGMaskOutline.h", "Bridge/EDGMaskOutline.mm"),
        "App/Detection/MaskReport.swift",
        *("App/Logic/Mask.swift", "App/Detection/MaskPainter.swift", *OF_PAINTINGS, *OF_BLOCKS),
        *("Tests/Logic/MaskLayerTests.swift", "Core/vision/bilinear.cpp", "Core/vision/bilinear.h"),
        *("Core/vision/contour.cpp", "Core/vision/contour.h", "Core/vision/masks.cpp"),
        *("Core/vision/masks.h", "Tests/Bridge/MaskBridgeTests.swift"),
    },
    "classify": {
        *("Bridge/include/VisionCore/EDGClassScore.h", "Bridge/EDGClassScore.mm"),
        *("Bridge/EDGClassScore+Core.h", "App/Logic/ClassScore.swift", "App/Logic/ClassLayer.swift"),
        *("Tests/Logic/ClassLayerTests.swift", "Core/vision/centre_crop.cpp", "Core/vision/centre_crop.h"),
        *("Core/vision/pillow_resize.cpp", "Core/vision/pillow_resize.h"),
    },
    "semantic": OF_MAPS
    | {
        *("Bridge/include/VisionCore/EDGClassMap.h", "Bridge/EDGClassMap.mm", "Bridge/EDGClassMap+Core.h"),
        *("App/Logic/ClassMap.swift", "App/Logic/LegendLayer.swift", "App/Detection/ClassMapPainter.swift"),
        "Tests/Logic/LegendLayerTests.swift",
    },
    "depth": OF_MAPS
    | {
        *("Bridge/include/VisionCore/EDGDepthMap.h", "Bridge/EDGDepthMap.mm", "Bridge/EDGDepthMap+Core.h"),
        "Core/json/tasks/depth_json.h",
        *("App/Logic/DepthMap.swift", "App/Logic/DepthColors.swift", "App/Logic/DepthScaleLayer.swift"),
        *("App/Logic/ProbeLayer.swift", "App/Detection/DepthPainter.swift"),
        *("Tests/Logic/DepthMapTests.swift", "Tests/Logic/DepthLayersTests.swift"),
        "App/Logic/DepthWords.swift",
    },
}
WORDS = {
    "pose": r"\bKeypoint\b|\.keypoints\b",
    "obb": r"\bRotatedBox|\.corners\b",
    "segment": r"\bMask|\.mask\b",
    "classify": r"\bClassScore|\bClassLayer",
    "semantic": r"\bClassMap|\bLegendLayer",
    "depth": r"\bDepthMap|\.probe\b",
}
OF_TRACKS = (
    r"\bTracker\b|isSmooth|\bTracking[A-Z]|\btrack:|\.track\b|isTracking|\bFollow(er|edThings)\b|\btrail\b"
)


@pytest.mark.parametrize("task", OWN)
def test_project_has_the_files_of_its_own_task_alone(
    ios_of: Callable[[str], Path], tiny_ios: Path, task: str
) -> None:
    """Rendered files do not mention parts of other tasks."""
    files, of_boxes = set(list_files(ios_of(task))), set(list_files(tiny_ios))
    own = OWN[task] | {f"Core/vision/tasks/{task}.{suffix}" for suffix in ("cpp", "h")}
    own |= {f"Core/parity/tasks/{task}_stages.cpp", f"Core/json/tasks/{task}_json.cpp"}
    shared = {name for name in of_boxes if "/tasks/detect" not in name and name not in OF_BOXES}
    if task not in WITH_BOXES:
        shared = {name for name in shared if not WITH_CANDIDATES.match(name)}
    if task not in {*WITH_BOXES, "depth"}:
        shared = {name for name in shared if "/TouchedPlace" not in name}
    if task == "depth":
        shared.remove("App/Logic/ClassWords.swift")  # depth has no classes
    assert {name for name in files if not name.startswith("vectors/")} == {
        name for name in shared | own if not name.startswith("vectors/")
    }
    found = texts(ios_of(task))
    for other, words in WORDS.items():
        said = [name for name, text in found.items() if name.startswith("App/") and re.search(words, text)]
        assert bool(said) == (other == task), (other, said)
    of_tracks = {name for name, text in found.items() if name[:4] == "App/" and re.search(OF_TRACKS, text)}
    assert (len(of_tracks) > 10) == (task in WITH_BOXES) == bool(of_tracks), of_tracks


@pytest.mark.parametrize("task", OWN)
def test_checks_find_no_problem_in_a_project_of_the_task(ios_of: Callable[[str], Path], task: str) -> None:
    project = ios_of(task)
    assert check_project(project) == []
    assert check_bundle(project) == []
    check_every_file_is_tidy(project)
    check_the_readme_names_only_what_is_there(project)


@pytest.mark.parametrize("task", [task for task in OWN if task not in WITH_BOXES])
def test_swift_compiles_and_logic_tests_pass_for_tasks_without_boxes(
    ios_kit: Kit, ios_of: Callable[[str], Path], tmp_path: Path, task: str
) -> None:
    """In Swift 6 mode. `verify` does the same for tasks with boxes."""
    with Commands() as commands:
        assert swift.check(ios_kit, ios_of(task), tmp_path / "swift", commands) == []
        run = logic_tests.run(ios_kit, ios_of(task), tmp_path / "logic", commands)
    assert run.failures == ()
    assert run.run > 90


def test_app_of_two_models_without_boxes_passes_the_checks_and_compiles(
    ios_kit: Kit, task_export: Callable[[str], Path], tmp_path: Path
) -> None:
    """It has no class filter. Its README names only existing paths."""
    first = task_export("depth")
    second = Path(shutil.copytree(first, tmp_path / "second"))
    with (second / "metadata.yaml").open("a") as metadata:
        metadata.write("# another model: of one export, edgegen takes no two\n")
    project = new(first, tmp_path / "app", "--model", second)
    assert check_project(project) == []
    assert check_bundle(project) == []
    check_every_file_is_tidy(project)
    check_the_readme_names_only_what_is_there(project)
    assert swift.check(ios_kit, project, tmp_path / "swift") == []

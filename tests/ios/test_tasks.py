"""Tests of iOS projects of the tasks other than detection: files, README and Swift code."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen_kits.ios import swift
from edgegen_kits.ios.bundle_check import check_bundle
from edgegen_kits.ios.kit import Kit
from edgegen_kits.ios.project_check import check_project
from tests.helpers.hard_ios import new, texts
from tests.helpers.support import list_files
from tests.ios.file_checks import check_every_file_is_tidy, check_the_readme_names_only_what_is_there

pytestmark = pytest.mark.full

OF_PAINTINGS = {
    *("App/Logic/Painting.swift", "App/Screen/PaintingDrawing.swift"),
    *("App/Pipeline/Painters.swift", "Tests/Bridge/PainterTests.swift"),
}
OF_BLOCKS = {"Bridge/EDGBlocks.h", "Bridge/EDGBlocks.mm"}
OF_MAPS = {
    *(*OF_PAINTINGS, *OF_BLOCKS, "Bridge/EDGMapData.h"),
    *("Core/vision/bilinear.cpp", "Core/vision/bilinear.h"),
    *("Core/vision/dense_map.cpp", "Core/vision/dense_map.h", "Core/json/greys.h"),
}
WITH_BOXES = {"pose", "obb", "segment"}
# Files that only projects with boxes have.
WITH_CANDIDATES = re.compile(
    "Core/(json/boxes_json|tracking/|vision/(decode|levels|nms)|parity/box_stages)"
    "|Bridge/(include/VisionCore/)?EDGTracker"
    "|App/Logic/(Boxes|ClassChips|Counting|Tracking)"
)
OWN = {
    "pose": {
        *("Bridge/include/VisionCore/EDGKeypoint.h", "Bridge/EDGKeypoint.mm", "App/Logic/Keypoints.swift"),
        *("Core/vision/keypoints.cpp", "Core/vision/keypoints.h"),
    },
    "obb": {
        *("Bridge/include/VisionCore/EDGRotatedBox.h", "Bridge/EDGRotatedBox.mm"),
        *("Core/vision/rotated_nms.cpp", "Core/vision/rotated_nms.h", "Core/vision/tasks/obb.h"),
        *("Core/tracking/rotated_boxes.cpp", "Core/tracking/rotated_boxes.h"),
    },
    "segment": {
        *("Bridge/include/VisionCore/EDGMask.h", "Bridge/EDGMask.mm", "Bridge/EDGMaskCanvas.mm"),
        *("Bridge/include/VisionCore/EDGMaskOutline.h", "Bridge/EDGMaskOutline.mm"),
        *("App/Logic/Masks.swift", *OF_PAINTINGS, *OF_BLOCKS),
        *("Core/vision/bilinear.cpp", "Core/vision/bilinear.h", "Core/vision/contour.cpp"),
        *("Core/vision/contour.h", "Core/vision/masks.cpp", "Core/vision/masks.h"),
    },
    "classify": {
        *("Bridge/include/VisionCore/EDGClassScore.h", "Bridge/EDGClassScore.mm"),
        "App/Logic/Classes.swift",
        *("Core/vision/centre_crop.cpp", "Core/vision/centre_crop.h"),
        *("Core/vision/pillow_resize.cpp", "Core/vision/pillow_resize.h"),
    },
    "semantic": OF_MAPS
    | {
        *("Bridge/include/VisionCore/EDGClassMap.h", "Bridge/EDGClassMap.mm"),
        "App/Logic/ClassMap.swift",
    },
    "depth": OF_MAPS
    | {
        *("Bridge/include/VisionCore/EDGDepthMap.h", "Bridge/EDGDepthMap.mm"),
        *("Core/json/tasks/depth_json.h", "Core/vision/stretch.h", "App/Logic/DepthMap.swift"),
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
OF_TRACKS = r"\bTracker\b|\btrack:|\.track\b|isTracking|\bTracks\b|\btrail\b"


@pytest.mark.parametrize("task", OWN)
def test_project_has_the_files_of_its_own_task_alone(
    ios_of: Callable[[str], Path], tiny_ios: Path, task: str
) -> None:
    """Rendered files do not mention parts of other tasks."""
    files, of_boxes = set(list_files(ios_of(task))), set(list_files(tiny_ios))
    own = OWN[task] | {f"Core/vision/tasks/{task}.cpp"}
    own |= {f"Core/parity/tasks/{task}_stages.cpp", f"Core/json/tasks/{task}_json.cpp"}
    shared = {name for name in of_boxes if "/tasks/detect" not in name}
    if task not in WITH_BOXES:
        shared = {name for name in shared if not WITH_CANDIDATES.match(name)}
    assert {name for name in files if not name.startswith("vectors/")} == {
        name for name in shared | own if not name.startswith("vectors/")
    }
    found = texts(ios_of(task))
    for other, words in WORDS.items():
        said = [name for name, text in found.items() if name.startswith("App/") and re.search(words, text)]
        assert bool(said) == (other == task), (other, said)
    of_tracks = {name for name, text in found.items() if name[:4] == "App/" and re.search(OF_TRACKS, text)}
    assert (len(of_tracks) > 5) == (task in WITH_BOXES) == bool(of_tracks), of_tracks


@pytest.mark.parametrize("task", OWN)
def test_checks_find_no_problem_in_a_project_of_the_task(ios_of: Callable[[str], Path], task: str) -> None:
    project = ios_of(task)
    assert check_project(project) == []
    assert check_bundle(project) == []
    check_every_file_is_tidy(project)
    check_the_readme_names_only_what_is_there(project)


@pytest.mark.parametrize("task", OWN)
def test_swift_of_a_studio_of_each_task_compiles(
    ios_kit: Kit, ios_of: Callable[[str], Path], tmp_path: Path, task: str
) -> None:
    """In Swift 6 mode. `verify` does the same for the detector and for the starters.

    `test_logic.py` runs the studio's logic tests, among others.
    """
    assert swift.check(ios_kit, ios_of(task), tmp_path / "swift").problems == []


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
    assert swift.check(ios_kit, project, tmp_path / "swift").problems == []

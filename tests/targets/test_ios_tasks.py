"""iOS projects of poses, turned boxes and masks: what is in them, and how it is described."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.kits.ios.bundle_check import check_bundle
from edgegen.kits.ios.project_check import check_project
from hard_ios import texts
from support import list_files

from .test_ios_project import test_every_file_is_tidy as check_every_file_is_tidy
from .test_ios_project import test_the_readme_names_only_what_is_there as check_the_readme

OF_BOXES = {"App/Logic/BoxLayer.swift", "Tests/Logic/BoxLayerTests.swift"}
OWN = {
    "pose": OF_BOXES
    | {
        *("Bridge/include/VisionCore/EDGKeypoint.h", "Bridge/EDGKeypoint.mm", "App/Logic/Keypoint.swift"),
        *("App/Logic/KeypointLayer.swift", "Tests/Logic/KeypointLayerTests.swift"),
        *("Core/vision/keypoints.cpp", "Core/vision/keypoints.h"),
    },
    "obb": {
        *("Bridge/include/VisionCore/EDGRotatedBox.h", "Bridge/EDGRotatedBox.mm"),
        *("App/Logic/RotatedBoxLayer.swift", "Tests/Logic/RotatedBoxLayerTests.swift"),
        *("Core/vision/rotated_nms.cpp", "Core/vision/rotated_nms.h"),
    },
    "segment": OF_BOXES
    | {
        *("Bridge/include/VisionCore/EDGMask.h", "Bridge/EDGMask.mm", "Bridge/EDGMaskCanvas.mm"),
        *("App/Logic/Mask.swift", "App/Logic/MaskLayer.swift", "App/Detection/MaskPainter.swift"),
        *("Tests/Logic/MaskLayerTests.swift", "Core/vision/bilinear.cpp", "Core/vision/bilinear.h"),
        *("Core/vision/contour.cpp", "Core/vision/contour.h", "Core/vision/masks.cpp"),
        *("Core/vision/masks.h", "Tests/Bridge/MaskBridgeTests.swift"),
    },
}
WORDS = {
    "pose": r"\bKeypoint\b|\.keypoints\b",
    "obb": r"\bRotatedBox|\.corners\b",
    "segment": r"\bMask|\.mask\b",
}


@pytest.mark.parametrize("task", OWN)
def test_a_project_has_its_own_task_s_files_alone(
    ios_of: Callable[[str], Path], tiny_ios: Path, task: str
) -> None:
    """Beside those that every project has; and what is rendered speaks of no other task's parts."""
    files, of_boxes = set(list_files(ios_of(task))), set(list_files(tiny_ios))
    own = OWN[task] | {f"Core/vision/tasks/{task}.{suffix}" for suffix in ("cpp", "h")}
    own.add(f"Core/parity/tasks/{task}_stages.cpp")
    shared = {name for name in of_boxes if "/tasks/detect" not in name and name not in OF_BOXES}
    assert {name for name in files if not name.startswith("vectors/")} == {
        name for name in shared | own if not name.startswith("vectors/")
    }
    found = texts(ios_of(task))
    for other, words in WORDS.items():
        said = [name for name, text in found.items() if name.startswith("App/") and re.search(words, text)]
        assert bool(said) == (other == task), (other, said)


@pytest.mark.parametrize("task", OWN)
def test_all_is_well_with_it(ios_of: Callable[[str], Path], task: str) -> None:
    """Files, project, settings, texts and README, as those of a project of boxes."""
    project = ios_of(task)
    assert check_project(project) == []
    assert check_bundle(project) == []
    check_every_file_is_tidy(project)
    check_the_readme(project)

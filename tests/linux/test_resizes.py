"""Detectors with the resizes of other libraries: in starters, and in a studio with a model of each resize."""

import json
from pathlib import Path

import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX_TOP_LEFT
from tests.helpers.mutating import replaced
from tests.helpers.other_resizes import OTHER_RESIZES, with_resize
from tests.helpers.places import TINY
from tests.helpers.projects import generate
from tests.helpers.support import edgegen

VERIFY_FAILED = 7
PHOTOS = ("--image", TINY.parent / "landscape.png", "--image", TINY.parent / "portrait.png")
FILES = {
    LETTERBOX_TOP_LEFT: {"letterbox_top_left.cpp", "letterbox_top_left.h"},
    CENTRE_CROP: {"centre_crop.cpp", "centre_crop.h", "pillow_resize.cpp", "pillow_resize.h"},
}
ALL_FILES = FILES[LETTERBOX_TOP_LEFT] | FILES[CENTRE_CROP]
MUTATIONS = {  # file below src/, text, replacement, the first stage that fails
    LETTERBOX_TOP_LEFT: (
        "vision/letterbox_top_left.cpp",
        "plan.gain_x = plan.gain_y = ratio",
        "plan.gain_x = plan.gain_y = ratio * 0.99",
        "boxes",
    ),
    CENTRE_CROP: ("model_info.h", "kShorterSide = 0", "kShorterSide = 160", "letterbox"),
}


def files_of_resizes(project: Path) -> set[str]:
    """Return the files of a project that only some resizes need."""
    return ALL_FILES & {path.name for path in (project / "src" / "vision").iterdir()}


@pytest.mark.parametrize(
    "resize", [pytest.param(LETTERBOX_TOP_LEFT, marks=pytest.mark.proof("linux")), CENTRE_CROP]
)
@pytest.mark.full
def test_starter_of_each_resize_passes_verify_and_a_mutation_is_noticed(
    tiny_export: Path, tmp_path: Path, resize: str
) -> None:
    """The reference is numpy's resize, with the program in Python."""
    project = generate(tmp_path, with_resize(tiny_export, tmp_path, resize), app="starter")
    assert files_of_resizes(project) == FILES[resize]
    report = json.loads(edgegen("verify", project, *PHOTOS, "--json").ok().out)
    assert report["passed"]
    assert report["detections"] > 10
    assert all(stage["compared"] > 0 for stage in report["stages"])

    file, old, new, stage = MUTATIONS[resize]
    replaced(project / "src" / file, old, new)
    answer = edgegen("verify", project, *PHOTOS, "--json")
    assert answer.code == VERIFY_FAILED
    failed = [each["name"] for each in json.loads(answer.out)["stages"] if not each["passed"]]
    assert failed[0] == stage


@pytest.mark.full
def test_studio_with_a_model_of_each_resize_passes_verify(tiny_export: Path, tmp_path: Path) -> None:
    """Its folder has the files of all of them."""
    first, second = (with_resize(tiny_export, tmp_path, resize) for resize in OTHER_RESIZES)
    project = generate(tmp_path, first, extra_models=(str(second), str(tiny_export)))
    assert files_of_resizes(project) == ALL_FILES
    report = json.loads(edgegen("verify", project, "--json").ok().out)
    assert report["passed"]
    compared = {each["name"] for each in report["stages"]}
    assert {"tiny: app", "tiny-2: app", "tiny-3: app"} <= {name.replace("_", "-") for name in compared}


@pytest.mark.full
def test_update_adds_and_removes_the_files_of_a_models_resize(tiny_export: Path, tmp_path: Path) -> None:
    project = generate(tmp_path, with_resize(tiny_export, tmp_path, LETTERBOX_TOP_LEFT))
    added = with_resize(tiny_export, tmp_path, CENTRE_CROP)
    edgegen("update", project, "--add-model", added, "--no-verify").ok()
    assert files_of_resizes(project) == ALL_FILES
    edgegen("update", project, "--remove-model", "tiny", "--no-verify").ok()
    assert files_of_resizes(project) == FILES[CENTRE_CROP]

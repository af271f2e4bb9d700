"""Detectors with the resizes of other libraries: files and README of starters, and `verify` of a studio."""

import json
from pathlib import Path

import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX_TOP_LEFT
from edgegen_kits.ios.bundle_check import check_bundle
from edgegen_kits.ios.kit import Kit
from edgegen_kits.ios.project_check import check_project
from tests.helpers.ios_projects import generate
from tests.helpers.mutating import replaced
from tests.helpers.other_resizes import OTHER_RESIZES, with_resize
from tests.helpers.support import edgegen, list_files
from tests.ios.file_checks import check_every_file_is_tidy, check_the_readme_names_only_what_is_there

pytestmark = pytest.mark.full

VERIFY_FAILED = 7
OWN = {
    LETTERBOX_TOP_LEFT: {"letterbox_top_left.cpp", "letterbox_top_left.h"},
    CENTRE_CROP: {"centre_crop.cpp", "centre_crop.h", "pillow_resize.cpp", "pillow_resize.h"},
}
README = {
    LETTERBOX_TOP_LEFT: ("with a border at the right or at the bottom", "`kPadValue = 114`"),
    CENTRE_CROP: ("stretch the picture to the model's input", "`kRgb = true`"),
}


@pytest.mark.parametrize("resize", OTHER_RESIZES)
def test_starter_has_the_files_of_its_resize_alone(tiny_export: Path, tmp_path: Path, resize: str) -> None:
    """Its README describes this resize, and names only existing paths and constants."""
    project = generate(tmp_path, with_resize(tiny_export, tmp_path, resize), "--app", "starter")
    found = {Path(name).name for name in list_files(project)}
    for other, files in OWN.items():
        assert files & found == (files if other == resize else set())
    text = (project / "README.md").read_text(encoding="utf-8")
    for other, texts in README.items():
        assert [each in text for each in texts] == [other == resize] * len(texts)
    assert check_project(project) == []
    assert check_bundle(project) == []
    check_every_file_is_tidy(project)
    check_the_readme_names_only_what_is_there(project)


def test_studio_with_models_of_two_resizes_passes_verify_and_a_mutation_is_noticed(
    ios_kit: Kit, tiny_export: Path, tmp_path: Path
) -> None:
    """Pictures in every layout of a camera pass through the bridge, for each model.

    Checks that do not depend on a model run once.
    """
    first, second = (with_resize(tiny_export, tmp_path, resize) for resize in OTHER_RESIZES)
    project = generate(tmp_path, first, "--model", second)
    report = json.loads(edgegen("verify", project, "--json").ok().out)
    stages = {each["name"]: each for each in report["stages"]}
    for name in ("constants", "letterbox", "tensor", "boxes", "app", "layouts"):
        assert all(stages[f"{model}: {name}"]["compared"] > 0 for model in ("tiny", "tiny_2"))
    for name in ("Swift files", "logic tests", "phone objects"):
        assert stages[f"tiny: {name}"]["compared"] > 0
        assert f"tiny_2: {name}" not in stages

    replaced(
        project / "Core/vision/letterbox_top_left.cpp", "source_height * ratio", "source_height * ratio + 0.5"
    )
    answer = edgegen("verify", project, "--json")
    assert answer.code == VERIFY_FAILED
    failed = {each["name"] for each in json.loads(answer.out)["stages"] if not each["passed"]}
    assert "tiny: letterbox" in failed
    assert "tiny_2: letterbox" not in failed

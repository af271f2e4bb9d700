"""Detectors with the resizes of other libraries: files and README of starters."""

from pathlib import Path

import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX_TOP_LEFT
from edgegen_kits.ios.bundle_check import check_bundle
from edgegen_kits.ios.project_check import check_project
from tests.helpers.ios_projects import generate
from tests.helpers.other_resizes import OTHER_RESIZES, with_resize
from tests.helpers.support import list_files
from tests.ios.file_checks import check_every_file_is_tidy, check_the_readme_names_only_what_is_there

pytestmark = pytest.mark.full

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

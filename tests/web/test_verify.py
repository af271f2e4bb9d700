"""`edgegen verify` of a web project: the app in Chromium has PyTorch's results, and a mistake is noticed."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgegen.model.spec import LETTERBOX_TOP_LEFT
from edgegen.project import manifest
from tests.helpers.mutating import replaced
from tests.helpers.places import TINY
from tests.web.browser_process import edgegen
from tests.web.selected_rows import SELECTING

AppProject = Callable[[str], Path]

# What every task has, besides its own stages.
PAGE = {"description", "camera", "accessibility", "console", "offline"}


def verify(project: Path, *options: object) -> dict[str, Any]:
    """Verify a project, and return the report. The exit code is 7 if it failed."""
    answer = edgegen("verify", project, "--json", *options)
    report = dict(json.loads(answer.out))
    assert answer.code == (0 if report["passed"] else 7), answer.err
    return report


def failed(report: dict[str, Any]) -> list[str]:
    return [stage["name"] for stage in report["stages"] if not stage["passed"]]


def mutate(project: Path, folder: Path, file: str, old: str, new: str) -> Path:
    """Copy a project, and change a text that occurs once, as a user does."""
    copy = Path(shutil.copytree(project, folder / "mutated"))
    replaced(copy / file, old, new)
    return copy


@pytest.mark.proof("web")
def test_detector_in_chromium_has_pytorchs_boxes(verified: Path) -> None:
    """Stage by stage, on the golden pictures; drawn in place; also from a camera and without a network."""
    report = json.loads((verified / "report.json").read_text(encoding="utf-8"))
    assert failed(report) == [], report["problems"]
    names = {stage["name"] for stage in report["stages"]}
    assert names >= {"letterbox", "raw", "decode", "nms", "boxes", "app", "drawn boxes", *PAGE}
    assert report["detections"] > 5
    assert "Ultralytics" in report["authority"] or "PyTorch" in report["authority"]
    assert all(stage["compared"] for stage in report["stages"])


@pytest.mark.proof("web")
def test_mutated_constant_of_the_model_fails_at_its_stage(app_project: AppProject, tmp_path: Path) -> None:
    report = verify(
        mutate(app_project("detect"), tmp_path, "vision/model.js", "padValue: 114", "padValue: 0")
    )
    assert "letterbox" in failed(report)
    assert "app" in failed(report)


@pytest.mark.full
@pytest.mark.parametrize(
    ("task", "own"),
    [
        ("segment", {"masks", "app masks", "drawn boxes", "drawn masks", "drawn place"}),
        ("pose", {"keypoints", "app keypoints", "drawn boxes", "drawn keypoints"}),
        ("obb", {"app", "drawn corners"}),
        ("classify", {"classes", "app"}),
        ("semantic", {"class map", "app", "drawn class map", "drawn place"}),
        ("depth", {"depth", "app"}),
    ],
)
def test_other_tasks_in_chromium_have_pytorchs_results(
    app_project: AppProject, task: str, own: set[str]
) -> None:
    report = verify(app_project(task))
    assert failed(report) == [], report["problems"]
    assert {stage["name"] for stage in report["stages"]} >= own | PAGE


@pytest.mark.full
@pytest.mark.parametrize("name", [LETTERBOX_TOP_LEFT, SELECTING])
def test_detector_with_another_resize_has_the_references_boxes(app_project: AppProject, name: str) -> None:
    """SELECTING resizes by CENTRE_CROP."""
    report = verify(app_project(name))
    assert failed(report) == [], report["problems"]
    assert {stage["name"] for stage in report["stages"]} >= {
        "letterbox",
        "boxes",
        "app",
        "drawn boxes",
        *PAGE,
    }
    assert report["detections"] > 5
    assert all(stage["compared"] for stage in report["stages"])


@pytest.mark.full
def test_gains_of_the_cut_sizes_are_noticed(app_project: AppProject, tmp_path: Path) -> None:
    """Only large pictures have boxes that differ by more than the tolerance."""
    pixels = cv2.imread(str(TINY.with_name("portrait.png")))
    large = cv2.resize(pixels, (3999, 37 * 40), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(tmp_path / "large.png"), large)
    old, new = "[ratio, ratio]", "[resizedWidth / sourceWidth, resizedHeight / sourceHeight]"
    project = mutate(app_project(LETTERBOX_TOP_LEFT), tmp_path, "vision/letterbox.js", old, new)
    assert "app" in failed(verify(project, "--image", tmp_path / "large.png"))


# Stages, a problem of each, and the mistake of edgegen that fails it. No mistake fails another one's stage.
MISTAKES = {
    "drawn boxes": ("", "app/canvas.js", "view.top + y * view.scale", "view.top + y * view.scale + 3"),
    "camera": ("another result than its pixels", "edgegen/frames.js", "format: 'RGBA'", "format: 'BGRA'"),
    "offline": ("ERR_", "sw.js", "await caches.open(CACHE).catch(() => null)", "null"),
    "accessibility": ("html-has-lang", "index.html", '<html lang="en">', "<html>"),
    "console": ("a mistake", "app/camera.js", "  start() {", "  start() {\n    console.error('a mistake');"),
}  # fmt: skip


@pytest.mark.full
def test_generated_mistakes_fail_at_their_stages(app_project: AppProject, tmp_path: Path) -> None:
    """The record has the digests of the mistakes, as if edgegen had generated them."""
    project = Path(shutil.copytree(app_project("detect"), tmp_path / "mutated"))
    files = []
    for _, file, old, new in MISTAKES.values():
        replaced(project / file, old, new)
        files.append(file)
    record = manifest.read(project)
    assert record is not None
    manifest.write(replace(record, files={**record.files, **manifest.digests(project, files)}), project)
    report = verify(project)
    assert sorted(failed(report)) == sorted(MISTAKES)
    for stage, (problem, *_) in MISTAKES.items():
        if problem:
            assert any(each.startswith(f"{stage}: ") and problem in each for each in report["problems"])


@pytest.mark.full
def test_users_photos_and_screenshots(app_project: AppProject, tmp_path: Path) -> None:
    """A rotated JPEG and a photo with odd sides. A user's own drawing is not compared."""
    from PIL import Image

    pixels = np.array(Image.open(TINY.with_name("landscape.png")).convert("RGB"))
    rotated = Image.fromarray(pixels)
    exif = rotated.getexif()
    exif[274] = 6  # orientation: turned by 90 degrees
    rotated.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    cv2.imwrite(str(tmp_path / "odd.webp"), pixels[:101, :151, ::-1], [cv2.IMWRITE_WEBP_QUALITY, 101])
    project = mutate(app_project("detect"), tmp_path, "app/canvas.js", "view.left + x", "view.left + 2 + x")
    images = [part for name in ("turned.jpg", "odd.webp") for part in ("--image", tmp_path / name)]
    report = verify(project, *images, "--screenshots", tmp_path / "shots")
    assert failed(report) == [], report["problems"]
    assert "drawn boxes" not in [stage["name"] for stage in report["stages"]]
    assert any("you edited app/canvas.js" in note for note in report["notes"])
    names = sorted(path.name for path in (tmp_path / "shots").iterdir())
    assert names[0] == "00-0.png"
    assert {name[3:] for name in names} >= {"turned.png", "odd.png", "camera.png", "inside-dark.png"}


@pytest.mark.full
def test_photo_that_the_app_cannot_read_is_named(app_project: AppProject, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "photo.tiff"), np.zeros((64, 64, 3), dtype=np.uint8))
    answer = edgegen("verify", app_project("detect"), "--image", tmp_path / "photo.tiff")
    assert answer.code == 3
    assert "the app cannot read photo.tiff" in answer.err


@pytest.mark.full
def test_app_that_does_not_start_is_reported(app_project: AppProject, tmp_path: Path) -> None:
    project = mutate(app_project("detect"), tmp_path, "app/main.js", "new App();", "new Ap();")
    answer = edgegen("verify", project)
    assert answer.code == 7
    assert "the app does not start: Ap is not defined" in answer.err
    assert "edgegen serve --http" in answer.err

"""Firefox and WebKitGTK: the self-check passes, and photos have the results of the `.pte` in Python."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgegen import tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import PteAuthority
from edgegen.parity.picture_files import read_picture
from tests.helpers.places import TINY
from tests.web import other_browsers
from tests.web.picture_bytes import rgb_of
from tests.web.turned_photos import write_turned

pytestmark = pytest.mark.full


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder with a JPEG, a PNG and a WebP."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, stem in (("a.jpg", "landscape"), ("b.png", "portrait"), ("c.webp", "landscape")):
        cv2.imwrite(str(folder / name), cv2.imread(str(TINY.with_name(f"{stem}.png"))))
    return folder


@pytest.mark.parametrize("browser", ["firefox", "webkit"])
@pytest.mark.parametrize(("task", "threads"), [("detect", 2), ("segment", 1)])
def test_app_passes_its_self_check_and_shows_the_same_results(
    app_project: Callable[[str], Path], photos: Path, browser: str, task: str, threads: int
) -> None:
    """With the detector also of photos that are stored turned: they are shown and analyzed upright.

    JPEG, PNG and WebP, whichever of them the browser turns; AVIF in Firefox.
    """
    project = app_project(task)
    if task == "detect":
        for path in write_turned(TINY.with_name("landscape.png"), photos):
            if browser == "webkit" and path.suffix == ".avif":
                path.unlink()  # WebKitGTK leaves it as it is stored, and so does the app
    answer = other_browsers.run(browser, project, photos, threads)
    assert "error" not in answer, answer
    assert answer["info"]["threads"] == threads
    assert answer["isIsolated"]
    assert answer["open"] == 0
    assert answer["report"]["passed"], answer["report"]["lines"]
    assert answer["report"]["missing"] == []
    compare(answer, photos, project, task)


def test_firefox_that_hides_its_fingerprint_is_noticed(
    app_project: Callable[[str], Path], photos: Path
) -> None:
    """It changes the pixels of pictures. The model itself is right, and the app stays usable."""
    preferences = other_browsers.RESIST_FINGERPRINTING
    answer = other_browsers.run("firefox", app_project("detect"), photos, 1, preferences)
    assert "error" not in answer, answer
    assert answer["info"]["isExact"] is False
    assert "privacy.resistFingerprinting" in answer["message"]
    assert answer["report"]["passed"], answer["report"]["lines"]
    assert len(answer["shown"]) == len(list(photos.iterdir()))


def compare(answer: dict[str, Any], photos: Path, project: Path, task: str) -> None:
    """Compare pixels, the photo on the page and the results with those in Python."""
    spec = load_model_spec(project / "model" / "model.pte", project / "model" / "metadata.yaml")
    authority, decoder, thresholds = PteAuthority(spec), tasks.find(task).decoder, Thresholds()
    for path, shown in zip(sorted(photos.iterdir()), answer["shown"], strict=True):
        expected = read_picture(path).rgb
        pixels, photo = rgb_of(shown["pixels"]), rgb_of(shown["photo"])
        assert pixels.shape == photo.shape == expected.shape, path.name
        assert np.abs(photo - expected).mean() < 2, path.name
        if path.suffix == ".avif":  # lossy, and the browsers' decoders differ
            assert np.abs(pixels - expected).mean() < 2, path.name
            continue
        assert np.array_equal(pixels, expected), path.name
        right = authority.result(expected, thresholds, ())
        compared = decoder.from_json(shown["rows"]).compare(right, thresholds, spec.output)
        assert compared.passed, (path.name, compared.problems)
        assert len(right) > 0

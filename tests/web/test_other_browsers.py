"""Firefox and WebKitGTK: the self-check passes, and photos have the results of the `.pte` in Python."""

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from edgegen import tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import PteAuthority
from edgegen.parity.picture_files import read_picture
from tests.helpers.places import TINY
from tests.web import other_browsers

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
@pytest.mark.parametrize(("task", "threads"), [("detect", 2), ("detect", 1), ("segment", 2)])
def test_app_passes_its_self_check_and_shows_the_same_results(
    app_project: Callable[[str], Path], photos: Path, browser: str, task: str, threads: int
) -> None:
    project = app_project(task)
    answer = other_browsers.run(browser, project, photos, threads)
    assert "error" not in answer, answer
    assert answer["info"]["threads"] == threads
    assert answer["info"]["isIsolated"]
    assert answer["open"] == 0
    assert answer["report"]["passed"], answer["report"]["lines"]
    assert answer["report"]["missing"] == []
    spec = load_model_spec(project / "model" / "model.pte", project / "model" / "metadata.yaml")
    authority, decoder, thresholds = PteAuthority(spec), tasks.find(task).decoder, Thresholds()
    for path, rows in zip(sorted(photos.iterdir()), answer["shown"], strict=True):
        right = authority.result(read_picture(path).rgb, thresholds, ())
        compared = decoder.from_json(rows).compare(right, thresholds, spec.output)
        assert compared.passed, (path.name, compared.problems)
        assert len(right) > 0

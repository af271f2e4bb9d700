"""Captures: `edgegen explain` reads them, and finds no difference from PyTorch."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edgegen.project.task_files import TASKS
from tests.helpers.other_resizes import OTHER_RESIZES
from tests.helpers.places import TINY, checkpoint_of
from tests.helpers.support import edgegen
from tests.web.machinery.serving import serve

pytestmark = pytest.mark.full

CAPTURE = """
async (name) => {
  globalThis.detector ??= await m.Detector.open();
  const bitmap = await createImageBitmap(await (await fetch(name)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  const picture = canvas.getContext('2d').getImageData(0, 0, bitmap.width, bitmap.height);
  const analyze = async (picture) => {
    const found = await detector.detect(picture, { keep: true });
    return { found, shown: found.result };
  };
  const blob = await m.makeCapture(picture, analyze, detector.thresholds);
  const text = await new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(blob);
  });
  return text.split(',')[1];
}
"""


def _capture(page: Any, name: str, path: Path) -> Path:
    import base64

    path.write_bytes(base64.b64decode(page.evaluate(CAPTURE, name)))
    return path


def _capture_of_landscape(project: Path, open_page: Callable[..., Any], folder: Path) -> Path:
    """Return the capture of the picture of the tiny models, which the project does not have."""
    with serve(project, isolated=True) as host:
        page = open_page(host.address)
        page.route("**/photo.png", lambda route: route.fulfill(path=TINY.with_name("landscape.png")))
        return _capture(page, "photo.png", folder / "capture.tar")


@pytest.mark.parametrize("task", TASKS)
def test_explain_of_a_capture_finds_what_pytorch_finds(
    web_project: Callable[[str], Path], tmp_path: Path, open_page: Callable[..., Any], task: str
) -> None:
    path = _capture_of_landscape(web_project(task), open_page, tmp_path)
    explained = edgegen("explain", path, "--model", checkpoint_of(task), "--json").ok()
    explanation = json.loads(explained.out)
    assert explanation["verdict"] == "PyTorch shows the same: the cause is the model, not the app"
    assert explanation["shown"]
    with tarfile.open(path) as archive, Image.open(TINY.with_name("landscape.png")) as photo:
        frame = archive.extractfile("frame.png")
        assert frame is not None
        with Image.open(io.BytesIO(frame.read())) as stored:
            assert np.array_equal(np.asarray(stored.convert("RGB")), np.asarray(photo.convert("RGB")))


@pytest.mark.parametrize("name", OTHER_RESIZES)
def test_explain_of_a_detector_with_another_resize_finds_what_its_program_finds(
    web_project: Callable[[str], Path], tmp_path: Path, open_page: Callable[..., Any], name: str
) -> None:
    """No stage differs, the input among them: the exit code would be 7."""
    path = _capture_of_landscape(web_project(name), open_page, tmp_path)
    explained = edgegen("explain", path, "--model", web_project(name) / "model" / "model.pte", "--json").ok()
    assert json.loads(explained.out)["shown"]


def test_a_capture_of_a_picture_that_is_too_large_has_a_smaller_one(
    web_project: Callable[[str], Path], tmp_path: Path, open_page: Callable[..., Any]
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (2001, 2502, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    with serve(web_project("detect"), isolated=True) as host:
        page = open_page(host.address)
        page.route("**/noise.png", lambda route: route.fulfill(path=tmp_path / "noise.png"))
        path = _capture(page, "noise.png", tmp_path / "capture.tar")
    assert path.stat().st_size <= 10_000_000
    with tarfile.open(path) as archive:
        about = json.loads(archive.extractfile("capture.json").read())  # type: ignore[union-attr]
    assert about["frame"]["halvings"] == 1
    assert (about["width"], about["height"]) == (1251, 1000)
    edgegen("explain", path, "--model", TINY).ok()


def test_a_capture_on_plain_http_says_what_it_needs(
    web_project: Callable[[str], Path], open_page: Callable[..., Any]
) -> None:
    with serve(web_project("detect"), isolated=True) as host:
        page = open_page(f"http://lan.test:{host.port}/birds/")
        failure = page.evaluate("m.failure(() => m.makeCapture({ width: 8, height: 8 }, null, {}))")
    assert failure["code"] == "insecure"
    assert "https://" in failure["message"]

"""The picture that a ResultProcessor gets: that of its result, and crops of it."""

import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgegen.targets.web.camera import chromium_options
from tests.helpers.browser import find_chromium
from tests.helpers.places import TINY
from tests.helpers.support import edgegen, wait_until
from tests.web.app.conftest import LANDSCAPE, PORTRAIT, App
from tests.web.app.videos import write_y4m
from tests.web.picture_bytes import BYTES_OF, rgb_of

pytestmark = pytest.mark.full

# The rows of each kept picture, and what the model finds in its pixels.
COMPARE = """async () => {
  const compared = [];
  for (const { rows, pixels } of kept) compared.push([rows, (await edgegen.detect(pixels)).rows]);
  return compared;
}"""


@pytest.fixture
def moving_chromium(camera_chromium: Any, tmp_path: Path) -> Iterator[Any]:
    """Return a Chromium whose camera never shows the same frame twice in a second."""
    video = write_y4m(tmp_path / "moving.y4m", moves=True)
    options = ["--no-sandbox", "--disable-dev-shm-usage", *chromium_options(video)]
    browser = camera_chromium.browser_type.launch(executable_path=find_chromium(), args=options)
    yield browser
    browser.close()


def set_boxes(app: App, boxes: list[list[float]]) -> None:
    script = "(boxes) => { globalThis.boxes = boxes.map(([x1, y1, x2, y2]) => ({ x1, y1, x2, y2 })); }"
    app.page.evaluate(script, boxes)


def test_crops_of_a_photo_are_its_pixels_cut_to_its_border(keeping_app: App) -> None:
    photo = cv2.imread(str(PORTRAIT))[..., ::-1]
    height, width = photo.shape[:2]
    expected = {
        (10, 20, 30, 60): photo[20:60, 10:30],
        (10.6, 20.2, 30.4, 59.7): photo[20:60, 10:31],
        (-5, -7.5, 4, 3): photo[:3, :4],
        (width - 3, height - 2, width + 100, height + 0.5): photo[-2:, -3:],
        (-1e9, -1e9, 1e9, 1e9): photo,
        (10, 10, 10, 20): None,  # empty
        (10.3, 10, 10.3, 20): None,
        (30, 10, 20, 20): None,  # its corners are exchanged
        (width, 0, width + 9, 9): None,  # outside
        (-9, 0, 0, 9): None,
    }
    set_boxes(keeping_app, [list(box) for box in expected])
    keeping_app.open_file(PORTRAIT)
    crops = keeping_app.page.evaluate(f"() => kept[0].crops.map((crop) => crop && ({BYTES_OF})(crop))")
    for (box, right), crop in zip(expected.items(), crops, strict=True):
        assert (crop is None) == (right is None), box
        if right is not None:
            assert np.array_equal(rgb_of(crop), right), box


def test_picture_of_a_partly_transparent_photo_is_what_the_model_sees(
    keeping_app: App, tmp_path: Path
) -> None:
    photo = cv2.imread(str(LANDSCAPE))
    alpha = np.linspace(0, 255, photo.shape[1]).astype(np.uint8)[None].repeat(photo.shape[0], axis=0)
    cv2.imwrite(str(tmp_path / "alpha.png"), np.dstack([photo, alpha]))
    keeping_app.open_file(tmp_path / "alpha.png")
    pixels = rgb_of(keeping_app.page.evaluate(f"() => ({BYTES_OF})(kept[0].pixels)"))
    assert np.array_equal(pixels, photo[..., ::-1])


def test_picture_of_a_frame_is_the_one_of_its_result(
    open_app: Callable[..., App], keeping_project: Path, moving_chromium: Any
) -> None:
    """Also of a frozen frame, and when only the threshold has changed."""
    app = open_app(keeping_project, chromium=moving_chromium)
    app.page.evaluate("() => edgegen.ready")
    app.start_camera()
    app.page.wait_for_function("() => kept.length >= 12")
    app.page.click("#pause")
    app.page.wait_for_function("() => document.querySelector('#pause').ariaPressed === 'true'")
    app.page.wait_for_function("() => edgegen.openCount() === 0")
    compared = app.page.evaluate(COMPARE)
    assert len({str(rows) for rows, _ in compared}) > 5  # the picture moves
    for rows, found in compared:
        assert rows == found
    count = app.page.evaluate("() => { edgegen.setThresholds({ confidence: 0.2 }); return kept.length; }")
    app.page.wait_for_function("(count) => kept.length > count", arg=count)
    same = "() => kept.at(-1).pixels.data.every((value, i) => value === kept.at(-2).pixels.data[i])"
    assert app.page.evaluate(same)


def test_picture_of_a_capture_is_the_stored_one(keeping_app: App, tmp_path: Path) -> None:
    """A large photo is halved, and analyzed again. `explain` reads it."""
    app = keeping_app
    noise = np.random.default_rng(0).integers(0, 256, (2001, 2502, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "noise.png"), noise)
    app.open_file(tmp_path / "noise.png")
    app.page.click("#adjust")
    with app.page.expect_download() as download:
        app.page.click("#save-capture")
    sizes = "() => kept.map(({ width, height, pixels }) => [width, height, pixels.width, pixels.height])"
    first, *_, last = app.page.evaluate(sizes)
    assert first == [2502, 2001, 2502, 2001]
    assert last == [1251, 1000, 1251, 1000]
    pixels = rgb_of(app.page.evaluate(f"() => ({BYTES_OF})(kept.at(-1).pixels)"))
    assert download.value.path().stat().st_size <= 10_000_000
    with tarfile.open(download.value.path()) as archive:
        about = json.loads(archive.extractfile("capture.json").read())  # type: ignore[union-attr]
        frame = archive.extractfile("frame.png")
        assert frame is not None
        stored = cv2.imdecode(np.frombuffer(frame.read(), dtype=np.uint8), cv2.IMREAD_COLOR)
    assert about["frame"]["halvings"] == 1
    assert (about["width"], about["height"]) == (1251, 1000)
    edgegen("explain", download.value.path(), "--model", TINY).ok()
    assert np.array_equal(pixels, stored[..., ::-1])
    whole = noise[:2000, :, ::-1].astype(int)
    halved = whole[::2, ::2] + whole[1::2, ::2] + whole[::2, 1::2] + whole[1::2, 1::2]
    assert np.corrcoef(pixels.ravel(), halved.ravel())[0, 1] > 0.7  # with a shift by a pixel: 0.5


def test_picture_cannot_be_used_after_process(keeping_app: App) -> None:
    keeping_app.open_file(PORTRAIT)
    late = """() => {
      try {
        return String(kept[0].picture.crop({ x1: 0, y1: 0, x2: 9, y2: 9 }));
      } catch (error) {
        return error.message;
      }
    }"""
    assert keeping_app.page.evaluate(late) == "crop() is called after process() has returned"


def test_processor_without_a_crop_costs_no_canvas(app: App) -> None:
    count = """() => {
      globalThis.canvases = 0;
      const { OffscreenCanvas } = globalThis;
      globalThis.OffscreenCanvas = class extends OffscreenCanvas {
        constructor(...size) {
          super(...size);
          globalThis.canvases += 1;
        }
      };
      globalThis.frames = 0;
      addEventListener('edgegen-shown', () => { frames += 1; });
    }"""
    app.page.evaluate(count)
    app.start_camera()
    app.page.wait_for_function("() => frames > 5")
    assert app.page.evaluate("() => canvases") == 0


def test_readme_s_second_example_saves_a_crop_of_each_class(
    open_app: Callable[..., App], own_project: Path, tmp_path: Path
) -> None:
    code = (own_project / "README.md").read_text().split("```js\n")[2].split("```")[0]
    (own_project / "app" / "processor.js").write_text(code)
    app = open_app(own_project, accept_downloads=True)
    saved = list[Any]()
    app.page.on("download", lambda download: saved.append(download))
    app.open_file(PORTRAIT)
    rows, photo = app.rows(), cv2.imread(str(PORTRAIT))
    first = {row["class_name"]: row["box"] for row in reversed(rows)}
    assert len(first) > 1
    wait_until(lambda: app.page.title() and len(saved) == len(first))  # `title` lets the events arrive
    assert sorted(each.suggested_filename for each in saved) == sorted(f"{name}.png" for name in first)
    for each in saved:
        each.save_as(tmp_path / "crop.png")
        left, top, right, bottom = first[each.suggested_filename.removesuffix(".png")]
        part = photo[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))]
        assert np.array_equal(cv2.imread(str(tmp_path / "crop.png")), part)

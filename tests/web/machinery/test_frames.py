"""Frames of a camera or video: the same result as of the pixels, each closed, in order."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.web.machinery.conftest import PAGE
from tests.web.machinery.serving import new_context, serve

pytestmark = pytest.mark.full

# A canvas with the first golden picture, and a frame of it.
FRAMES = """
async () => {
  globalThis.detector = await m.Detector.open();
  globalThis.picture = await m.golden(0);
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d').putImageData(new ImageData(picture.data, picture.width, picture.height), 0, 0);
  globalThis.newFrame = () => m.countFrame(new VideoFrame(canvas, { timestamp: 0 }));
  globalThis.newBitmap = async () => m.countFrame(await createImageBitmap(canvas));
  globalThis.rowsOf = async (source) => m.toRows((await detector.detect(source)).result, m.MODEL);
}
"""


Start = Callable[[str], Any]


@pytest.fixture(scope="module")
def kept_page(web_project: Any, camera_chromium: Any) -> Iterator[Any]:
    """Return a page with the functions of FRAMES, for all tests of this module."""
    with serve(web_project("detect"), isolated=True) as host, new_context(camera_chromium) as context:
        page = context.new_page()
        page.goto(f"{host.address}{PAGE}")
        page.wait_for_function("globalThis.m")
        page.evaluate(FRAMES)
        yield page


@pytest.fixture
def page(kept_page: Any) -> Any:
    """Return the page with its detector open."""
    kept_page.evaluate("async () => { if (!detector.info) await detector.reopen(); }")
    return kept_page


@pytest.fixture
def start(kept_page: Any) -> Iterator[Start]:
    """Return a function that returns the page with another worker, which begins with these lines."""

    def start(lines: str) -> Any:
        def answer(route: Any) -> None:
            response = route.fetch()
            route.fulfill(response=response, body=f"{lines}\n{response.text()}")

        kept_page.route("**/edgegen/worker.js", answer)
        kept_page.evaluate("detector.reopen()")
        return kept_page

    yield start
    kept_page.unroute_all()
    kept_page.evaluate("detector.close()")


def test_a_frame_gives_the_result_of_its_pixels_and_is_closed(page: Any) -> None:
    expected = page.evaluate("rowsOf(picture)")
    assert len(expected) > 1
    assert page.evaluate("detector.info.isExact") is True
    assert page.evaluate("rowsOf(newFrame())") == expected
    assert page.evaluate("newBitmap().then(rowsOf)") == expected
    assert page.evaluate("detector.openCount()") == 0


def test_a_frame_of_a_canvas_is_read_without_copy_to(start: Start) -> None:
    page = start("VideoFrame.prototype.copyTo = () => Promise.reject(new DOMException('no RGBA'));")
    expected = page.evaluate("rowsOf(picture)")
    assert len(expected) > 1
    assert page.evaluate("rowsOf(newFrame())") == expected
    assert page.evaluate("detector.openCount()") == 0


def test_frames_leave_none_open_and_come_back_in_order(page: Any) -> None:
    """app/test_many_frames.py counts those of 500 frames."""
    widths = page.evaluate(
        """async () => {
          const found = [];
          for (let turn = 0; turn < 25; turn++) {
            const pair = [newFrame(), await newBitmap()];
            const [one, other] = await Promise.all(pair.map((frame) => detector.detect(frame)));
            found.push(one.result.boxes.length, other.result.boxes.length);
          }
          return [...new Set(found)];
        }"""
    )
    assert len(widths) == 1
    assert page.evaluate("detector.openCount()") == 0


def test_a_frame_that_cannot_be_used_is_closed(page: Any) -> None:
    closed = (
        "m.failure(async () => { const frame = newFrame(); frame.close(); await detector.detect(frame); })"
    )
    assert page.evaluate(closed) is not None
    assert page.evaluate("detector.openCount()") == 0
    page.evaluate("detector.close()")
    failure = page.evaluate("m.failure(() => detector.detect(newFrame()))")
    assert failure["code"] == "closed"
    assert page.evaluate("detector.openCount()") == 0


@pytest.mark.parametrize("options", ["{}", "{ returnFrame: true }"])
def test_a_frame_that_the_worker_cannot_read_is_closed_and_the_next_one_works(
    start: Start, options: str
) -> None:
    once = """
        let isBroken = true;
        const { copyTo } = VideoFrame.prototype;
        VideoFrame.prototype.copyTo = function (...options) {
          if (!isBroken) return copyTo.apply(this, options);
          isBroken = false;
          throw new RangeError('broken');
        };
    """
    page = start(once)
    expected = page.evaluate("rowsOf(picture)")
    failure = page.evaluate(f"m.failure(() => detector.detect(newFrame(), {options}))")
    assert failure["code"] == "frame"
    assert page.evaluate("detector.openCount()") == 0
    assert page.evaluate("rowsOf(newFrame())") == expected


def test_a_frame_that_comes_back_is_open_until_its_owner_closes_it(page: Any) -> None:
    script = """async () => {
      const { frame, result } = await detector.detect(newFrame(), { returnFrame: true });
      const found = [frame.displayWidth === result.width, detector.openCount()];
      m.closeFrame(frame);
      return [...found, frame.format, detector.openCount()];
    }"""
    assert page.evaluate(script) == [True, 1, None, 0]


def test_a_frame_that_comes_back_after_its_picture_has_failed_is_closed(start: Start) -> None:
    """A mistake in the worker, elsewhere than in the picture's own work."""
    mistake = "addEventListener('message', ({ data }) => { if (data.frame) throw new Error('a mistake'); });"
    page = start(mistake)
    script = """async () => {
      const { postMessage } = Worker.prototype;
      const came = new Promise((resolve) => {
        Worker.prototype.postMessage = function (...message) {
          this.addEventListener('message', ({ data }) => data.frame && resolve(data.frame));
          postMessage.apply(this, message);
        };
      });
      const failure = await m.failure(() => detector.detect(newFrame(), { returnFrame: true }));
      const frame = await came;
      Worker.prototype.postMessage = postMessage;
      return [failure?.code, frame.format, detector.openCount()];
    }"""
    assert page.evaluate(script) == ["run", None, 0]


def test_thresholds_apply_to_the_next_picture(page: Any) -> None:
    page.evaluate("detector.setThresholds({ confidence: 0.999 })")
    assert page.evaluate("rowsOf(picture)") == []
    page.evaluate("detector.reopen()")
    assert page.evaluate("rowsOf(picture)") == []
    page.evaluate("detector.setThresholds({ confidence: 0.25, maxDetections: 1 })")
    assert len(page.evaluate("rowsOf(picture)")) == 1
    page.evaluate("detector.setThresholds({ maxDetections: m.MODEL.maxDetections })")

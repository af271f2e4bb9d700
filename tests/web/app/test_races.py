"""Two things at once: what the user opened last is what the app shows, and nothing else stays on."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import pytest

from tests.web.app.conftest import LANDSCAPE, PORTRAIT, App

pytestmark = pytest.mark.full

# Cameras and pictures that arrive when the test says so.
HOLD_CAMERAS = """() => {
  globalThis.streams = [];
  globalThis.starts = [];
  const media = navigator.mediaDevices;
  const open = media.getUserMedia.bind(media);
  media.getUserMedia = async (options) => {
    await new Promise((go) => starts.push(go));
    const stream = await open(options);
    streams.push(stream);
    return stream;
  };
}"""
HOLD_PICTURES = """() => {
  globalThis.pictures = [];
  const decode = globalThis.createImageBitmap;
  globalThis.createImageBitmap = async (...all) => {
    const bitmap = await decode(...all);
    await new Promise((go) => pictures.push(go));
    return bitmap;
  };
}"""
# The model answers when the test says so.
HOLD_ANSWERS = """() => {
  globalThis.answers = [];
  const send = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...all) {
    if (message.type === 'detect' && message.keep) answers.push(() => send.call(this, message, ...all));
    else send.call(this, message, ...all);
  };
}"""
# The results of the frames from now on arrive when the test says so.
HOLD_RESULTS = """() => {
  globalThis.results = [];
  const send = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (...message) {
    const receive = this.onmessage;
    this.onmessage = (event) => results.push(() => receive.call(this, event));
    Worker.prototype.postMessage = send;
    send.apply(this, message);
  };
}"""
# A device with these cameras, each with its side in a list, if it has one. All show the same video.
CAMERAS = """(sides) => {
  globalThis.streams = [];
  globalThis.asked = [];
  const media = navigator.mediaDevices;
  const open = media.getUserMedia.bind(media);
  media.getUserMedia = async (options) => {
    asked.push(options);
    const stream = await open({ video: true });
    const [track] = stream.getVideoTracks();
    const deviceId = options.video.deviceId ?? 'first';
    track.getSettings = () => ({ deviceId, facingMode: sides[deviceId][0] });
    streams.push(stream);
    return stream;
  };
  media.enumerateDevices = async () =>
    Object.entries(sides).map(([deviceId, facingMode]) => {
      return { kind: 'videoinput', deviceId, getCapabilities: () => ({ facingMode }) };
    });
}"""
TWO_CAMERAS: Final = dict[str, list[str]](first=[], second=[])  # of a computer
THREE_CAMERAS: Final = {"first": ["environment"], "second": ["user"], "usb": list[str]()}  # of a tablet
LIVE = """() => streams
  .flatMap((stream) => stream.getTracks())
  .filter((track) => track.readyState === 'live').length"""
HIDE = """(isHidden) => {
  Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_camera_that_starts_after_a_photo_was_opened_is_stopped(app: App) -> None:
    app.page.evaluate(HOLD_CAMERAS)
    app.page.click("#start-camera")
    app.page.wait_for_function("() => starts.length === 1")
    app.open_file(PORTRAIT)
    app.page.evaluate("() => starts[0]()")
    app.page.wait_for_function("() => streams.length === 1")
    app.page.wait_for_function(f"() => ({LIVE})() === 0")
    assert app.page.is_visible("#photo")


def test_camera_that_starts_after_a_file_was_rejected_is_stopped(app: App, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    app.page.evaluate(HOLD_CAMERAS)
    app.page.click("#start-camera")
    app.page.wait_for_function("() => starts.length === 1")
    app.page.set_input_files("#file", tmp_path / "notes.txt")
    assert "not a photo" in app.message()
    app.page.evaluate("() => starts[0]()")
    app.page.wait_for_function("() => streams.length === 1")
    app.page.wait_for_function(f"() => ({LIVE})() === 0")


def test_camera_that_is_cancelled_while_it_starts_is_stopped(app: App) -> None:
    app.page.evaluate(HOLD_CAMERAS)
    app.page.click("#start-camera")
    app.page.wait_for_function("() => starts.length === 1")
    app.page.click("#message-action:has-text('Cancel')")
    assert app.page.evaluate("() => document.activeElement.id") == "start-camera"
    app.page.evaluate("() => starts[0]()")
    app.page.wait_for_function("() => streams.length === 1")
    app.page.wait_for_function(f"() => ({LIVE})() === 0")
    assert app.page.is_visible("#welcome")


def test_frozen_picture_does_not_move_before_it_is_shared(app: App) -> None:
    app.start_camera()
    app.page.evaluate(HOLD_ANSWERS)
    app.page.click("#share")
    app.page.wait_for_function("() => answers.length === 1")
    assert app.page.is_disabled("#pause")
    with app.page.expect_download():
        app.page.evaluate("() => answers[0]()")
    app.page.wait_for_selector("#pause:enabled")


def test_self_check_that_runs_is_not_started_again(app: App) -> None:
    app.open_file(LANDSCAPE)
    app.page.evaluate(HOLD_ANSWERS.replace("'detect' && message.keep", "'check'"))
    app.page.click("#adjust")
    app.page.click("#self-check")
    app.page.wait_for_function("() => answers.length === 1")
    app.page.click("#settings [data-closes]")
    app.page.click("#adjust")
    assert app.page.is_disabled("#self-check")
    app.page.evaluate("() => answers.shift()()")
    app.page.wait_for_selector("#self-check:enabled")


def test_two_presses_on_camera_leave_one_camera_on(app: App) -> None:
    app.page.evaluate(HOLD_CAMERAS)
    app.page.evaluate(
        "() => { for (let i = 0; i < 2; i += 1) document.querySelector('#start-camera').click(); }"
    )
    app.page.wait_for_function("() => starts.length === 2")
    app.page.evaluate("() => starts.toReversed().forEach((go) => go())")
    app.page.wait_for_function("() => streams.length === 2 && edgegen.shown?.source === 'camera'")
    assert app.page.evaluate(LIVE) == 1
    app.page.click("#close")
    assert app.page.evaluate(LIVE) == 0


def test_frame_of_the_camera_before_is_closed_and_not_shown(open_app: Callable[..., App]) -> None:
    """The user switches the camera while its frame is analyzed. The answers of this worker stay held."""
    app = open_app()
    app.page.evaluate("() => edgegen.ready")
    app.page.evaluate(CAMERAS, TWO_CAMERAS)
    app.start_camera()
    app.page.evaluate(HOLD_RESULTS)
    app.page.wait_for_function("() => results.length === 1")
    app.page.click("#switch")
    app.page.wait_for_function("() => streams.length === 2 && results.length === 2")
    app.page.evaluate("() => results[0]()")
    assert app.page.evaluate("() => edgegen.shown") is None
    app.page.evaluate("() => results[1]()")
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")
    assert app.page.evaluate("() => asked.map(({ video }) => video.deviceId)") == [None, "second"]
    assert app.page.evaluate(LIVE) == 1
    app.page.wait_for_function("() => results.length === 3 && edgegen.openCount() === 0")
    assert app.page.is_hidden("#message")


def test_cameras_with_and_without_a_side_are_all_reached_by_switch(open_app: Callable[..., App]) -> None:
    app = open_app()
    app.page.evaluate("() => edgegen.ready")
    app.page.evaluate(CAMERAS, THREE_CAMERAS)
    app.start_camera()
    for count in range(2, 5):
        app.page.click("#switch")
        app.page.wait_for_function("(count) => streams.length === count && edgegen.shown", arg=count)
    asked = "() => asked.map(({ video }) => video.deviceId ?? video.facingMode)"
    assert app.page.evaluate(asked) == ["environment", "second", "usb", "first"]


def test_switch_to_a_camera_that_is_in_use_starts_the_one_before_again(open_app: Callable[..., App]) -> None:
    app = open_app()
    app.page.evaluate("() => edgegen.ready")
    app.page.evaluate(CAMERAS, TWO_CAMERAS)
    app.page.evaluate("""() => {
      const open = navigator.mediaDevices.getUserMedia;
      navigator.mediaDevices.getUserMedia = async (options) => {
        const stream = await open(options);
        if (options.video.deviceId !== 'second') return stream;
        streams.pop().getTracks().forEach((track) => track.stop());
        throw new DOMException('', 'NotReadableError');
      };
    }""")
    app.start_camera()
    app.page.click("#switch")
    assert "Another app or tab" in app.message()
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")
    assert app.page.evaluate("() => asked.map(({ video }) => video.deviceId)") == [None, "second", None]
    app.page.click("#message-action")
    assert app.page.is_visible("#switch")


def test_frozen_camera_continues_after_the_page_was_hidden(app: App) -> None:
    app.start_camera()
    app.page.click("#pause")
    app.page.wait_for_function("() => document.querySelector('#pause').ariaPressed === 'true'")
    app.page.evaluate(HIDE, True)
    app.page.evaluate(HIDE, False)
    app.page.evaluate("() => { edgegen.shown = null; }")
    app.page.click("#pause")
    app.page.wait_for_function(
        "() => document.querySelector('#pause').ariaPressed === 'false' && edgegen.shown"
    )
    assert app.page.evaluate("() => document.querySelector('#video').srcObject.getVideoTracks()[0].enabled")


def test_camera_that_starts_in_a_hidden_page_is_off_until_it_is_shown(app: App) -> None:
    app.page.evaluate(HOLD_CAMERAS)
    app.page.click("#start-camera")
    app.page.wait_for_function("() => starts.length === 1")
    app.page.evaluate(HIDE, True)
    app.page.evaluate("() => starts[0]()")
    app.page.wait_for_function("() => streams[0]?.getVideoTracks()[0].enabled === false")
    app.page.evaluate(HIDE, False)
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")


def test_photo_that_was_read_too_late_does_not_replace_the_newer_one(app: App) -> None:
    app.page.evaluate(HOLD_PICTURES)
    for count, photo in enumerate((PORTRAIT, LANDSCAPE), start=1):
        app.page.set_input_files("#file", photo)
        app.page.wait_for_function("(count) => pictures.length === count", arg=count)
    app.page.evaluate("() => pictures[1]()")
    app.page.wait_for_function("() => edgegen.shown?.name === 'landscape.png'")
    app.page.evaluate("() => pictures[0]()")
    app.page.wait_for_timeout(500)
    width = app.page.evaluate("() => document.querySelector('#photo').naturalWidth")
    shown = app.page.evaluate("() => edgegen.shown.result.width")
    assert width == shown == cv2.imread(str(LANDSCAPE)).shape[1]


def test_photo_that_is_closed_while_it_opens_stays_closed(app: App) -> None:
    app.open_file(LANDSCAPE)
    app.page.evaluate(HOLD_PICTURES)
    app.page.set_input_files("#file", PORTRAIT)
    app.page.wait_for_function("() => pictures.length === 1")
    app.page.click("#close")
    app.page.evaluate("() => pictures[0]()")
    app.page.wait_for_timeout(500)
    assert app.page.is_visible("#welcome")
    assert app.page.is_hidden("#photo")
    assert app.page.evaluate("() => document.activeElement.id") == "start-camera"


def test_inside_waits_for_the_first_result_of_a_photo(app: App) -> None:
    app.page.evaluate(HOLD_ANSWERS)
    app.page.set_input_files("#file", PORTRAIT)
    app.page.wait_for_function("() => answers.length === 1")
    app.page.click("#see-inside")
    app.page.wait_for_timeout(300)
    assert app.page.is_hidden("#message")
    app.page.evaluate("() => answers[0]()")
    app.page.wait_for_selector("#inside[open]")
    assert app.rows()


def test_camera_that_continues_before_its_frozen_picture_is_analyzed_is_frozen_again(app: App) -> None:
    app.start_camera()
    app.page.evaluate(HOLD_ANSWERS)
    app.page.click("#pause")
    app.page.click("#pause")
    app.page.wait_for_function("() => document.querySelector('#pause').ariaPressed === 'false'")
    app.page.evaluate("() => answers[0]()")
    app.page.wait_for_timeout(500)
    app.page.click("#pause")
    app.page.wait_for_function("() => answers.length === 2")  # another picture is analyzed
    assert app.page.evaluate("() => document.querySelector('#video').paused")
    app.page.evaluate("() => { edgegen.shown = null; answers[1](); }")
    app.page.wait_for_function("() => edgegen.shown")


def test_camera_that_is_frozen_before_it_moves_again_stays_so(app: App) -> None:
    """The browser starts the picture after the press."""
    app.start_camera()
    app.page.click("#pause")
    app.page.wait_for_function("() => document.querySelector('#pause').ariaPressed === 'true'")
    app.page.evaluate("""() => {
      const video = document.querySelector('#video');
      video.play = async () => {
        delete video.play;
        await new Promise((go) => { globalThis.go = go; });
        await video.play();
      };
    }""")
    for _ in range(2):
        app.page.click("#pause")
    app.page.evaluate("() => go()")
    app.page.wait_for_function("() => document.querySelector('#video').paused")
    assert app.page.get_attribute("#pause", "aria-pressed") == "true"


def test_camera_continues_after_a_self_check(app: App) -> None:
    """The model's worker has a frame of the camera most of the time."""
    app.start_camera()
    app.page.click("#adjust")
    app.page.click("#self-check")
    app.page.wait_for_function("() => document.querySelector('#self-check').textContent === 'Run'")
    assert app.text("#verdict-text").startswith("The results are the same as on ")
    app.page.click("#settings [data-closes]")
    app.page.evaluate("() => { edgegen.shown = null; }")
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")
    app.page.click("#pause")
    app.page.wait_for_function("() => edgegen.openCount() === 0")
    assert app.page.is_hidden("#message")


def test_photo_that_is_opened_during_a_self_check_waits_for_the_model(app: App) -> None:
    app.open_file(LANDSCAPE)
    app.page.click("#adjust")
    app.page.click("#self-check")
    app.page.wait_for_function("() => document.querySelector('#self-check').textContent === 'Running…'")
    app.page.click("#settings [data-closes]")
    app.open_file(PORTRAIT)
    assert app.rows()
    assert app.page.is_hidden("#message")

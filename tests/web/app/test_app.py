"""The app in a real browser: photos, the camera, the sheet, and what leaves the app."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.helpers.other_resizes import OTHER_RESIZES
from tests.helpers.places import TINY, checkpoint_of
from tests.helpers.support import edgegen
from tests.web.app.conftest import LANDSCAPE, PORTRAIT, App, SharedApp
from tests.web.app.test_races import CAMERAS, TWO_CAMERAS
from tests.web.app.videos import HEIGHT, WIDTH

pytestmark = pytest.mark.full

BOXES = ("detect", "pose", "obb", "segment")
# Return what the model finds in the frame on the screen.
DETECT_FRAME = """async () => {
  const { pixelsOf } = await import('./edgegen/frames.js');
  const video = document.querySelector('#video');
  return (await edgegen.detect(pixelsOf(video, video.videoWidth, video.videoHeight))).rows;
}"""


@pytest.mark.parametrize("task", [*BOXES, "classify", "semantic", "depth"])
def test_photo_shows_its_result_on_the_picture_and_in_words(shared_app: SharedApp, task: str) -> None:
    app = shared_app(task)
    app.open_file(PORTRAIT)
    assert app.rows()
    assert app.page.get_attribute("#overlay", "aria-label") not in ("", "Nothing found", "No result yet")
    app.page.wait_for_function("() => document.querySelector('#summary').textContent !== ''")
    assert app.text("#stats").endswith(" ms")
    drawn = annotated(app)
    plain = cv2.imread(str(PORTRAIT))
    assert drawn.shape == plain.shape
    assert np.abs(drawn.astype(int) - plain).max() > 100, "nothing is drawn"


def test_drawn_boxes_have_the_colour_of_their_class_at_their_sides(shared_app: SharedApp) -> None:
    app = shared_app()
    app.open_file(PORTRAIT)
    drawn = annotated(app)[..., ::-1].astype(int)
    colours = {0: (0xD5, 0x5E, 0x00), 1: (0x56, 0xB4, 0xE9), 2: (0xF0, 0xE4, 0x42)}
    rows = app.rows()
    assert len(rows) > 1
    for row in rows:
        left, top, right, bottom = (round(corner) for corner in row["box"])
        near = np.abs(drawn - colours[row["class_id"]]).max(axis=2) < 60
        sides = [(y, x) for y in range(top + 3, bottom - 3) for x in (left, right)]
        found = [near[y, max(x - 2, 0) : x + 2].any() for y, x in sides]  # a label may cover a part
        assert np.mean(found) > 0.6, row


def annotated(app: App) -> Any:
    """Return the annotated picture, BGR."""
    script = "async () => [...new Uint8Array(await (await edgegen.annotated()).arrayBuffer())]"
    return cv2.imdecode(np.array(app.page.evaluate(script), dtype=np.uint8), cv2.IMREAD_COLOR)


OUTSIDE = """() => [...document.querySelectorAll('#stage, #photo, #overlay, #bar, #bar button')]
  .filter((each) => each.checkVisibility())
  .filter((each) => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    return left < -0.5 || top < -0.5 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5;
  })
  .map((each) => each.id)"""

OVERLAP = """() => {
  const [top, bar] = ['top', 'bar'].map((id) => document.getElementById(id).getBoundingClientRect());
  return top.right > bar.left && top.left < bar.right && top.bottom > bar.top;
}"""


def test_every_control_is_on_the_screen_whatever_its_size_and_direction(shared_app: SharedApp) -> None:
    """280: the narrowest phones. Translators of pages make them run from right to left."""
    app = shared_app()
    for source in ("photo", "camera"):
        if source == "photo":
            app.open_file(PORTRAIT)
        else:
            app.page.click("#camera")
            app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")
        for direction in ("ltr", "rtl"):
            app.page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
            for width, height in ((280, 600), (320, 568), (390, 844), (844, 390), (1900, 900)):
                app.page.set_viewport_size({"width": width, "height": height})
                where = (source, direction, width)
                assert app.page.evaluate(OUTSIDE) == [], where
                assert app.page.evaluate(OVERLAP) is False, where
                app.page.click("#adjust")
                assert app.page.evaluate(OUTSIDE) == [], where
                covered = app.page.evaluate(
                    """() => {
                      const [sheet, photo] = ['settings', 'overlay'].map((id) =>
                        document.getElementById(id).getBoundingClientRect());
                      return photo.right - sheet.left > 40 && photo.bottom - sheet.top > 40;
                    }"""
                )
                assert not covered, where
                app.page.keyboard.press("Escape")


def test_slider_decodes_a_photo_again_without_the_model(app: App) -> None:
    app.open_file(PORTRAIT)
    before = app.page.evaluate("() => ({ times: edgegen.shown.times, count: edgegen.shown.rows.length })")
    app.page.click("#adjust")
    app.page.fill("#confidence", "0.9")
    after = app.page.evaluate("() => ({ times: edgegen.shown.times, rows: edgegen.shown.rows })")
    assert after["times"] == before["times"]
    assert 0 < len(after["rows"]) < before["count"]
    assert all(row["score"] > 0.9 for row in after["rows"])
    assert app.text("#confidence-value") == "0.90"


def test_slider_begins_at_the_confidence_of_the_model(
    open_app: Callable[..., App], own_project: Path
) -> None:
    model = own_project / "vision" / "model.js"
    text = model.read_text(encoding="utf-8")
    assert text.count("confidence: 0.25,") == 1
    model.write_text(text.replace("confidence: 0.25,", "confidence: 0.6,"), encoding="utf-8")
    words = own_project / "app" / "words.js"  # Firefox restores the slider before any script
    restore = "document.querySelector('#confidence').value = '0.9';\n"
    words.write_text(restore + words.read_text(encoding="utf-8"), encoding="utf-8")
    app = open_app(own_project)
    assert app.page.get_attribute("#confidence", "autocomplete") == "off"
    app.open_file(PORTRAIT)
    app.page.click("#adjust")
    assert app.page.input_value("#confidence") == "0.6"
    assert app.text("#confidence-value") == "0.60"


def test_photo_without_objects_says_so(open_app: Callable[..., App]) -> None:
    app = open_app()
    app.page.evaluate("() => edgegen.setThresholds({ confidence: 0.9999 })")  # the model may not be ready
    app.open_file(PORTRAIT)
    assert app.rows() == []
    assert app.text("#text") == "Nothing found"
    app.page.evaluate("() => edgegen.setThresholds({ confidence: 0.25 })")
    app.page.wait_for_selector("#text", state="hidden")


def test_labels_of_a_photo_are_beside_the_text_of_a_processor(keeping_app: App) -> None:
    """They are drawn where the text leaves room: a second drawing changes nothing."""
    app = keeping_app
    process = "(result) => ({ result, text: 'A long text. '.repeat(40) })"
    app.page.evaluate(f"() => {{ globalThis.instead = {process}; }}")
    app.page.set_viewport_size({"width": 390, "height": 500})
    app.open_file(PORTRAIT)
    pixels = "() => document.querySelector('#overlay').toDataURL()"
    before = app.page.evaluate(pixels)
    app.page.evaluate("() => document.querySelector('#settings').dispatchEvent(new Event('close'))")
    assert app.page.evaluate(pixels) == before


def test_camera_shows_results_of_its_own_frames_and_closes_each(shared_app: SharedApp) -> None:
    app = shared_app()
    app.start_camera()
    shown = app.page.evaluate("() => [edgegen.shown.result.width, edgegen.shown.result.height]")
    assert shown == [WIDTH, HEIGHT]
    app.page.wait_for_function("() => document.querySelector('#stats').textContent.includes('FPS')")
    app.page.click("#pause")  # the picture that is analyzed and the one on the screen are the same
    app.page.wait_for_function("() => document.querySelector('#pause').ariaPressed === 'true'")
    app.page.wait_for_function("() => edgegen.openCount() === 0")
    app.page.wait_for_timeout(500)
    assert app.rows() == app.page.evaluate(DETECT_FRAME)
    app.page.click("#pause")
    app.page.wait_for_function("() => document.querySelector('#stats').textContent.includes('FPS')")
    app.page.click("#close")
    assert app.page.is_visible("#welcome")
    assert app.page.evaluate("() => document.querySelector('#video').srcObject") is None


def test_hidden_page_pauses_the_camera_and_continues(app: App) -> None:
    app.start_camera()
    hide = """(isHidden) => {
      Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    track = "() => document.querySelector('#video').srcObject.getVideoTracks()[0].enabled"
    app.page.evaluate(hide, True)
    assert app.page.evaluate(track) is False
    app.page.evaluate("() => { edgegen.shown = null; }")
    app.page.wait_for_timeout(1000)
    app.page.evaluate(hide, False)
    app.page.wait_for_function("() => edgegen.shown")
    assert app.page.evaluate(track) is True


def test_screen_stays_on_while_the_camera_runs(app: App) -> None:
    count = """() => {
      globalThis.locks = 0;
      navigator.wakeLock.request = async () => {
        locks += 1;
        return { release: async () => { locks -= 1; } };
      };
    }"""
    app.page.evaluate(count)
    app.start_camera()
    app.page.wait_for_function("() => locks === 1")
    for locks in (0, 1):
        app.page.click("#pause")
        app.page.wait_for_function("(locks) => globalThis.locks === locks", arg=locks)
    app.page.click("#close")
    app.page.wait_for_function("() => locks === 0")


def test_front_camera_is_shown_as_in_a_mirror_and_its_frames_are_not_mirrored(app: App) -> None:
    """A phone with two cameras. The frames keep their rows."""
    phone = """() => {
      globalThis.asked = [];
      const media = navigator.mediaDevices;
      const open = MediaDevices.prototype.getUserMedia.bind(media);
      media.getUserMedia = async ({ video: { facingMode } }) => {
        asked.push(facingMode);
        const stream = await open({ video: true });
        stream.getVideoTracks()[0].getSettings = () => ({ facingMode });
        return stream;
      };
      const devices = ['user', 'environment'].map((deviceId) => ({ kind: 'videoinput', deviceId }));
      media.enumerateDevices = async () => devices;
    }"""
    app.page.evaluate(phone)
    app.start_camera()
    rows = app.rows()
    for count, mirrored in ((2, "true"), (3, "false")):
        app.page.click("#switch")
        app.page.wait_for_function("(count) => asked.length === count && edgegen.shown", arg=count)
        app.page.wait_for_function(f"() => document.querySelector('#video.mirrored') !== null === {mirrored}")
        assert app.rows() == rows
    assert app.page.evaluate("() => asked") == ["environment", "user", "environment"]


def test_video_file_plays_with_the_results_of_its_own_frames(app: App) -> None:
    """Chromium records it here, from a photo."""
    record = """async (url) => {
      const bitmap = await createImageBitmap(await (await fetch(url)).blob());
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
      const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: 'video/webm' });
      const parts = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      const ended = new Promise((go) => { recorder.onstop = go; });
      recorder.start();
      for (let frame = 0; frame < 20; frame += 1) {
        canvas.getContext('2d').drawImage(bitmap, 0, 0);
        await new Promise((go) => setTimeout(go, 50));
      }
      recorder.stop();
      await ended;
      const { source, name } = await edgegen.showFile(new File(parts, 'birds.webm', { type: 'video/webm' }));
      return [source, name];
    }"""
    app.page.route("**/photo.png", lambda route: route.fulfill(path=PORTRAIT))
    assert app.page.evaluate(record, "photo.png") == ["video", "birds.webm"]
    app.page.wait_for_function("() => document.querySelector('#stats').textContent.includes('FPS')")
    app.page.click("#pause")
    app.page.wait_for_function("() => document.querySelector('#pause').ariaPressed === 'true'")
    app.page.wait_for_function("() => edgegen.openCount() === 0")
    app.page.wait_for_timeout(500)
    assert len(app.rows()) > 1
    assert app.rows() == app.page.evaluate(DETECT_FRAME)
    assert app.page.get_attribute("#video", "aria-label") == "Video"
    # The rest of the file is damaged.
    app.page.evaluate("() => document.querySelector('#video').dispatchEvent(new Event('error'))")
    assert "video cannot be played" in app.message()
    app.page.click("#message-action")
    assert app.page.is_visible("#welcome")
    assert app.page.get_attribute("#video", "src") is None


def test_app_can_be_installed(app: App) -> None:
    """A context of Playwright is a private window, which has no installed apps."""
    session = app.page.context.new_cdp_session(app.page)
    manifest = session.send("Page.getAppManifest")
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    session.detach()
    assert manifest["url"].endswith("/manifest.webmanifest")
    assert manifest["errors"] == []
    assert [each["errorId"] for each in errors] == ["in-incognito"]


def test_dropped_and_pasted_photos_are_opened(shared_app: SharedApp) -> None:
    app = shared_app()
    script = """async ([type, url]) => {
      const file = new File([await (await fetch(url)).blob()], 'photo.png', { type: 'image/png' });
      const data = new DataTransfer();
      data.items.add(file);
      edgegen.shown = null;
      const event = type === 'paste'
        ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true })
        : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
      document.body.dispatchEvent(event);
    }"""
    for kind in ("drop", "paste"):
        app.page.evaluate(script, [kind, "icon-192.png"])
        app.page.wait_for_function("() => edgegen.shown?.result.width === 192")


def test_drop_of_several_files_opens_the_first_one(shared_app: SharedApp) -> None:
    """And a dropped text without a file changes nothing. The page does not leave for the file."""
    app = shared_app()
    listen = "addEventListener('edgegen-shown', () => shown.push(edgegen.shown.name));"
    app.page.evaluate(f"() => {{ globalThis.shown = []; {listen} }}")
    drop = """async (names) => {
      const data = new DataTransfer();
      for (const name of names) {
        const blob = await (await fetch(name)).blob();
        data.items.add(new File([blob], name, { type: 'image/png' }));
      }
      if (names.length === 0) data.items.add('a text', 'text/plain');
      const event = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
      document.body.dispatchEvent(event);
      return event.defaultPrevented;
    }"""
    assert app.page.evaluate(drop, ["icon-192.png", "icon-512.png"])
    app.page.wait_for_function("() => shown.length > 0")
    assert app.page.evaluate(drop, [])
    app.open_file(PORTRAIT)  # another photo would have been analyzed before
    assert app.page.evaluate("() => shown") == ["icon-192.png", "portrait.png"]
    assert app.page.is_hidden("#message")


def test_shared_picture_and_capture_are_files(shared_app: SharedApp, tmp_path: Path) -> None:
    app = shared_app()
    app.open_file(LANDSCAPE)
    with app.page.expect_download() as download:
        app.page.click("#share")
    download.value.save_as(tmp_path / "shared.jpg")
    assert cv2.imread(str(tmp_path / "shared.jpg")).shape == cv2.imread(str(LANDSCAPE)).shape
    app.page.click("#adjust")
    with app.page.expect_download() as download:
        app.page.click("#save-capture")
    download.value.save_as(tmp_path / "capture.tar")
    with tarfile.open(fileobj=io.BytesIO((tmp_path / "capture.tar").read_bytes())) as archive:
        assert "capture.json" in archive.getnames()
    assert download.value.suggested_filename in app.text("#capture-state")


def test_share_sheet_gets_the_picture_and_may_be_closed(app: App) -> None:
    """A sheet that the user closes is no error, and downloads nothing."""
    sheet = """() => {
      globalThis.files = [];
      navigator.canShare = () => true;
      navigator.share = async ({ files: [file] }) => {
        files.push([file.name, file.type, file.size > 1000]);
        if (files.length === 2) throw new DOMException('', 'AbortError');
      };
    }"""
    app.page.evaluate(sheet)
    app.open_file(LANDSCAPE)
    downloads = list[Any]()
    app.page.on("download", lambda download: downloads.append(download))
    for count in (1, 2):
        app.page.click("#share")
        app.page.wait_for_function("(count) => files.length === count", arg=count)
    app.page.wait_for_timeout(300)
    assert app.page.evaluate("() => files") == [["tiny.jpg", "image/jpeg", True]] * 2
    assert app.page.is_hidden("#message")
    assert app.text("#note") == ""
    assert downloads == []


def save_capture(app: App, path: Path) -> Path:
    """Save the capture of the picture on the screen, as a user does."""
    app.page.click("#adjust")
    with app.page.expect_download() as download:
        app.page.click("#save-capture")
    download.value.save_as(path)
    return path


@pytest.mark.parametrize("task", [*BOXES, "classify", "semantic", "depth"])
def test_explain_of_a_capture_finds_what_pytorch_finds(
    shared_app: SharedApp, tmp_path: Path, task: str
) -> None:
    app = shared_app(task)
    app.open_file(LANDSCAPE)
    path = save_capture(app, tmp_path / "capture.tar")
    explained = edgegen("explain", path, "--model", checkpoint_of(task), "--json").ok()
    explanation = json.loads(explained.out)
    assert explanation["verdict"] == "PyTorch shows the same: the cause is the model, not the app"
    assert explanation["shown"]


@pytest.mark.parametrize("name", OTHER_RESIZES)
def test_explain_of_a_detector_with_another_resize_finds_what_its_program_finds(
    shared_app: SharedApp, app_project: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    """No stage differs, the input among them: the exit code would be 7."""
    app = shared_app(name)
    app.open_file(LANDSCAPE)
    path = save_capture(app, tmp_path / "capture.tar")
    program = app_project(name) / "model" / "model.pte"
    assert json.loads(edgegen("explain", path, "--model", program, "--json").ok().out)["shown"]


def test_explain_reads_the_capture_of_a_photo_that_is_larger_than_the_screen(
    shared_app: SharedApp, tmp_path: Path
) -> None:
    """The capture has the photo's own pixels and boxes in them, not those of the screen."""
    app = shared_app()
    photo = cv2.resize(cv2.imread(str(LANDSCAPE)), (1501, 1127), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(tmp_path / "large.png"), photo)
    app.open_file(tmp_path / "large.png")
    rows = app.rows()
    save_capture(app, tmp_path / "capture.tar")
    answer = edgegen("explain", tmp_path / "capture.tar", "--model", TINY, "--json").ok()
    explanation = json.loads(answer.out)
    assert explanation["verdict"] == "PyTorch shows the same: the cause is the model, not the app"
    assert explanation["shown"] == rows
    with tarfile.open(tmp_path / "capture.tar") as archive:
        frame = archive.extractfile("frame.png")
        assert frame is not None
        stored = cv2.imdecode(np.frombuffer(frame.read(), dtype=np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(stored, photo)


def test_self_check_in_the_sheet_says_that_all_stages_pass(shared_app: SharedApp) -> None:
    app = shared_app()
    app.open_file(LANDSCAPE)
    app.page.click("#adjust")
    app.page.click("#self-check")
    app.page.wait_for_function("() => document.querySelector('#self-check').textContent === 'Run'")
    assert app.text("#verdict-text").startswith("The results are the same as on ")
    app.page.click("#settings [data-closes]")
    app.open_file(PORTRAIT)  # the model is there again
    assert app.rows()


def test_buttons_are_reached_with_the_keyboard_alone(open_app: Callable[..., App]) -> None:
    app = open_app()
    app.open_file(PORTRAIT)
    app.page.focus("#close")
    reached = ["close"]
    for _ in range(5):
        app.page.keyboard.press("Tab")
        reached.append(app.page.evaluate("() => document.activeElement.id"))
    assert reached == ["close", "open", "see-inside", "share", "camera", "adjust"]
    app.page.focus("#adjust")
    app.page.keyboard.press("Enter")
    assert app.page.evaluate("() => document.querySelector('#settings').open")
    app.page.keyboard.press("Escape")
    assert app.page.evaluate("() => document.activeElement.id") == "adjust"


def test_focus_returns_to_the_button_that_was_pressed_or_to_the_first_one(
    open_app: Callable[..., App], tmp_path: Path
) -> None:
    app = open_app()
    app.page.evaluate("() => edgegen.ready")
    focused = "() => document.activeElement.id"
    (tmp_path / "notes.txt").write_text("no picture")
    app.page.evaluate(CAMERAS, TWO_CAMERAS)
    app.page.focus("#start-camera")
    app.page.keyboard.press("Enter")
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")
    assert app.page.evaluate(focused) == "pause"
    app.page.focus("#switch")
    app.page.keyboard.press("Enter")
    app.page.wait_for_function("() => streams.length === 2 && edgegen.shown?.source === 'camera'")
    assert app.page.evaluate(focused) == "switch"
    app.page.set_input_files("#file", tmp_path / "notes.txt")
    app.message()
    app.page.keyboard.press("Enter")
    assert app.page.evaluate(focused) == "switch"


def test_texts_that_screen_readers_read_appear_in_regions_that_are_there_before(app: App) -> None:
    for name in ("note", "verdict", "capture-state"):
        region = app.page.locator(f"#{name}").locator("xpath=..")
        assert region.get_attribute("role") == "status"
        assert region.get_attribute("hidden") is None


def test_chosen_stage_differs_in_forced_colours(app: App) -> None:
    app.open_file(PORTRAIT)
    app.page.click("#see-inside")
    app.page.wait_for_selector("#inside[open]")
    app.page.emulate_media(forced_colors="active")
    labels = app.page.locator("#inside-stages label")
    looks = labels.evaluate_all("(all) => all.map((each) => getComputedStyle(each).backgroundColor)")
    app.page.emulate_media(forced_colors="none")
    assert looks[0] != looks[1] == looks[2]


def test_photo_is_given_back_when_the_camera_has_started(app: App) -> None:
    app.open_file(PORTRAIT)
    app.page.click("#camera")
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")
    assert app.page.get_attribute("#photo", "src") is None

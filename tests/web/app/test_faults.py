"""What users meet when something is missing or broken: one plain sentence, and an app that works on."""

import json
import tarfile
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest

from edgegen.targets.web.camera import chromium_options
from edgegen.targets.web.server import Site, local_server, serving
from tests.helpers.browser import find_chromium
from tests.web.app.conftest import LANDSCAPE, PORTRAIT, App, SharedApp
from tests.web.app.test_races import HIDE, HOLD_CAMERAS
from tests.web.app.videos import HEIGHT, WIDTH

pytestmark = pytest.mark.full

TRACK = "document.querySelector('#video').srcObject.getVideoTracks()[0]"
CACHED = """async () => {
  const opened = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  const stored = await Promise.all(opened.map((cache) => cache.keys()));
  return stored.flat().map(({ url }) => url);
}"""


def test_files_that_are_no_pictures_leave_the_photo_on_the_screen(
    shared_app: SharedApp, tmp_path: Path
) -> None:
    app = shared_app()
    app.open_file(LANDSCAPE)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    for name, words in (("notes.txt", "not a photo or a video"), ("cut.jpg", "cannot be read")):
        app.page.set_input_files("#file", tmp_path / name)
        assert words in app.message()
        app.page.click("#message-action")
        assert app.page.is_visible("#photo")
        assert app.rows()


def test_photo_that_cannot_be_decoded_leaves_the_app_as_it_was(shared_app: SharedApp, tmp_path: Path) -> None:
    """On the first screen, and while the camera runs: its picture goes on below the message."""
    app = shared_app()
    whole = LANDSCAPE.read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:60])
    app.page.set_input_files("#file", tmp_path / "cut.png")
    assert "cannot be read" in app.message()
    app.page.click("#message-action")
    assert app.page.is_visible("#welcome")
    app.start_camera()
    app.page.set_input_files("#file", tmp_path / "cut.png")
    assert "cannot be read" in app.message()
    app.page.evaluate("() => { edgegen.shown = null; }")
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")
    app.page.click("#message-action")
    assert app.page.is_visible("#video")
    app.open_file(PORTRAIT)
    assert app.rows()


def test_browser_that_blocks_all_storage_has_photos_and_the_camera(
    camera_chromium: Any, app_project: Callable[[str], Path], tmp_path: Path
) -> None:
    """As with "Block all cookies": no memory between visits, no service worker, and no error."""
    preferences = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(preferences))
    server = local_server(Site({"": app_project("detect")}))
    options = ["--no-sandbox", *chromium_options()]
    with serving(server):
        context = camera_chromium.browser_type.launch_persistent_context(
            tmp_path, executable_path=find_chromium(), args=options
        )
        app = App(context.new_page())
        app.page.on("pageerror", lambda error: app.errors.append(str(error)))
        app.page.goto(f"http://localhost:{server.port}/")
        blocked = "() => { try { return localStorage.length; } catch (error) { return error.name; } }"
        assert app.page.evaluate(blocked) == "SecurityError"
        app.page.evaluate("() => edgegen.ready")
        assert app.page.evaluate("() => edgegen.offline") != "ready"
        app.start_camera()
        app.open_file(PORTRAIT)
        assert app.rows()
        app.page.click("#adjust")
        app.page.click("#self-check")
        app.page.wait_for_function("() => document.querySelector('#self-check').textContent === 'Run'")
        assert app.text("#verdict-text").startswith("The results are the same as on ")
        context.close()
    assert app.errors == []


def test_video_without_a_picture_is_named_as_such(shared_app: SharedApp, tmp_path: Path) -> None:
    """At first the browser wants a press, as on phones that save power."""
    app = shared_app()
    with wave.open(str(tmp_path / "sound.mp4"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    app.page.evaluate("""() => {
      const video = document.querySelector('#video');
      video.play = () => {
        delete video.play;
        return Promise.reject(new DOMException('', 'NotAllowedError'));
      };
    }""")
    app.page.set_input_files("#file", tmp_path / "sound.mp4")
    assert "only after a press" in app.message()
    app.page.click("#message-action:has-text('Play')")
    app.page.wait_for_selector("#message-action:has-text('OK')")
    assert "sound alone" in app.message()
    app.page.click("#message-action")
    assert app.page.is_visible("#welcome")


def test_self_check_without_its_files_says_what_it_needs(
    open_app: Callable[..., App], own_project: Path
) -> None:
    """As without a network: they are not stored."""
    (own_project / "edgegen" / "parity" / "parity.js").unlink()
    app = open_app(own_project)
    app.open_file(PORTRAIT)
    app.page.click("#adjust")
    app.page.click("#self-check")
    app.page.wait_for_function("() => document.querySelector('#self-check').textContent === 'Run'")
    assert app.text("#verdict-text").startswith("The self-check needs the network")
    app.errors.clear()


def test_error_in_the_code_of_vision_is_named_as_such(
    open_app: Callable[..., App], own_project: Path
) -> None:
    """The console has its stack, also after a self-check."""
    boxes = own_project / "vision" / "boxes.js"
    code = boxes.read_text()
    start = code.index("export function toPicture(")
    body = code.index("{\n", start) + 2
    boxes.write_text(f"{code[:body]}  mistyped();\n{code[body:]}")
    app = open_app(own_project)
    app.page.evaluate("() => edgegen.ready")
    app.page.set_input_files("#file", PORTRAIT)
    assert app.message().startswith("The code in vision/ fails.")
    assert any("mistyped is not defined" in error and "boxes.js" in error for error in app.errors)
    app.page.click("#message-action")
    app.errors.clear()
    app.page.click("#adjust")
    app.page.click("#self-check")
    app.page.wait_for_function("() => document.querySelector('#self-check').textContent === 'Run'")
    assert app.text("#verdict-text").startswith("The code in vision/ fails.")
    assert any("mistyped is not defined" in error and "boxes.js" in error for error in app.errors)
    app.errors.clear()


def test_broken_video_leads_to_the_first_screen(shared_app: SharedApp, tmp_path: Path) -> None:
    app = shared_app()
    (tmp_path / "broken.mp4").write_bytes(bytes(1000))
    app.page.set_input_files("#file", tmp_path / "broken.mp4")
    assert "video cannot be played" in app.message()
    app.page.click("#message-action")
    assert app.page.is_visible("#welcome")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotAllowedError", "not allowed"),
        ("NotFoundError", "has no camera"),
        ("NotReadableError", "Another app or tab"),
        ("AbortError", "could not be started"),
    ],
)
def test_camera_that_does_not_start_says_why(shared_app: SharedApp, name: str, words: str) -> None:
    app = shared_app()
    refuse = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name));"
    app.page.evaluate(f"(name) => {{ {refuse} }}", name)
    app.page.click("#start-camera")
    assert words in app.message()
    app.page.evaluate("() => delete navigator.mediaDevices.getUserMedia")
    app.page.click("#message-action")
    app.open_file(PORTRAIT)
    assert app.rows()


@pytest.fixture
def launch(camera_chromium: Any) -> Iterator[Callable[..., Any]]:
    """Return a function that starts a Chromium with other options."""
    started = list[Any]()

    def launch(*options: str) -> Any:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", *options]
        kind = camera_chromium.browser_type
        started.append(kind.launch(executable_path=find_chromium(), args=arguments))
        return started[-1]

    yield launch
    for each in started:
        each.close()


@pytest.mark.parametrize(
    ("options", "words"),
    [((), "has no camera"), (("--use-fake-device-for-media-stream",), "not allowed")],
    ids=["none", "denied"],
)
def test_browser_that_gives_no_camera_says_why_and_has_photos(
    open_app: Callable[..., App], launch: Callable[..., Any], options: tuple[str, ...], words: str
) -> None:
    """This computer has no camera; with a simulated one, Chromium without a window denies the permission."""
    app = open_app(chromium=launch(*options))
    app.page.evaluate("() => edgegen.ready")
    app.page.click("#start-camera")
    assert words in app.message()
    app.page.click("#message-action")
    app.open_file(PORTRAIT)
    assert app.rows()


def test_camera_that_is_unplugged_can_be_started_again(shared_app: SharedApp) -> None:
    app = shared_app()
    app.start_camera()
    app.page.evaluate(f"() => {TRACK}.dispatchEvent(new Event('ended'))")
    assert "camera has stopped" in app.message()
    app.page.evaluate("() => { edgegen.shown = null; }")
    app.page.click("#message-action")
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")


def test_freeze_while_the_camera_starts_again_asks_to_wait(app: App) -> None:
    """After a hidden page. The camera then starts, and its picture moves with boxes."""
    app.start_camera()
    app.page.evaluate(HIDE, True)
    app.page.evaluate(f"() => {{ {TRACK}.stop(); {TRACK}.dispatchEvent(new Event('ended')); }}")
    app.page.evaluate(HOLD_CAMERAS)
    app.page.evaluate(HIDE, False)
    app.page.wait_for_function("() => starts.length === 1")
    app.page.click("#pause")
    assert app.message() == "Starting the camera…"
    app.page.click("#message-action")
    app.page.evaluate("() => { edgegen.shown = null; starts[0](); }")
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")
    assert not app.page.evaluate("() => document.querySelector('#video').paused")


def test_camera_that_ends_in_a_hidden_page_is_started_again(shared_app: SharedApp) -> None:
    """Without a message. A restart that fails says why, and "Try again" starts the camera."""
    app = shared_app()
    app.start_camera()
    app.page.evaluate(HIDE, True)
    app.page.evaluate(f"() => {{ {TRACK}.stop(); {TRACK}.dispatchEvent(new Event('ended')); }}")
    assert app.page.is_hidden("#message")
    refuse = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name));"
    app.page.evaluate(f"(name) => {{ {refuse} }}", "NotReadableError")
    app.page.evaluate(HIDE, False)
    assert "Another app or tab" in app.message()
    app.page.evaluate("() => { delete navigator.mediaDevices.getUserMedia; edgegen.shown = null; }")
    app.page.click("#message-action")
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")


def test_message_of_a_camera_that_ended_is_gone_when_a_shown_page_starts_it_again(
    shared_app: SharedApp,
) -> None:
    app = shared_app()
    app.start_camera()
    app.page.evaluate(f"() => {{ {TRACK}.stop(); {TRACK}.dispatchEvent(new Event('ended')); }}")
    assert "camera has stopped" in app.message()
    app.page.evaluate(HIDE, True)
    app.page.evaluate("() => { edgegen.shown = null; }")
    app.page.evaluate(HIDE, False)
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")
    assert app.page.is_hidden("#message")


def test_camera_that_the_system_pauses_has_no_boxes_and_says_so(shared_app: SharedApp) -> None:
    app = shared_app()
    app.start_camera()
    mute = f"""(muted) => {{
      Object.defineProperty({TRACK}, 'muted', {{ value: muted, configurable: true }});
      {TRACK}.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
    }}"""
    app.page.evaluate(mute, True)
    assert "paused the camera" in app.text("#text")
    app.page.wait_for_function("() => edgegen.openCount() === 0")  # the last frame is analyzed
    assert app.page.evaluate("() => edgegen.shown") is None
    app.page.evaluate(mute, False)
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")
    assert "paused the camera" not in app.text("#text")


def test_plain_http_on_a_network_address_has_photos_and_no_camera(open_app: Callable[..., App]) -> None:
    app = open_app(host="lan.test")
    app.page.evaluate("() => edgegen.ready")
    assert app.page.evaluate("() => [isSecureContext, edgegen.info.threads]") == [False, 1]
    app.page.click("#start-camera")
    assert "https://" in app.message()
    app.page.click("#message-action")
    app.open_file(PORTRAIT)
    assert app.rows()
    assert all("Cross-Origin-Opener-Policy" in error for error in app.errors)  # no header counts there
    app.errors.clear()


@pytest.mark.parametrize(
    ("process", "says"),
    [
        ("() => { throw new Error('no such class'); }", "no such class"),
        ("(result) => { result.boxes.length; }", "process() returned no result"),
        ("(result) => ({ result: result.boxes })", "a result without "),
        ("(result) => ({ result: { ...result, boxes: [{ ...result.boxes[0], classId: 99 }] } })", "class 99"),
        ("(result) => ({ result: { ...result, boxes: [{ ...result.boxes[0], score: null }] } })", "toFixed"),
        ("(result) => { result.boxes.length = 0; throw new Error('too late'); }", "too late"),
    ],
)
def test_processor_that_fails_is_reported_and_the_result_is_shown(
    keeping_app: App, process: str, says: str
) -> None:
    """It throws, or returns nothing, another shape, or a box that cannot be drawn, or changes the result."""
    app = keeping_app
    app.page.evaluate(f"() => {{ globalThis.instead = {process}; }}")
    app.open_file(PORTRAIT)
    assert says in app.text("#note")
    assert app.rows()
    assert app.page.is_hidden("#message")
    assert any("The result processor fails" in error for error in app.errors)
    app.errors.clear()


def test_capture_has_the_model_s_result_if_a_processor_changes_it_in_place(
    keeping_app: App, tmp_path: Path
) -> None:
    app = keeping_app
    process = "(result) => { for (const box of result.boxes) box.x1 = 0; return { result }; }"
    app.page.evaluate(f"() => {{ globalThis.instead = {process}; }}")
    app.open_file(PORTRAIT)
    app.page.click("#adjust")
    with app.page.expect_download() as download:
        app.page.click("#save-capture")
    download.value.save_as(tmp_path / "capture.tar")
    with tarfile.open(tmp_path / "capture.tar") as archive:
        content = archive.extractfile("capture.json")
        assert content is not None
        about = json.load(content)
    assert {row["box"][0] for row in about["shown"]} == {0}
    assert all(row["box"][0] > 0 for row in about["found"])


def test_processor_gets_the_size_of_the_picture_in_pixels(keeping_app: App) -> None:
    app = keeping_app
    process = "(result, picture) => ({ result, text: `${picture.width} x ${picture.height}` })"
    app.page.evaluate(f"() => {{ globalThis.instead = {process}; }}")
    app.open_file(PORTRAIT)
    height, width = cv2.imread(str(PORTRAIT)).shape[:2]
    assert app.text("#text") == f"{width} x {height}"
    app.page.click("#camera")
    app.page.wait_for_function("() => edgegen.shown?.source === 'camera'")
    assert app.text("#text") == f"{WIDTH} x {HEIGHT}"


def test_processor_that_cannot_be_made_is_named(open_app: Callable[..., App], own_project: Path) -> None:
    code = "export class ResultProcessor { constructor() { throw new Error('no table'); } }"
    (own_project / "app" / "processor.js").write_text(code)
    app = open_app(own_project)
    app.open_file(PORTRAIT)
    assert "no table" in app.text("#note")
    assert app.rows()
    app.errors.clear()


def test_readme_s_first_change_counts_objects(open_app: Callable[..., App], own_project: Path) -> None:
    code = (own_project / "README.md").read_text().split("```js\n")[1].split("```")[0]
    (own_project / "app" / "processor.js").write_text(code)
    app = open_app(own_project)
    app.open_file(PORTRAIT)
    wanted = app.text("#text").split(":")[0]
    count = sum(row["class_name"] == wanted for row in app.rows())
    assert app.text("#text") == f"{wanted}: {count}"


def test_model_that_does_not_belong_is_rejected(open_app: Callable[..., App], own_project: Path) -> None:
    """machinery/test_start.py has a model that is cut short, and other faults."""
    model = own_project / "model" / "model.onnx"
    data = bytearray(model.read_bytes())
    model.unlink()
    data[len(data) // 2] ^= 1
    model.write_bytes(data)
    app = open_app(own_project)
    assert "damaged or of another project" in app.message()
    app.errors.clear()


def test_model_that_fails_to_load_is_reported_over_the_running_camera(
    open_app: Callable[..., App], own_project: Path
) -> None:
    """The camera starts after the failure."""
    (own_project / "model" / "model.onnx").unlink()
    app = open_app(own_project)
    assert "model cannot be loaded" in app.message()
    app.page.evaluate("() => document.querySelector('#start-camera').click()")
    app.page.wait_for_selector("#video:visible")
    assert "model cannot be loaded" in app.message()
    assert app.page.is_hidden("#stats")
    app.errors.clear()


def test_self_check_against_vectors_of_another_model_says_that_the_project_has_changed(
    shared_app: SharedApp,
) -> None:
    """The page is older than the last `edgegen update`."""
    app = shared_app()
    app.open_file(PORTRAIT)
    check = """async () => {
      const read = async (name) => new Uint8Array(await (await fetch(`vectors/${name}`)).arrayBuffer());
      const { compare } = await import('./edgegen/parity/parity.js');
      const { MODEL } = await import('./vision/model.js');
      return compare(read, null, { ...MODEL, pteSha256: 'before' }).catch(({ message }) => message);
    }"""
    assert app.page.evaluate(check) == "The project on the server has changed. Reload the page."


def test_browser_without_simd_says_so(open_app: Callable[..., App], launch: Callable[..., Any]) -> None:
    """Chromium has no WebAssembly SIMD on a processor without SSE 4.1."""
    app = open_app(chromium=launch("--js-flags=--no-enable-sse4-1"))
    message = app.message()
    assert "SIMD" in message
    assert "Update the browser" in message
    app.errors.clear()


def test_full_storage_means_no_offline_use_and_is_said(
    camera_chromium: Any, app_project: Callable[[str], Path]
) -> None:
    with serving(local_server(Site({"": app_project("detect")}))) as server:
        context = camera_chromium.new_context()
        app = App(context.new_page())
        app.page.on("pageerror", lambda error: app.errors.append(str(error)))
        quota = {"origin": f"http://localhost:{server.port}", "quotaSize": 200_000}
        context.new_cdp_session(app.page).send("Storage.overrideQuotaForOrigin", quota)
        app.page.goto(f"http://localhost:{server.port}/")
        app.page.evaluate("() => edgegen.ready")
        assert app.page.evaluate("() => edgegen.offline") == "incomplete"
        app.open_file(PORTRAIT)
        assert app.rows()
        app.page.click("#adjust")
        assert "may have no room" in app.text("#backend")
        assert not [url for url in app.page.evaluate(CACHED) if "/model/model.onnx" in url]
        context.close()
    assert app.errors == []


def test_canvas_with_changed_pixels_is_reported(open_app: Callable[..., App], own_project: Path) -> None:
    worker = own_project / "edgegen" / "worker.js"
    noise = """const read = OffscreenCanvasRenderingContext2D.prototype.getImageData;
OffscreenCanvasRenderingContext2D.prototype.getImageData = function (...all) {
  const image = read.apply(this, all);
  image.data[5] ^= 1;
  return image;
};
"""
    worker.write_text(noise + worker.read_text())
    app = open_app(own_project)
    assert "privacy.resistFingerprinting" in app.message()
    app.page.click("#message-action")
    app.open_file(PORTRAIT)
    assert app.rows()
    assert "results are wrong" in app.text("#warning")


def test_page_that_is_opened_from_a_file_says_what_to_do(camera_chromium: object, own_project: Path) -> None:
    page = camera_chromium.new_context().new_page()  # type: ignore[attr-defined]
    page.goto((own_project / "index.html").as_uri())
    page.wait_for_timeout(5000)
    assert page.locator("#no-start").evaluate("(each) => getComputedStyle(each).visibility") == "visible"
    assert "edgegen serve" in page.inner_text("#no-start")
    page.context.close()

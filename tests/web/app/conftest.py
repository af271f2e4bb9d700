"""A page of the app in Chromium, and what it says."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from edgegen.targets.web.server import Site, SiteServer, serving
from tests.helpers.once import Once
from tests.helpers.places import TINY

PORTRAIT: Final = TINY.with_name("portrait.png")
LANDSCAPE: Final = TINY.with_name("landscape.png")
PHONE: Final = {"width": 390, "height": 844}
_PATIENCE: Final = 120_000  # milliseconds, on a busy machine
# What tests replace in a page.
_NOTE: Final = (
    "globalThis.untouched = { createImageBitmap, OffscreenCanvas, send: Worker.prototype.postMessage };"
)
_RESET: Final = """async () => {
  await edgegen.ready;
  const { send, ...replaced } = untouched;
  Object.assign(globalThis, replaced);
  Worker.prototype.postMessage = send;
  delete document.hidden;
  delete navigator.mediaDevices?.getUserMedia;
  delete navigator.mediaDevices?.enumerateDevices;
  delete navigator.wakeLock?.request;
  delete navigator.canShare;
  delete navigator.share;
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  document.documentElement.dir = '';
  document.querySelector('#close').click();
  const slider = document.querySelector('#confidence');
  if (slider) slider.value = slider.defaultValue;
  slider?.dispatchEvent(new Event('input'));
}"""

# Keeps the whole picture of each result, in `kept`, and crops of `boxes`. `instead` replaces it.
_KEEPING: Final = """
import { MODEL } from '../vision/model.js';
import { toRows } from '../vision/pipeline.js';

globalThis.kept = [];
globalThis.boxes = [];
const pixelsOf = (canvas) =>
  canvas && canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);

export class ResultProcessor {
  process(result, picture) {
    if (globalThis.instead) return instead(result, picture);
    const { width, height } = picture;
    const pixels = pixelsOf(picture.crop({ x1: 0, y1: 0, x2: width, y2: height }));
    const crops = boxes.map((box) => pixelsOf(picture.crop(box)));
    kept.push({ rows: toRows(result, MODEL), width, height, pixels, crops, picture });
    return { result, text: '' };
  }
}
"""


@dataclass
class App:
    """The app in a browser."""

    page: Any
    errors: list[str] = field(default_factory=list)  # of the console

    def open_file(self, path: Path) -> None:
        """Choose a file, as a user does, and wait for its result."""
        self.page.evaluate("() => { edgegen.shown = null; }")
        self.page.set_input_files("#file", path)
        self.page.wait_for_function("(name) => edgegen.shown?.name === name", arg=path.name)

    def start_camera(self) -> None:
        self.page.click("#start-camera")
        self.page.wait_for_function("() => edgegen.shown?.source === 'camera'")

    def rows(self) -> Any:
        """Return the result on the screen."""
        return self.page.evaluate("() => edgegen.shown.rows")

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector)).strip()

    def message(self) -> str:
        """Wait for a message that is no progress, and return it."""
        self.page.locator("#message-action:visible", has_not_text="Cancel").wait_for()
        return self.text("#message-text")

    def choose(self, fieldset: str, name: str) -> None:
        """Choose a radio button by its text."""
        self.page.get_by_role("radio", name=name, exact=True).locator("xpath=..").click()


SharedApp = Callable[..., App]


@contextlib.contextmanager
def opened_app(chromium: Any, folder: Path, host: str = "localhost", **options: Any) -> Iterator[App]:
    """Serve a project and open it, without its service worker."""
    is_remote = host != "localhost"  # as with `edgegen serve`
    server = SiteServer(Site({"": folder}), ("127.0.0.1", 0), compresses=is_remote)
    with serving(server):
        context = chromium.new_context(viewport=PHONE, service_workers="block", **options)
        context.set_default_timeout(_PATIENCE)
        context.add_init_script(_NOTE)
        page = context.new_page()
        app = App(page)
        page.on("console", lambda message: message.type == "error" and app.errors.append(message.text))
        page.on("pageerror", lambda error: app.errors.append(str(error)))
        page.goto(f"http://{host}:{server.port}/")
        yield app
        context.close()


@pytest.fixture
def open_app(app_project: Callable[[str], Path], camera_chromium: Any) -> Iterator[Callable[..., App]]:
    """Return a function that serves a project and opens it. The console must stay without errors."""
    opened: list[App] = []
    with contextlib.ExitStack() as stack:

        def open_app(project: Path | str = "detect", chromium: Any = camera_chromium, **options: Any) -> App:
            folder = app_project(project) if isinstance(project, str) else project
            opened.append(stack.enter_context(opened_app(chromium, folder, **options)))
            return opened[-1]

        yield open_app
        # Before the page closes, which ends the analysis of the last picture with an error.
        errors = [error for app in opened for error in app.errors]
    assert errors == []


@pytest.fixture(scope="session")
def kept_apps(camera_chromium: Any) -> Iterator[Callable[[Path], App]]:
    """Return a function that opens a project once for all tests of the process."""
    with contextlib.ExitStack() as stack:
        yield cache(lambda folder: stack.enter_context(opened_app(camera_chromium, folder)))


@pytest.fixture
def shared_app(
    app_project: Callable[[str], Path], kept_apps: Callable[[Path], App]
) -> Iterator[Callable[..., App]]:
    """Return a function that returns the app of a project at its first screen, with its model loaded.

    Its page is for other tests, too: replace nothing that _RESET does not give back. Opening a page takes
    2 CPU seconds.
    """
    used: list[App] = []

    def get(project: Path | str = "detect") -> App:
        app = kept_apps(app_project(project) if isinstance(project, str) else project)
        app.errors.clear()
        app.page.set_viewport_size(PHONE)
        app.page.evaluate(_RESET)
        used.append(app)
        return app

    yield get
    for app in used:
        app.page.evaluate("() => document.querySelector('#close').click()")  # no camera stays on
    assert [error for app in used for error in app.errors] == []


@pytest.fixture(scope="session")
def keeping_project(once: Once, app_project: Callable[[str], Path]) -> Path:
    """Return a detector's project that keeps the pictures of its results. Not to be changed."""

    def make(folder: Path) -> None:
        shutil.copytree(app_project("detect"), folder / "project")
        (folder / "project" / "app" / "processor.js").write_text(_KEEPING)

    return once("web-app-keeping", make) / "project"


@pytest.fixture
def keeping_app(shared_app: SharedApp, keeping_project: Path) -> App:
    """Return its app, which has kept nothing yet."""
    app: App = shared_app(keeping_project)
    app.page.evaluate("() => { Object.assign(globalThis, { kept: [], boxes: [], instead: null }); }")
    return app


@pytest.fixture
def own_project(app_project: Callable[[str], Path], tmp_path: Path) -> Path:
    """Return a detector's project to change."""
    return Path(shutil.copytree(app_project("detect"), tmp_path / "project"))


@pytest.fixture
def app(shared_app: SharedApp) -> App:
    """Return the detector's app at its first screen, with its model loaded."""
    app: App = shared_app()
    return app

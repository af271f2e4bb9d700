"""An app of the web target in a headless browser, driven with Playwright."""

import base64
import contextlib
import mimetypes
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgegen.base.errors import ParityError, ToolchainError, first_line
from edgegen.model.thresholds import Thresholds
from edgegen.targets.runner import UnreadableError
from edgegen.targets.web import browser
from edgegen.targets.web.camera import chromium_options
from edgegen.targets.web.server import Site, SiteServer, local_server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response

# Options of a browser that computes WebGPU on the CPU.
SWIFTSHADER: Final = (
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
)
LIMIT: Final = 300_000  # milliseconds for one step of a busy computer
_WIDTH: Final = 412  # CSS pixels of a phone
_HEIGHT: Final = 915
_DENSITY: Final = 2  # screen pixels per CSS pixel: a mistake with this ratio moves what is drawn
_OF_WEBGPU: Final = re.compile(r"\.(webgpu|asyncify)\.")  # files that a page without WebGPU does not load
_BY_HAND: Final = "serve the project with `edgegen serve --http`, and open it in a browser to see why"

_NO_ANSWER: Final = f"""new Promise((_, fail) => {{
    setTimeout(() => fail(new Error('no answer within {LIMIT // 1000} s')), {LIMIT});
}})"""
_READY: Final = """() => globalThis.edgegen?.ready.then(
    () => ({}), (error) => ({ error: String(error?.message ?? error) })) ?? null"""
_FILE: Final = """
    const bytes = Uint8Array.from(atob(file.content), (character) => character.charCodeAt(0));
    const opened = new File([bytes], file.name, { type: file.type });
"""
_SHOW: Final = f"""async ({{ file, thresholds }}) => {{
    {_FILE}
    edgegen.setThresholds(thresholds);
    try {{
        const {{ rows, times }} = await edgegen.showFile(opened);
        const label = document.getElementById('overlay').ariaLabel;
        return {{ rows, times, label }};
    }} catch (error) {{
        return {{ error: String(error?.message ?? error) }};
    }}
}}"""


class AppPage:
    """The app's page. Its server and its browser run while `open_page` does."""

    def __init__(self, page: "Page", server: SiteServer, project: Path) -> None:
        self.page = page
        self._server = server
        self._project = project
        self.problems = list[str]()  # errors on the browser's console
        self.is_online = True
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(first_line(error)))
        page.on("response", self._on_response)

    def _on_console(self, message: "ConsoleMessage") -> None:
        # A missing file is a response, which has its address.
        if message.type == "error" and self.is_online and "Failed to load resource" not in message.text:
            self.problems.append(message.text.partition("\n")[0])

    def _on_response(self, response: "Response") -> None:
        if response.status >= 400 and self.is_online:
            self.problems.append(f"{response.url}: status {response.status}")

    def open(self, query: str = "") -> None:
        """Open or reload the app, and wait for its model."""
        self.page.goto(f"http://localhost:{self._server.port}/{query}")
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait for the model. Raise ParityError if the app does not start."""
        ready = self.evaluate(_READY)
        if ready is None:
            why = self.problems[0] if self.problems else "app/main.js does not run"
            raise ParityError(f"the app does not start: {why}", _BY_HAND)
        if "error" in ready:
            raise ParityError(f"the app does not start: {ready['error']}", _BY_HAND)

    def evaluate(self, script: str, value: Any = None) -> Any:
        """Return what a function returns in the page. Raise ParityError if it fails there."""
        from playwright.sync_api import Error

        try:
            return self.page.evaluate(f"(value) => Promise.race([({script})(value), {_NO_ANSWER}])", value)
        except Error as error:
            raise ParityError(f"the app fails: {first_line(error)}", _BY_HAND) from error

    def show(self, content: bytes, name: str, thresholds: Thresholds) -> Mapping[str, Any]:
        """Open a photo in the app, and return what it shows.

        Raises:
            UnreadableError: The app cannot read it.
        """
        values = {
            "confidence": thresholds.confidence,
            "iou": thresholds.iou,
            "maxDetections": thresholds.max_det,
            "agnostic": thresholds.agnostic,
        }
        media_type = mimetypes.guess_type(name)[0] or ""
        file = {"content": base64.b64encode(content).decode(), "name": name, "type": media_type}
        shown = self.evaluate(_SHOW, {"file": file, "thresholds": values})
        if "error" in shown:
            raise UnreadableError(
                f"the app cannot read {name}: {shown['error']}", "give a copy of it in JPEG or PNG"
            )
        return dict(shown)

    def self_check(self, vectors: Path, number: int) -> Mapping[str, Any]:
        """Run the app's self-check on a folder of golden vectors."""
        address = f"verify/{number}/"
        site = self._server.site
        self._server.site = replace(site, folders={**site.folders, address: vectors})
        script = "(url) => edgegen.selfCheck(url)"
        return dict(self.evaluate(script, f"http://localhost:{self._server.port}/{address}"))

    @contextlib.contextmanager
    def opened_again(self) -> Iterator["AppPage"]:
        """Yield the app's page in another context of the browser, with its own storage."""
        browser = self.page.context.browser
        assert browser is not None  # noqa: S101 - it was not launched with a persistent context
        context = browser.new_context()
        try:
            yield AppPage(context.new_page(), self._server, self._project)
        finally:
            context.close()

    def large_files(self) -> list[str]:
        """Return the files that the app needs for use without a network, and that take long to store."""
        runtime = (path for path in (self._project / "ort").iterdir() if path.suffix in {".mjs", ".wasm"})
        needed = [path.name for path in runtime if not _OF_WEBGPU.search(path.name)]
        return ["", "edgegen/session.js", "model/model.onnx", *(f"ort/{name}" for name in needed)]

    def stop_server(self) -> None:
        """End the server. The page works from its cache from now on."""
        self.is_online = False
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def open_page(project: Path, camera: Path | None = None, *, webgpu: bool = False) -> Iterator[AppPage]:
    """Serve a project on this computer, and yield its page in a headless browser.

    camera: a y4m video that the browser's camera shows. webgpu: whether it has WebGPU, which runs on the CPU.
    """
    options = chromium_options(camera) if camera else []
    options += SWIFTSHADER if webgpu else ()
    with _browser(options) as started, serving(local_server(Site({"": project}))) as server:
        context = started.new_context(
            viewport={"width": _WIDTH, "height": _HEIGHT},
            device_scale_factor=_DENSITY,
            permissions=["camera"] if camera else [],
            reduced_motion="reduce",  # axe-core would measure the colours of a half visible dialog
        )
        context.add_init_script(path=Path(__file__).with_name("drawing.js"))
        page = context.new_page()
        page.set_default_timeout(LIMIT)
        yield AppPage(page, server, project)


@contextlib.contextmanager
def _browser(options: list[str]) -> Iterator["Browser"]:
    from playwright.sync_api import Error, sync_playwright

    path = browser.program()
    with tempfile.TemporaryDirectory(prefix="edgegen-", ignore_cleanup_errors=True) as folder:
        # The browser writes its crash reports there. Fonts stay in the user's cache.
        environment: dict[str, str | float | bool] = {**os.environ, "XDG_CONFIG_HOME": folder}
        with sync_playwright() as playwright:
            try:
                started = playwright.chromium.launch(executable_path=path, args=options, env=environment)
            except Error as error:
                if path is None:  # and Playwright has none of its own
                    raise ToolchainError(
                        "there is no Chromium, Chrome or Edge", "type: edgegen doctor --target web --install"
                    ) from error
                raise ToolchainError(
                    f"the browser {path} does not start: {first_line(error)}",
                    "start it by hand to see why",
                ) from error
            try:
                yield started
            finally:
                started.close()

"""Web projects of every task, and a real Chromium with a camera."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from edgegen.targets.web.camera import chromium_options
from edgegen.targets.web.page import SWIFTSHADER
from tests.helpers.browser import find_chromium
from tests.helpers.once import Once
from tests.helpers.other_resizes import OTHER_RESIZES, with_resize
from tests.helpers.places import TINY, checkpoint_of
from tests.helpers.support import edgegen
from tests.web import browser_process
from tests.web.app.videos import write_y4m
from tests.web.selected_rows import SELECTING, write_export

# V8 compiles a function of WebAssembly when it is called, and does not optimize it.
# A page costs 15 % less, and many frames cost more.
BASELINE_COMPILER: Final = "--js-flags=--wasm-lazy-compilation --liftoff-only"


@pytest.fixture(scope="session", autouse=True)
def browser_process_ends() -> Iterator[None]:
    """End the process of commands that start a browser."""
    yield
    browser_process.stop()


@pytest.fixture(scope="session")
def app_project(once: Once, web_export: Path) -> Callable[[str], Path]:
    """Return a function that makes a web project once. Not to be changed.

    Its model is a task's tiny checkpoint, a detector with a resize of OTHER_RESIZES, or SELECTING.
    """

    def make(folder: Path, name: str) -> None:
        if name == SELECTING:
            model = write_export(web_export, folder)
        elif name in OTHER_RESIZES:
            model = with_resize(web_export, folder, name)
        else:
            model = checkpoint_of(name)
        size = ("--imgsz", 64) if name == "classify" else ()
        edgegen("new", "--model", model, "--target", "web", *size, "--output", folder / "project").ok()

    return lambda name: once(f"web-app-{name}", lambda folder: make(folder, name)) / "project"


@pytest.fixture(scope="session")
def verified(once: Once, app_project: Callable[[str], Path]) -> Path:
    """Return a folder with the report of `verify` of the detector, report.json, and with its screenshots."""

    def make(folder: Path) -> None:
        options = ("--json", "--screenshots", folder / "shots")
        answer = browser_process.edgegen("verify", app_project("detect"), *options)
        (folder / "report.json").write_text(answer.out, encoding="utf-8")

    return once("web-verified", make)


@pytest.fixture(scope="session")
def webgpu_project(once: Once) -> Path:
    """Return a web project of the tiny detector with WebGPU. Not to be changed."""

    def make(folder: Path) -> None:
        options = ("--backend", "webgpu", "--output", folder / "project")
        edgegen("new", "--model", TINY, "--target", "web", *options).ok()

    return once("web-webgpu", make) / "project"


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """Return Playwright, of which a process has one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def camera_chromium(playwright: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a running Chromium, without a window. Its camera shows the portrait of the tiny model."""
    video = write_y4m(tmp_path_factory.mktemp("camera") / "camera.y4m")
    arguments = [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        *chromium_options(video),
        "--host-resolver-rules=MAP lan.test 127.0.0.1",  # this machine, and not a secure address
    ]
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def webgpu_chromium(playwright: Any) -> Iterator[Any]:
    """Return a running Chromium with WebGPU, which SwiftShader computes on the CPU."""
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", BASELINE_COMPILER, *SWIFTSHADER]
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
    yield browser
    browser.close()

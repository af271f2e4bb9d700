"""Checks of an app's page besides its results: camera, accessibility, console, use without a network."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from edgegen.base.errors import EdgegenError, first_line
from edgegen.model.thresholds import Thresholds
from edgegen.parity.report import mistakes_stage
from edgegen.targets.web.page import AppPage
from edgegen.tasks.stage import Stage

_AXE: Final = "axe_core_python"  # the package, which contains axe.min.js
_FRAMES: Final = 3  # of the camera
_DIALOGS: Final = {"settings": "#adjust", "inside": "#see-inside"}  # and their buttons
_SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_WEBGPU_LIMIT: Final = 300_000  # milliseconds
_TURN: Final = 50  # milliseconds between two looks at the page

# Read the pixels that the video element shows, and compare the camera's result with a result of these pixels.
_COMPARE_FRAME: Final = """async () => {
    const video = document.getElementById('video');
    const { videoWidth: width, videoHeight: height } = video;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context.drawImage(video, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const { source, rows } = edgegen.shown;
    const again = await edgegen.detect({ width, height, data });
    return {
        source,
        same: JSON.stringify(rows) === JSON.stringify(again.rows),
        count: rows.length,
        open: edgegen.openCount(),
    };
}"""
_STORED: Final = """async (paths) => {
    const stored = (path) => caches.match(new URL(path, location.href), { ignoreSearch: true });
    return (await Promise.all(paths.map(stored))).every(Boolean);
}"""
_VERDICT: Final = """() => {
    const verdict = edgegen.info?.webgpu;
    return verdict && verdict.outcome !== 'trying' ? verdict : null;
}"""
_RUN_AXE: Final = """() => axe.run().then(({ violations }) => violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].html.slice(0, 120)}`))"""

Screenshot = Callable[[str], None]


@dataclass(frozen=True)
class Checked:
    """The result of a check."""

    stage: Stage
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, problems: list[str], compared: int) -> "Checked":
        """Return the result of a check that counts mistakes."""
        return cls(
            mistakes_stage(name, len(problems), compared), tuple(f"{name}: {each}" for each in problems)
        )


def camera(app: AppPage, screenshot: Screenshot) -> Checked:
    """Start the camera as a user does. Each frame must have the result of its own pixels, and be closed."""
    from playwright.sync_api import Error

    problems = list[str]()
    page = app.page
    try:
        page.click("#camera")
        page.wait_for_function("() => edgegen.shown?.source === 'camera'", polling=_TURN)
        for number in range(_FRAMES):
            page.evaluate("() => new Promise((go) => addEventListener('edgegen-shown', go, { once: true }))")
            frame = page.evaluate(_COMPARE_FRAME)
            if not frame["same"]:
                problems.append(f"frame {number} has another result than its pixels")
            if frame["open"] > 1:
                problems.append(f"{frame['open']} frames are open")
        screenshot("camera")
        page.click("#close")
    except Error as error:
        problems.append(first_line(error))
    return Checked.of("camera", problems, _FRAMES)


def accessibility(
    app: AppPage, content: bytes, thresholds: Thresholds, notes: list[str], screenshot: Screenshot
) -> list[Checked]:
    """Look at the first screen, a photo and the dialogs with axe-core. A missing axe-core is noted."""
    from playwright.sync_api import Error

    found = importlib.util.find_spec(_AXE)
    if found is None or found.origin is None:
        notes.append('accessibility is not checked: pip install "edgegen[web]" adds axe-core')
        return []
    page, problems, compared = app.page, list[str](), 0
    try:
        page.evaluate(Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8"))
        for name in ("first screen", "photo", "settings", "inside"):
            if name == "photo":
                app.show(content, "photo.png", thresholds)
            if name in _DIALOGS:
                page.click(_DIALOGS[name])
                page.wait_for_selector("dialog[open]")
            for scheme in _SCHEMES:
                page.emulate_media(color_scheme=scheme)
                screenshot(f"{name.replace(' ', '-')}-{scheme}")
                problems += [f"{name}, {scheme}: {each}" for each in page.evaluate(_RUN_AXE)]
                compared += 1
            page.evaluate("() => document.querySelector('dialog[open]')?.close()")
    except (Error, EdgegenError) as error:
        problems.append(first_line(error))
    return [Checked.of("accessibility", problems, compared)]


def webgpu(app: AppPage, notes: list[str]) -> list[Checked]:
    """Let the app try WebGPU, which compares it with the golden vectors. A missing WebGPU is noted."""
    from playwright import sync_api

    try:
        with app.opened_again() as again:
            again.open()
            handle = again.page.wait_for_function(_VERDICT, polling=_TURN, timeout=_WEBGPU_LIMIT)
            found = handle.json_value()
    except sync_api.TimeoutError:
        notes.append(f"WebGPU is not compared: it takes more than {_WEBGPU_LIMIT // 1000} s without a GPU")
        return []
    except (sync_api.Error, EdgegenError) as error:
        return [Checked.of("webgpu", [first_line(error)], 1)]
    if found["outcome"] == "missing":
        notes.append("WebGPU is not compared: this computer's browser does not offer it")
        return []
    is_right = found["outcome"] in {"chosen", "slower"}
    problems = [] if is_right else [found.get("problem") or found["outcome"]]
    return [Checked.of("webgpu", problems, found.get("pictures") or 1)]


def console(app: AppPage) -> Checked:
    """Return the errors that the page logged since it was opened."""
    return Checked.of("console", list(app.problems), 1)


def offline(app: AppPage, content: bytes, thresholds: Thresholds) -> Checked:
    """End the server and reload the page: it must show the same result."""
    from playwright.sync_api import Error

    page, problems = app.page, list[str]()
    try:
        before = app.show(content, "photo.png", thresholds)
        page.wait_for_function(_STORED, arg=app.large_files(), polling=_TURN)
        app.stop_server()
        page.reload()
        app.wait_until_ready()
        after = app.show(content, "photo.png", thresholds)
        if before["rows"] != after["rows"]:
            problems.append("the results differ without a network")
    except (Error, EdgegenError) as error:
        problems.append(first_line(error))
    return Checked.of("offline", problems, 1)

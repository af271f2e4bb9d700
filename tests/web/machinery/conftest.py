"""Projects with a page that loads edgegen's modules alone, in a real Chromium."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.helpers.once import Once
from tests.web.machinery.serving import copy_project, new_context

PAGE: Final = "machinery.html"
# As strict as the app's own page.
_HTML: Final = """<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'self' 'wasm-unsafe-eval';
 img-src 'self' blob: data:; worker-src 'self'; connect-src 'self' blob:">
<link rel="icon" href="icon-192.png">
<title>Machinery</title>
<script type="module" src="machinery.js"></script>
"""
_SCRIPT: Final = """
import * as capture from './edgegen/capture.js';
import * as detector from './edgegen/detector.js';
import * as frames from './edgegen/frames.js';
import * as offline from './edgegen/offline.js';
import { GoldenPicture, readIndex } from './edgegen/parity/golden_vectors.js';
import { MODEL } from './vision/model.js';
import { toRows } from './vision/pipeline.js';

const read = async (name) => new Uint8Array(await (await fetch(`vectors/${name}`)).arrayBuffer());
/** Return a picture of the golden vectors. */
const golden = async (number) => {
  const index = await readIndex(read);
  const entry = index.pictures[number];
  return new GoldenPicture(index, entry, await read(entry.file)).picture();
};
const plain = ({ code, message, detail }) => ({ code, message, detail });
/** Return what went wrong, as the page would show it. */
const failure = (work) => work().then(() => null, plain);

globalThis.m = { ...capture, ...detector, ...frames, ...offline };
Object.assign(globalThis.m, { MODEL, toRows, golden, failure });
"""


@pytest.fixture(scope="session")
def web_project(once: Once, app_project: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return a function that makes a task's project with the modules' page, once. Not to be changed."""

    def make(folder: Path, task: str) -> None:
        copy_project(app_project(task), folder / "project")
        (folder / "project" / PAGE).write_text(_HTML, encoding="utf-8")
        (folder / "project" / "machinery.js").write_text(_SCRIPT, encoding="utf-8")

    return lambda task: once(f"web-machinery-{task}", lambda folder: make(folder, task)) / "project"


@pytest.fixture
def project(web_project: Callable[[str], Path], tmp_path: Path) -> Path:
    """Return a detector's project to change. Large files are links: replace them, do not write into them."""
    copy_project(web_project("detect"), tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def context(camera_chromium: Any) -> Iterator[Any]:
    """Return a browser context: its pages share storage with no other test."""
    with new_context(camera_chromium) as context:
        yield context


@pytest.fixture
def open_page(context: Any) -> Callable[..., Any]:
    """Return a function that opens the modules' page at a host, and returns it when they are loaded."""

    def open_page(address: str, query: str = "") -> Any:
        page = context.new_page()
        page.goto(f"{address}{PAGE}{query}")
        page.wait_for_function("globalThis.m")
        return page

    return open_page


@pytest.fixture
def prefix(context: Any) -> Callable[[str, str], None]:
    """Return a function that puts lines in front of a script: a browser that lacks or refuses something."""

    def prefix(script: str, lines: str) -> None:
        def answer(route: Any) -> None:
            response = route.fetch()
            route.fulfill(response=response, body=f"{lines}\n{response.text()}")

        context.route(f"**/{script}", answer)

    return prefix


def wait_for_workers(page: Any, count: int) -> None:
    """Wait until the page has so many workers of edgegen, or fail. The runtime's threads do not count."""
    for _ in range(100):
        workers = [worker.url for worker in page.workers if "/edgegen/" in worker.url]
        if len(workers) == count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(workers)

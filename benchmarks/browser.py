"""Time a web app and its peers in Chromium, in a process of its own: `python -m benchmarks.browser REQUEST`.

REQUEST is a file with the JSON of `groups.web`. The answer is JSON on standard output.
"""

import contextlib
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2

from benchmarks.pairs import take_turns
from edgegen.targets.web import browser
from edgegen.targets.web.camera import chromium_options, write_y4m
from edgegen.targets.web.server import ISOLATION, Site, local_server, serving

NOT_ISOLATED = "no isolation"
RATE = 30  # frames per second of the camera
WARM_UP = 5  # frames before each turn
LIMIT = 600_000  # milliseconds

# Show a photo, then run the vision core alone on it. The model is opened a second time, to get its outputs.
CORE = """async ([photo, thresholds]) => {
  await edgegen.ready;
  const blob = await (await fetch(photo)).blob();
  edgegen.setThresholds(thresholds);
  const { rows } = await edgegen.showFile(new File([blob], 'photo', { type: blob.type }));
  const { Detector } = await import('./edgegen/detector.js');
  const { readPixels } = await import('./app/pixels.js');
  const { MODEL } = await import('./vision/model.js');
  const { letterbox, postprocess } = await import('./vision/pipeline.js');
  const { picture } = await readPixels(blob);
  const detector = await Detector.open();
  const { input, outputs } = await detector.detect(picture, { keep: true });
  detector.close();
  globalThis.timeCore = (frames) => {
    const times = { letterbox: [], decode: [] };
    for (let i = 0; i < frames; i += 1) {
      const begin = performance.now();
      letterbox(picture, MODEL, input);
      const between = performance.now();
      postprocess(outputs, input.plan, MODEL, thresholds);
      times.letterbox.push(between - begin);
      times.decode.push(performance.now() - between);
    }
    return times;
  };
  return rows;
}"""
# Count frames of the running camera.
FRAMES = """([skipped, frames]) => new Promise((resolve) => {
  const times = [];
  let begin = 0;
  addEventListener('edgegen-shown', function shown() {
    skipped -= 1;
    if (skipped === 0) begin = performance.now();
    if (skipped >= 0) return;
    times.push(edgegen.shown.times);
    if (times.length < frames) return;
    removeEventListener('edgegen-shown', shown);
    resolve({ seconds: (performance.now() - begin) / 1000, times });
  });
})"""
PEER = """<!doctype html>
<title>LiteRT.js</title>
<link rel="icon" href="data:,">
<body>
<script type="importmap">{"imports": {"@litertjs/wasm-utils": "./peer/wasm-utils.js"}}</script>
<script type="module">
import { Tensor, loadAndCompile, loadLiteRt } from './peer/core.js';

/** Load the model and its input. */
globalThis.start = async ({ threads, shape }) => {
  await loadLiteRt(new URL('peer/', location.href).href, { threads: threads > 1 });
  const options = { accelerator: 'wasm', cpuOptions: { numThreads: threads } };
  const model = await loadAndCompile(new URL('model/model.tflite', location.href).href, options);
  const values = new Float32Array(await (await fetch('input/input.bin')).arrayBuffer());
  const input = new Tensor(values, shape);
  globalThis.run = async () => {
    const outputs = await model.run(input);
    const read = outputs.map((each) => {
      return { dims: [...each.type.layout.dimensions], data: each.toTypedArray().slice() };
    });
    for (const each of outputs) each.delete();
    return read;
  };
};

/** Return the outputs, with their values in base64. */
globalThis.outputs = async () => (await run()).map(({ dims, data }) => {
  let text = '';
  for (const byte of new Uint8Array(data.buffer)) text += String.fromCharCode(byte);
  return { dims, data: btoa(text) };
});

globalThis.time = async (skipped, frames) => {
  const times = [];
  for (let i = -skipped; i < frames; i += 1) {
    const begin = performance.now();
    await run();
    if (i >= 0) times.push(performance.now() - begin);
  }
  return times;
};
globalThis.isReady = true;
</script>
"""


class Chromium:
    """A running Chromium with a camera. Each page has a server of its own."""

    def __init__(self, started: Any, stack: contextlib.ExitStack) -> None:
        self._started, self._stack = started, stack

    def open(self, site: Site, path: str) -> Any:
        """Return a page of a site."""
        server = local_server(site)
        self._stack.enter_context(serving(server))
        context = self._started.new_context(permissions=["camera"], service_workers="block")
        context.set_default_timeout(LIMIT)
        page = context.new_page()
        page.goto(f"http://localhost:{server.port}/{path}")
        return page


@contextlib.contextmanager
def start(picture: Path) -> Iterator[Chromium]:
    """Start Chromium with a camera that shows the picture, in its own size."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder, contextlib.ExitStack() as stack:
        video = Path(folder) / "camera.y4m"
        write_y4m(video, cv2.imread(str(picture))[..., ::-1], RATE)
        playwright = stack.enter_context(sync_playwright())
        arguments = ["--no-sandbox", *chromium_options(video)]
        started = playwright.chromium.launch(executable_path=browser.program(), args=arguments)
        stack.callback(started.close)
        yield Chromium(started, stack)


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Return the times of the app and of its peer, round by round."""
    picture, frames = Path(request["picture"]), request["frames"]
    failed = dict[str, str]()
    with start(picture) as chromium, tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        photo = shutil.copyfile(picture, Path(folder) / f"photo{picture.suffix}")
        site = {"": Path(request["project"]), "photo/": Path(folder)}
        cases = {str(threads): (f"?threads={threads}", ISOLATION) for threads in request["threads"]}
        cases[NOT_ISOLATED] = ("", {})
        pages = {}
        for name, (query, headers) in cases.items():
            page = pages[name] = chromium.open(Site(site, headers=headers), query)
            rows = page.evaluate(CORE, [f"photo/{photo.name}", request["thresholds"]])
            threads = page.evaluate("() => edgegen.info.threads")
            if threads != (1 if name == NOT_ISOLATED else int(name)):
                raise RuntimeError(f"the app runs on {threads} threads, not {name}")
            page.click("#camera")
            _freeze(page)
        turns: dict[str, Callable[[], Any]] = {
            name: partial(_live_turn, page, frames) for name, page in pages.items()
        }
        turns["core"] = partial(_core_turn, next(iter(pages.values())), frames)
        outputs = {}
        for threads in request["threads"] if request["peer"] else ():
            peer = _open_peer(chromium, request, threads)
            if isinstance(peer, str):
                failed[str(threads)] = peer
                continue
            outputs[str(threads)] = peer.evaluate("() => outputs()")
            turns[f"peer {threads}"] = partial(_peer_turn, peer, frames)
        rounds = take_turns(turns, request["rounds"])
    return {"rows": rows, "outputs": outputs, "failed": failed, "rounds": rounds}


def _freeze(page: Any) -> None:
    page.wait_for_function("() => edgegen.shown?.source === 'camera'")
    page.evaluate("() => { edgegen.shown = null; }")
    page.click("#pause")
    page.wait_for_function("() => document.querySelector('#pause').ariaPressed === 'true' && edgegen.shown")


def _live_turn(page: Any, frames: int) -> dict[str, float]:
    """Let the camera run for some frames. Return frames per second, and medians in milliseconds."""
    page.click("#pause")
    counted = page.evaluate(FRAMES, [WARM_UP, frames])
    _freeze(page)
    medians = {
        name: statistics.median(each[name] for each in counted["times"])
        for name in ("input", "model", "result")
    }
    return {"fps": frames / counted["seconds"], **medians}


def _core_turn(page: Any, frames: int) -> dict[str, float]:
    page.evaluate("(frames) => timeCore(frames)", WARM_UP)
    times = page.evaluate("(frames) => timeCore(frames)", frames)
    return {name: statistics.median(each) for name, each in times.items()}


def _open_peer(chromium: Chromium, request: dict[str, Any], threads: int) -> Any:
    """Return the peer's page with a loaded model, or why it does not start."""
    from playwright.sync_api import Error

    peer = request["peer"]
    site = {name: Path(peer[name.strip("/")]) for name in ("peer/", "model/", "input/")}
    page = chromium.open(Site(site, {"page": PEER.encode()}), "page")
    page.wait_for_function("() => globalThis.isReady")
    try:
        page.evaluate("(options) => start(options)", {"threads": threads, "shape": peer["shape"]})
        page.evaluate("() => run()")
    except Error as error:
        return str(error).partition("\n")[0]
    return page


def _peer_turn(page: Any, frames: int) -> float:
    return statistics.median(page.evaluate("([skipped, frames]) => time(skipped, frames)", [WARM_UP, frames]))


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))

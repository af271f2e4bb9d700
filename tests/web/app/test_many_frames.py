"""Hours with a camera: every frame and tensor is released, and no object stays on the heap."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.web.app.conftest import App

WARM_UP: Final = 50  # frames, before the first count
FEW: Final = 50  # objects, whatever the number of frames
_PATIENCE: Final = 200  # milliseconds for a frame, on a busy machine

# Counts in the worker what arrives and what is released, without the app's own counters.
COUNT: Final = """
globalThis.counts = { runs: 0, frames: 0, returned: 0, disposed: 0 };
globalThis.memories = [];
globalThis.passed = []; // weak references to each message, frame and tensor
const note = (...values) => passed.push(...values.map((value) => new WeakRef(value)));
addEventListener('message', ({ data }) => {
  if (data.type !== 'detect') return;
  counts.runs += 1;
  note(data);
  if (!data.frame) return;
  counts.frames += 1;
  note(data.frame);
});
const send = globalThis.postMessage;
globalThis.postMessage = (message, options) => {
  if (message.result) note(message, message.result);
  if (message.frame) counts.returned += 1;
  send(message, options);
};
WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
  construct(...call) {
    const memory = Reflect.construct(...call);
    memories.push(memory);
    return memory;
  },
});
import('../ort/ort.wasm.min.mjs').then(({ Tensor: { prototype } }) => {
  const { dispose } = prototype;
  prototype.dispose = function () {
    counts.disposed += 1;
    note(this, this.data);
    dispose.call(this);
  };
});
"""
COUNTS: Final = """() => ({
  ...counts,
  alive: new Set(passed.map((each) => each.deref()).filter(Boolean)).size, // an object may be passed again
  pages: memories.map(({ buffer }) => buffer.byteLength / 65536),
})"""
# Counts on the page the frames that come back with their results, and those of them that are closed.
COUNT_ON_PAGE: Final = """() => {
  globalThis.returned = { frames: 0, closed: 0 };
  const watched = new WeakSet();
  const unclosed = new WeakSet();
  const closed = new WeakSet(); // the app's listener may be the first one
  const send = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (...message) {
    if (!watched.has(this)) {
      watched.add(this);
      this.addEventListener('message', ({ data }) => {
        if (!data.frame) return;
        returned.frames += 1;
        if (closed.has(data.frame)) returned.closed += 1;
        else unclosed.add(data.frame);
      });
    }
    send.apply(this, message);
  };
  const { close } = VideoFrame.prototype;
  VideoFrame.prototype.close = function () {
    if (unclosed.delete(this)) returned.closed += 1;
    closed.add(this);
    close.call(this);
  };
}"""
SHOW_FRAMES: Final = """(count) => {
  globalThis.left = count;
  addEventListener('edgegen-shown', function shown() {
    left -= 1;
    if (left === 0) removeEventListener('edgegen-shown', shown);
  });
}"""


def count_objects(app: App) -> int:
    """Return the number of the page's objects, functions and arrays after a garbage collection."""
    session = app.page.context.new_cdp_session(app.page)
    prototype = session.send("Runtime.evaluate", {"expression": "Object.prototype"})["result"]["objectId"]
    found = session.send("Runtime.queryObjects", {"prototypeObjectId": prototype})["objects"]["objectId"]
    length = {"functionDeclaration": "function () { return this.length; }", "returnByValue": True}
    count = session.send("Runtime.callFunctionOn", {"objectId": found, **length})["result"]["value"]
    session.detach()
    return int(count)


def count_in_worker(app: App) -> dict[str, Any]:
    """Return the counts of the model's worker after a garbage collection."""
    worker = next(each for each in app.page.workers if each.url.endswith("/edgegen/worker.js"))
    session, answers = app.page.context.new_cdp_session(app.page), list[Any]()

    def collect_garbage(event: Any) -> None:
        if event["targetInfo"]["url"] == worker.url:
            message = json.dumps({"id": 1, "method": "HeapProfiler.collectGarbage"})
            command = {"sessionId": event["sessionId"], "message": message}
            session.send("Target.sendMessageToTarget", command)

    session.on("Target.attachedToTarget", collect_garbage)
    session.on("Target.receivedMessageFromTarget", lambda event: answers.append(event))
    session.send("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": False})
    while not answers:
        app.page.evaluate("() => {}")  # lets the events arrive
    session.detach()
    return dict(worker.evaluate(COUNTS))


def freeze(app: App) -> None:
    """Stop the camera's picture, and wait for its result."""
    app.page.evaluate("() => { edgegen.shown = null; }")
    app.page.click("#pause")
    app.page.wait_for_function("() => document.querySelector('#pause').ariaPressed === 'true'")
    app.page.wait_for_function("() => edgegen.shown && edgegen.openCount() === 0")


def count(app: App) -> dict[str, Any]:
    """Return what there is now, and what the worker has released so far."""
    counts = {"objects": count_objects(app), **count_in_worker(app)}
    counts["page"] = app.page.evaluate("() => returned")
    session = app.page.context.new_cdp_session(app.page)
    counts |= session.send("Memory.getDOMCounters")  # after the garbage collection
    session.detach()
    return counts


@pytest.mark.parametrize(
    "frames",
    [pytest.param(500, marks=pytest.mark.full), pytest.param(10_000, marks=pytest.mark.nightly)],
)
def test_camera_releases_every_frame_and_tensor(
    open_app: Callable[..., App], own_project: Path, frames: int
) -> None:
    """Also the heaps and the runtime's memory do not grow. A frame that Chromium had to close is an error."""
    script = own_project / "edgegen" / "worker.js"
    script.write_text(COUNT + script.read_text())
    app = open_app(own_project)
    app.page.evaluate("() => edgegen.ready")
    app.page.evaluate(COUNT_ON_PAGE)
    app.start_camera()
    counts = []
    for shown in (WARM_UP, frames):
        app.page.evaluate(SHOW_FRAMES, shown)
        app.page.wait_for_function("() => left <= 0", timeout=120_000 + shown * _PATIENCE)
        freeze(app)
        counts.append(count(app))
        app.page.click("#pause")
        app.page.wait_for_function("() => document.querySelector('#pause').ariaPressed === 'false'")
    before, after = counts
    assert after["frames"] >= frames
    assert after["returned"] == after["frames"]
    assert after["page"] == {"frames": after["frames"], "closed": after["frames"]}
    outputs = "async () => (await import('./vision/model.js')).MODEL.outputShapes.length"
    tensors = 1 + app.page.evaluate(outputs)
    assert after["disposed"] == tensors * after["runs"]
    assert after["alive"] < FEW  # the last ones
    assert after["pages"] == before["pages"]
    for name in ("objects", "nodes", "jsEventListeners"):
        assert after[name] - before[name] < FEW, (name, before, after)

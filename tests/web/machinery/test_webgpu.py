"""WebGPU in Chromium: used if it is right and faster. SwiftShader computes it, or a double of WebGPU."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web import webgpu_double
from tests.web.machinery.serving import Host, copy_project, new_context, serve

pytestmark = pytest.mark.full

PAGE = """<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'self' 'wasm-unsafe-eval'">
<link rel="icon" href="icon-192.png">
<title>WebGPU</title>
<script type="module" src="machinery.js"></script>
"""
SCRIPT = """
import { Detector } from './edgegen/detector.js';
import { GoldenPicture, readFrom, readIndex } from './edgegen/parity/golden_vectors.js';
import { MODEL } from './vision/model.js';
import { toRows } from './vision/pipeline.js';

const read = readFrom(new URL('vectors/', location.href).href);
const index = await readIndex(read);
const picture = new GoldenPicture(index, index.pictures[0], await read(index.pictures[0].file)).picture();
const detector = await Detector.open();
globalThis.m = {
  detector,
  rows: async () => toRows((await detector.detect(picture)).result, MODEL),
};
"""
DECIDED = "() => globalThis.m?.detector.info && m.detector.info.webgpu.outcome !== 'trying'"
MARKED = "() => localStorage.getItem('edgegen /birds/ webgpu-runs') !== null"
KEY_PARTS = """async () => {
  const { vendor, architecture } = (await navigator.gpu.requestAdapter()).info;
  const { MODEL } = await import('./vision/model.js');
  const { RUNTIME } = await import('./edgegen/session.js');
  return [navigator.userAgent, vendor, architecture, RUNTIME, MODEL.edgegenVersion, MODEL.sha256];
}"""
# `isGpu` is the double's.
RAN = "outputs = await this.#session.run({ [this.#session.inputNames[0]]: input });"
WRONG = f"""{RAN}
    const scores = outputs[this.#session.outputNames[1]].data;
    if (isGpu && ++runs > 2) scores.set(scores.map((value) => value + 1));"""
NAN = f"{RAN}\n    if (isGpu && ++runs === 1) outputs[this.#session.outputNames[0]].data[0] = NaN;"
FAILS = f"if (isGpu) throw new Error('the device is lost');\n    {RAN}"
PICTURES = 'pictures: ["portrait", "landscape", "half", "strip", "small"]'


@pytest.fixture
def gpu_project(webgpu_project: Path, tmp_path: Path) -> Path:
    """Return the project with a page that opens the detector alone. Large files are links."""
    copy = tmp_path / "project"
    copy_project(webgpu_project, copy)
    (copy / "machinery.html").write_text(PAGE, encoding="utf-8")
    (copy / "machinery.js").write_text(SCRIPT, encoding="utf-8")
    # A run of SwiftShader takes seconds: one picture, and few runs.
    change(copy, "webgpu.js", "const RUNS = 10;", "const RUNS = 3;")
    constants = model_text(copy)
    assert constants.count(PICTURES) == 1
    constants = constants.replace(PICTURES, 'pictures: ["small"]')
    (copy / "vision" / "model.js").write_text(constants, encoding="utf-8")
    return copy


@pytest.fixture
def project(gpu_project: Path) -> Path:
    """Return the same with the double of WebGPU, for what follows from a trial."""
    webgpu_double.install(gpu_project)
    change(gpu_project, "session.js", "let isGpu", "let runs = 0;\nlet isGpu")
    return gpu_project


def model_text(project: Path) -> str:
    """Return the model's constants."""
    return (project / "vision" / "model.js").read_text(encoding="utf-8")


def change(project: Path, name: str, old: str, new: str) -> None:
    """Replace a text of edgegen's folder that occurs once."""
    path = project / "edgegen" / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (name, text.count(old), old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def call_faster(project: Path) -> None:
    """Let WebGPU count as the faster one, which SwiftShader is not."""
    change(project, "webgpu.js", "milliseconds < wasmMilliseconds", "milliseconds < Infinity")
    change(project, "webgpu.js", "MUCH_SLOWER = 3;", "MUCH_SLOWER = Infinity;")


@pytest.fixture
def context(webgpu_chromium: Any) -> Iterator[Any]:
    """Return a browser context: its pages share storage with no other test."""
    with new_context(webgpu_chromium) as context:
        yield context


Open = Callable[..., Any]


@pytest.fixture
def open_page(context: Any) -> Open:
    """Return a function that opens the page, and returns it when the detector is open."""

    def open_page(host: Host, query: str = "", inside: Any = context) -> Any:
        page = inside.new_page()
        page.goto(f"{host.address}machinery.html{query}")
        page.wait_for_function("() => globalThis.m", polling=50)
        return page

    return open_page


def info_of(page: Any) -> dict[str, Any]:
    """Return the detector's state as soon as it has decided."""
    page.wait_for_function(DECIDED, polling=50)
    return dict(page.evaluate("m.detector.info"))


def close_to(rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> bool:
    """Return whether two results have the same boxes."""
    assert len(rows) == len(others) > 1
    return all(
        one["class_id"] == other["class_id"] and one["box"] == pytest.approx(other["box"], abs=0.1)
        for one, other in zip(rows, others, strict=True)
    )


def test_much_slower_webgpu_is_compared_and_not_used(project: Path, open_page: Open) -> None:
    """The verdict is kept: the next start does not try it again."""
    with serve(project, isolated=True) as host:
        page = open_page(host)
        info = info_of(page)
        verdict = info["webgpu"]
        assert (info["backend"], verdict["outcome"], verdict["pictures"]) == ("WebAssembly", "slower", 1), (
            info
        )
        deadline = time.monotonic() + 60
        while [worker for worker in page.workers if worker.url.endswith("webgpu_worker.js")]:
            assert time.monotonic() < deadline, "the worker of the trial has not ended"
            page.wait_for_timeout(50)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        assert not page.evaluate(MARKED)
        key = page.evaluate("JSON.parse(localStorage.getItem('edgegen /birds/ webgpu')).key")
        parts = page.evaluate(KEY_PARTS)
        assert all(parts)
        assert [part for part in parts if part not in key] == []
        assert min(verdict["milliseconds"], verdict["wasmMilliseconds"]) > 0
        assert info["note"].startswith("WebGPU is not used: it gives the same results, but takes ")
        assert "edgegen/webgpu_worker.js" in host.requested
        host.requested.clear()
        assert info_of(open_page(host))["webgpu"] == verdict
        assert "edgegen/webgpu_worker.js" not in host.requested


def test_webgpu_that_is_slower_in_the_timed_runs_is_not_used(project: Path, open_page: Open) -> None:
    """Also if it is not much slower."""
    change(project, "webgpu.js", "MUCH_SLOWER = 3;", "MUCH_SLOWER = Infinity;")
    with serve(project, isolated=True) as host:
        info = info_of(open_page(host))
    verdict = info["webgpu"]
    assert (info["backend"], verdict["outcome"]) == ("WebAssembly", "slower"), info
    assert verdict["milliseconds"] > verdict["wasmMilliseconds"]


def test_verdict_counts_for_one_version_only(project: Path, open_page: Open) -> None:
    """An update may make WebGPU right, or wrong. A crash of another version counts no more, too.

    The browser is in the key as well: `test_much_slower_webgpu_is_compared_and_not_used`.
    """
    with serve(project, isolated=True) as host:
        page = open_page(host)
        assert info_of(page)["webgpu"]["outcome"] == "slower"
        page.evaluate("localStorage.setItem('edgegen /birds/ webgpu-runs', 'another key')")
        host.requested.clear()
        model = project / "vision" / "model.js"
        text = model.read_text(encoding="utf-8")
        assert text.count('edgegenVersion: "') == 1
        newer = text.replace('edgegenVersion: "', 'edgegenVersion: "9.')
        model.write_text(newer, encoding="utf-8")
        assert info_of(open_page(host))["webgpu"]["outcome"] == "slower"
        assert "edgegen/webgpu_worker.js" in host.requested


def test_pictures_wait_while_webgpu_takes_over(project: Path, open_page: Open) -> None:
    """One is always in work. The next start uses WebGPU at once, without a trial."""
    call_faster(project)
    work = """() => {
      globalThis.failures = [];
      globalThis.results = 0;
      (async () => {
        for (;;) await m.rows().then(() => { results += 1; }, ({ code }) => failures.push(code));
      })();
    }"""
    with serve(project, isolated=True) as host:
        page = open_page(host)
        page.evaluate(work)
        assert info_of(page)["backend"] == "WebGPU"
        page.wait_for_function("(before) => results > before", arg=page.evaluate("results"))
        assert page.evaluate("failures") == []
        by_webgpu = page.evaluate("m.rows()")
        page.close()
        host.requested.clear()
        again = open_page(host)
        assert info_of(again)["backend"] == "WebGPU"
        assert "edgegen/webgpu_worker.js" not in host.requested
        assert close_to(again.evaluate("m.rows()"), by_webgpu)


def test_faster_webgpu_runs_the_model_with_the_same_results(gpu_project: Path, open_page: Open) -> None:
    """SwiftShader's. A minute is added to the measured times of WebAssembly.

    The verdict is kept, as in `test_pictures_wait_while_webgpu_takes_over`.
    """
    change(gpu_project, "webgpu.js", ".times.model;", ".times.model + 60_000;")
    change(gpu_project, "webgpu.js", "const RUNS = 3;", "const RUNS = 1;")
    with serve(gpu_project, isolated=True) as host:
        page = open_page(host)
        by_wasm = page.evaluate("m.rows()")
        info = info_of(page)
        assert (info["backend"], info["webgpu"]["outcome"], info["threads"]) == ("WebGPU", "chosen", 1), info
        assert info["note"].startswith("WebGPU gives the same results on 1 golden pictures, in ")
        assert close_to(page.evaluate("m.rows()"), by_wasm)
        assert info["webgpu"]["wasmMilliseconds"] > 60_000 > info["webgpu"]["milliseconds"]


@pytest.mark.parametrize(
    ("double", "problem"),
    [(WRONG, "raw: FAILED"), (NAN, "an output is not a number")],
    ids=["late", "nan"],
)
def test_one_wrong_run_rejects_webgpu(project: Path, open_page: Open, double: str, problem: str) -> None:
    """Also one of the timed runs: the first two of WRONG are right. Also one of several pictures.

    A wrong one is not called slower.
    """
    change(project, "session.js", RAN, double)
    if double == WRONG:
        call_faster(project)
    else:
        two = model_text(project).replace('pictures: ["small"]', 'pictures: ["small", "strip"]')
        (project / "vision" / "model.js").write_text(two, encoding="utf-8")
    with serve(project, isolated=True) as host:
        page = open_page(host)
        info = info_of(page)
        assert (info["backend"], info["webgpu"]["outcome"]) == ("WebAssembly", "wrong"), info
        assert problem in info["webgpu"]["problem"]
        assert info["note"].startswith("WebGPU is not used: it gives other results on this device")
        assert len(page.evaluate("m.rows()")) > 1
        host.requested.clear()
        assert info_of(open_page(host))["webgpu"]["outcome"] == "wrong"
        assert "edgegen/webgpu_worker.js" not in host.requested


def test_webgpu_that_cannot_run_is_not_used(project: Path, open_page: Open) -> None:
    change(project, "session.js", RAN, FAILS)
    with serve(project, isolated=True) as host:
        page = open_page(host)
        info = info_of(page)
        assert (info["backend"], info["webgpu"]["outcome"]) == ("WebAssembly", "failed"), info
        assert "the device is lost" in info["note"]
        assert len(page.evaluate("m.rows()")) > 1
        host.requested.clear()
        assert info_of(open_page(host))["webgpu"] == info["webgpu"]
        assert "edgegen/webgpu_worker.js" not in host.requested


def test_webgpu_that_fails_at_its_first_use_leaves_webassembly(project: Path, open_page: Open) -> None:
    """After a trial that was right and faster."""
    call_faster(project)
    used = FAILS.replace("isGpu", "isGpu && !globalThis.location.href.includes('webgpu_worker')")
    change(project, "session.js", RAN, used)
    with serve(project, isolated=True) as host:
        page = open_page(host)
        info = info_of(page)
        assert (info["backend"], info["webgpu"]["outcome"]) == ("WebAssembly", "failed"), info
        assert len(page.evaluate("m.rows()")) > 1
        assert page.evaluate("m.detector.info.backend") == "WebAssembly"


def test_webgpu_that_hangs_is_not_used(project: Path, open_page: Open) -> None:
    change(project, "webgpu.js", "const LIMIT = 120_000;", "const LIMIT = 3000;")
    change(project, "webgpu_worker.js", "const report", "await new Promise(() => {});\n  const report")
    with serve(project, isolated=True) as host:
        page = open_page(host)
        info = info_of(page)
        assert (info["backend"], info["webgpu"]["outcome"]) == ("WebAssembly", "failed"), info
        assert info["webgpu"]["problem"].endswith("it does not answer")
        assert len(page.evaluate("m.rows()")) > 1


def test_missing_file_is_not_remembered(project: Path, open_page: Open) -> None:
    """The network may be back at the next start."""
    script = project / "ort" / "ort.webgpu.min.mjs"
    content = script.read_bytes()
    script.unlink()
    with serve(project, isolated=True) as host:
        assert info_of(open_page(host))["webgpu"]["outcome"] == "failed"
        script.write_bytes(content)
        assert info_of(open_page(host))["webgpu"]["outcome"] == "slower"


def test_webgpu_that_fails_later_is_replaced(project: Path, open_page: Open) -> None:
    """A picture fails, the next one has WebAssembly's result, and WebGPU is not used again."""
    call_faster(project)
    late = FAILS.replace("isGpu", "isGpu && globalThis.name === 'lost'")
    change(project, "session.js", RAN, late)
    change(
        project,
        "worker.js",
        "if (data.type === 'load')",
        "if (data.type === 'lose') globalThis.name = 'lost';\n  if (data.type === 'load')",
    )
    change(
        project,
        "detector.js",
        "  /** @param {Partial<Thresholds>} thresholds */",
        "  lose() { this.#worker.postMessage({ type: 'lose' }); }\n",
    )
    with serve(project, isolated=True) as host:
        page = open_page(host)
        assert info_of(page)["backend"] == "WebGPU"
        page.evaluate("m.detector.lose()")
        assert page.evaluate("m.rows().then(() => '', (error) => error.code)") == "run"
        assert len(page.evaluate("m.rows()")) > 1
        info = info_of(page)
        assert (info["backend"], info["webgpu"]["outcome"]) == ("WebAssembly", "failed"), info
        assert info_of(open_page(host))["webgpu"]["outcome"] == "failed"


def test_crash_during_the_trial_means_webassembly_next_time(project: Path, open_page: Open) -> None:
    """The start after that tries again. The second crash in a row is the last."""
    waiting = "if (!globalThis.hasWaited) await new Promise(() => {});\n  const report"
    change(project, "webgpu_worker.js", "const report", waiting)
    with serve(project, isolated=True) as host:
        for crashes in (1, 2):
            page = open_page(host)
            page.wait_for_function(MARKED, polling=5)
            crash(page)
            info = info_of(open_page(host))
            assert (info["backend"], info["webgpu"]["outcome"]) == ("WebAssembly", "crashed"), crashes
            assert info["note"] == "WebGPU is not used: the page was ended when it was tried."
        host.requested.clear()
        assert info_of(open_page(host))["webgpu"]["outcome"] == "crashed"
        assert "edgegen/webgpu_worker.js" not in host.requested


def test_crash_while_the_page_is_hidden_is_not_webgpus(project: Path, open_page: Open) -> None:
    """Phones end pages in the background. The next start tries again."""
    waiting = "if (!globalThis.hasWaited) await new Promise(() => {});\n  const report"
    worker = (project / "edgegen" / "webgpu_worker.js").read_text(encoding="utf-8")
    change(project, "webgpu_worker.js", "const report", waiting)
    hide = """(isHidden) => {
      Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    with serve(project, isolated=True) as host:
        page = open_page(host)
        page.wait_for_function(MARKED, polling=5)
        page.evaluate(hide, True)
        assert not page.evaluate(MARKED)
        page.evaluate(hide, False)
        assert page.evaluate(MARKED)
        page.evaluate(hide, True)
        crash(page)
        (project / "edgegen" / "webgpu_worker.js").write_text(worker, encoding="utf-8")
        assert info_of(open_page(host))["webgpu"]["outcome"] == "slower"


def crash(page: Any) -> None:
    """End the page's process, as a browser does that runs out of memory."""
    from playwright.sync_api import Error

    with page.expect_event("crash"), contextlib.suppress(Error):  # the page has ended
        page.goto("chrome://crash")


def test_page_that_is_left_during_the_trial_is_no_crash(project: Path, open_page: Open) -> None:
    with serve(project, isolated=True) as host:
        page = open_page(host)
        page.wait_for_function(MARKED, polling=5)
        page.reload()
        page.wait_for_function("() => globalThis.m", polling=50)
        assert info_of(page)["webgpu"]["outcome"] == "slower"


def test_self_check_during_the_trial_changes_nothing(project: Path, open_page: Open) -> None:
    with serve(project, isolated=True) as host:
        page = open_page(host)
        checked = page.evaluate("m.detector.check()")
        assert checked["passed"], checked["lines"]
        assert info_of(page)["webgpu"]["outcome"] == "slower"


@pytest.mark.parametrize(
    "agent", ["iPhone; CPU iPhone OS 26_0 like Mac OS X", "iPad; CPU OS 26_0 like Mac OS X"]
)
def test_iphones_and_ipads_never_try_webgpu(
    project: Path, open_page: Open, webgpu_chromium: Any, agent: str
) -> None:
    ios = webgpu_chromium.new_context(user_agent=f"Mozilla/5.0 ({agent}) AppleWebKit/605.1.15")
    with serve(project, isolated=True) as host:
        info = info_of(open_page(host, inside=ios))
        assert "edgegen/webgpu_worker.js" not in host.requested
    ios.close()
    assert (info["backend"], info["webgpu"]["outcome"]) == ("WebAssembly", "ios")
    assert info["note"] == "WebGPU is not used on iPhones and iPads: it may end the page there."


def test_ipad_that_calls_itself_a_mac_never_tries_webgpu(
    project: Path, open_page: Open, webgpu_chromium: Any
) -> None:
    ipad = webgpu_chromium.new_context(has_touch=True)
    mac = "Object.defineProperty(navigator, 'platform', { get: () => 'MacIntel' });"
    ipad.add_init_script(mac + "Object.defineProperty(navigator, 'maxTouchPoints', { get: () => 5 });")
    with serve(project, isolated=True) as host:
        assert info_of(open_page(host, inside=ipad))["webgpu"]["outcome"] == "ios"
    ipad.close()


def test_browser_without_webgpu_says_so(project: Path, open_page: Open, camera_chromium: Any) -> None:
    without = camera_chromium.new_context()
    with serve(project, isolated=True) as host:
        page = open_page(host, inside=without)
        info = info_of(page)
        assert len(page.evaluate("m.rows()")) > 1
    without.close()
    assert (info["backend"], info["webgpu"]["outcome"]) == ("WebAssembly", "missing")


def test_address_can_leave_webgpu_out(project: Path, open_page: Open) -> None:
    with serve(project, isolated=True) as host:
        for query in ("?backend=wasm", "?threads=1"):
            assert info_of(open_page(host, query))["webgpu"]["outcome"] == "off"


def test_app_says_which_backend_runs_and_why(webgpu_project: Path, camera_chromium: Any) -> None:
    context = camera_chromium.new_context(service_workers="block")
    with serve(webgpu_project, isolated=True) as host:
        page = context.new_page()
        page.goto(host.address)
        page.evaluate("edgegen.ready")
        page.wait_for_function("() => edgegen.info.webgpu.outcome === 'missing'", polling=50)
        page.evaluate("() => document.getElementById('adjust').click()")
        said = page.inner_text("#backend")
    context.close()
    assert said.startswith("WebAssembly, ")
    assert said.endswith("WebGPU is not used: this browser does not offer it here.")

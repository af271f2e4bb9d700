"""The start of the model in a browser: threads, one thread, and what each fault says."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.web.machinery.conftest import wait_for_workers
from tests.web.machinery.serving import serve

OPEN = """async () => {
  globalThis.detector = await m.Detector.open();
  return { ...detector.info, isIsolated: crossOriginIsolated };
}"""
FAIL = "() => m.failure(() => m.Detector.open())"
ROWS = "async () => m.toRows((await detector.detect(await m.golden(0))).result, m.MODEL)"

pytestmark = pytest.mark.full

Open = Callable[..., Any]
Prefix = Callable[[str, str], None]


def test_detector_on_an_isolated_page_uses_the_threads_that_are_asked_for(
    web_project: Any, open_page: Open
) -> None:
    with serve(web_project("detect"), isolated=True) as host:
        rows = []
        for threads in (1, 2):
            page = open_page(host.address, f"?threads={threads}")
            info = page.evaluate(OPEN)
            assert (info["threads"], info["reason"], info["isIsolated"]) == (threads, "", True)
            rows.append(page.evaluate(ROWS))
    assert len(rows[0]) > 1
    for one, other in zip(*rows, strict=True):
        assert one["class_id"] == other["class_id"]
        assert one["box"] == pytest.approx(other["box"], abs=1e-3)


def test_detector_without_isolation_uses_one_thread_and_says_why(web_project: Any, open_page: Open) -> None:
    with serve(web_project("detect"), isolated=False, path="/class/birds") as host:
        page = open_page(host.address, "?threads=2")
        info = page.evaluate(OPEN)
        assert (info["threads"], info["reason"], info["isIsolated"]) == (1, "not-isolated", False)
        assert page.evaluate(ROWS)


def test_plain_http_has_neither_offline_use_nor_captures(web_project: Any, open_page: Open) -> None:
    """app/test_faults.py has the detector on such a page."""
    with serve(web_project("detect"), isolated=True) as host:
        page = open_page(f"http://lan.test:{host.port}/birds/")
        assert page.evaluate("m.registerOffline()") == "insecure"
        failure = page.evaluate("m.failure(() => m.makeCapture({ width: 8, height: 8 }, null, {}))")
    assert failure["code"] == "insecure"
    assert "https://" in failure["message"]


def test_detector_on_plain_http_rejects_a_model_that_is_cut_short(project: Path, open_page: Open) -> None:
    """Browsers compute no SHA-256 there, so the size is compared alone."""
    with serve(project, isolated=True) as host:
        page = open_page(f"http://lan.test:{host.port}/birds/")
        _cut(project / "model" / "model.onnx")
        assert page.evaluate(FAIL)["code"] == "model-cut"


def test_detector_with_threads_that_do_not_start_uses_one_in_a_new_worker(
    web_project: Any, open_page: Open, prefix: Prefix
) -> None:
    refused = "globalThis.Worker = class { constructor() { throw new RangeError('Out of memory'); } };"
    prefix("edgegen/worker.js", refused)
    with serve(web_project("detect"), isolated=True) as host:
        page = open_page(host.address, "?threads=2")
        info = page.evaluate(OPEN)
        assert (info["threads"], info["reason"]) == (1, "threads-failed")
        wait_for_workers(page, 1)
        assert page.evaluate(ROWS)
        page.goto(page.url.partition("?")[0])  # the next start does not try again
        page.wait_for_function("globalThis.m")
        info = page.evaluate(OPEN)
        assert (info["threads"], info["reason"]) == (1, "threads-failed")


@pytest.mark.parametrize(
    ("version", "time", "reason"),
    [("m.VERSION", "Date.now()", "threads-failed"), ("'0.0.0'", "Date.now()", ""), ("m.VERSION", "0", "")],
)
def test_threads_that_failed_are_tried_again_by_another_version_and_after_a_week(
    web_project: Any, open_page: Open, version: str, time: str, reason: str
) -> None:
    with serve(web_project("detect"), isolated=True) as host:
        page = open_page(host.address)
        record = f"JSON.stringify({{ reason: 'threads-failed', version: {version}, time: {time} }})"
        page.evaluate(f"localStorage.setItem('edgegen /birds/ one-thread', {record})")
        assert page.evaluate(OPEN)["reason"] == reason


def test_detector_with_threads_that_never_answer_uses_one(project: Path, open_page: Open) -> None:
    script = project / "ort" / "ort-wasm-simd-threaded.mjs"
    ended = "if (globalThis.name === 'em-pthread') await new Promise(() => {});\n"
    script.write_text(ended + script.read_text(encoding="utf-8"), encoding="utf-8")
    with serve(project, isolated=True) as host:
        page = open_page(host.address, "?threads=2")
        info = page.evaluate(OPEN)
        assert (info["threads"], info["reason"]) == (1, "threads-failed")
        assert page.evaluate(ROWS)


def _memory_up_to(pages: int) -> str:
    """Return a script that refuses larger memories, as some phones do."""
    return f"""
        const {{ Memory }} = WebAssembly;
        WebAssembly.Memory = function (descriptor) {{
          if (descriptor.maximum > {pages}) throw new RangeError('Out of memory');
          return new Memory(descriptor);
        }};
        WebAssembly.Memory.prototype = Memory.prototype;
    """


def test_detector_gets_less_memory_if_the_browser_refuses_4_gigabytes(
    web_project: Any, open_page: Open, prefix: Prefix
) -> None:
    prefix("edgegen/worker.js", _memory_up_to(16384))
    with serve(web_project("detect"), isolated=True) as host:
        page = open_page(host.address, "?threads=2")
        info = page.evaluate(OPEN)
        assert (info["threads"], info["reason"]) == (2, "")
        assert page.evaluate(ROWS)


def test_detector_without_memory_says_so(web_project: Any, open_page: Open, prefix: Prefix) -> None:
    prefix("edgegen/worker.js", _memory_up_to(0))
    with serve(web_project("detect"), isolated=True) as host:
        failure = open_page(host.address, "?threads=2").evaluate(FAIL)
    assert failure["code"] == "no-memory"
    assert "not have enough memory" in failure["message"]


def _cut(path: Path) -> None:
    data = path.read_bytes()[:-1]
    path.unlink()  # a link to the shared file
    path.write_bytes(data)


def _damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    path.write_bytes(data)


def _break(path: Path) -> None:
    path.write_text("export const = 1;", encoding="utf-8")
    later = path.stat().st_mtime + 60  # the page may have it already, and the server compares seconds
    os.utime(path, (later, later))


@pytest.mark.parametrize(
    ("name", "change", "code", "says"),
    [
        ("model/model.onnx", _cut, "model-cut", "cut short"),
        ("model/model.onnx", _damage, "model-other", "of another project"),
        ("model/model.onnx", Path.unlink, "model-missing", "cannot be loaded"),
        ("ort/ort-wasm-simd-threaded.wasm", Path.unlink, "runtime-missing", "ort is incomplete"),
        ("ort/ort.wasm.min.mjs", Path.unlink, "runtime-missing", "ort is incomplete"),
        ("vision/pipeline.js", _break, "no-worker", "Update"),
    ],
)
def test_detector_of_a_damaged_project_names_the_fault(
    project: Path, open_page: Open, name: str, change: Callable[[Path], object], code: str, says: str
) -> None:
    with serve(project, isolated=True) as host:
        page = open_page(host.address)
        change(project / name)
        failure = page.evaluate(FAIL)
        assert failure["code"] == code, failure
        assert says in failure["message"]
        wait_for_workers(page, 0)


def test_a_page_that_was_ended_while_the_camera_ran_starts_with_one_thread(
    web_project: Any, open_page: Open
) -> None:
    with serve(web_project("detect"), isolated=True) as host:
        page = open_page(host.address, "?threads=2")
        page.evaluate("m.cameraRuns(true)")
        other = open_page(host.address, "?threads=2")  # another tab has a camera of its own
        info = other.evaluate(OPEN)
        assert (info["threads"], info["reason"]) == (2, "")
        page.reload()  # without a detector, no marker is deleted at pagehide
        page.wait_for_function("globalThis.m")
        info = page.evaluate(OPEN)
        assert (info["threads"], info["reason"]) == (1, "was-ended")
        page = open_page(host.address)
        info = page.evaluate(OPEN)  # it stays so, without the message
        assert (info["threads"], info["reason"]) == (1, "ended-before")


def test_duplicated_tab_does_not_take_its_copy_of_the_marker_for_an_end(
    web_project: Any, open_page: Open
) -> None:
    """It is opened, and not reloaded."""
    with serve(web_project("detect"), isolated=True) as host:
        page = open_page(host.address)
        page.evaluate("m.cameraRuns(true)")
        page.goto(f"{page.url}?threads=2")  # in the same tab: it has the marker
        page.wait_for_function("globalThis.m")
        info = page.evaluate(OPEN)
        assert (info["threads"], info["reason"]) == (2, "")


def test_a_page_that_is_left_ends_its_worker_and_its_marker(web_project: Any, open_page: Open) -> None:
    with serve(web_project("detect"), isolated=True) as host:
        page = open_page(host.address)
        page.evaluate(OPEN)
        page.evaluate("m.cameraRuns(true)")
        failure = page.evaluate(
            """async () => {
              const work = detector.detect(await m.golden(0));
              dispatchEvent(new Event('pagehide'));
              return m.failure(() => work);
            }"""
        )
        assert failure["code"] == "closed"
        wait_for_workers(page, 0)
        assert page.evaluate("sessionStorage.getItem('edgegen /birds/ camera')") is None
        page.evaluate("detector.reopen()")
        assert page.evaluate(ROWS)
        wait_for_workers(page, 1)

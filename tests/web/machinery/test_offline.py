"""The service worker: threads on hosts without headers, use without a network, and clean upgrades."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegen.targets.web.server import POLICY
from tests.web.machinery.serving import serve

pytestmark = pytest.mark.full

START = """
async () => {
  const offline = await m.registerOffline();
  globalThis.detector = await m.Detector.open();
  return { offline, stored: await m.storeForOffline(detector.urls), threads: detector.info.threads };
}
"""
ROWS = "async () => (await detector.detect(await m.golden(0))).result.boxes.length"
CACHED = """
async () => {
  const all = {};
  for (const name of await caches.keys()) {
    all[name] = (await (await caches.open(name)).keys()).map(({ url }) => url);
  }
  return all;
}
"""
Open = Callable[..., Any]


def _reloaded(page: Any) -> None:
    page.reload()
    page.wait_for_function("globalThis.m")


def _start(page: Any) -> Any:
    """Start the app. The first time on a host without headers, the page reloads itself once."""
    isolated = page.evaluate("crossOriginIsolated")
    if isolated:
        return page.evaluate(START)
    with page.expect_navigation():
        page.evaluate("() => { m.registerOffline(); }")
    page.wait_for_function("globalThis.m")
    return page.evaluate(START)


def test_a_host_without_headers_has_threads_and_works_without_a_network(
    web_project: Any, open_page: Open
) -> None:
    with serve(web_project("detect"), isolated=False) as host:
        page = open_page(host.address, "?threads=2")
        started = _start(page)
        assert started == {"offline": "ready", "stored": "ready", "threads": 2}
        assert page.evaluate("crossOriginIsolated") is True
        # A reload with the shift key is not isolated, and may be followed by another one.
        assert page.evaluate("sessionStorage.getItem('edgegen /birds/ reloaded')") is None
        # It has the page's policy for the model's worker, and leaves files that are not the app's alone.
        policy = "(name) => fetch(name).then(({ headers }) => headers.get('Content-Security-Policy'))"
        assert page.evaluate(policy, "edgegen/worker.js") == POLICY
        assert page.evaluate(policy, "tests/parity.test.mjs") is None
        page.evaluate("async () => { globalThis.picture = await m.golden(0); }")
        expected = page.evaluate("detector.detect(picture).then(({ result }) => result.boxes.length)")
        large = "ort/ort-wasm-simd-threaded.wasm"
        before = host.requested.count(large)
        _reloaded(page)
        page.evaluate(START)
        assert host.requested.count(large) == before  # from the cache
    _reloaded(page)  # the server is gone
    assert page.evaluate(START)["threads"] == 2
    found = "detector.detect({ width: 8, height: 8, data: new Uint8Array(256) })"
    assert page.evaluate(f"{found}.then(({{ result }}) => result.width)") == 8
    assert expected > 1


def test_a_page_that_is_used_already_is_not_reloaded_and_has_one_thread(
    web_project: Any, open_page: Open
) -> None:
    with serve(web_project("detect"), isolated=False) as host:
        page = open_page(host.address, "?threads=2")
        page.evaluate("globalThis.isSame = true")
        assert page.evaluate(START.replace("registerOffline()", "registerOffline(() => false)")) == {
            "offline": "ready",
            "stored": "ready",
            "threads": 1,
        }
        assert page.evaluate("isSame")
        assert _start(page)["threads"] == 2


def test_a_host_with_headers_works_without_a_network_and_never_stores_vectors_and_the_pte(
    web_project: Any, open_page: Open
) -> None:
    """The `offline` stage of `verify` is a first visit."""
    with serve(web_project("detect"), isolated=True, path="/class/birds") as host:
        page = open_page(host.address)
        assert _start(page)["stored"] == "ready"
        _reloaded(page)
        assert page.evaluate(START)["stored"] == "ready"
        page.evaluate("Promise.all(['vectors/index.json', 'model/model.pte'].map((url) => fetch(url)))")
        [urls] = page.evaluate(CACHED).values()
    assert any("/model/model.onnx?" in url for url in urls)
    assert not [url for url in urls if re.search(r"\.pte|/vectors/|/verify/", url)]
    _reloaded(page)
    assert page.evaluate(START)["stored"] == "ready"


def test_page_and_service_worker_have_the_policy_of_serve(web_project: Any) -> None:
    project = web_project("detect")
    for name in ("index.html", "sw.js"):
        assert f'"{POLICY}"' in (project / name).read_text("utf-8")


def test_an_edit_shows_after_one_reload(project: Path, open_page: Open) -> None:
    """Also of an old file, which browsers take for fresh if its host says nothing about caching."""
    script = project / "machinery.js"
    before = script.stat().st_mtime - 100_000
    os.utime(script, (before, before))
    with serve(project, isolated=True) as host:
        page = open_page(host.address)
        _start(page)
        _reloaded(page)
        script.write_text(script.read_text("utf-8") + "\nglobalThis.edited = true;\n", encoding="utf-8")
        os.utime(script, (before + 2, before + 2))  # HTTP's times are whole seconds
        _reloaded(page)
        assert page.evaluate("globalThis.edited") is True


def test_a_new_model_replaces_the_old_cache_and_leaves_other_projects_alone(
    project: Path, open_page: Open
) -> None:
    with serve(project, isolated=True, path="/birds") as host:
        page = open_page(host.address)
        page.evaluate("caches.open('edgegen /cats/ 0.1.0-0123456789ab')")
        _start(page)
        before = set(page.evaluate(CACHED))
        model = project / "model" / "model.onnx"
        old_digest = re.search(
            r'sha256: "(\w+)"', (project / "vision" / "model.js").read_text(encoding="utf-8")
        )
        assert old_digest is not None
        _replace_model(project, model, old_digest[1])
        _reloaded(page)
        assert page.evaluate(START)["stored"] == "ready"
        after = page.evaluate(CACHED)
        assert page.evaluate(ROWS) > 1
    assert "edgegen /cats/ 0.1.0-0123456789ab" in after
    assert len(after) == 2
    assert set(after) != before
    [new] = set(after) - before
    assert len(after[new]) > 20  # files


@pytest.mark.parametrize("name", ["model/model.onnx", "ort/ort-wasm-simd-threaded.wasm"])
def test_damaged_file_of_the_cache_is_replaced(web_project: Any, open_page: Open, name: str) -> None:
    """The model at once, the runtime by the next start. Both are taken from the cache first."""
    cut = """async (name) => {
      const [key] = await caches.keys();
      const cache = await caches.open(key);
      const [request] = (await cache.keys()).filter(({ url }) => url.includes(name));
      const bytes = await (await cache.match(request)).arrayBuffer();
      await cache.put(request, new Response(bytes.slice(0, -1000)));
    }"""
    with serve(web_project("detect"), isolated=True) as host:
        page = open_page(host.address, "?threads=1")
        _start(page)
        page.evaluate(cut, name)
        _reloaded(page)
        if name.endswith(".wasm"):
            assert page.evaluate("() => m.failure(() => m.Detector.open())")["code"] == "start"
            _reloaded(page)
        assert page.evaluate(START)["stored"] == "ready"
        assert page.evaluate(ROWS) > 1
    _reloaded(page)  # the server is gone
    assert page.evaluate(START)["stored"] == "ready"


def test_first_visit_is_not_reloaded_while_the_user_chooses_a_file(web_project: Any, context: Any) -> None:
    """The service worker takes over after the press."""
    wait = """
      const register = ServiceWorkerContainer.prototype.register;
      ServiceWorkerContainer.prototype.register = async function (...all) {
        await new Promise((go) => { globalThis.go = go; });
        return register.apply(this, all);
      };
    """
    with serve(web_project("detect"), isolated=False) as host:
        page = context.new_page()
        page.add_init_script(wait)
        page.goto(host.address)
        page.wait_for_function("() => globalThis.go")
        with page.expect_file_chooser():
            page.click("#start-photo")
        page.evaluate("() => { globalThis.isSame = true; go(); }")
        page.wait_for_function("() => edgegen.info")
        assert page.evaluate("globalThis.isSame") is True


def _replace_model(project: Path, model: Path, old_digest: str) -> None:
    """Give the project another model: the same one with a note in it."""
    import hashlib

    import onnx

    content = onnx.load(model)
    content.doc_string = "another model"
    data = content.SerializeToString()
    model.unlink()  # a link to the shared file
    model.write_bytes(data)
    constants = project / "vision" / "model.js"
    text = constants.read_text(encoding="utf-8").replace(old_digest, hashlib.sha256(data).hexdigest())
    constants.write_text(re.sub(r"size: \d+", f"size: {len(data)}", text), encoding="utf-8")

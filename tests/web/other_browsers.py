"""Run a web project in Firefox or WebKitGTK: a page shows the app in a frame, and sends back what it did."""

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from edgegen.targets.web import server
from edgegen.targets.web.server import Site, local_server, serving
from tests.web.picture_bytes import BYTES_OF, SHOWN_PHOTO

PATIENCE: Final = 300  # seconds
_PREFERENCES: Final = """
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("app.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
"""
RESIST_FINGERPRINTING: Final = _PREFERENCES + 'user_pref("privacy.resistFingerprinting", true);\n'
_PAGE: Final = """<!doctype html>
<title>check</title>
<iframe src="index.html?threads=THREADS" width="412" height="915"></iframe>
<script type="module">
const send = (result) => fetch('report', { method: 'POST', body: JSON.stringify(result) });
const bytesOf = BYTES_OF;
const shownPhoto = SHOWN_PHOTO;
try {
  const page = document.querySelector('iframe').contentWindow;
  while (!page.edgegen) await new Promise((go) => setTimeout(go, 50));
  const app = page.edgegen;
  await app.ready;
  const message = page.document.querySelector('#message-text').textContent;
  const { readPixels } = await import('./app/pixels.js');
  const shown = [];
  for (const name of PHOTOS) {
    const blob = await (await fetch(`photos/${name}`)).blob();
    const { picture } = await readPixels(blob);
    const { rows } = await app.showFile(new page.File([blob], name, { type: blob.type }));
    const photo = shownPhoto(page.document.querySelector('#photo'));
    shown.push({ rows, pixels: bytesOf(picture), photo: bytesOf(photo) });
  }
  const report = await app.selfCheck();
  const isIsolated = page.crossOriginIsolated;
  const open = app.openCount();
  await send({ report, shown, message, info: app.info, isIsolated, open, agent: navigator.userAgent });
} catch (error) {
  await send({ error: String(error?.message ?? error) });
}
</script>
"""


def run(
    browser: str, project: Path, photos: Path, threads: int, preferences: str = _PREFERENCES
) -> dict[str, Any]:
    """Show the photos of a folder to the app, and run its self-check. Return the report and the results.

    preferences: Firefox's.
    """
    names = sorted(each.name for each in photos.iterdir())
    page = _PAGE.replace("THREADS", str(threads)).replace("PHOTOS", json.dumps(names))
    page = page.replace("BYTES_OF", BYTES_OF).replace("SHOWN_PHOTO", SHOWN_PHOTO)
    answers: queue.Queue[dict[str, Any]] = queue.Queue()

    class Handler(server._Handler):
        def do_POST(self) -> None:  # noqa: N802 - the name of http.server
            answers.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._send(server.HTTPStatus.OK, {}, b"")

    site = Site({"": project, "photos/": photos}, {"check": page.encode()})
    app = local_server(site)
    app.RequestHandlerClass = Handler
    with serving(app), _started(browser, f"http://localhost:{app.port}/check", preferences):
        return answers.get(timeout=PATIENCE)


@contextlib.contextmanager
def _started(browser: str, address: str, preferences: str) -> Iterator[None]:
    """Start a browser without a window."""
    command, more = _command(browser)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if browser == "firefox":
            (Path(folder) / "user.js").write_text(preferences)
            command += ["--profile", folder]
        folders = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), folder)
        process = subprocess.Popen(
            [*command, address],
            env={**os.environ, **folders, **more},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _command(browser: str) -> tuple[list[str], dict[str, str]]:
    if browser == "firefox":
        program = shutil.which("firefox-esr") or shutil.which("firefox")
        if program is None:
            pytest.skip("no Firefox: apt-get install firefox-esr")
        return [program, "--headless", "--no-remote"], {}
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"), reverse=True)
    display = shutil.which("xvfb-run")
    if not found or display is None:
        pytest.skip("no WebKitGTK: apt-get install webkit2gtk-driver xvfb")
    return [str(display), "-a", str(found[0])], {"JSC_useSharedArrayBuffer": "1"}

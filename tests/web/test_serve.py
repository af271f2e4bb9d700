"""`edgegen serve`: served and hidden files, HTTPS, the command, the page of several projects."""

import contextlib
import gzip
import http.client
import importlib.util
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgegen.commands import serve, serve_certificate
from edgegen.project import manifest
from edgegen.project.manifest import Manifest
from edgegen.targets.web import server
from edgegen.targets.web.server import POLICY, Site, SiteServer, local_server, serving
from tests.helpers.browser import browse
from tests.helpers.support import edgegen, rejects, start

PORT = ("--port", "0")
PHOTOS = {"avif": "avif", "jpeg": "jpeg", "jpg": "jpeg", "webp": "webp"}
FILES = {
    **{f"photo.{suffix}": b"photo" for suffix in PHOTOS},
    "index.html": b"<p>page</p>",
    "app/main.js": b"// app",
    "app/style.css": b"p {}",
    "app/more/extra.mjs": b"// extra",
    "logo.svg": b"<svg/>",
    "manifest.webmanifest": b'{"name": "Birds & <b>more</b>"}',
    "icon-192.png": b"icon",
    "ort/runtime.wasm": b"wasm " * 10_000,
    "model/model.onnx": np.random.default_rng(1).bytes(50_000),
    "model/metadata.yaml": b"a: 1",
    "vectors/00.bin": bytes(1000),
}


def make_project(folder: Path, target: str = "web") -> Path:
    """Write a small project. The server does not look into its files."""
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "model" / "model.pte").write_bytes(b"secret")
    manifest.write(Manifest(target, {}), folder)
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project in the current folder, and give the certificate a folder of its own."""
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("edgegen.cli.serve._wait", lambda: None)  # a command that should fail ends, too
    return make_project(Path("birds"))


@pytest.fixture
def port(project: Path) -> Iterator[int]:
    """Return the port of a server of the project, over http."""
    with serving(SiteServer(Site({"": project}), ("127.0.0.1", 0))) as running:
        yield running.port


def get(port: int, path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request(
            method, path, headers={key.replace("_", "-"): text for key, text in headers.items()}
        )
        answer = connection.getresponse()
        return answer, answer.read()


# --- files ---


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("app/main.js", "text/javascript; charset=utf-8"),
        ("app/style.css", "text/css; charset=utf-8"),
        ("app/more/extra.mjs", "text/javascript; charset=utf-8"),
        ("logo.svg", "image/svg+xml"),
        ("model/metadata.yaml", "text/plain; charset=utf-8"),
        ("vectors/00.bin", "application/octet-stream"),
        ("manifest.webmanifest", "application/manifest+json"),
        ("icon-192.png", "image/png"),
        *((f"photo.{suffix}", f"image/{kind}") for suffix, kind in PHOTOS.items()),
        ("ort/runtime.wasm", "application/wasm"),
        ("model/model.onnx", "application/octet-stream"),
    ],
)
def test_file_has_its_type_and_the_headers_for_threads(port: int, name: str, kind: str) -> None:
    answer, body = get(port, f"/{name}")
    assert (answer.status, answer.headers["Content-Type"], body) == (200, kind, FILES[name])
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Security-Policy"] == (POLICY if "javascript" in kind else None)


@pytest.mark.parametrize(
    "path",
    [
        *("/model/model.pte", "/model//model.pte", "/model/./model.pte", "/model/model.pte/"),
        *("/model/MODEL.PTE", "/model/model.pte::$DATA", "/model/model.pte.", "/model/model%2epte"),
        *("/.edgegen.yml", "/.git/config", "/%2eedgegen.yml", "/outside", "/away/hosts"),
        *("/../birds/index.html", "/..%2fbirds/index.html", "/..\\birds", "//etc/passwd", "/a%00b", "/%ff"),
        *("/model/", "/ort/", "/vectors", "/index.html/", "/app/nothing.js", "/app/./main.js"),
        *("/best.pt", "/app/best.PTH", "/model/model.xnnpack-avx2.pte", "/model/other.onnx"),
        *("/photos/1.jpg", "/photos/", "/tests/a.mjs"),
        *("/app/.env", "/app/more/.env"),
        *("/app/linked.js", "/app/linked.bin", "/app/linked/config", "/app/linked/", "/linked/1.jpg"),
    ],
)
def test_other_files_and_listings_are_not_served(port: int, project: Path, path: str) -> None:
    (project / ".git").mkdir()
    (project / ".git" / "config").write_text("secret")
    (project / "outside").symlink_to("/etc/passwd")
    (project / "away").symlink_to("/etc")
    names = ("best.pt", "app/best.PTH", "model/model.xnnpack-avx2.pte", "model/other.onnx")
    for name in (*names, "app/.env", "app/more/.env"):
        (project / name).write_text("secret")
    for name in ("photos/1.jpg", "photos/index.html", "tests/a.mjs"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("secret")
    (project / "app" / "linked.js").symlink_to("../.edgegen.yml")
    (project / "app" / "linked.bin").symlink_to("../model/model.pte")
    (project / "app" / "linked").symlink_to("../.git")
    (project / "linked").symlink_to("photos")
    answer, body = get(port, path)
    if answer.status == 301:  # to the folder with a slash
        answer, body = get(port, answer.headers["Location"])
    assert (answer.status, body) == (404, b"There is no such file.\n")


def test_start_page_is_index_html_and_queries_are_ignored(port: int) -> None:
    assert get(port, "/")[1] == get(port, "/?threads=1")[1] == FILES["index.html"]


@pytest.mark.parametrize("headers", ["", "Accept-Encoding: gzip\r\n"])
def test_head_has_the_headers_of_get_and_no_body(port: int, headers: str) -> None:
    """A body would be read as the next answer."""
    request = f" /ort/runtime.wasm HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n".encode()
    head, of_get = (exchange(port, method + request) for method in (b"HEAD", b"GET"))
    lines = [line for line in of_get.partition(b"\r\n\r\n")[0].split(b"\r\n") if not line.startswith(b"Date")]
    assert head.endswith(b"\r\n\r\n")
    assert [line for line in head[:-4].split(b"\r\n") if not line.startswith(b"Date")] == lines
    assert (b"Content-Length: 50000" in lines) == (not headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_rejected(port: int, method: str) -> None:
    assert get(port, "/index.html", method)[0].status == 501


def test_unchanged_file_is_not_sent_again_and_an_edit_is(port: int, project: Path) -> None:
    tag = get(port, "/app/main.js")[0].headers["ETag"]
    answer, body = get(port, "/app/main.js", If_None_Match=tag)
    assert (answer.status, body) == (304, b"")
    (project / "app" / "main.js").write_bytes(b"// edited")
    assert get(port, "/app/main.js", If_None_Match=tag)[1] == b"// edited"
    (project / "app" / "new.js").write_bytes(b"// new")
    assert get(port, "/app/new.js")[1] == b"// new"


def test_large_file_is_compressed_once_for_twenty_phones(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model's weights hardly compress: they are sent as they are."""
    compressed, original = list[int](), gzip.compress

    def compress(data: bytes, *level: int, mtime: float) -> bytes:
        compressed.append(len(data))
        return original(data, *level, mtime=mtime)

    monkeypatch.setattr(server.gzip, "compress", compress)
    with ThreadPoolExecutor(20) as phones:
        answers = [
            *phones.map(lambda _: get(port, "/ort/runtime.wasm", Accept_Encoding="gzip, br"), range(20))
        ]
    for answer, body in answers:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(body) == FILES["ort/runtime.wasm"]
    assert compressed == [50_000]
    answer, body = get(port, "/model/model.onnx", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] is None
    assert body == FILES["model/model.onnx"]


def test_equal_files_of_several_projects_are_compressed_once(project: Path) -> None:
    """Twenty students have one runtime."""
    other = make_project(Path("cats"))
    with serving(SiteServer(Site({"a/": project, "b/": other}), ("127.0.0.1", 0))) as running:
        for path in ("/a/ort/runtime.wasm", "/b/ort/runtime.wasm"):
            assert get(running.port, path, Accept_Encoding="gzip")[0].status == 200
        contents = []
        for runtime in (each / "ort" / "runtime.wasm" for each in (project, other)):
            with runtime.open("rb") as file:
                contents.append(running.files.content(runtime, file))
    assert contents[0].compressed is not None
    assert contents[0].compressed is contents[1].compressed


def test_file_above_the_limit_is_not_compressed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_LARGEST", 49_999)
    answer, body = get(port, "/ort/runtime.wasm", Accept_Encoding="gzip")
    assert (answer.headers["Content-Encoding"], body) == (None, FILES["ort/runtime.wasm"])


def test_small_file_does_not_wait_for_a_large_one(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    may_end, original = threading.Event(), gzip.compress

    def compress(data: bytes, *level: int, mtime: float) -> bytes:
        if len(data) == 50_000:
            assert may_end.wait(20)
        return original(data, *level, mtime=mtime)

    monkeypatch.setattr(server.gzip, "compress", compress)
    with ThreadPoolExecutor(1) as phone:
        large = phone.submit(get, port, "/ort/runtime.wasm")
        time.sleep(0.2)
        begin = time.monotonic()
        assert get(port, "/app/main.js")[1] == FILES["app/main.js"]
        assert time.monotonic() - begin < 10
        may_end.set()
        assert large.result()[1] == FILES["ort/runtime.wasm"]


def test_folder_in_another_one_is_found_first(project: Path) -> None:
    """A student's project may be inside another one."""
    inner = make_project(project / "inner")
    site = Site({"a/": project, "a/inner/": inner})
    assert site.find("a/inner/index.html") == inner / "index.html"
    assert site.find("a") == project
    assert site.find("b") is None


@pytest.mark.parametrize("size", [10_000, 50_000, 90_000])
def test_file_that_changes_while_it_is_sent_ends_the_connection(
    port: int, project: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    file, original = project / "model" / "model.onnx", server._Handler._send_headers

    def send(*arguments: Any) -> None:
        original(*arguments)
        file.write_bytes(bytes(size))

    with monkeypatch.context() as patch:
        patch.setattr(server._Handler, "_send_headers", send)
        with pytest.raises(http.client.IncompleteRead):
            get(port, "/model/model.onnx")
    assert get(port, "/model/model.onnx")[1] == bytes(size)


def exchange(port: int, request: bytes) -> bytes:
    """Send bytes, and return all that the server sends until it closes the connection."""
    with contextlib.closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while block := connection.recv(1 << 16):
            answer += block
        return answer


@pytest.mark.parametrize("address", [b"http://[x/", b"//[", b"http://[::1/", b"/\xff\x00", b"*", b"\x1b[2J"])
def test_malformed_address_is_answered_without_a_traceback(
    port: int, address: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = exchange(port, b"GET " + address + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))
    assert (b" 400 " in answer) or b"[x/" not in address
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("error", "printed"),
    [(ConnectionResetError(), ""), (ValueError("odd"), "edgegen: a request failed: ValueError: odd\n")],
)
def test_error_in_a_request_is_printed_in_one_line(
    error: Exception, printed: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with contextlib.closing(socket.socket()) as request:
        running = SiteServer(Site({}), ("127.0.0.1", 0))
        running.server_close()
        try:
            raise error
        except type(error):
            running.handle_error(request, ("127.0.0.1", 1))
    assert capfd.readouterr().err == printed


# --- https ---


@pytest.fixture
def https_port(project: Path) -> Iterator[int]:
    """Return the port of a server of the project, over https."""
    context = serve_certificate.tls_context(["192.0.2.7"])
    with serving(SiteServer(Site({"": project}), ("127.0.0.1", 0), context)) as running:
        yield running.port


def test_page_comes_over_https_with_the_servers_certificate(https_port: int) -> None:
    trusting = ssl.create_default_context(cafile="home/serve/certificate.pem")
    connection = http.client.HTTPSConnection("localhost", https_port, context=trusting, timeout=60)
    connection.request("GET", "/")
    assert connection.getresponse().read() == FILES["index.html"]
    connection.close()


def test_http_on_the_https_port_is_redirected(https_port: int) -> None:
    """A user who types the address leaves out the s."""
    answer, _ = get(https_port, "/app/main.js?x=1")
    assert (answer.status, answer.headers["Location"]) == (
        301,
        f"https://127.0.0.1:{https_port}/app/main.js",
    )


def test_silent_connection_does_not_block_others(https_port: int) -> None:
    silent = socket.create_connection(("127.0.0.1", https_port))
    with contextlib.closing(silent):
        unchecked = ssl._create_unverified_context()  # noqa: S323 - a browser after the user's click
        connection = http.client.HTTPSConnection("127.0.0.1", https_port, context=unchecked, timeout=20)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()


@pytest.mark.parametrize("start", [b"", b"\x16", b"\x16\x03\x01\x00", b"GET / HT"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_slow_request_ends_at_its_deadline(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, scheme: str, start: bytes
) -> None:
    """A byte from time to time does not keep the connection."""
    monkeypatch.setattr(server, "_PATIENCE", 1.0)
    number = request.getfixturevalue("port" if scheme == "http" else "https_port")
    begin = time.monotonic()
    with contextlib.closing(socket.create_connection(("127.0.0.1", number))) as connection:
        connection.settimeout(0.25)
        connection.sendall(start)
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < begin + 20:
                with contextlib.suppress(TimeoutError):
                    if not connection.recv(100):
                        break
                connection.sendall(b"\x00" if start else b"")
    assert time.monotonic() - begin < 10


def test_connections_are_limited_until_others_end(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 2)
    monkeypatch.setattr(server, "_QUEUE_WAIT", 0.1)
    with serving(SiteServer(Site({"": project}), ("127.0.0.1", 0))) as running:
        idle = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(2)]
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            get(running.port, "/")
        for connection in idle:
            connection.close()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(ConnectionError, http.client.HTTPException):
                assert get(running.port, "/")[0].status == 200
                return
        raise AssertionError("no connection ended")


def test_unwritable_folder_for_the_certificate_is_reported(project: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    rejects(5, tmp_path, "serve", "birds", *PORT, says=("certificate.pem", "--http"))


# --- the command ---


def wait_for_output(running: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the JSON object that the command prints before it waits."""
    assert running.stdout is not None
    lines = ""
    while line := running.stdout.readline():
        lines += line
        if line == "}\n":
            return dict(json.loads(lines))
    raise AssertionError(lines)


@pytest.mark.full
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_server_without_an_error(project: Path, number: signal.Signals) -> None:
    running = start("serve", "birds", *PORT, "--json", folder=Path())
    addresses = wait_for_output(running)["addresses"]
    assert addresses[-1].startswith("https://localhost:")
    running.send_signal(number)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (0, "", "Stopped.\n")


# Two modules of a QR code in one character: the upper and the lower half.
HALVES = {"\u2588": (1, 1), "\u2580": (1, 0), "\u2584": (0, 1), " ": (0, 0)}


def read_terminal_code(text: str) -> str:
    lines = [[HALVES[each] for each in line] for line in text.splitlines()]
    light = np.array(lines, dtype=np.uint8).transpose(0, 2, 1).reshape(-1, len(lines[0]))
    picture = np.kron(light * 255, np.ones((8, 8), dtype=np.uint8))
    picture = np.pad(picture, 32, constant_values=255)  # without it, OpenCV misses some codes
    return str(cv2.QRCodeDetector().detectAndDecode(picture)[0])


def serve_until_printed(*arguments: str) -> str:
    """Run the command, and return its output: it does not wait for Ctrl-C here."""
    return edgegen("serve", *arguments).ok().out


def test_addresses_code_and_hints_are_printed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_own_addresses", lambda: ["192.0.2.7"])
    text = serve_until_printed("birds", *PORT)
    assert text.startswith("Birds & <b>more</b>:\n\n    https://192.0.2.7:")
    assert "(on this computer)" in text
    code = [line for line in text.splitlines() if line and not set(line) - set(HALVES)]
    assert read_terminal_code("\n".join(code)) == text.split("\n")[2].strip()
    assert "tap Advanced, then Proceed" in text
    assert "try the others" not in text
    monkeypatch.setattr(serve, "_own_addresses", lambda: ["192.0.2.7", "10.8.0.2"])
    assert "If a phone does not reach it, try the others." in serve_until_printed("birds", *PORT)
    assert text.endswith("Ctrl-C ends it.\n")


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is an address of its own on Linux only")
@pytest.mark.parametrize("http", [True, False])
def test_other_computers_reach_the_server_over_https_only(
    project: Path, monkeypatch: pytest.MonkeyPatch, http: bool
) -> None:
    """A server at 127.0.0.1 does not answer at 127.0.0.2; one that phones reach does."""
    monkeypatch.setattr(serve, "_own_addresses", lambda: ["127.0.0.2"])
    with serve.serve(project, 0, http=http) as served:
        number = int(served.addresses[0].rpartition(":")[2].rstrip("/"))
        with contextlib.ExitStack() as stack:
            if http:
                stack.enter_context(pytest.raises(ConnectionRefusedError))
            socket.create_connection(("127.0.0.2", number), timeout=20).close()


def test_http_is_for_this_computer_only(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It needs no certificate and no package."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    text = serve_until_printed("birds", *PORT, "--http")
    assert "    http://localhost:" in text
    assert "https" not in text
    assert "Only this computer" in text
    assert not Path("home").exists()


def test_without_a_network_the_command_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_own_addresses", list)
    assert "in no network" in serve_until_printed("birds", *PORT)


@pytest.mark.full
def test_terminal_without_blocks_gets_the_address_alone(project: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    running = start("serve", "birds", *PORT, folder=Path(), environment=environment)
    assert running.stdout is not None
    text = "".join(iter(running.stdout.readline, "Ctrl-C ends it.\n"))
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=60)[1] == "Stopped.\n"
    assert "https://" in text
    assert not set(text) & set(HALVES) - {" "}


@pytest.mark.parametrize(("options", "number"), [((), 8443), (("--http",), 8000), (("--port", "0"), 0)])
def test_default_ports_are_those_of_the_documentation(
    project: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], number: int
) -> None:
    opened, original = list[int](), serve._open

    def open_any(site: Site, address: tuple[str, int], context: ssl.SSLContext | None) -> SiteServer:
        opened.append(address[1])
        return original(site, (address[0], 0), context)

    monkeypatch.setattr(serve, "_open", open_any)
    serve_until_printed("birds", *options)
    assert opened == [number]


@pytest.mark.parametrize("content", ["", "[]", '{"name": '])
def test_project_with_a_damaged_manifest_has_its_folders_name(project: Path, content: str) -> None:
    (project / "manifest.webmanifest").write_text(content)
    assert serve_until_printed("birds", *PORT, "--http").startswith("birds:\n")


def test_code_for_the_terminal_holds_the_address() -> None:
    address = "https://192.168.178.21:8443/birds/"
    assert read_terminal_code(serve.qr_text(address)) == address


def test_taken_port_is_rejected_with_another(project: Path, tmp_path: Path) -> None:
    with contextlib.closing(socket.create_server(("0.0.0.0", 0))) as taken:  # noqa: S104
        number = taken.getsockname()[1]
        says = (f"port {number} is taken", "--port 0")
        rejects(2, tmp_path, "serve", "birds", "--http", "--port", number, says=says)


@pytest.mark.parametrize("number", ["-1", "65536", "many"])
def test_wrong_port_is_rejected(project: Path, tmp_path: Path, number: str) -> None:
    rejects(2, tmp_path, "serve", "birds", "--port", number, says=("--port",))


def test_missing_packages_are_named(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    says = ("cryptography and segno are not installed", 'pip install "edgegen[web]"', "--http")
    rejects(6, tmp_path, "serve", "birds", says=says)


@pytest.mark.parametrize("target", ["android", "linux-cpp"])
def test_project_of_another_target_is_rejected(project: Path, tmp_path: Path, target: str) -> None:
    make_project(Path("other"), target)
    says = (f"other is a project for {target}", "edgegen new --model other --target web")
    rejects(3, tmp_path, "serve", "other", says=says)


def test_folders_without_projects_are_rejected(project: Path, tmp_path: Path) -> None:
    Path("empty").mkdir()
    manifest.write(Manifest(manifest.EXPORT, {}), Path("empty"))
    rejects(3, tmp_path, "serve", "empty", says=("is an export",))
    rejects(3, tmp_path, "serve", "nothing", says=("there is no project nothing",))
    rejects(3, tmp_path, "serve", "birds/app", says=("there is no project in birds/app",))


# --- several projects ---


@pytest.fixture
def apps(project: Path) -> Path:
    """Return a folder as `edgegen batch` makes it."""
    for name in ("b & c", "cats/web"):
        make_project(Path("apps", name))
    Path("apps/cats/web/manifest.webmanifest").write_text('{"name": "a cat"}')
    make_project(Path("apps/cats/android"), "android")
    (Path("apps") / ".edgegen-batch.json").write_text("{}")
    (Path("apps") / "notes.txt").write_text("private")
    return Path("apps")


def test_folder_gets_a_page_with_a_tile_for_each_web_project(
    apps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_own_addresses", lambda: ["127.0.0.1"])
    with serve.serve(apps, 0, http=False) as served:
        port = int(served.addresses[0].rpartition(":")[2].rstrip("/"))
        unchecked = ssl._create_unverified_context()  # noqa: S323
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=unchecked, timeout=60)

        def read(path: str) -> tuple[int, bytes]:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()

        page = read("/")[1].decode()
        assert read("/b%20%26%20c/") == read("/cats/web/") == (200, FILES["index.html"])
        for path in ("/cats/", "/cats/android/", "/notes.txt", "/.edgegen-batch.json", "/other/"):
            assert read(path)[0] == 404
        connection.close()
    assert "left out: apps/cats/android" in served.notes[0]
    assert page.count("<li>") == page.count("<svg") == 2
    assert "Birds &amp; &lt;b&gt;more&lt;/b&gt;" in page
    assert page.index("a cat") < page.index("Birds &amp;")  # by name, whatever the case
    assert 'href="b%20%26%20c/"' in page
    assert f"https://127.0.0.1:{port}/cats/web/" in page
    assert [each.path for each in served.projects] == ["b & c/", "cats/web/"]


def test_folder_notes_its_projects_of_other_targets(apps: Path) -> None:
    told = edgegen("serve", apps, *PORT, "--http").ok()
    assert "edgegen: note: left out: apps/cats/android, of other targets" in told.err


def test_folder_over_http_has_no_codes(apps: Path) -> None:
    with serve.serve(apps, 0, http=True) as served:
        port = int(served.addresses[0].rpartition(":")[2].rstrip("/"))
        page = get(port, "/")[1].decode()
    assert page.count("<li>") == 2
    assert "<svg" not in page


def test_folder_of_other_targets_is_rejected(project: Path, tmp_path: Path) -> None:
    make_project(Path("apps/birds"), "android")
    rejects(3, tmp_path, "serve", "apps", says=("apps is a folder without web projects",))


def read_code(page: Any, corners: Any) -> str:
    """Return the text of a QR code. OpenCV cannot read some of them at some sizes."""
    (left, top), (right, bottom) = corners.min(0).astype(int) - 20, corners.max(0).astype(int) + 20
    code = page[max(top, 0) : bottom, max(left, 0) : right]
    for scale in (1, 0.5, 0.75, 1.25, 1.5, 2, 3):
        resized = cv2.resize(code, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if text := cv2.QRCodeDetector().detectAndDecode(resized)[0]:
            return text
    return ""


@pytest.mark.full
def test_codes_of_the_page_hold_the_addresses(
    apps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chromium draws the page; OpenCV reads the codes."""
    monkeypatch.setattr(serve, "_own_addresses", lambda: ["192.0.2.7"])
    picture = tmp_path / "page.png"
    with serve.serve(apps, 0, http=False) as served:
        options = ("--ignore-certificate-errors", "--window-size=900,700", f"--screenshot={picture}")
        browse("--force-device-scale-factor=2", *options, served.addresses[-1])
    page = cv2.imread(str(picture))
    _, places = cv2.QRCodeDetector().detectMulti(page)
    found = [read_code(page, place) for place in places]
    assert sorted(found) == sorted(each.addresses[0] for each in served.projects)


def test_address_of_a_card_comes_before_one_of_a_vpn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default route is the VPN's."""

    class Probe(socket.socket):
        def connect(self, _address: Any) -> None:
            pass

        def getsockname(self) -> tuple[str, int]:
            return next(routes), 9

    for cards, found in (
        (["10.1.2.3"], ["10.1.2.3", "10.8.0.2", "203.0.113.5"]),
        (["203.0.113.5", "192.168.1.5"], ["192.168.1.5", "203.0.113.5", "10.8.0.2"]),
        ([], ["10.8.0.2", "203.0.113.5"]),
    ):
        routes = iter(["10.8.0.2", "203.0.113.5", "127.0.0.1", "0.0.0.0", "10.8.0.2"])  # noqa: S104
        monkeypatch.setattr(serve, "_card_addresses", lambda cards=cards: cards)
        monkeypatch.setattr(socket, "socket", Probe)
        assert serve._own_addresses() == found


def test_own_addresses_are_of_the_network() -> None:
    for address in serve._own_addresses():
        assert not address.startswith("127.")
        socket.inet_aton(address)


def test_server_of_runner_ends_with_its_block(project: Path) -> None:
    """Also for a browser that keeps its connection. It gets the files as they are."""
    with serving(local_server(Site({"": project}))) as running:
        number = running.port
        answer, body = get(number, "/ort/runtime.wasm", Accept_Encoding="gzip")
        assert (answer.headers["Content-Encoding"], body) == (None, FILES["ort/runtime.wasm"])
        connection = http.client.HTTPConnection("127.0.0.1", number, timeout=60)
        connection.request("GET", "/")
        assert connection.getresponse().read() == FILES["index.html"]
    with pytest.raises(ConnectionError):
        get(number, "/")
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        connection.request("GET", "/app/main.js")
        connection.getresponse()

"""`--serve` shows the app's pictures and results in a browser."""

import contextlib
import functools
import http.client
import http.server
import json
import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgegen.parity.pictures import draw_scene
from tests.helpers.browser import browse
from tests.helpers.once import Once
from tests.helpers.projects import Built, build, environment
from tests.helpers.support import PATIENCE, wait_until

pytestmark = pytest.mark.full


@dataclass
class Serving:
    """An app that serves."""

    process: subprocess.Popen[str]
    port: int

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Send a GET request with Python's own client."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def json(self, path: str) -> Any:
        code, body = self.get(path)
        assert code == 200, body
        return json.loads(body)

    def look(self, *, slowly: bool = False) -> socket.socket:
        """Request the live stream, and read nothing from it yet."""
        viewer = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        if slowly:
            viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        viewer.sendall(b"GET /stream.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return viewer

    def memory(self) -> float:
        """Return the app's resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    def stop(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def serving(app: Built, *arguments: object, port: object = 0) -> Iterator[Serving]:
    """Start the app, and end it whatever happens."""
    command = [str(part) for part in (app.app, *arguments, "--serve", port)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stdout
    assert process.stderr
    try:
        first = process.stderr.readline()
        said = re.match(r"Look at http://\S+:(\d+)/ ", first)
        assert said, first + process.stderr.read()
        yield Serving(process, int(said[1]))
    finally:
        process.kill()
        process.communicate()


def parts(viewer: socket.socket, count: int, *, different: bool = False) -> list[np.ndarray]:
    """Read `count` pictures from a live stream; with `different`, skip repeated pictures."""
    stream = viewer.makefile("rb")
    pictures: list[np.ndarray] = []
    while len(pictures) < count:
        line = stream.readline()
        assert line, "the stream has ended"
        if length := re.match(rb"Content-Length: (\d+)", line):
            assert stream.readline() == b"\r\n"
            data = np.frombuffer(stream.read(int(length[1])), np.uint8)
            assert stream.read(11) == b"\r\n--frame\r\n"  # at once, because browsers wait for it
            picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
            assert picture is not None
            if not (different and pictures and np.array_equal(picture, pictures[-1])):
                pictures.append(picture)
    return pictures


def has_a_seat(served: Serving) -> bool:
    """Return whether the app accepts one more viewer."""
    with contextlib.closing(served.look()) as again:
        return b"200 OK" in again.recv(100)


def drain(viewer: socket.socket) -> None:
    """Read until the viewer is shut down, because the app drops viewers that do not read."""
    with contextlib.suppress(OSError):
        while viewer.recv(65536):
            pass


@pytest.fixture(scope="module")
def app(once: Once, tiny_linux: Path) -> Built:
    return build(tiny_linux, "app")


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a video of 30 s in which objects move through the picture."""
    path = tmp_path_factory.mktemp("street") / "street.avi"
    scene, _ = draw_scene(320, 320, 5)
    scene = np.kron(scene, np.ones((2, 2, 1), np.uint8))[..., ::-1]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20, (480, 360))
    for number in range(600):
        left, top = int(80 + 80 * np.sin(number / 15)), int(140 + 140 * np.cos(number / 20))
        writer.write(np.ascontiguousarray(scene[top : top + 360, left : left + 480]))
    writer.release()
    return path


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a picture with objects that the model detects."""
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    cv2.imwrite(str(path), draw_scene(320, 320, 5)[0][..., ::-1])
    return path


def test_serve_shows_a_picture_until_ctrl_c(app: Built, photo: Path) -> None:
    """The served JSON is the line of --json, and the served picture is the drawn one."""
    with serving(app, photo, "--json", "--no-hud") as served:
        frame, status = served.json("/frame.json"), served.json("/status.json")
        shown = cv2.imdecode(np.frombuffer(served.get("/frame.jpg")[1], np.uint8), cv2.IMREAD_COLOR)
        assert served.process.stdout
        assert json.loads(served.process.stdout.readline()) == frame
        assert frame["path"] == str(photo)
        assert len(frame["detections"]) > 0
        names = [each["class_name"] for each in frame["detections"]]
        assert all(f"{names.count(name)} x {name}" in status["result"] for name in names)
        wait_until(lambda: served.json("/status.json")["ended"])  # soon after the first result
        assert status["timing_ms"]["inference"] > 0
        viewer = served.look()
        live = parts(viewer, 1)[0]
        assert live.shape == (320, 320, 3)
        assert np.array_equal(live, shown)
        # The pixels that --output writes, except for the loss of JPEG.
        app.run(photo, "--output", photo.parent / "out")
        written = cv2.imread(str(photo.parent / "out" / photo.name))
        right = cv2.imdecode(
            cv2.imencode(".jpg", written, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR
        )
        assert np.abs(right.astype(int) - shown).mean() < 1
        code, page = served.get("/")
        assert code == 200
        assert b"//" not in page.replace(b"  //", b"")  # no resources of other hosts
        assert served.get("/nothing")[0] == 404
        assert served.stop() == 0


def test_serve_viewers_that_do_not_read_do_not_block_others(app: Built, street: Path) -> None:
    """Two viewers read, one disconnects and three never read. Ctrl-C then ends the app."""
    with serving(app, "--camera", street, "--track") as served:
        stalled = [served.look(slowly=True) for _ in range(3)]
        watching = [served.look() for _ in range(2)]
        with contextlib.closing(served.look()) as gone:
            parts(gone, 2)
        before = served.memory()
        with ThreadPoolExecutor() as pool:  # no viewer waits for another one
            assert list(pool.map(lambda viewer: len(parts(viewer, 20, different=True)), watching)) == [20, 20]
        assert served.memory() - before < 40
        assert served.stop() == 0
        for viewer in (*stalled, *watching):
            viewer.close()


def test_serve_accepts_eight_viewers_and_rejects_the_ninth(app: Built, street: Path) -> None:
    """JSON requests are still answered, and a viewer that leaves frees its place."""
    with serving(app, "--camera", street) as served:
        viewers = [served.look() for _ in range(8)]
        threads = [threading.Thread(target=drain, args=(viewer,)) for viewer in viewers]
        for viewer, thread in zip(viewers, threads, strict=True):
            parts(viewer, 1)
            thread.start()
        assert served.get("/stream.mjpg")[0] == 503
        assert served.json("/status.json")["fps"] >= 0
        for viewer, thread in zip(viewers, threads, strict=True):
            viewer.shutdown(socket.SHUT_RDWR)
            thread.join()
            viewer.close()
        wait_until(lambda: has_a_seat(served))


def test_serve_frees_the_places_of_viewers_that_left_without_new_pictures(app: Built, photo: Path) -> None:
    """A picture gives no new frames, so the app must notice closed connections in another way."""
    with serving(app, photo) as served:
        for viewer in [served.look() for _ in range(8)]:
            parts(viewer, 1)
            viewer.close()
        wait_until(lambda: has_a_seat(served))


def test_serve_rejects_uploads_and_does_not_store_them(app: Built, photo: Path) -> None:
    """The app answers 405 and does not keep the 100 MB of a request in memory."""
    with serving(app, photo) as served:
        before = served.memory()
        for method in ("POST", "PUT"):
            with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as sender:
                head = f"{method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n"
                sender.sendall(head.encode())
                with contextlib.suppress(OSError):  # it hangs up
                    for _ in range(100):
                        sender.sendall(b"x" * 1_000_000)
                with contextlib.suppress(ConnectionError):
                    assert sender.recv(100).startswith(b"HTTP/1.1 405")
        assert served.memory() - before < 20
        assert served.get("/frame.json")[0] == 200


def test_serve_removes_the_camera_password_from_its_json(app: Built, street: Path) -> None:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=street.parent)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"127.0.0.1:{server.server_address[1]}/{street.name}"
        with serving(app, "--camera", f"http://me:secret@{place}") as served:
            told = served.get("/status.json")[1] + served.get("/frame.json")[1]
        server.shutdown()
    assert f"http://{place}".encode() in told
    assert b"secret" not in told


def test_serve_at_an_unusable_address_exits_5_with_one_line(app: Built, photo: Path) -> None:
    """Also if another program shares the port with SO_REUSEPORT."""
    with serving(app, photo) as served:
        for address in (served.port, f"127.0.0.1:{served.port}", "203.0.113.7:8080", "no.such.invalid:8080"):
            answer = app.run(photo, "--serve", address)
            assert answer.returncode == 5
            assert len(answer.stderr.strip().splitlines()) == 1
            assert "--serve" in answer.stderr
        assert "in use" in app.run(photo, "--serve", served.port).stderr
    with socket.socket() as other:  # shares its port with any socket of this option
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert app.run(photo, "--serve", other.getsockname()[1]).returncode == 5


@pytest.mark.parametrize(
    "arguments",
    [["--serve", "0"], ["--serve", "70000", "a.png"], ["--serve", "x:y", "a.png"],
     ["--serve", "::1:80", "a.png"], ["--serve", ":80", "a.png"], ["--serve", "80", "a.png", "b.png"],
     ["--no-hud", "a.png"], ["--serve", "80", "--benchmark", "3", "a.png"]],
)  # fmt: skip
def test_serve_with_wrong_arguments_is_a_usage_error(app: Built, arguments: list[str]) -> None:
    """`--serve` takes a valid port, and one picture, video or camera."""
    answer = app.run(*arguments)
    assert answer.returncode == 2
    assert len(answer.stderr.strip().splitlines()) == 1


def test_serve_of_an_unreadable_input_exits_with_the_reason(app: Built, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    answer = app.run(tmp_path / "a.png", "--serve", 0)
    assert answer.returncode == 1
    assert "damaged" in answer.stderr
    assert app.run("none.avi", "--serve", 0).returncode == 2


def test_serve_rejects_host_names_of_public_sites(app: Built, photo: Path) -> None:
    """This prevents DNS rebinding: only names that no public site can have are answered."""
    with serving(app, photo) as served:
        for host in ("localhost", f"localhost:{served.port}", "127.0.0.1", "[::1]:80"):
            assert served.get("/frame.json", Host=host)[0] == 200
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"):
            assert served.get("/frame.json", Host=host)[0] == 403, host
    with serving(app, photo, port="0.0.0.0:0") as served:
        for host in (
            "board",
            "board.local:80",
            "BOARD.LAN",
            "10.0.0.1",
            "[fe80::1]:80",
            socket.gethostname(),
        ):
            assert served.get("/frame.json", Host=host)[0] == 200, host
        for host in ("evil.example", "board.local.evil.example", "10.0.0.1.evil.example"):
            assert served.get("/frame.json", Host=host)[0] == 403, host


def test_serve_answers_while_slow_clients_send_requests(app: Built, photo: Path) -> None:
    """Twice as many clients as there are places send a request byte by byte, and never end it."""
    done = threading.Event()
    clients: list[socket.socket] = []

    def trickle() -> None:
        while not done.wait(0.2):
            for client in tuple(clients):
                client.sendall(b"x")

    with serving(app, photo) as served, contextlib.ExitStack() as slow:
        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            for _ in range(16):
                client = slow.enter_context(socket.create_connection(("127.0.0.1", served.port)))
                client.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
                clients.append(client)
                assert served.get("/status.json")[0] == 200  # the slow client has its thread by now
        finally:
            done.set()
            thread.join()


def test_hud_is_readable_on_black_and_on_white_pictures(app: Built, tmp_path: Path) -> None:
    """The text is white on black, in the lower left corner. --no-hud leaves the picture unchanged."""
    for shade in (0, 255):
        path = tmp_path / "plain.png"
        cv2.imwrite(str(path), np.full((320, 480, 3), shade, np.uint8))
        corners = []
        for options in ([], ["--no-hud"]):
            with serving(app, path, "--conf", "0.99", *options) as served:
                jpeg = np.frombuffer(served.get("/frame.jpg")[1], np.uint8)
                corners.append(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)[-30:, :80])
        figures, plain = corners
        assert np.abs(plain.astype(int) - shade).max() < 8
        assert np.median(figures) < 90
        assert figures.max() > 200


def test_browser_shows_counts_timing_and_picture(app: Built, photo: Path, tmp_path: Path) -> None:
    """The screen has the width of a phone, and the file's name contains HTML that the page must escape."""
    hostile = shutil.copy(photo, tmp_path / '<img src=x onerror=document.body.remove()>&amp;".png')
    with serving(app, hostile) as served:
        common = ("--hide-scrollbars", "--window-size=500,800", "--virtual-time-budget=5000")
        address = f"http://127.0.0.1:{served.port}/"
        shot = tmp_path / "page.png"
        browse(*common, f"--screenshot={shot}", address)
        text = browse(*common, "--dump-dom", address)
        status = served.json("/status.json")
    assert f'<p id="result">{status["result"]}</p>' in text
    assert re.findall(r"<dt>(.*?)</dt>", text)[-3:] == ["Prepare", "Model", "Result"]
    assert "&lt;img src=x onerror=document.body.remove()&gt;&amp;amp;" in text  # as text, not as an element
    page, picture = cv2.imread(str(shot)), cv2.imread(str(photo))
    shown = page[40:540, 12:488]  # most of the picture, as wide as the screen
    assert np.linalg.norm(shown.mean((0, 1)) - picture.mean((0, 1))) < 40
    assert shown.std() > 20

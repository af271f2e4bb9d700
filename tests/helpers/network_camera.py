"""Network cameras that stop or hang after a few pictures, or answer nothing."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np

from tests.helpers.support import PATIENCE

PICTURES = 5
LOGIN = "anna:s3cret"


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *, hangs: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Camera)
        self.hangs = hangs
        self.released = threading.Event()


class _Camera(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        picture = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
        for _ in range(PICTURES):
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            self.wfile.write(head.encode() + picture + b"\r\n")
        if self.server.hangs:
            self.server.released.wait(PATIENCE)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def ending_stream(*, hangs: bool = False) -> Iterator[str]:
    """Serve a stream of grey pictures that ends, or hangs. Return its address, which has a login."""
    with _Server(hangs=hangs) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{LOGIN}@127.0.0.1:{server.server_address[1]}/live?token=s3cret"
        server.released.set()
        server.shutdown()


@contextmanager
def silent_camera() -> Iterator[str]:
    """Listen for connections, and answer none. Return the address, which has a login."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"rtsp://{LOGIN}@127.0.0.1:{server.getsockname()[1]}/live"

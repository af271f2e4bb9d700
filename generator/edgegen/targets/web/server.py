"""Serve web projects: the headers that threads need, each file compressed once, and nothing else of the disk.

`edgegen serve` shows projects to phones with it, and the runner of `edgegen verify` to a browser.
"""

import contextlib
import gzip
import hashlib
import math
import os
import socket
import socketserver
import ssl
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import quote, unquote, urlsplit

from edgegen.base.files import inside
from edgegen.base.model_files import METADATA_NAME, ONNX_NAME, PTE_SUFFIX

# Without these two, a page has no SharedArrayBuffer, and onnxruntime-web runs with one thread.
ISOLATION: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
# As in the projects' index.html and sw.js: a worker has the policy of its own file, not that of its page.
POLICY: Final = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; worker-src 'self'; connect-src 'self' blob:; "
    "form-action 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # a browser asks each time, and gets 304 for an unchanged file
}
_UTF8: Final = "; charset=utf-8"
_TYPES: Final = {
    ".html": f"text/html{_UTF8}",
    ".css": f"text/css{_UTF8}",
    ".js": f"text/javascript{_UTF8}",
    ".mjs": f"text/javascript{_UTF8}",
    ".json": "application/json",
    ".md": f"text/plain{_UTF8}",
    ".txt": f"text/plain{_UTF8}",
    ".yaml": f"text/plain{_UTF8}",
    ".avif": "image/avif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".webmanifest": "application/manifest+json",
}
_OTHER: Final = "application/octet-stream"
_SCRIPTS: Final = {".js", ".mjs"}
_INDEX: Final = "index.html"
_MODEL: Final = "model"  # the folder of which only the page's two files are served
_FOLDERS: Final = {"app", "edgegen", "ort", "vectors", "vision"}
_CHECKPOINTS: Final = (PTE_SUFFIX, ".pt", ".pth")
_LEVEL: Final = 6  # of gzip: level 9 takes twice as long and saves 1 %
_WORTHWHILE: Final = 0.8  # weights compress to 0.93: they are sent from the disk instead of kept in memory
_PATIENCE: Final = 30.0  # seconds for a request: TLS, and the headers. Also for each part of an answer
_MOST_CONNECTIONS: Final = 200  # a browser opens up to six
_QUEUE_WAIT: Final = 1.0  # seconds that a connection waits for another to end, if there are too many
_LARGEST: Final = 1 << 26  # bytes of a file that is held in memory and compressed
_BLOCK: Final = 1 << 18
_HANDSHAKE: Final = 22  # the first byte of a TLS connection


@dataclass(frozen=True)
class Site:
    """The content of a server.

    Attributes:
        folders: Served folders by the start of their path: "" is the whole site, "birds/" a part.
        pages: Further pages by their path, such as "" for the index. They come first.
        headers: Added to each answer.
    """

    folders: Mapping[str, Path]
    pages: Mapping[str, bytes] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=lambda: ISOLATION)

    def find(self, path: str) -> Path | None:
        """Return the file or folder of a path without its leading slash; None if it is not served."""
        if f"{path}/" in self.folders:  # it lacks its last slash, and is redirected
            return self.folders[f"{path}/"]
        for start in sorted(self.folders, key=len, reverse=True):
            if path.startswith(start):
                return _below(self.folders[start], path.removeprefix(start))
        return None


def _below(folder: Path, location: str) -> Path | None:
    """Return a file or folder inside a project; None if it is not served, or is missing.

    Each name must be spelled as on the disk. Windows and macOS would also open MODEL.PTE or model.pte::$DATA.
    """
    names = [name for name in location.split("/") if name]
    if not names:
        return folder
    path = folder
    try:
        for name in names:
            if name not in {each.name for each in path.iterdir()}:
                return None
            path /= name
    except (OSError, ValueError):  # a folder that is a file, or a name with a null byte
        return None
    found = inside(folder, "/".join(names))
    if found is None:
        return None
    target = found.resolve().relative_to(folder.resolve())  # a link may have a harmless name
    return found if _is_served(names) and _is_served(target.parts) else None


def _is_served(names: Sequence[str]) -> bool:
    """Return whether the page may load a path of the project. The user's own files are in app/ or on top."""
    if any(name.startswith(".") for name in names) or names[-1].lower().endswith(_CHECKPOINTS):
        return False
    if names[0] == _MODEL:
        return tuple(names[1:]) in {(), (ONNX_NAME,), (METADATA_NAME,)}
    return len(names) == 1 or names[0] in _FOLDERS


_State = tuple[int, int, int]


def _state(file: BinaryIO) -> _State:
    """Return what changes with an open file: its time of change, size and number."""
    status = os.fstat(file.fileno())
    return status.st_mtime_ns, status.st_size, status.st_ino


@dataclass(frozen=True)
class _Content:
    """The content of a file in one state."""

    state: _State
    etag: str
    size: int
    compressed: bytes | None  # None: the file is sent as it is


class _Files:
    """The digests of files, and their compressed contents. Each file is read once, until it changes."""

    def __init__(self, *, compresses: bool) -> None:
        self._compresses = compresses
        self._lock = threading.Lock()  # of the locks
        self._locks = dict[Path | str, threading.Lock]()  # by path, and by digest
        self._known = dict[Path, _Content]()
        self._compressed = dict[str, bytes | None]()  # by digest: twenty projects have one runtime

    def content(self, path: Path, file: BinaryIO) -> _Content:
        """Return the content of an open file, which may have changed. Raise OSError if it cannot be read."""
        with self._locked(path):  # twenty phones may ask at once
            known = self._known.get(path)
            if known is None or known.state != _state(file):
                known = self._read(file)
                self._known[path] = known
            return known

    def _locked(self, key: Path | str) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(key, threading.Lock())

    def _read(self, file: BinaryIO) -> _Content:
        state = _state(file)
        size = 0
        hashed = hashlib.sha256()
        blocks = list[bytes]()  # the content, unless it is too large for the memory
        while block := file.read(_BLOCK):
            hashed.update(block)
            size += len(block)
            if size <= _LARGEST:
                blocks.append(block)
            else:
                blocks.clear()
        digest = hashed.hexdigest()
        is_sent_whole = size > _LARGEST or not self._compresses
        compressed = None if is_sent_whole else self._compress(digest, b"".join(blocks))
        return _Content(state, f'"{digest[:32]}"', size, compressed)

    def _compress(self, digest: str, data: bytes) -> bytes | None:
        with self._locked(digest):
            if digest not in self._compressed:
                compressed = gzip.compress(data, _LEVEL, mtime=0)
                is_smaller = len(compressed) < len(data) * _WORTHWHILE
                self._compressed[digest] = compressed if is_smaller else None
            return self._compressed[digest]


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    protocol_version = "HTTP/1.1"  # keeps connections: a TLS handshake takes longer than most files
    server_version = "edgegen"
    sys_version = ""
    timeout = _PATIENCE
    server: "SiteServer"

    def setup(self) -> None:
        """Begin TLS here, in the connection's own thread: a slow phone does not block the others."""
        self.request.settimeout(_PATIENCE)
        context = self.server.context
        self._is_plain = context is not None and self.request.recv(1, socket.MSG_PEEK) != bytes([_HANDSHAKE])
        if context is not None and not self._is_plain:
            self.request = context.wrap_socket(self.request, server_side=True, do_handshake_on_connect=False)
        self.server.deadlines[self.request] = time.monotonic() + _PATIENCE
        super().setup()

    def handle(self) -> None:
        """Answer the requests of a connection."""
        if isinstance(self.request, ssl.SSLSocket):
            self.request.do_handshake()
        super().handle()

    def finish(self) -> None:
        """Close the TLS socket: the server knows only the one that it began with."""
        super().finish()
        self.server.deadlines.pop(self.request, None)
        self.request.close()

    def do_GET(self) -> None:
        """Send a page or a file. The deadline is for requests: an answer may take longer."""
        self.server.deadlines[self.request] = math.inf
        self._answer()
        self.server.deadlines[self.request] = time.monotonic() + _PATIENCE

    def do_HEAD(self) -> None:
        """Send the headers of a page or a file."""
        self.do_GET()

    def _answer(self) -> None:
        try:
            parts = urlsplit(self.path)
        except ValueError:  # such as http://[x/
            self.close_connection = True
            self._send(HTTPStatus.BAD_REQUEST, {"Content-Type": _TYPES[".txt"]}, b"Malformed address.\n")
            return
        path = unquote(parts.path, errors="surrogateescape").removeprefix("/")
        site = self.server.site
        if self._is_plain:
            self._redirect(f"https://{self.headers.get('Host', '')}{quote(parts.path)}")
            return
        if path in site.pages:
            page = site.pages[path]
            self._send(HTTPStatus.OK, {"Content-Type": _TYPES[".html"]}, page)
            return
        found = site.find(path)
        if found is not None and found.is_dir():
            if path and not path.endswith("/"):
                self._redirect(f"/{quote(path.strip('/'), errors='surrogateescape')}/")
                return
            found = site.find(path + _INDEX)
        elif path.endswith("/"):
            found = None
        with contextlib.ExitStack() as stack:
            try:
                if found is None or not found.is_file():
                    raise FileNotFoundError
                file = stack.enter_context(found.open("rb"))
                content = self.server.files.content(found, file)
            except OSError:
                self._send(
                    HTTPStatus.NOT_FOUND, {"Content-Type": _TYPES[".txt"]}, b"There is no such file.\n"
                )
                return
            self._send_file(found, file, content)

    def _redirect(self, address: str) -> None:
        self._send(HTTPStatus.MOVED_PERMANENTLY, {"Location": address}, b"")

    def _send_file(self, path: Path, file: BinaryIO, content: _Content) -> None:
        headers = {
            "Content-Type": _TYPES.get(path.suffix.lower(), _OTHER),
            "ETag": content.etag,
            "Vary": "Accept-Encoding",
        }
        if path.suffix.lower() in _SCRIPTS:
            headers["Content-Security-Policy"] = POLICY
        if content.etag in self.headers.get("If-None-Match", ""):
            self._send(HTTPStatus.NOT_MODIFIED, headers, b"")
        elif content.compressed is not None and "gzip" in self.headers.get("Accept-Encoding", ""):
            self._send(HTTPStatus.OK, {**headers, "Content-Encoding": "gzip"}, content.compressed)
        else:
            self._send_headers(HTTPStatus.OK, headers, content.size)
            if self.command != "HEAD":
                self._send_content(file, content)

    def _send_content(self, file: BinaryIO, content: _Content) -> None:
        """Send the file. If it changed since its ETag was made, close the connection before its end."""
        file.seek(0)
        left = content.size
        while left:
            block = file.read(min(left, _BLOCK))
            if not block or _state(file) != content.state:
                self.close_connection = True
                return
            self.wfile.write(block)
            left -= len(block)

    def _send(self, status: HTTPStatus, headers: Mapping[str, str], body: bytes) -> None:
        self._send_headers(status, headers, None if status == HTTPStatus.NOT_MODIFIED else len(body))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_headers(self, status: HTTPStatus, headers: Mapping[str, str], size: int | None) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, **self.server.site.headers, **headers}.items():
            self.send_header(name, value)
        if size is not None:
            self.send_header("Content-Length", str(size))
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name of http.server
        """Write nothing for a request: the terminal shows the addresses and the QR code."""


class SiteServer(ThreadingHTTPServer):
    """A server of a site. `context` makes it HTTPS.

    compresses: Whether files are compressed. For a browser on this computer, that takes longer than it saves.
    """

    daemon_threads = True  # the end does not wait for phones
    allow_reuse_address = os.name == "posix"  # on Windows, a second server could take the port of the first
    request_queue_size = 128

    def __init__(
        self,
        site: Site,
        address: tuple[str, int],
        context: ssl.SSLContext | None = None,
        *,
        compresses: bool = True,
    ) -> None:
        self.site = site
        self.context = context
        self.files = _Files(compresses=compresses)
        self.deadlines = dict[socket.socket, float]()  # of the open connections
        self._slots = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without HTTPServer's look-up of the computer's name, which may take seconds."""
        socketserver.TCPServer.server_bind(self)

    def server_close(self) -> None:
        """Close the port and the open connections: their threads would go on answering."""
        super().server_close()
        self._end_connections(math.inf)

    def service_actions(self) -> None:
        """End the connections that sent no whole request in time. `serve_forever` calls this often."""
        self._end_connections(time.monotonic())

    def _end_connections(self, time_now: float) -> None:
        for connection, deadline in self.deadlines.copy().items():
            if deadline <= time_now:
                with contextlib.suppress(OSError):  # not SSLSocket.shutdown: its thread may be reading
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a new thread. Close the connection if there are too many."""
        if self._slots.acquire(timeout=_QUEUE_WAIT):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer the requests of a connection, and make room for another."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    @property
    def port(self) -> int:
        """The port, also if the system chose it."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print an error in one line. A phone may close a connection, or reject the certificate: no error."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            print(f"edgegen: a request failed: {type(error).__name__}: {error}", file=sys.stderr)


def local_server(site: Site) -> SiteServer:
    """Return a server for a browser on this computer."""
    return SiteServer(site, ("127.0.0.1", 0), compresses=False)


@contextlib.contextmanager
def serving(server: SiteServer) -> Iterator[SiteServer]:
    """Serve in a thread while the block runs."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""What a test of the machinery begins with: a copy of a project, a simple web server, a browser context.

The server has a folder below any path, with or without the headers that threads need.
"""

import contextlib
import functools
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from edgegen.targets.web.server import ISOLATION


def copy_project(project: Path, copy: Path) -> None:
    """Copy a project. Large files are links: replace them, do not write into them."""
    shutil.copytree(project, copy, copy_function=_link_or_copy)


def _link_or_copy(source: str, copy: str) -> None:
    (os.link if Path(source).stat().st_size > 1_000_000 else shutil.copy)(source, copy)


@contextlib.contextmanager
def new_context(chromium: Any) -> Iterator[Any]:
    """Open a browser context: its pages share storage with no other one."""
    context = chromium.new_context()
    context.set_default_timeout(120_000)
    yield context
    context.close()


@dataclass
class Host:
    """A running server."""

    folder: Path
    path: str  # of the folder in addresses: "/birds"
    is_isolated: bool
    port: int = 0
    requested: list[str] = field(default_factory=list)  # paths in the folder, without queries

    @property
    def address(self) -> str:
        """The address of the folder, with a slash at its end."""
        return f"http://127.0.0.1:{self.port}{self.path}/"


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012 - as http.server has it
        ".html": "text/html",
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".png": "image/png",
        "": "application/octet-stream",
    }

    def __init__(self, host: Host, *arguments: object) -> None:
        self.host = host
        super().__init__(*arguments, directory=str(host.folder))  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        inside = path.partition("?")[0].removeprefix(self.host.path)
        if not path.startswith(f"{self.host.path}/"):
            return str(self.host.folder / "missing")
        self.host.requested.append(inside.lstrip("/"))
        return super().translate_path(inside)

    def end_headers(self) -> None:
        for name, value in ISOLATION.items() if self.host.is_isolated else ():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name of http.server
        """Write nothing."""


@contextlib.contextmanager
def serve(folder: Path, *, isolated: bool, path: str = "/birds", port: int = 0) -> Iterator[Host]:
    """Serve a folder until the end of the block."""
    host = Host(folder, path, isolated)
    server = ThreadingHTTPServer(("127.0.0.1", port), functools.partial(_Handler, host))
    host.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()

"""The steps of `edgegen serve`: the projects, the addresses, the QR codes, the page of several projects."""

import contextlib
import errno
import importlib.util
import io
import ipaddress
import json
import socket
import ssl
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from edgegen import __version__
from edgegen.base.errors import InputError, ToolchainError, UsageError, reason
from edgegen.base.shell import quoted
from edgegen.base.text import first_of, plain
from edgegen.commands.loaded_project import find_projects, load_project
from edgegen.project.render import render_page
from edgegen.targets.web.server import Site, SiteServer, serving

TARGET: Final = "web"
HTTPS_PORT: Final = 8443
HTTP_PORT: Final = 8000
_EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - phones on the local network have to reach it
_HERE: Final = "127.0.0.1"
# Addresses in networks that routers give to homes, schools and offices, and one of the internet. Connecting a
# UDP socket sends nothing: the system only chooses its own address for that network.
_PROBES: Final = ("192.0.2.1", "192.168.0.1", "192.168.1.1", "10.0.0.1", "172.16.0.1")
# RFC 1918: networks of homes, schools and offices.
_PRIVATE: Final = tuple(map(ipaddress.ip_network, ("192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8")))
_SIOCGIFADDR: Final = 0x8915  # Linux: the address of an interface
_TEMPLATE: Final = "_serve/index.html.jinja"
_UNREADABLE: Final = "check its permissions, or serve a project alone: edgegen serve PROJECT"
_WEB_MANIFEST: Final = "manifest.webmanifest"
_QR_SCALE: Final = 4


@dataclass(frozen=True)
class Shown:
    """A served project."""

    name: str  # of the app
    project: Path
    path: str  # of its page below the address: "" or "birds/"
    addresses: tuple[str, ...]  # the first is the one of its QR code


@dataclass(frozen=True)
class Served:
    """A running server."""

    projects: tuple[Shown, ...]
    addresses: tuple[str, ...]  # of the app, or of the page that lists several
    is_local: bool  # only this computer reaches it
    notes: tuple[str, ...]


@contextlib.contextmanager
def serve(folder: Path, port: int | None, *, http: bool) -> Iterator[Served]:
    """Serve a web project, or all web projects in a folder, while the block runs.

    port: None: the default one. 0: a free one. http: without a certificate, for this computer only.
    """
    projects, notes = _web_projects(folder)
    numbers = [] if http else _own_addresses()
    if not http:
        missing = [name for name in ("cryptography", "segno") if importlib.util.find_spec(name) is None]
        if missing:
            raise ToolchainError(
                f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed",
                'type: pip install "edgegen[web]" (without it, --http serves on this computer only)',
            )
        from edgegen.commands.serve_certificate import tls_context

    context = None if http else tls_context(numbers)
    port = port if port is not None else HTTP_PORT if http else HTTPS_PORT
    site = Site(projects)
    with serving(_open(site, (_HERE if http else _EVERYWHERE, port), context)) as server:
        scheme = "http" if http else "https"
        bases = [f"{scheme}://{number}:{server.port}/" for number in (*numbers, "localhost")]
        shown = tuple(
            Shown(_name(project), project, path, tuple(base + quote(path) for base in bases))
            for path, project in projects.items()
        )
        if "" not in projects:
            server.site = Site(site.folders, {"": _page(shown, codes=not http)})
        yield Served(shown, tuple(bases), http, notes)


def _web_projects(folder: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Return the projects by their path on the server, and a note on the projects of other targets."""
    targets = {path: load_project(path).manifest.target for path in find_projects(folder, _UNREADABLE)}
    found = [path for path, target in targets.items() if target == TARGET]
    others = [path for path in targets if path not in found]
    if not found:
        what = f"a project for {targets[folder]}" if folder in targets else "a folder without web projects"
        raise InputError(
            f"{folder} is {what}, and a browser shows only web projects",
            f"make one of its model: edgegen new --model {quoted(others[0])} --target {TARGET}",
        )
    notes = (f"left out: {first_of([str(path) for path in others])}, of other targets",) if others else ()
    if found == [folder]:
        return {"": folder}, notes
    return {f"{path.relative_to(folder).as_posix()}/": path for path in found}, notes


def _name(project: Path) -> str:
    """Return the app's name, as its page has it."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        name = json.loads((project / _WEB_MANIFEST).read_text(encoding="utf-8"))["name"]
        return plain(str(name))
    return plain(project.resolve().name)


def _own_addresses() -> list[str]:
    """Return this computer's IPv4 addresses, the one that phones probably reach first.

    A VPN often takes over the default route. Its address comes after those of network cards (on Linux) and
    of private networks.
    """
    cards = _card_addresses() if sys.platform == "linux" else []
    found = dict.fromkeys(cards)
    for probe in _PROBES:
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
            trial.connect((probe, 9))
            found[trial.getsockname()[0]] = None
    usable = [each for each in found if not each.startswith("127.") and each != _EVERYWHERE]
    private = {each for each in usable if any(ipaddress.ip_address(each) in network for network in _PRIVATE)}
    return sorted(usable, key=lambda each: (each not in cards, each not in private))


def _card_addresses() -> list[str]:
    """Return the address of each network card of a Linux computer. VPNs and containers have no device."""
    import fcntl

    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode())
            with contextlib.suppress(OSError):  # it has no IPv4 address
                if Path("/sys/class/net", name, "device").exists():
                    answer = fcntl.ioctl(asking, _SIOCGIFADDR, request)
                    found.append(socket.inet_ntoa(answer[20:24]))
    return found


def _open(site: Site, address: tuple[str, int], context: ssl.SSLContext | None) -> SiteServer:
    try:
        return SiteServer(site, address, context)
    except OSError as error:
        port = address[1]
        if error.errno in {errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)}:
            what = f"port {port} is taken by another program, perhaps another `edgegen serve`"
        elif error.errno == errno.EACCES:
            what = f"port {port} is reserved for the system's administrator"
        else:
            what = f"port {port} cannot be opened: {reason(error)}"
        raise UsageError(what, "choose another port: --port 8444, or --port 0 for a free one") from None


def qr_text(address: str) -> str:
    """Return a QR code of an address for a terminal, two modules in one character."""
    import segno

    out = io.StringIO()
    segno.make(address, micro=False).terminal(out, compact=True, border=2)
    return out.getvalue()


def _page(projects: Sequence[Shown], *, codes: bool) -> bytes:
    """Return the page with a tile for each project. RenderError if the template is broken."""
    tiles = [
        {
            "name": each.name,
            "path": quote(each.path),
            "address": each.addresses[0],
            "code": _qr_svg(each) if codes else "",
        }
        for each in sorted(projects, key=lambda each: each.name.casefold())
    ]
    context = {"tiles": tiles, "version": __version__}
    return render_page(_TEMPLATE, context, autoescape=True).encode()  # names may be third-party


def _qr_svg(project: Shown) -> Any:
    import segno
    from markupsafe import Markup

    code = segno.make(project.addresses[0], micro=False)
    return Markup(code.svg_inline(scale=_QR_SCALE, border=4, light="#fff", dark="#000", omitsize=True))  # noqa: S704

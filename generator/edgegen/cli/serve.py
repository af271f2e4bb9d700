"""`edgegen serve`: show web projects to the phones of the local network."""

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegen.base.text import how_many
from edgegen.cli.common import PATH, output_options, print_json

if TYPE_CHECKING:
    from edgegen.commands.serve import Served

_POLL = 0.5  # seconds: Windows delivers Ctrl-C only between two waits


@click.command("serve", short_help="Show web projects to phones on the local network.")
@click.argument("project", type=PATH)
@click.option(
    "--port", type=click.IntRange(0, 65535), help="The port (default: 8443; with --http 8000). 0: a free one."
)
@click.option("--http", is_flag=True, help="Without a certificate, for this computer or a proxy on it only.")
@output_options
def command(project: Path, port: int | None, http: bool, as_json: bool) -> None:
    """Serve the web project PROJECT until Ctrl-C, and print its addresses and a QR code.

    PROJECT may be a folder with several web projects, for example of `edgegen batch`: its page has a tile
    and a QR code for each app.

    Browsers give a page the camera only over HTTPS or on localhost. edgegen signs the certificate itself, so
    browsers warn once. Offline use and installation need another certificate, for example of GitHub Pages.
    """
    from edgegen.commands.serve import serve

    with serve(project, port, http=http) as served:
        for note in served.notes:
            click.echo(f"edgegen: note: {note}", err=True)
        try:
            if as_json:
                print_json(_as_json(served))
            else:
                _print(served)
            sys.stdout.flush()
            _wait()
        except KeyboardInterrupt:
            pass  # the way to end a server: no error
    click.echo("Stopped.", err=True)


def _wait() -> None:
    """Wait for Ctrl-C or `kill`, which raise KeyboardInterrupt."""
    while not threading.Event().wait(_POLL):
        pass


def _as_json(served: "Served") -> dict[str, object]:
    return {
        "addresses": list(served.addresses),
        "projects": [
            {"project": str(each.project), "name": each.name, "addresses": list(each.addresses)}
            for each in served.projects
        ],
    }


def _print(served: "Served") -> None:
    from edgegen.commands.serve import qr_text

    count = len(served.projects)
    what = served.projects[0].name if count == 1 else how_many(count, "app")
    click.echo(f"{what}:\n")
    for address in served.addresses:
        where = "  (on this computer)" if "//localhost:" in address else ""
        click.echo(f"    {address}{where}")
    click.echo()
    if served.is_local:
        click.echo("Only this computer reaches this address. Without --http, phones do.")
    elif len(served.addresses) == 1:
        click.echo("This computer is in no network: phones cannot reach it.")
    else:
        code = qr_text(served.addresses[0])
        if _can_print(code):
            click.echo(code)
        if len(served.addresses) > 2:
            click.echo("The code has the first address. If a phone does not reach it, try the others.\n")
        click.echo(
            "Scan the code with a phone on the same network. The browser warns, because edgegen signed the\n"
            "certificate itself. Chrome: tap Advanced, then Proceed. Safari: Show Details, then visit this\n"
            "website. Firefox: Advanced, then Accept the Risk. If the page does not open, the network may\n"
            "keep its devices apart, or this computer's firewall may block the port.\n"
        )
    click.echo("Ctrl-C ends it.")


def _can_print(text: str) -> bool:
    """Return whether the output has the characters of a QR code."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True

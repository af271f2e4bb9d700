"""Render and write the page of `edgegen report`. All texts are escaped and shortened."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from markupsafe import Markup

from edgegen import __version__
from edgegen.base.errors import InputError, RenderError
from edgegen.base.files import write_whole
from edgegen.base.staging import parents_of, writing_to
from edgegen.base.text import plain
from edgegen.commands.report import Entry
from edgegen.commands.report_picture import Shown
from edgegen.commands.report_results import Proof
from edgegen.parity.authority import PYTORCH, REFERENCE
from edgegen.project.render import templates_dir

MARK: Final = '<meta name="generator" content="edgegen'
_TEMPLATE: Final = "report.html.jinja"
_MOST_TEXT: Final = 1000  # characters of any text
_HEAD_BYTES: Final = 1000  # that contain the mark


def page(entries: Sequence[Entry]) -> str:
    """Return the page: HTML that loads nothing. RenderError if the template is broken."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

    environment = Environment(
        loader=FileSystemLoader(templates_dir() / "_report", encoding="utf-8"),
        undefined=StrictUndefined,
        autoescape=True,  # texts may be third-party
        finalize=lambda value: value if isinstance(value, Markup) else plain(str(value), _MOST_TEXT),
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    try:
        return environment.get_template(_TEMPLATE).render(
            entries=entries,
            version=__version__,
            plain=plain,
            verdict=_verdict,
            alt_text=_alt_text,
            caption=_caption,
        )
    except TemplateError as error:
        raise RenderError(
            f"the template _report/{_TEMPLATE} is broken: {error}",
            "this is a bug in edgegen: please report it",
        ) from error


def _verdict(proof: Proof | None) -> Markup:
    """Return the result of verifying, as coloured text."""
    if proof is None:
        return Markup("not verified")
    if proof.failed:
        kind, text = "bad", "could not be verified"
    elif proof.stale:
        kind, text = "bad", "changed since it was verified"
    else:
        kind, text = ("good", "the same") if proof.passed else ("bad", "NOT the same")
    return Markup('<span class="mark {}">{}</span>').format(kind, text)


def _alt_text(shown: Shown) -> str:
    """Return the picture's description for screen-reader users."""
    names = [f"{plain(each.name, 40)} {each.score:.2f}" for each in shown.shapes]
    names += [f"{plain(name, 40)} {100 * share:.0f} %" for name, share, _ in shown.rows]
    return f"The picture {plain(shown.name)}: {', '.join(names) or 'no detections'}"


def _caption(shown: Shown) -> str:
    """Return the picture's name, and the authority of its detections."""
    name = plain(shown.name)
    if shown.by == REFERENCE:
        return f"{name}, one of the golden vectors' pictures. `edgegen verify` adds the detections."
    who = "PyTorch" if shown.by == PYTORCH else "the .pte in Python"
    more = f"; {shown.left_out} more are left out" if shown.left_out else ""
    above = f" at scores above {shown.confidence:g}{more}" if shown.shapes else ""
    sees = "sees nothing here" if not (shown.shapes or shown.rows) else f"sees this{above}"
    return f"{name}, one of the golden vectors' pictures: {who} {sees}."


def check_place(path: Path, *, force: bool) -> None:
    """Raise InputError if the page would overwrite a file that `edgegen report` did not write."""
    if path.is_dir():
        raise InputError(f"{path} is a folder", "name a file with --output, such as report.html")
    if path.suffix.lower() not in {".html", ".htm"}:
        raise InputError(
            f"{path} does not end in .html: no browser would open it", "name it report.html, for example"
        )
    if not os.path.lexists(path) or force:
        return
    try:
        with path.open("rb") as file:
            ours = MARK.encode() in file.read(_HEAD_BYTES)
    except OSError:
        ours = False
    if not ours:
        raise InputError(
            f"{path} exists and edgegen did not write it",
            "name another with --output, or overwrite it with --force",
        )


def write(path: Path, text: str) -> None:
    """Write the page. RenderError if it cannot be written; an old page is then unchanged."""
    with writing_to(path), parents_of(path):
        write_whole(path, text.encode("utf-8", "replace"))

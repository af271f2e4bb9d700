"""The page of `edgegen report`: rendered with everything escaped, and written as a whole or not at all."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from markupsafe import Markup

from edgegen import __version__
from edgegen.base.errors import InputError, RenderError
from edgegen.base.staging import parents_of, writing_to
from edgegen.commands.report import Entry
from edgegen.commands.report_picture import Shown
from edgegen.commands.report_results import Proof, plain
from edgegen.parity.authority import PYTORCH, REFERENCE
from edgegen.project.render import templates_dir

MARK: Final = '<meta name="generator" content="edgegen'
_TEMPLATE: Final = "report.html.jinja"
_HEAD_BYTES: Final = 1000  # in which the mark stands


def page(entries: Sequence[Entry]) -> str:
    """Return the page: one HTML file that loads nothing.

    Raises:
        RenderError: The template is broken.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

    environment = Environment(
        loader=FileSystemLoader(templates_dir() / "_report", encoding="utf-8"),
        undefined=StrictUndefined,
        autoescape=True,  # names come from anywhere
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    try:
        return environment.get_template(_TEMPLATE).render(
            entries=entries,
            version=__version__,
            plain=plain,
            place=lambda path: plain(str(path), 300),
            verdict=_verdict,
            described=_described,
            caption=_caption,
        )
    except TemplateError as error:
        raise RenderError(f"the template _report/{_TEMPLATE} is broken: {error}") from error


def _verdict(proof: Proof | None) -> Markup:
    """Return in words, and as a mark, what verifying saw."""
    if proof is None:
        return Markup("not verified")
    if proof.failed:
        kind, text = "bad", "could not be verified"
    elif proof.stale:
        kind, text = "bad", "changed since it was verified"
    else:
        kind, text = ("good", "the same") if proof.passed else ("bad", "NOT the same")
    return Markup('<span class="mark {}">{}</span>').format(kind, text)


def _described(shown: Shown) -> str:
    """Return what those hear who do not see the picture."""
    names = [f"{plain(each.name, 40)} {each.score:.2f}" for each in shown.shapes]
    names += [f"{plain(name, 40)} {100 * share:.0f} %" for name, share, _ in shown.rows]
    seen = ", ".join(names) or "nothing is marked in it"
    return f"The picture {plain(shown.name)}: {seen}"


def _caption(shown: Shown) -> str:
    """Return whose picture it is, and who saw what in it."""
    name = plain(shown.name)
    if shown.by == REFERENCE:
        return f"{name}, one of the golden vectors' pictures. `edgegen verify` fills in what the model sees."
    who = "PyTorch" if shown.by == PYTORCH else "the .pte in Python"
    more = f"; {shown.left_out} more are left out" if shown.left_out else ""
    above = f" at scores above {shown.confidence:g}{more}" if shown.shapes else ""
    sees = "sees nothing here" if not (shown.shapes or shown.rows) else f"sees this{above}"
    return f"{name}, one of the golden vectors' pictures: {who} {sees}."


def check_place(path: Path, *, force: bool) -> None:
    """Raise InputError where the page would overwrite what `edgegen report` did not write."""
    if path.is_dir():
        raise InputError(f"{path} is a folder", "name a file with --output, such as report.html")
    if path.suffix.lower() not in {".html", ".htm"}:
        raise InputError(
            f"{path} does not end in .html: no browser would open it", "name it report.html, say"
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
            f"{path} is there already and edgegen did not write it",
            "name another with --output, or overwrite it with --force",
        )


def write(path: Path, text: str) -> None:
    """Write the page.

    Raises:
        RenderError: It cannot be written; what stood there before is as it was.
    """
    with writing_to(path), parents_of(path):
        aside = path.with_name(f".{path.name[:40]}.{os.getpid()}")
        try:
            aside.write_bytes(text.encode("utf-8", "replace"))
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)

"""Shared parts of the commands: options, JSON on stdout, errors as exit codes."""

import contextlib
import errno
import io
import json
import math
import os
import re
import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click

from edgegen.base import interruption
from edgegen.base.errors import EdgegenError, InputError, RenderError, reason
from edgegen.base.files import ensure_home
from edgegen.base.quiet import set_verbose
from edgegen.base.text import shorten
from edgegen.model.spec import STRETCH

INTERRUPTED = 130
BUG = 1

# Errors of a full or broken disk: not bugs of edgegen.
_DISK_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EBADF})

_IMAGE_SIZE = re.compile(r"[0-9]{1,9}(,[0-9]{1,9})?")

_Function = TypeVar("_Function", bound=Callable[..., Any])


def image_size(text: str) -> tuple[int, int]:
    """Return (height, width) in pixels: `640` is a square, `480,640` height and width."""
    if both := re.fullmatch(r"([0-9]{1,9})[xX\u00d7*]([0-9]{1,9})", text):
        first, second = both[1], both[2]
        raise click.BadParameter(
            f"{text!r} can be read in two ways: use {first},{second} for height {first} and width {second}, "
            f"or {second},{first} for height {second} and width {first}"
        )
    sizes = [int(part) for part in text.split(",")] if _IMAGE_SIZE.fullmatch(text) else [0]
    if 0 in sizes:
        raise click.BadParameter(f"{text!r} is not an image size: use 640, or 480,640 for height and width")
    return sizes[0], sizes[-1]


def shorter_side(text: str) -> int | str:
    """Return the pixels of `256`; `stretch` stays."""
    if text == STRETCH:
        return text
    with contextlib.suppress(ValueError):
        if int(text) > 0:
            return int(text)
    raise click.BadParameter(f"{text!r} is not a size: use 256, or {STRETCH} for the whole picture")


def three_numbers(text: str) -> tuple[float, ...]:
    """Return the values of red, green and blue: `0.485,0.456,0.406`."""
    with contextlib.suppress(ValueError):
        values = tuple(map(float, text.split(",")))
        if len(values) == 3 and all(map(math.isfinite, values)):
            return values
    raise click.BadParameter(f"{text!r} is not three numbers: use 0.485,0.456,0.406")


class _Path(click.Path):
    """Any path except an empty one, which is usually an unset shell variable."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path. The commands check it."""
        if not value:
            self.fail("the path is empty", param, ctx)
        try:
            value = Path(value).expanduser()  # shells leave the ~ in --output=~/app alone
        except RuntimeError as error:
            self.fail(f"{value!r}: {error}", param, ctx)
        return super().convert(value, param, ctx)


PATH = _Path(path_type=Path, readable=False)


def verbose_option(function: _Function) -> _Function:
    """Add --verbose, before the command's name or after it."""
    return click.option(
        "--verbose",
        is_flag=True,
        expose_value=False,
        help="Show the traceback of an error, and the libraries' messages.",
    )(function)


def output_options(function: _Function) -> _Function:
    """Add --json and --verbose."""
    json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
    return json_option(verbose_option(function))


def print_table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], *, right: Collection[str] = (), header: bool = True
) -> None:
    """Print a table on stdout. The columns in `right` are aligned right. Long cells are folded, not cut."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=header)
    for title in titles:
        table.add_column(title, justify="right" if title in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    # Text is printed verbatim: rich would turn `:car:` into an emoji.
    Console(highlight=False, markup=False, emoji=False).print(table)


def print_json(content: dict[str, Any]) -> None:
    """Print one JSON object on stdout and nothing else."""
    text = json.dumps(content, ensure_ascii=False, indent=2, default=_date)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # a Windows code page, or a file name that is no text
        text = json.dumps(content, indent=2, default=_date)
    click.echo(text)


def _date(value: Any) -> str:
    """Return a date as text: a template's answer may be one, and JSON has no dates."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no JSON form")


def run(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; every error becomes a message on stderr."""
    verbose = "--verbose" in (sys.argv[1:] if arguments is None else arguments)
    set_verbose(verbose)
    _prepare_streams()
    interruption.catch()
    stdout = sys.stdout
    try:
        ensure_home()
        result = command.main(
            args=None if arguments is None else list(arguments), prog_name="edgegen", standalone_mode=False
        )
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        # click turns every EOFError into Abort. Only Ctrl-D at a question has no cause.
        if isinstance(error.__cause__, EOFError):
            return _bug(error.__cause__, verbose=verbose)
        return _interrupted()
    except EdgegenError as error:
        # An interrupted torch may raise another error.
        return _interrupted() if interruption.pending() else _fail(error, verbose=verbose)
    except OSError as error:
        if error.errno == errno.EPIPE:  # `edgegen ... | head`
            _drop_output()
            return 0
        trouble = _trouble(error)
        return _fail(trouble, verbose=verbose) if trouble else _bug(error, verbose=verbose)
    except SystemExit:
        if sys.stdout is not stdout:  # click replaces stdout after a broken pipe
            _drop_output()
            return 0
        raise
    except Exception as error:
        return _interrupted() if interruption.pending() else _bug(error, verbose=verbose)
    finally:
        _flush_stderr()


def _flush_stderr() -> None:
    """Flush stderr, or drop its content if its disk is full: Python would fail again at exit."""
    stderr = sys.__stderr__
    if stderr is None or stderr.closed:
        return
    try:
        stderr.flush()
    except OSError:
        _send_to_devnull(stderr)


def _send_to_devnull(stream: TextIO) -> None:
    with Path(os.devnull).open("wb") as devnull:
        os.dup2(devnull.fileno(), stream.fileno())


def _interrupted() -> int:
    interruption.ignore()  # people press Ctrl-C twice
    _say("edgegen: interrupted; nothing was left half done")
    return INTERRUPTED


def _prepare_streams() -> None:
    """Make sure stdin, stdout and stderr exist, and replace characters that they cannot encode."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller: `edgegen ... >&-`. Another file would get its number
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _trouble(error: OSError) -> EdgegenError | None:
    """Return a user error for a system error that no module handled; None for a bug."""
    if error.errno in _DISK_TROUBLE:
        _drop_output()
        where = error.filename or "standard output, or a temporary file"
        is_full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        hint = "free some space there" if is_full else "check that disk, or write to another one"
        return RenderError(f"cannot write {where}: {reason(error)}", hint)
    if error.errno == errno.ENAMETOOLONG:
        return InputError(f"{shorten(error.filename)} cannot be used: {reason(error)}", "check the path")
    try:
        Path.cwd()
    except OSError:
        return InputError("the current folder does not exist any more", "change to another one: cd")
    return None


def _drop_output() -> None:
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open until the process ends
    if sys.__stdout__ is not None:
        _send_to_devnull(sys.__stdout__)


def _fail(error: EdgegenError, *, verbose: bool) -> int:
    if verbose:
        traceback.print_exception(error)
    _say(f"edgegen: {error.message}")
    if error.hint:
        _say(f"  {error.hint}")
    return error.exit_code


def _bug(error: Exception, *, verbose: bool) -> int:
    if verbose:
        traceback.print_exception(error)
    _say(f"edgegen: this is a bug in edgegen: {type(error).__name__}: {error}")
    _say("  please run it again with --verbose, and report the output")
    return BUG


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # stderr may be broken, too
        print(line, file=sys.stderr, flush=True)

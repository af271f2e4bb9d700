"""What the commands share: options, JSON on stdout, and errors turned into exit codes."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import click

from edgegen.errors import EdgegenError

INTERRUPTED = 130
BUG = 1

_Function = TypeVar("_Function", bound=Callable[..., Any])


def image_size(text: str) -> tuple[int, int]:
    """Return (height, width) in pixels: `640` is a square, `480,640` height and width."""
    parts = text.lower().replace("x", ",").split(",")
    try:
        sizes = [int(part) for part in parts]
    except ValueError:
        sizes = []
    if len(sizes) == 1:
        sizes *= 2
    if len(sizes) != 2 or min(sizes) < 1:
        raise click.BadParameter(f"{text!r} is no image size: say 640, or 480,640 for height and width")
    return sizes[0], sizes[1]


PATH = click.Path(path_type=Path)


def _remember_verbose(context: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    if value:
        context.find_root().meta["edgegen.verbose"] = True
    return value


def verbose_option(function: _Function) -> _Function:
    """Add --verbose, before the command's name or after it."""
    return click.option(
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=_remember_verbose,
        help="Show the traceback of an error, and what the libraries say.",
    )(function)


def json_option(function: _Function) -> _Function:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")(function)


def print_json(content: dict[str, Any]) -> None:
    """Print one JSON object on stdout and nothing else."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def run(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; every error becomes a message on stderr."""
    verbose = "--verbose" in (sys.argv[1:] if arguments is None else arguments)
    signal.signal(signal.SIGTERM, _terminate)  # so that what is half made is taken away
    try:
        result = command.main(
            args=None if arguments is None else list(arguments), prog_name="edgegen", standalone_mode=False
        )
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        print("\nedgegen: interrupted; nothing was left half done", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`edgegen ... | head`): no message, and none from Python's own flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except EdgegenError as error:
        _show(error, verbose=verbose)
        return error.exit_code
    except Exception as error:
        if verbose:
            traceback.print_exc()
        print(
            f"edgegen: this is a bug in edgegen: {type(error).__name__}: {error}\n"
            "  run it again with --verbose and report what it prints, please",
            file=sys.stderr,
        )
        return BUG


def _show(error: EdgegenError, *, verbose: bool) -> None:
    if verbose:
        traceback.print_exception(error)
    print(f"edgegen: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  {error.hint}", file=sys.stderr)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt

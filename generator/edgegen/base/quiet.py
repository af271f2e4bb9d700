"""Silence libraries: stdout is for edgegen's results, stderr for its progress."""

import contextlib
import io
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Final

# Ultralytics reads most of these on import. It must not install packages, use the network, or run code
# from a checkpoint.
ULTRALYTICS_ENVIRONMENT: Final[Mapping[str, str]] = {
    "YOLO_AUTOINSTALL": "false",
    "YOLO_OFFLINE": "true",
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "true",
}

_verbose = False


def set_verbose(verbose: bool) -> None:
    """Choose whether `quiet` and `captured_stderr` let libraries write, all of it to stderr."""
    global _verbose
    _verbose = verbose


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Drop warnings, log records and stdout while libraries are imported or used."""
    added = ULTRALYTICS_ENVIRONMENT.keys() - os.environ.keys()
    os.environ.update({name: ULTRALYTICS_ENVIRONMENT[name] for name in added})
    try:
        with contextlib.redirect_stdout(sys.stderr) if _verbose else _silent():
            yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def captured_stderr() -> Iterator[Callable[[], str]]:
    """Capture what C++ code writes to stderr, and yield a function that returns it.

    The code writes to the descriptor, or to Python's stream if a binding redirects it.
    """
    stream = io.StringIO()
    with tempfile.TemporaryFile() as file, contextlib.redirect_stderr(stream):
        descriptor = 2
        before = os.dup(descriptor)
        os.dup2(file.fileno(), descriptor)

        def so_far() -> str:
            file.seek(0)
            return file.read().decode("utf-8", "replace") + stream.getvalue()

        try:
            yield so_far
        finally:
            os.dup2(before, descriptor)
            os.close(before)
            captured = so_far()
    if _verbose:
        sys.stderr.write(captured)

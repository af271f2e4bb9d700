"""Keeps the libraries silent: stdout is for edgegen's own answer, stderr for its progress."""

import contextlib
import io
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping

# Read by ultralytics, most of them when it is imported. It must neither install packages nor look for a
# network behind the user's back, and wherever it loads a checkpoint, it runs no code in it.
_ULTRALYTICS_ENVIRONMENT = {
    "YOLO_AUTOINSTALL": "false",
    "YOLO_OFFLINE": "true",
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "true",
}


def without_network() -> Mapping[str, str]:
    """Return the environment of a process that uses ultralytics from its start to its end."""
    return _ULTRALYTICS_ENVIRONMENT


_verbose = False


def let_libraries_speak(verbose: bool) -> None:
    """Show, from now on, what `quiet` and `captured_stderr` would keep back, all of it on stderr; or not."""
    global _verbose
    _verbose = verbose


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Drop warnings, log records and prints to stdout while libraries work or are imported."""
    added = _ULTRALYTICS_ENVIRONMENT.keys() - os.environ.keys()
    os.environ.update({name: _ULTRALYTICS_ENVIRONMENT[name] for name in added})
    try:
        with _speaking() if _verbose else _silent():
            yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _speaking() -> contextlib.AbstractContextManager[object]:
    return contextlib.redirect_stdout(sys.stderr)


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
    """Keep what C++ code writes to stderr, and give a function that returns it so far.

    Such code writes to the descriptor, or to Python's stream where a binding redirects it.
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
            said = so_far()
    if _verbose:
        sys.stderr.write(said)

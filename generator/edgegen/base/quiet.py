"""Control libraries: their environment, and their output: stdout is for edgegen's results."""

import contextlib
import io
import logging
import os
import sys
import tempfile
import threading
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

# torch.load then executes no code of a file, whatever the user's environment says.
NO_CODE: Final = {"TORCH_FORCE_WEIGHTS_ONLY_LOAD": "1", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": None}

_verbose = False
# The streams, the environment and the log level belong to the whole process. If the blocks of two threads
# overlapped, the one that ends last would restore the stream of the other. One thread may nest blocks.
_one_thread: Final = threading.RLock()


@contextlib.contextmanager
def environment(values: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables, or remove those whose value is None. Restore them at the end.

    Only one thread at a time can be in this block or in `quiet`; others wait.
    """
    with _one_thread:
        before = {name: os.environ.pop(name) for name in values if name in os.environ}
        os.environ.update({name: value for name, value in values.items() if value is not None})
        try:
            yield
        finally:
            for name in values:
                os.environ.pop(name, None)
            os.environ.update(before)


def set_verbose(verbose: bool) -> None:
    """Choose whether `quiet` and `captured_stderr` let libraries write, all of it to stderr."""
    global _verbose
    _verbose = verbose


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Drop warnings, log records and stdout while libraries are imported or used.

    Another thread that needs a block of this module waits for the end of the block.
    """
    with _one_thread:
        added = {name: value for name, value in ULTRALYTICS_ENVIRONMENT.items() if name not in os.environ}
        with environment(added), contextlib.redirect_stdout(sys.stderr) if _verbose else _silent():
            yield


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

    The code writes to the descriptor, or to Python's stream if a binding redirects it. Another thread that
    needs a block of this module waits for the end of the block.
    """
    stream = io.StringIO()
    with _one_thread, tempfile.TemporaryFile() as file, contextlib.redirect_stderr(stream):
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

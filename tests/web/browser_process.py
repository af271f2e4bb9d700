"""Runs edgegen's commands that start a browser in one process, which stays: most of a first run is imports.

Playwright of other tests may run in the tests' own process, and it cannot run there twice.
"""

import contextlib
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from unittest.mock import patch

from tests.helpers import support
from tests.helpers.places import ROOT
from tests.helpers.support import Answer

_running: list[ProcessPoolExecutor] = []


def edgegen(*arguments: object, small_encoder: bool = False, path: str | None = None) -> Answer:
    """Run a command line in the process. The current folder is the repository's.

    small_encoder: for the small RF-DETR models of the tests.
    path: another $PATH.
    """
    if not _running:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(1, mp_context=context, initializer=os.chdir, initargs=(ROOT,))
        _running.append(pool)
    run = partial(_run, small_encoder, path or os.environ["PATH"])
    return _running[0].submit(run, *arguments).result()


def _run(with_small_encoder: bool, path: str, *arguments: object) -> Answer:
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, {"PATH": path}))
        if with_small_encoder:
            from tests.helpers.rfdetr_models import small_encoder

            stack.enter_context(small_encoder())
        return support.edgegen(*arguments)


def stop() -> None:
    """End the process."""
    while _running:
        _running.pop().shutdown()

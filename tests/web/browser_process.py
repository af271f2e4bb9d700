"""Runs edgegen's commands that start a browser in one process, which stays: most of a first run is imports.

Playwright of other tests may run in the tests' own process, and it cannot run there twice.
"""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from tests.helpers import support
from tests.helpers.places import ROOT
from tests.helpers.support import Answer

_running: list[ProcessPoolExecutor] = []


def edgegen(*arguments: object, small_encoder: bool = False) -> Answer:
    """Run a command line in the process. The current folder is the repository's.

    small_encoder: for the small RF-DETR models of the tests.
    """
    if not _running:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(1, mp_context=context, initializer=os.chdir, initargs=(ROOT,))
        _running.append(pool)
    run = _with_small_encoder if small_encoder else support.edgegen
    return _running[0].submit(run, *arguments).result()


def _with_small_encoder(*arguments: object) -> Answer:
    from tests.helpers.rfdetr_models import small_encoder

    with small_encoder():
        return support.edgegen(*arguments)


def stop() -> None:
    """End the process."""
    while _running:
        _running.pop().shutdown()

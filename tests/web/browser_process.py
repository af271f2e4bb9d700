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


def edgegen(*arguments: object) -> Answer:
    """Run a command line in the process. The current folder is the repository's."""
    if not _running:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(1, mp_context=context, initializer=os.chdir, initargs=(ROOT,))
        _running.append(pool)
    return _running[0].submit(support.edgegen, *arguments).result()


def stop() -> None:
    """End the process."""
    while _running:
        _running.pop().shutdown()

"""What every test needs: its tier, the signals and folders it runs with, and what is made once for all."""

import os

# Each of several processes has a core of its own. Where torch's threads are more than the cores, they
# wait for each other, spinning: up to a third of the time. To be set before anything imports torch.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from edgegen.base import interruption
from tests.helpers.once import Once, made_once
from tests.helpers.places import ROOT, SHARED

pytest_plugins = [
    "tests.helpers.android_projects",
    "tests.helpers.exports",
    "tests.helpers.ios_projects",
    "tests.helpers.made_projects",
    "tests.helpers.many_classes",
    "tests.helpers.tiers",
    "tests.helpers.ultralytics_folders",
]

# Everywhere as in CI: the same examples each time, and no deadline, which a busy machine would miss.
hypothesis.settings.load_profile("ci")

if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup ignores it, and so would everything started here
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as it is for a script's background job


def pytest_make_parametrize_id(val: object) -> str | None:
    """Shorten the ids of long texts: some have megabytes, and each process sends its ids to the others."""
    return ascii(val)[:60] if isinstance(val, str | bytes) and len(val) > 60 else None


@pytest.fixture(autouse=True)
def no_interruption_is_left() -> Iterator[None]:
    """Forget the signals that a test sent itself: the next one would stop at them."""
    yield
    interruption.reset()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a folder that all test processes share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session", autouse=True)
def objects_are_kept(shared_folder: Path) -> None:
    """Let CMake compile what many projects have in common once, also between runs, if there is ccache."""
    # That of README's commands for all: each generator compiles in folders of its own.
    os.environ.pop("CMAKE_GENERATOR", None)
    if shutil.which("ccache"):
        os.environ["CMAKE_CXX_COMPILER_LAUNCHER"] = "ccache"
        os.environ["CCACHE_DIR"] = str(ROOT / "build" / "ccache")  # kept: its keys are the sources' content
        os.environ["CCACHE_MAXSIZE"] = "2G"
        os.environ["CCACHE_BASEDIR"] = str(shared_folder)  # another project's folder makes no other object
        os.environ["CCACHE_NOHASHDIR"] = "1"
        os.environ["CCACHE_DEPEND"] = "1"  # what is not there is compiled at once, not preprocessed before


@pytest.fixture(scope="session")
def once(shared_folder: Path) -> Once:
    """Return a function that makes a folder once for all test processes: `once("name", make)`."""
    root = shared_folder / "once"
    root.mkdir(exist_ok=True)

    def get(name: str, make: Callable[[Path], Any]) -> Path:
        return made_once(root, name, make)

    return get


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder with real weights and photos, or skip: they are not part of the project."""
    if not (SHARED / "weights").is_dir():
        if os.environ.get("CI") and SHARED.parent.is_dir():
            pytest.fail(f"{SHARED} has no weights")
        pytest.skip("real weights and photos are not beside this checkout")
    return SHARED

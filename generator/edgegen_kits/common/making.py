"""Make a kit part by part in a separate folder, and move it into place when it is complete."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextlib import contextmanager
from pathlib import Path

from edgegen.base import interruption
from edgegen.base.files import exclusive_lock
from edgegen.base.progress import Progress
from edgegen.base.staging import staging, sweep, writing_to
from edgegen_kits.common import recipe
from edgegen_kits.common.commands import Commands, start_threads

# Arguments: the kit's folder, a folder for intermediate files, the names of the parts to make.
Make = Callable[[Path, Path, Sequence[str]], None]


def renew(
    folder: Path,
    wanted: Mapping[str, str],
    files: Mapping[str, Sequence[str]],
    make: Make,
    announce: Callable[[Sequence[str]], None],
) -> None:
    """Make a kit in its folder. Parts whose recipe did not change are taken from the existing kit.

    `wanted` has the digest of each part's recipe, `files` the files of each part.

    Raises:
        ToolchainError: Something could not be fetched or built.
        RenderError: The folder cannot be written.
    """
    with _lock_kit(folder), staging(folder) as aside:
        existing = recipe.read_digests(folder)
        if existing == wanted:
            return  # another process was faster
        new = aside / "kit"
        new.mkdir()
        kept = {
            part
            for part, digest in wanted.items()
            if existing.get(part) == digest and _keep(folder, new, files[part])
        }
        missing = [part for part in wanted if part not in kept]
        announce(missing)
        make(new, aside / "source", missing)
        recipe.write_digests(new, wanted)
        with interruption.defer():
            if folder.exists():
                folder.rename(aside / "old")
            new.rename(folder)


def announcer(progress: Progress, kit: str, folder: Path) -> Callable[[Sequence[str]], None]:
    """Return a function that reports the parts that are about to be built."""
    return lambda parts: progress.step(f"Make the {kit} in {folder}: {', '.join(parts)}")


@contextmanager
def _lock_kit(folder: Path) -> Iterator[None]:
    """Let one process at a time make a kit, and delete the leftovers of a killed one."""
    with writing_to(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = folder.parent / f"{folder.name}.lock"
        lock.touch()
        with exclusive_lock(lock):
            sweep(folder.parent, folder, patience=0)
            yield


def _keep(old: Path, new: Path, names: Iterable[str]) -> bool:
    """Hard-link a part of the existing kit into the new one."""
    try:
        for name in names:
            source = old / name
            if source.is_dir():
                shutil.copytree(source, new / name, copy_function=_link, symlinks=True)
            else:
                _link(str(source), str(new / name))
    except (OSError, shutil.Error):
        for name in names:
            shutil.rmtree(new / name, ignore_errors=True)
            (new / name).unlink(missing_ok=True)
        return False
    return True


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


class SideBySide:
    """Makes parts in parallel, each as soon as the parts that it needs are made."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
        self._made: dict[str, Future[None]] = {}

    def make(self, steps: Mapping[str, Callable[[], None]], parts: Sequence[str]) -> None:
        """Make these parts. If one fails, the programs of the others are ended."""
        with start_threads(self._commands, len(steps)) as pool:
            # An interruption while a thread starts would leave a thread that the pool does not know.
            with interruption.defer():
                # In this order, a part comes after the parts that it needs.
                for part in (each for each in steps if each in parts):
                    self._made[part] = pool.submit(steps[part])
            done, _ = wait(self._made.values(), return_when=FIRST_EXCEPTION)
            for each in done:
                each.result()

    def await_(self, *parts: str) -> None:
        """Wait until these parts are made."""
        for part in parts:
            if part in self._made:
                self._made[part].result()

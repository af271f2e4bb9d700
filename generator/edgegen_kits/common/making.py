"""Makes a kit: aside, part by part, and moves it into place when it is whole."""

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
from edgegen_kits.common.commands import Commands, beside

# Makes the parts named in the folder given; the other folder is for what is needed on the way.
Make = Callable[[Path, Path, Sequence[str]], None]


def renew(
    folder: Path,
    wanted: Mapping[str, str],
    files: Mapping[str, Sequence[str]],
    make: Make,
    announce: Callable[[Sequence[str]], None],
) -> None:
    """Make a kit in its folder. Parts whose recipe did not change are taken from the kit that is there.

    `wanted` has a digest of every part's recipe, `files` what each part leaves in the folder.

    Raises:
        ToolchainError: Something could not be fetched or built.
        RenderError: The folder cannot be written.
    """
    with _alone(folder), staging(folder) as aside:
        had = recipe.made(folder)
        if had == wanted:
            return  # another process was faster
        new = aside / "kit"
        new.mkdir()
        kept = {
            part
            for part, digest in wanted.items()
            if had.get(part) == digest and _keep(folder, new, files[part])
        }
        missing = [part for part in wanted if part not in kept]
        announce(missing)
        make(new, aside / "source", missing)
        recipe.write(new, wanted)
        with interruption.defer():
            if folder.exists():
                folder.rename(aside / "old")
            new.rename(folder)


def announced(progress: Progress, kit: str, folder: Path) -> Callable[[Sequence[str]], None]:
    """Return what tells the user which parts are being made."""
    return lambda parts: progress.step(f"Make the {kit} in {folder}: {', '.join(parts)}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time make a kit, and take away what a killed one left."""
    with writing_to(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = folder.parent / f"{folder.name}.lock"
        lock.touch()
        with exclusive_lock(lock):
            sweep(folder.parent, folder, patience=0)
            yield


def _keep(old: Path, new: Path, names: Iterable[str]) -> bool:
    """Link a part of the kit that is there into the new one."""
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
    """Makes parts side by side, each as soon as those that it waits for are there."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
        self._made: dict[str, Future[None]] = {}

    def make(self, steps: Mapping[str, Callable[[], None]], parts: Sequence[str]) -> None:
        """Make the parts named. When one fails, the programs of the others are ended."""
        with beside(self._commands, len(steps)) as pool:
            # Interrupted while a thread begins, the pool would not know of it, and not wait for it.
            with interruption.defer():
                # Those that others wait for come first.
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

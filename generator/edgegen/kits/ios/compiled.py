"""Swift modules that compiled. Most of an app's Swift knows nothing of its model: the next app has it too."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.files import file_sha256

_MOST: Final = 40  # modules: four of an app, of ten kinds of app; 2 MB each
_DIGESTS: Final = "digests.txt"  # of an entry's files, a line each, as they were given


@dataclass(frozen=True)
class Compiled:
    """What compiling wrote, in a folder each, named after a digest of all that went into it.

    It is worth some seconds, and no error: what cannot be read or written is compiled.
    """

    folder: Path

    def take(self, digest: str, files: Sequence[Path]) -> bool:
        """Write the files as compiling would, and tell whether they were there, as they were."""
        kept = self.folder / digest
        try:
            for file in files:
                shutil.copyfile(kept / file.name, file)
            if (kept / _DIGESTS).read_text(encoding="utf-8") != _digests(files):
                return False
        except OSError:
            return False
        with contextlib.suppress(OSError):  # somebody else's kit
            os.utime(kept)
        return True

    def keep(self, digest: str, files: Sequence[Path]) -> None:
        """Keep the files that compiling wrote, and forget what was not asked for in the longest time."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=".") as scratch:
                new, kept = Path(scratch) / "new", self.folder / digest
                new.mkdir()
                for file in files:
                    shutil.copyfile(file, new / file.name)
                (new / _DIGESTS).write_text(_digests(files), encoding="utf-8")
                if kept.exists():  # damaged, or another process was as far as this one
                    kept.rename(Path(scratch) / "old")
                new.rename(kept)
                every = [each for each in self.folder.iterdir() if not each.name.startswith(".")]
                newest = sorted(every, key=lambda each: each.stat().st_mtime, reverse=True)
                for number, old in enumerate(newest[_MOST:]):
                    old.rename(Path(scratch) / str(number))  # nobody finds half of it


def _digests(files: Sequence[Path]) -> str:
    return "".join(f"{file_sha256(file)} {file.name}\n" for file in files)

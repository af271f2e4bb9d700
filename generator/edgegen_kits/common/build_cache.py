"""Compiler output, cached by content. Most of an app's code is the same for every model."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.files import file_sha256

_MOST: Final = 300  # entries of up to 2 MB, 0.3 MB on average: four to six for each kind of app
_DIGESTS: Final = "digests.txt"  # one line for each file of an entry


@dataclass(frozen=True)
class BuildCache:
    """Folders with the output of compilations, each named after a digest of all its input.

    The cache raises no error: an entry that cannot be read is compiled again.
    """

    folder: Path

    def restore(self, digest: str, files: Sequence[Path]) -> bool:
        """Write the cached files. Return whether they existed and were undamaged."""
        entry = self.folder / digest
        try:
            for file in files:
                shutil.copyfile(entry / file.name, file)
            if (entry / _DIGESTS).read_text(encoding="utf-8") != _digests(files):
                return False
        except OSError:
            return False
        with contextlib.suppress(OSError):  # another user's cache
            os.utime(entry)
        return True

    def store(self, digest: str, files: Sequence[Path]) -> None:
        """Cache the compiled files, and delete the least recently used entries."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=".") as scratch:
                new, entry = Path(scratch) / "new", self.folder / digest
                new.mkdir()
                for file in files:
                    shutil.copyfile(file, new / file.name)
                (new / _DIGESTS).write_text(_digests(files), encoding="utf-8")
                if entry.exists():  # damaged, or another process stored it first
                    entry.rename(Path(scratch) / "old")
                new.rename(entry)
                entries = [each for each in self.folder.iterdir() if not each.name.startswith(".")]
                newest = sorted(entries, key=lambda each: each.stat().st_mtime, reverse=True)
                for number, old in enumerate(newest[_MOST:]):
                    old.rename(Path(scratch) / str(number))  # renamed first: no process reads half an entry


def _digests(files: Sequence[Path]) -> str:
    return "".join(f"{file_sha256(file)} {file.name}\n" for file in files)

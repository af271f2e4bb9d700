"""What becomes of the user's own edits when a project is made again over them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.project import manifest
from edgegen.project.manifest import Manifest

_MOST_LINES: Final = 10


@dataclass(frozen=True)
class Edits:
    """The files that a project on disk holds otherwise than edgegen wrote them: relative POSIX paths."""

    kept: tuple[str, ...] = ()  # the user's to change: they stay as they are
    lost: tuple[str, ...] = ()  # overwritten or removed, which takes --force

    def said(self, folder: Path) -> Iterator[str]:
        """Yield a line for each of them, but not for hundreds."""
        yield from (f"keeps {folder / name}, which you edited" for name in self.kept)
        yield from (f"overwrites your {folder / name}" for name in self.lost[:_MOST_LINES])
        if len(self.lost) > _MOST_LINES:
            yield f"and {len(self.lost) - _MOST_LINES} more of your files"


def find(folder: Path, known: Manifest | None, staged: Path, users_files: Collection[str] = ()) -> Edits:
    """Return what a staged project will do to a folder, of which this much is known.

    `users_files` may be edited in such a project. Where nothing is recorded of one, it counts as edited: a
    damaged `.edgegen.yml` is no reason to lose what the user had to enter.
    """
    recorded = known.files if known else {}
    names = sorted({*manifest.relative_files(staged), *recorded})
    here = {name: manifest.sha256(folder / name) for name in names if (folder / name).is_file()}
    edited = [
        name
        for name, digest in here.items()
        # What is written again as it is already (a project that was checked out, say) is no edit.
        if digest != recorded.get(name) and digest != manifest.sha256(staged / name)
    ]
    kept = tuple(name for name in edited if name in users_files)
    return Edits(kept, tuple(name for name in edited if name not in kept))

"""What several modules do with files: a digest of one, and one under a second name."""

import hashlib
import shutil
from pathlib import Path

from edgegen.base.errors import InputError


def file_sha256(path: Path) -> str:
    """Return the hexadecimal digest of a file; InputError where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}", "check the rights and the disk there"
        ) from None
    return digest.hexdigest()


def give_second_name(source: Path, name: Path) -> None:
    """Make a file readable under another name: a link, or a copy where there are no links."""
    source = source.resolve(strict=True)
    try:
        name.symlink_to(source)
    except OSError:  # Windows allows links to administrators only
        shutil.copyfile(source, name)

"""Fetch Android's list of its public API from the Android source package of Debian 12."""

import re
import tarfile
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.common import apt
from edgegen_kits.common.commands import Commands

PACKAGE: Final = "android-platform-frameworks-base"
VERSION: Final = "10.0.0"  # Android 10, API 29: the last that lists everything in one file
API_LIST: Final = "api/current.txt"
_RELEASE: Final = "bookworm"  # newer releases have newer Androids only


def fetch(folder: Path, commands: Commands) -> Path:
    """Fetch the list into a folder and return its path.

    Raises:
        ToolchainError: Debian's archive is unreachable or lacks the package.
    """
    options = apt.prepare_folder(folder, apt.debian(_RELEASE, "deb-src"))
    hint = "Check the network: `apt-get update` must reach the archive of Debian 12"
    commands.run(["apt-get", *options, "update", "-qq"], hint=hint)
    offered = commands.ask(["apt-cache", *options, "showsrc", PACKAGE]).out
    versions = re.findall(r"^Version: (.*)$", offered, re.MULTILINE)
    wanted = next((each for each in versions if VERSION in each), None)
    if wanted is None:
        available = ", ".join(sorted(set(versions))) or "none"
        raise ToolchainError(
            f"Debian 12's archive has no source package {PACKAGE} {VERSION} (it has: {available})",
            "Update edgegen, or check the project with `./gradlew test`",
        )
    source = ["source", "-qq", "--download-only", f"{PACKAGE}={wanted}"]
    commands.run(["apt-get", *options, *source], folder, hint=hint)
    archive = next(folder.glob(f"{PACKAGE}_*.orig.tar.*"))
    with tarfile.open(archive) as tar:
        member = tar.extractfile(API_LIST)
        if member is None:
            raise ToolchainError(
                f"{archive.name} holds no {API_LIST}", "report this to edgegen's maintainers"
            )
        path = folder / "current.txt"
        path.write_bytes(member.read())
    archive.unlink()
    return path

"""Fetch Debian 13's Swift compiler with its libraries, and unpack the files that compiling needs.

Nothing is installed: apt fetches the packages without root, `dpkg-deb` unpacks them into a folder.
"""

import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import IO, Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.common import apt
from edgegen_kits.common.commands import Commands
from edgegen_kits.ios.kit import Kit
from edgegen_kits.ios.recipe import SWIFT

_RELEASE: Final = "trixie"
# The compiler's libraries for tests and apps; then the libraries that the compiler is linked to.
_PACKAGES: Final = (
    *("swiftlang", "libswiftlang"),
    *("libc6", "libc6-dev", "linux-libc-dev", "libcrypt-dev", "libgcc-s1", "libgcc-14-dev", "libstdc++6"),
    *("libtinfo6", "libuuid1", "libzstd1", "zlib1g"),
)
# The compiler's package has 2 GB of debuggers, language servers and static libraries, which are skipped.
_SKIPPED: Final = re.compile(
    r"""usr/share/
    | usr/libexec/swift/(?!bin/(swift-frontend|lld)$|lib/swift/|lib/swift$|lib/clang/)
    | usr/libexec/swift/lib/swift/(embedded|pm|migrator|FrameworkABIBaseline)/
    | usr/libexec/swift/lib/clang/.*/lib/
    | .*/lib(_InternalSwiftScan|_InternalSwiftStaticMirror|Testing|FoundationNetworking|FoundationXML)\.so
    | .*\.swiftdoc$ | .*/gconv/ | usr/lib/gcc/.*(san|cc1|lto) | .*\.a$
    """,
    re.VERBOSE,
)
_EXCEPTIONS: Final = re.compile(r".*/(libc_nonshared|libgcc)\.a$")


def unpack(kit: Kit, scratch: Path, commands: Commands) -> None:
    """Fetch the packages and unpack them into the kit.

    Raises:
        ToolchainError: The archive is unreachable, or has another release of Swift.
    """
    if shutil.which("apt-get") is None:
        raise ToolchainError(
            "the Swift compiler comes with Debian's packages, and this system has no apt-get",
            "use Debian or Ubuntu, in a container if need be; or check the project on a Mac with Xcode",
        )
    options = apt.prepare_folder(scratch, apt.debian(_RELEASE))
    hint = "Check the network: `apt-get update` must reach the archive of Debian 13"
    commands.run(["apt-get", *options, "update", "-qq"], hint=hint)
    commands.run(["apt-get", *options, "download", "-qq", *_PACKAGES], scratch, hint=hint)
    fetched = sorted(scratch.glob("*.deb"))
    compiler = next((each.name for each in fetched if each.name.startswith("swiftlang_")), "none")
    if not compiler.startswith(f"swiftlang_{SWIFT}-"):
        raise ToolchainError(
            f"Debian's {_RELEASE} has another Swift than {SWIFT}: {compiler}", "Update edgegen"
        )
    for package in fetched:
        _unpack_package(package, kit.root)
        package.unlink()
    for name in ("bin", "lib", "lib64"):  # Debian has them in /usr; some files name /lib
        if not (kit.root / name).exists():
            (kit.root / name).symlink_to(f"usr/{name}")


def _unpack_package(package: Path, root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as unpacking:
        assert unpacking.stdout is not None  # noqa: S101 - it is a pipe
        _extract(unpacking.stdout, root)
    if unpacking.returncode != 0:
        raise ToolchainError(f"dpkg-deb cannot unpack {package.name}", "Check the free space of the disk")


def _extract(stream: IO[bytes], root: Path) -> None:
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        # apt checked the signature of these packages. Early releases of Python 3.10 have no filters.
        tar.extraction_filter = getattr(tarfile, "fully_trusted_filter", None)
        for member in tar:
            member.name = member.name.removeprefix("./")
            if member.isdir() or not _is_needed(member.name):
                continue
            if member.islnk():
                member.linkname = member.linkname.removeprefix("./")
            tar.extract(member, root)
        while stream.read(1 << 20):  # read the padding at the end: the unpacker fails on a closed pipe
            pass


def _is_needed(name: str) -> bool:
    return bool(_EXCEPTIONS.match(name)) or not _SKIPPED.match(name)

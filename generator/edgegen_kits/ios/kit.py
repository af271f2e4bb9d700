"""The files of the iOS kit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.files import home

HERE: Final = Path(__file__).parent
STUBS: Final = HERE / "swift_stubs"  # Apple's frameworks: declarations without bodies
IOS: Final = "17.0"  # the oldest iOS that an app runs on: nothing newer is declared in the stubs
_LOADER: Final = "usr/lib64/ld-linux-x86-64.so.2"
_LIBRARIES: Final = (
    "usr/lib/x86_64-linux-gnu",
    "usr/libexec/swift/lib/swift/linux",
    "usr/libexec/swift/lib/swift/host",
)


@dataclass(frozen=True)
class Kit:
    """The files of a kit in a folder. They need not exist."""

    folder: Path

    @property
    def root(self) -> Path:
        """The root folder of the unpacked packages of the Swift compiler and its C library."""
        return self.folder / "swift"

    @property
    def swift(self) -> Path:
        """The folder of the Swift compiler and its libraries."""
        return self.root / "usr" / "libexec" / "swift"

    @property
    def resources(self) -> Path:
        """The folder of Swift's own modules."""
        return self.swift / "lib" / "swift"

    @property
    def frontend(self) -> Path:
        """The compiler itself, without its driver."""
        return self.swift / "bin" / "swift-frontend"

    @property
    def linker(self) -> Path:
        """The linker of the same release."""
        return self.swift / "bin" / "lld"

    @property
    def modules(self) -> Path:
        """The compiler's cache of modules that it builds from interfaces."""
        return self.folder / "modules"

    @property
    def views(self) -> Path:
        """The Swift interfaces of bridges, from which the compiler builds modules."""
        return self.folder / "views"

    @property
    def gnustep_headers(self) -> Path:
        """GCC's headers of Objective-C, changed so that Clang accepts them."""
        return self.folder / "gnustep"

    @property
    def zig(self) -> Path:
        """A Clang with the headers of Darwin's C library, which compiles for the phone: `zig c++`."""
        return self.folder / "zig" / "zig"

    @property
    def darwin_headers(self) -> Path:
        """The headers of Darwin's C library. For iOS, Zig needs them on the command line."""
        return self.folder / "zig" / "lib" / "libc" / "include" / "any-darwin-any"

    @property
    def built(self) -> Path:
        """The objects of the last project, which the next one reuses."""
        return self.folder / "built"

    @property
    def build_cache(self) -> Path:
        """The compiled Swift modules of the last projects."""
        return self.folder / "build-cache"

    def with_libraries(self, program: Path, name: str = "") -> list[str]:
        """Return the beginning of the command for a program of the kit, or one that Swift built.

        `name` is the program's argv[0], if that matters.

        They are made for a newer C library than this system may have: the loader that came with it starts
        them, and finds their libraries in the kit. So nothing is installed, and no rights are needed.
        """
        libraries = ":".join(str(self.root / each) for each in _LIBRARIES)
        return [
            str(self.root / _LOADER),
            "--library-path",
            libraries,
            "--argv0",
            name or str(program),
            str(program),
        ]


def installed() -> Kit:
    """Return the user's kit, which may not exist yet."""
    return Kit(home() / "ios")

"""What the kit holds and where."""

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
    """The files of a kit in a folder. Nothing is looked up before it is asked for."""

    folder: Path

    @property
    def root(self) -> Path:
        """Where the packages of the Swift compiler and of its C library are unpacked, as in a root folder."""
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
        """The compiler itself, without the driver that finds out where everything is."""
        return self.swift / "bin" / "swift-frontend"

    @property
    def linker(self) -> Path:
        """The linker of the same release."""
        return self.swift / "bin" / "lld"

    @property
    def modules(self) -> Path:
        """Where the compiler keeps modules that it built of interfaces; it fills the folder by itself."""
        return self.folder / "modules"

    @property
    def views(self) -> Path:
        """What Swift sees of bridges, as interfaces, of which the compiler builds modules."""
        return self.folder / "views"

    @property
    def gnustep_headers(self) -> Path:
        """GCC's headers of Objective-C that Clang takes only as edgegen writes them anew."""
        return self.folder / "gnustep"

    @property
    def zig(self) -> Path:
        """A Clang with the headers of Darwin's C library, which compiles for the phone: `zig c++`."""
        return self.folder / "zig" / "zig"

    @property
    def darwin_headers(self) -> Path:
        """Darwin's C library. Zig gives these headers to macOS by itself, and to iOS when they are named."""
        return self.folder / "zig" / "lib" / "libc" / "include" / "any-darwin-any"

    @property
    def built(self) -> Path:
        """What the last project left that was built here: the next one takes what is the same."""
        return self.folder / "built"

    @property
    def build_cache(self) -> Path:
        """The compiled Swift modules of the last projects."""
        return self.folder / "build-cache"

    def with_libraries(self, program: Path, name: str = "") -> list[str]:
        """Return the beginning of the command that runs a program of the kit, or one that Swift built.

        `name` is what the program is told to be called, where that matters.

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
    """Return the user's kit, which need not be there yet."""
    return Kit(home() / "ios")

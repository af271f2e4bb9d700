"""The paths of the kit's files."""

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
    """The files of the kit in a folder, which may not exist yet."""

    folder: Path

    @property
    def root(self) -> Path:
        """The unpacked packages of the Swift compiler and its C library, laid out like `/`."""
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
        """The compiler's cache of modules that it built from interfaces."""
        return self.folder / "modules"

    @property
    def views(self) -> Path:
        """The interfaces of bridges as Swift sees them. The compiler builds modules from them."""
        return self.folder / "views"

    @property
    def gnustep_headers(self) -> Path:
        """GCC's Objective-C headers, rewritten so that Clang accepts them."""
        return self.folder / "gnustep"

    @property
    def package_headers(self) -> Path:
        """ExecuTorch's headers in the layout of its Swift package, in a folder for each release."""
        return self.folder / "package-headers"

    @property
    def zig(self) -> Path:
        """The Clang that compiles for the phone, with Darwin's C headers: `zig c++`."""
        return self.folder / "zig" / "zig"

    @property
    def darwin_headers(self) -> Path:
        """The headers of Darwin's C library. Zig adds them for macOS; for iOS they must be named."""
        return self.folder / "zig" / "lib" / "libc" / "include" / "any-darwin-any"

    @property
    def built(self) -> Path:
        """The objects of the last project. The next run reuses those whose inputs did not change."""
        return self.folder / "built"

    @property
    def build_cache(self) -> Path:
        """The cache of compiled Swift modules."""
        return self.folder / "build-cache"

    def with_libraries(self, program: Path, name: str = "") -> list[str]:
        """Return the beginning of the command that runs a program of the kit, or one that Swift built.

        `name` is the program's argument 0, if it matters. The programs need a newer C library than this
        system may have: the kit's loader starts them and finds their libraries in the kit.
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


def locate_kit() -> Kit:
    """Return the kit in edgegen's home folder. It may not be installed."""
    return Kit(home() / "ios")

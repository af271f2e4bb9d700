"""Compile a project's core and bridge for the phone to Mach-O objects, and check their symbols.

Zig's Clang compiles for arm64 and iOS, with the flags of the project's settings, Darwin's headers, and
ExecuTorch's headers in the layout of its Swift package. `apple/` declares the part of Foundation that a
bridge needs. The objects are not linked, because only a Mac has Apple's frameworks.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen.project import xcconfig
from edgegen_kits.common.commands import Commands, use_commands
from edgegen_kits.ios import macho, objc_header, objc_tokens, settings_check
from edgegen_kits.ios.bridge_build import JOBS, WARNINGS, sources, version_file
from edgegen_kits.ios.kit import IOS, Kit
from edgegen_kits.ios.objc_declarations import Interface, Property
from edgegen_kits.ios.object_folder import ObjectFolder
from edgegen_kits.ios.project_files import project_files
from edgegen_kits.ios.recipe import ZIG

APPLE: Final = Path(__file__).parent / "apple"
# All warnings. Neither optimized nor with debug information, because the objects are not run.
_FLAGS: Final = ("-O0", "-g0", *WARNINGS, "-fobjc-arc", "-fno-sanitize=all")
_MODULE_MAP: Final = """module ExecuTorch {
  umbrella header "ExecuTorch/ExecuTorch.h"
  export *
}
"""
_HINT: Final = "fix it: Xcode's compiler reports the same"


def compile_all(kit: Kit, project: Path, out: Path, *, executorch: Path, commands: Commands) -> list[Path]:
    """Compile every C++ and Objective-C++ file of Core/ and Bridge/ for the phone and return the objects.

    Raises:
        ToolchainError: A file does not compile without warnings; the message has the compiler's output.
    """
    if not kit.zig.is_file():
        raise ToolchainError("the iOS kit is missing", "type: edgegen doctor --target ios --install")
    out.mkdir(parents=True, exist_ok=True)
    headers = _package_headers(kit, executorch)
    flags = [
        *(str(kit.zig), "c++", "-target", f"aarch64-ios.{IOS}", *_FLAGS, *_own_flags(project)),
        *("-isystem", str(headers), "-isystem", str(kit.darwin_headers), "-isystem", str(APPLE)),
    ]

    with tempfile.TemporaryDirectory() as cache, ThreadPoolExecutor(JOBS) as pool:
        # Zig's own cache depends on the project's folder, so other projects cannot use it.
        names = ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR", "CLANG_MODULE_CACHE_PATH")
        # Otherwise ccache rejects -fmodules. Projects have -fno-cxx-modules too, so no module is built.
        environment = {**dict.fromkeys(names, cache), "CCACHE_SLOPPINESS": "modules"}
        unlisted = [version_file(executorch), *sorted(path for path in APPLE.rglob("*") if path.is_file())]
        folder = ObjectFolder(out, project, commands, ZIG, unlisted, environment)

        def compile_source(source: Path) -> Path:
            return folder.compile(source.relative_to(project), flags, "does not compile for iOS", _HINT)

        return list(pool.map(compile_source, sources(project)))


def _own_flags(project: Path) -> list[str]:
    """Return the flags that Xcode derives from the project's settings: for C++ and Objective-C++."""
    found = settings_check.values(project)

    def words_of(name: str) -> list[str]:
        return xcconfig.words(xcconfig.evaluate(found.get(name, ""), found))

    return [
        *(["-fmodules"] if words_of("CLANG_ENABLE_MODULES") == ["YES"] else []),
        *(f"-std={each}" for each in words_of("CLANG_CXX_LANGUAGE_STANDARD")),
        *(f"-D{each}" for each in words_of("GCC_PREPROCESSOR_DEFINITIONS")),
        *(f"-I{each}" for each in words_of("HEADER_SEARCH_PATHS")),
        *words_of("OTHER_CPLUSPLUSFLAGS"),
    ]


def _package_headers(kit: Kit, executorch: Path) -> Path:
    """Return the kit's folder with the runtime's headers, laid out as in ExecuTorch's Swift package.

    The package has them in `ExecuTorch/`, next to Objective-C headers. A Mac's file system ignores case, so
    `<executorch/...>` is the same folder, and the umbrella header of the module map covers all of them.
    All projects use the same folder: another path would be another command for ccache.
    """
    umbrella = APPLE / "ExecuTorch.h"
    inputs = (version_file(executorch).read_bytes(), umbrella.read_bytes(), _MODULE_MAP.encode())
    folder = kit.package_headers / hashlib.sha256(b"\0".join(inputs)).hexdigest()[:16]
    if folder.exists():
        return folder
    kit.package_headers.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kit.package_headers) as scratch:
        new, c10 = Path(scratch) / "new", "runtime/core/portable_type/c10"
        for source, name in ((".", "ExecuTorch"), (f"{c10}/c10", "c10"), (f"{c10}/torch", "torch")):
            shutil.copytree(executorch / "include" / "executorch" / source, new / name)
        (new / "executorch").symlink_to("ExecuTorch")
        shutil.copyfile(umbrella, new / "ExecuTorch" / "ExecuTorch.h")
        (new / "module.modulemap").write_text(_MODULE_MAP, encoding="utf-8")
        try:
            new.rename(folder)
        except OSError:
            if not folder.exists():  # otherwise another process was faster
                raise
    return folder


def lacking(project: Path, objects: Sequence[Path]) -> list[str]:
    """Return the classes and methods that the bridge's public headers declare and all objects lack."""
    interfaces = list(_interfaces(project))
    classes = {each.name for each in interfaces}
    methods = {method for each in interfaces for method in _methods(each)}
    for path in objects:
        found = macho.read(path)
        classes -= found.classes
        methods -= found.methods
    return [f"no object has the class {name}" for name in sorted(classes)] + [
        f"no object has the method {name}" for name in sorted(methods)
    ]


def _interfaces(project: Path) -> Iterator[Interface]:
    for path in project_files(project, "Bridge/include", {".h"}):
        header = objc_tokens.read(path, path.relative_to(project).as_posix())
        yield from (each for each in objc_header.parse(header.tokens) if isinstance(each, Interface))


def _methods(interface: Interface) -> Iterator[str]:
    """Yield the symbols that an object must have, accessors of properties included."""
    for each in interface.properties:
        kind = "+" if "class" in each.options else "-"
        for selector in _accessors(each):
            yield f"{kind}[{interface.name} {selector}]"
    for method in interface.methods:
        if not method.attributes.has("NS_UNAVAILABLE"):
            yield f"{'+' if method.of_class else '-'}[{interface.name} {method.selector}]"


def _accessors(each: Property) -> Iterator[str]:
    yield each.getter or each.name
    if "readonly" not in each.options:
        yield f"set{each.name[0].upper()}{each.name[1:]}:"


def check(
    kit: Kit, project: Path, out: Path, *, executorch: Path, commands: Commands | None = None
) -> list[str]:
    """Compile for the phone and return the faults of the objects; empty if there are none.

    Raises:
        ToolchainError: A file does not compile.
    """
    with use_commands(commands) as running:
        return lacking(project, compile_all(kit, project, out, executorch=executorch, commands=running))

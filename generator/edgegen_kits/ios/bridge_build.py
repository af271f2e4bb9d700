"""Compile the Objective-C++ bridge of a project for Linux, with the real ExecuTorch, and run it.

Clang compiles with ARC, GNUstep is the Foundation, and `gnustep/` joins the two. The harness
`gnustep/harness.mm` calls the project's own Core/ and Bridge/ as an app does.

A task is `{"calls": [...]}`; the result is `{"answers": [...]}`, one for each call: `{"error": {domain, code,
description, suggestion}}` for an NSError. Every call is a dictionary with its name as "call":

    load             model, threads = 0; the detector of the calls below. program: the index of an extra
                     program, whose file is `model`
    load_another     model, threads; a second detector, which is released at once
    thresholds       confidence, iou, max_det, agnostic; of the detector
    detect           bytes (a file), width, height, bytes_per_row, format, orientation
    detect_biplanar  luma, luma_bytes_per_row, chroma, chroma_bytes_per_row, width, height, encoding,
                     orientation
    detect_again     the last picture with the current thresholds, without another inference; a studio's
    capture          the fields of detect or detect_biplanar, shown (indices), added (a count), device,
                     metadata, output (a file)
    follow           frames (for each, rows of a box and its score), width, height: tracked objects with
                     "track", and their index as class; without frames, the last picture and a second frame
                     with the same objects in reverse order
    paint_last       colors (red, green, blue of each class), output (a file): the masks of the last picture
    paint            pixels (a file), length, left, top, width, height, canvas_width, canvas_height, output
    outlines         the outlines of the masks of the last picture: x and y of each point
    outline          as paint, without output, and picture_width, picture_height
    paint_map        colors (a file), length, step, output (a file): the last map; another width, lowest
    distances        values (a file), count; the least and the greatest, or null
    self_check       model, vectors; the answer has the stages of the parity report
    golden_picture   vectors, index
    programs         the extra programs
    prove            vectors; the proof of the loaded program
    measure          reference (model.pte), vectors; the medians of ten runs
    steer            behavior; of the steered backend
    prove_meanwhile  reference, vectors, the fields of detect; model.pte detects while the program is compared
    model_info, resident_kib
    choose           folder; in an app with several models, the model of the following calls
    count_blocks     bytes; the number of allocations of at least the previous call's bytes since that call
    limit_memory     mib; the memory limit above the current use, for the rest of the run

Formats, encodings and orientations are numbers of VisionCore.h. "detections" are in the JSON that
`Decoder.from_json` reads; "brief" replaces a mask or map by its digest. "times" repeats a call; the last
answer counts. A missing plane is a null pointer; a number that JSON lacks (nan, inf) may be a string.
"""

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import ParityError, ToolchainError
from edgegen.project import xcconfig
from edgegen_kits import common
from edgegen_kits.common.commands import Commands, use_commands
from edgegen_kits.ios import clang, settings_check
from edgegen_kits.ios.kit import locate_kit
from edgegen_kits.ios.object_folder import ObjectFolder
from edgegen_kits.ios.project_files import project_files

GNUSTEP: Final = Path(__file__).parent / "gnustep"
HARNESS: Final = GNUSTEP / "harness.mm"
JSON_READER: Final = GNUSTEP / "json_reader.cpp"  # of the harness
# A double of Core ML that a test steers.
STEERED: Final = Path(common.__file__).parent / "steered" / "steered_backend.cpp"
_STEERED_PRODUCTS: Final = {"backend_coreml"}
SHIM: Final = (GNUSTEP / "arc.mm", GNUSTEP / "gcc_classes.mm")
JOBS: Final = 2
WARNINGS: Final = ("-Wall", "-Wextra", "-Wshadow", "-Werror")
# Compiles in two thirds of the time of -O2. Most of the run time is ExecuTorch's, which is compiled.
FAST: Final = ("-O1",)
# Of the harness, which compiles again for each project and takes little time when it runs.
NOT_OPTIMIZED: Final = ("-O0",)
SANITIZED: Final = (
    *NOT_OPTIMIZED,
    "-gline-tables-only",
    "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
)

_LOADED: Final = re.compile(r"/lib(\w+)_\$\(EXECUTORCH_PLATFORM\)\.a$")  # a library that the app loads whole
# GNUstep never frees its global state.
_SANITIZER_OPTIONS: Final = {"ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
_HINT: Final = "fix the file; the project's Core/ and Bridge/ are compiled as they are"


def sources(project: Path) -> list[Path]:
    """Return the C++ and Objective-C++ files of a project, from which the phone's app is compiled too."""
    return sorted(
        path for folder in ("Core", "Bridge") for path in project_files(project, folder, {".cpp", ".mm"})
    )


def includes(executorch: Path) -> list[str]:
    """Return the include flags for the project's headers, relative to its folder, and ExecuTorch's."""
    headers = executorch / "include"
    torch = headers / "executorch" / "runtime" / "core" / "portable_type" / "c10"
    return [
        *("-ICore", "-IBridge/include", "-IBridge", "-DC10_USING_CUSTOM_GENERATED_MACROS"),
        *("-isystem", str(headers), "-isystem", str(torch)),
    ]


def version_file(executorch: Path) -> Path:
    """Return the file with the version of the installed package in this folder."""
    return executorch / "version.py"


def build(
    project: Path,
    out: Path,
    *,
    executorch: Path,
    sanitize: bool = False,
    main: Path = HARNESS,
    commands: Commands | None = None,
) -> Path:
    """Compile and link the harness, or another main program, with the project's core and bridge.

    executorch: the folder of the installed package. Objects in `out` are compiled again only if one of their
    inputs changed; a copy of `out` serves a copy of the project.

    Raises:
        ToolchainError: A tool is missing, or a file does not compile without warnings.
    """
    with use_commands(commands) as running:
        folder = out / ("sanitized" if sanitize else "fast")
        folder.mkdir(parents=True, exist_ok=True)
        optimize = SANITIZED if sanitize else FAST
        found = clang.find(running, sanitizers=sanitize)
        kept = ObjectFolder(folder, project, running, str(found.version), [version_file(executorch)])
        compiler = _Compiler(found, kept, optimize)
        has_programs = (project / "Bridge" / "EDGTrial.mm").is_file()
        jobs = [_Job(path, compiler.without_arc()) for path in SHIM]
        jobs += [
            _Job(path, compiler.flags(path, includes(executorch)))
            for path in [
                *(path.relative_to(project) for path in sources(project)),
                *([STEERED] if has_programs else []),
            ]
        ]
        defined = ["-DHAS_PROGRAMS"] if has_programs else []
        jobs += [
            _Job(path, [*compiler.flags(path, includes(executorch)), *NOT_OPTIMIZED, *defined])
            for path in (main, JSON_READER)
        ]
        with ThreadPoolExecutor(JOBS) as pool:
            objects = list(pool.map(compiler.compile, jobs))
        return compiler.link(objects, folder / main.stem, executorch, _libraries(project))


def _libraries(project: Path) -> list[str]:
    """Return the Python package's names of the runtime libraries that the app links.

    The package for Linux lacks Core ML's.
    """
    flags = xcconfig.words(settings_check.values(project).get("OTHER_LDFLAGS", ""))
    products = [match[1] for flag in flags if (match := _LOADED.search(flag))]
    products = [each for each in products if each not in _STEERED_PRODUCTS]
    return [each if each == "executorch" else f"executorch_{each}" for each in (*products, "threadpool")]


def run(
    program: Path,
    task: Mapping[str, Any],
    *,
    commands: Commands | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Run a harness on a task and return its answer.

    environment: further environment variables.

    Raises:
        ParityError: A signal, a sanitizer or an uncaught exception ended it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "task.json"
        path.write_text(json.dumps(task), encoding="utf-8")
        with use_commands(commands) as running:
            result = running.ask([program, path], environment={**_SANITIZER_OPTIONS, **(environment or {})})
    if result.code != 0:
        raise ParityError(
            f"the bridge's harness ended with code {result.code}: {result.err.strip()[-4000:]}",
            "Fix the call after the last answer: no call of the bridge may end the app",
        )
    answer: dict[str, Any] = json.loads(result.out)
    return answer


@dataclass(frozen=True)
class _Job:
    """A file to compile."""

    source: Path  # relative to the project's folder; absolute for other files
    flags: Sequence[str]


class _Compiler:
    """Clang, with its flags and headers for GNUstep."""

    def __init__(self, found: clang.Clang, objects: ObjectFolder, optimize: Sequence[str]) -> None:
        self._found = found
        self._objects = objects
        self._optimize = optimize
        # The same folder for all projects: another path would be another command for ccache.
        self._headers = locate_kit().gnustep_headers
        self._write_runtime_header()

    def _write_runtime_header(self) -> None:
        """Write GCC's objc/runtime.h with `object_getClass` out of line: ARC rejects its inline body."""
        original = self._found.gcc / "include" / "objc" / "runtime.h"
        text = re.sub(
            r'#include "(objc(?:-decls)?\.h)"', r"#include <objc/\1>", original.read_text(encoding="utf-8")
        )
        text, count = re.subn(
            r"static inline Class\s+object_getClass \(id object\)\s*\{.*?\n\}",
            "Class gs_object_getClass (id object);\n#define object_getClass gs_object_getClass",
            text,
            flags=re.DOTALL,
        )
        if count != 1:
            raise ToolchainError(
                f"{original} is not the Objective-C runtime that edgegen knows", "install GCC 12's: gobjc-12"
            )
        path = self._headers / "objc" / "runtime.h"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_if_new(path, "#pragma clang system_header\n" + text)

    def _objective_c(self) -> list[str]:
        return [
            *("-DGNUSTEP", "-DGNUSTEP_BASE_LIBRARY=1", "-D_NATIVE_OBJC_EXCEPTIONS"),
            *("-fexceptions", "-fobjc-exceptions", "-fblocks", "-fconstant-string-class=NSConstantString"),
            *("-isystem", str(self._headers), "-isystem", str(GNUSTEP / "include")),
            *("-isystem", str(self._found.gnustep), "-idirafter", str(self._found.gcc / "include")),
            *("-include", str(GNUSTEP / "prefix.h")),
        ]

    def _common(self) -> list[str]:
        return ["-std=c++17", "-fPIC", "-pthread", *self._optimize, *WARNINGS]

    def without_arc(self) -> list[str]:
        """Return the flags for the files that join Clang's Objective-C and GCC's runtime."""
        # These files use structures and functions that no header declares.
        return [*self._common(), *self._objective_c(), "-fobjc-runtime=gcc", "-Wno-everything"]

    def flags(self, source: Path, found: Sequence[str]) -> list[str]:
        """Return the flags for a file of the project, or for a main program."""
        arc = ["-fobjc-runtime=gnustep-1.9", "-fobjc-arc", "-fobjc-legacy-dispatch"]
        own = [*self._objective_c(), *arc] if source.suffix == ".mm" else []
        return [*self._common(), *own, *found, "-DET_USE_THREADPOOL", "-DET_EVENT_TRACER_ENABLED"]

    def compile(self, job: _Job) -> Path:
        """Compile a file, unless its object is up to date."""
        command = [self._found.program, *job.flags]
        return self._objects.compile(job.source, command, "does not compile", _HINT)

    def link(self, objects: Sequence[Path], program: Path, executorch: Path, names: Sequence[str]) -> Path:
        """Link a program with GNUstep and these runtime libraries."""
        libraries = executorch / "lib"
        command = [
            *(self._found.program, *self._optimize, *objects, "-Wl,--wrap=__objc_exec_class", "-pthread"),
            *("-lgnustep-base", "-L", self._found.gcc, "-lobjc", "-lBlocksRuntime", "-lz"),
            *("-L", libraries, f"-Wl,-rpath,{libraries}", "-Wl,--no-as-needed"),
            *(f"-l{name}" for name in names),
            *("-o", program),
        ]
        self._objects.commands.run(command, hint="see the linker's message above")
        return program


def _write_if_new(path: Path, text: str) -> None:
    """Write a file in one step: another process may be compiling with it."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            new = Path(folder) / path.name
            new.write_text(text, encoding="utf-8")
            new.replace(path)

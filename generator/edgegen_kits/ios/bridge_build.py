"""Compiles the Objective-C++ bridge of a project for Linux, over the real ExecuTorch, and runs it.

Clang compiles with ARC, GNUstep is the Foundation, and `gnustep/` joins the two. What runs is the project's
own Core/ and Bridge/, called by `gnustep/harness.mm` as an app calls it.

A task is `{"calls": [...]}`, the answer `{"answers": [...]}` with one for each: `{"error": {domain, code,
description, suggestion}}` where the call gave an NSError. Every call is a dictionary with its name as "call":

    load             model, threads = 0, all_classes = false; the detector of the calls below
    load_another     model, threads; a second one, which is gone at once
    thresholds       confidence, iou, max_det, agnostic; of the detector
    detect           bytes (a file), width, height, bytes_per_row, format, orientation
    detect_biplanar  luma, luma_bytes_per_row, chroma, chroma_bytes_per_row, width, height, encoding,
                     orientation
    detect_again     the last picture with the detector's thresholds of now, without another inference
    capture          what detect or detect_biplanar takes, shown (numbers), added (how many), device,
                     metadata, output (a file)
    follow           frames (of each, rows of a box and its score), width, height: tracked objects with
                     their "track", and their index as class; without frames, those of the last picture and of
                     a second frame with the same objects in reverse order
    paint_last       colors (of each class red, green, blue), output (a file): the masks of the last picture
    paint            pixels (a file), length, left, top, width, height, canvas_width, canvas_height, output
    outlines         the lines around the masks of the last picture: x and y of one point after the other
    outline          as paint, without output, and picture_width, picture_height
    paint_map        colors (a file), length, step, output (a file): the last map; another width, lowest
    distances        values (a file), count; the least and the greatest, null where there is none
    self_check       model, vectors; the answer has stages as `verify.report.compared_stages` reads them
    golden_picture   vectors, index
    model_info, resident_kib
    choose           folder; of an app with several models, the one that the calls after it are about
    count_blocks     bytes; how often since the call before as many as that one said were asked for at once
    limit_memory     mib; so much more than there is now, for the rest of the run

The numbers of formats, encodings and orientations are those of EDGImage.h. "detections" are what the task
finds, as `Decoder.from_json` reads it: of boxes, rows of class, score, box and what there is beside it; with
"brief", of a mask or a map its digest alone. With "times" a call is made so often, and the last answer
counts. A plane that is left out is a null pointer; a number that JSON cannot hold may be a text.
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
from edgegen_kits.common.commands import Commands, given
from edgegen_kits.ios import clang, settings_check
from edgegen_kits.ios.kit import installed
from edgegen_kits.ios.object_folder import ObjectFolder
from edgegen_kits.ios.own_files import own_files

GNUSTEP: Final = Path(__file__).parent / "gnustep"
HARNESS: Final = GNUSTEP / "harness.mm"
JSON_READER: Final = GNUSTEP / "json_reader.cpp"  # of the harness
SHIM: Final = (GNUSTEP / "arc.mm", GNUSTEP / "gcc_classes.mm")
JOBS: Final = 2
WARNINGS: Final = ("-Wall", "-Wextra", "-Wshadow", "-Werror")
FAST: Final = ("-O2",)
# Not optimized: half of the time that compiling takes, and what runs longest is the model, which is not ours.
SANITIZED: Final = (
    "-O0",
    "-gline-tables-only",
    "-fno-omit-frame-pointer",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
)

_LOADED: Final = re.compile(r"/lib(\w+)_\$\(EXECUTORCH_PLATFORM\)\.a$")  # a library that the app loads whole
# GNUstep never frees what it sets up once.
_SANITIZER_OPTIONS: Final = {"ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
_HINT: Final = "fix the file; the project's Core/ and Bridge/ are compiled as they are"


def sources(project: Path) -> list[Path]:
    """Return the C++ and Objective-C++ files of a project, which the phone's app is compiled of too."""
    return sorted(
        path for folder in ("Core", "Bridge") for path in own_files(project, folder, {".cpp", ".mm"})
    )


def includes(executorch: Path) -> list[str]:
    """Return the flags that let files find a project's headers, from its folder, and ExecuTorch's."""
    headers = executorch / "include"
    torch = headers / "executorch" / "runtime" / "core" / "portable_type" / "c10"
    return [
        *("-ICore", "-IBridge/include", "-IBridge", "-DC10_USING_CUSTOM_GENERATED_MACROS"),
        *("-isystem", str(headers), "-isystem", str(torch)),
    ]


def release_of(executorch: Path) -> str:
    """Return the version of the installed package whose folder this is, as it says it itself."""
    return (executorch / "version.py").read_text(encoding="utf-8")


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

    executorch: the folder of the installed package. Objects that are in `out` already are compiled again only
    where something that they are made of has changed; a copy of `out` serves a copy of the project.

    Raises:
        ToolchainError: A tool is missing, or a file does not compile without warnings.
    """
    with given(commands) as running:
        folder = out / ("sanitized" if sanitize else "fast")
        folder.mkdir(parents=True, exist_ok=True)
        optimize = SANITIZED if sanitize else FAST
        found = clang.find(running, sanitizers=sanitize)
        kept = ObjectFolder(folder, project, running, f"{found.version} {release_of(executorch)}")
        compiler = _Compiler(found, kept, optimize)
        jobs = [_Job(path, compiler.without_arc()) for path in SHIM]
        jobs += [
            _Job(path, compiler.flags(path, includes(executorch)))
            for path in [*(path.relative_to(project) for path in sources(project)), main, JSON_READER]
        ]
        with ThreadPoolExecutor(JOBS) as pool:
            objects = list(pool.map(compiler.compile, jobs))
        return compiler.link(objects, folder / main.stem, executorch, _libraries(project))


def _libraries(project: Path) -> list[str]:
    """Return the runtime's libraries that the app links, as the Python package names them."""
    flags = xcconfig.words(settings_check.values(project).get("OTHER_LDFLAGS", ""))
    products = [match[1] for flag in flags if (match := _LOADED.search(flag))]
    return [each if each == "executorch" else f"executorch_{each}" for each in (*products, "threadpool")]


def run(program: Path, task: Mapping[str, Any], *, commands: Commands | None = None) -> dict[str, Any]:
    """Run a harness on a task and return its answer.

    Raises:
        ParityError: It was ended by a signal or a sanitizer, or an exception came out of the bridge.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "task.json"
        path.write_text(json.dumps(task), encoding="utf-8")
        with given(commands) as running:
            said = running.ask([program, path], environment=_SANITIZER_OPTIONS)
    if said.code != 0:
        raise ParityError(
            f"the bridge's harness ended with code {said.code}: {said.err.strip()[-4000:]}",
            "no call of the bridge may end the app: fix the one after the last answer",
        )
    answer: dict[str, Any] = json.loads(said.out)
    return answer


@dataclass(frozen=True)
class _Job:
    """A file to compile."""

    source: Path  # from the project's folder, or absolute where it is none of the project's
    flags: Sequence[str]


class _Compiler:
    """Clang, with what it needs to compile against GNUstep."""

    def __init__(self, found: clang.Clang, objects: ObjectFolder, optimize: Sequence[str]) -> None:
        self._found = found
        self._objects = objects
        self._optimize = optimize
        # One place for all projects: a path that differs would be another command to a cache of objects.
        self._headers = installed().gnustep_headers
        self._write_runtime_header()

    def _write_runtime_header(self) -> None:
        """Write GCC's objc/runtime.h with `object_getClass` out of line: ARC refuses its inline body."""
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
        """Return the flags for what joins Clang's Objective-C to GCC's."""
        # It speaks of structures and functions that no header declares.
        return [*self._common(), *self._objective_c(), "-fobjc-runtime=gcc", "-Wno-everything"]

    def flags(self, source: Path, found: Sequence[str]) -> list[str]:
        """Return the flags for a file of the project, or for a main program."""
        arc = ["-fobjc-runtime=gnustep-1.9", "-fobjc-arc", "-fobjc-legacy-dispatch"]
        own = [*self._objective_c(), *arc] if source.suffix == ".mm" else []
        return [*self._common(), *own, *found, "-DET_USE_THREADPOOL", "-DET_EVENT_TRACER_ENABLED"]

    def compile(self, job: _Job) -> Path:
        """Compile a file, unless its object is there and made of the same."""
        command = [self._found.program, *job.flags]
        return self._objects.compile(job.source, command, "does not compile", _HINT)

    def link(self, objects: Sequence[Path], program: Path, executorch: Path, names: Sequence[str]) -> Path:
        """Link a program with GNUstep and these libraries of the runtime."""
        libraries = executorch / "lib"
        command = [
            *(self._found.program, *self._optimize, *objects, "-Wl,--wrap=__objc_exec_class", "-pthread"),
            *("-lgnustep-base", "-L", self._found.gcc, "-lobjc", "-lBlocksRuntime", "-lz"),
            *("-L", libraries, f"-Wl,-rpath,{libraries}", "-Wl,--no-as-needed"),
            *(f"-l{name}" for name in names),
            *("-o", program),
        ]
        self._objects.commands.run(command, hint="see what the linker lacks above")
        return program


def _write_if_new(path: Path, text: str) -> None:
    """Write a file in one step: another process may be compiling with it."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            new = Path(folder) / path.name
            new.write_text(text, encoding="utf-8")
            new.replace(path)

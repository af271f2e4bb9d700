"""Run a project's tests of plain Swift, which needs no framework of Apple: geometry, texts, states."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen_kits.common.commands import Commands, ProgramResult, use_commands
from edgegen_kits.ios.kit import HERE, Kit
from edgegen_kits.ios.project_files import project_files
from edgegen_kits.ios.source_rules import APP, imports
from edgegen_kits.ios.swift_compiler import Compiler, Module, problems
from edgegen_kits.ios.swift_text import code_only

PROGRAM: Final = "logic-tests"
_TESTS: Final = "LogicTests"
_FOLDER: Final = "App/Logic"
_PROCESSOR: Final = "App/Logic/ResultProcessor.swift"
# The parts of Apple's frameworks that plain Swift may use.
_DOUBLES: Final = sorted((HERE / "swift_doubles").glob("*.swift"))
_PLAIN: Final = {"Foundation", "Observation", "RegexBuilder", *(path.stem for path in _DOUBLES)}
_CLASS: Final = re.compile(r"\bclass\s+(\w+)\s*:\s*XCTestCase\b")
_CASE: Final = re.compile(r"\bfunc\s+(test\w*)\s*\(\s*\)\s*(async\b)?")
_FAILURE: Final = re.compile(r"^(?P<path>[^\n:]+\.swift):(?P<line>\d+): error: (?P<what>.*)$", re.MULTILINE)
_FATAL: Final = re.compile(r"^.*Fatal error: .*$", re.MULTILINE)  # above a page of addresses
_EXECUTED: Final = re.compile(r"^\s*Executed (\d+) tests?, with (\d+) failures?", re.MULTILINE)
_PATIENCE: Final = 1800.0  # seconds; only tests that hang need them
_LIBRARIES: Final = (
    *("XCTest", "Foundation", "FoundationEssentials", "FoundationInternationalization", "_FoundationICU"),
    *("swiftCore", "swift_Concurrency", "swift_StringProcessing", "swift_RegexParser", "swiftRegexBuilder"),
    *("swiftObservation", "swiftGlibc", "swiftSwiftOnoneSupport", "swiftDispatch", "dispatch"),
    *("BlocksRuntime", "m", "c", "gcc_s"),
)


@dataclass(frozen=True)
class LogicRun:
    """The number of tests that ran, and the failures as `file:line: message`."""

    run: int
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Return whether there were tests and all passed."""
        return self.run > 0 and not self.failures


def plain_files(project: Path) -> list[Path]:
    """Return the app's files that need no framework of Apple.

    A result processor may use any framework, for example to save a crop. Then it is left out.
    """
    plain = project_files(project, _FOLDER, {".swift"})
    plain = [path for path in plain if path != project / _PROCESSOR or not _foreign_imports(path)]
    shared = project / "App" / "Appearance.swift"  # the studio's; if it is missing, the compiler says so
    return [*plain, shared] if shared.is_file() else plain


def run(kit: Kit, project: Path, out: Path, commands: Commands | None = None) -> LogicRun:
    """Compile these files and Tests/Logic for this computer, and run the tests."""
    project, out = project.absolute(), out.absolute()
    plain, tests = plain_files(project), project_files(project, "Tests/Logic", {".swift"})
    if project / _PROCESSOR not in plain:
        tests = [path for path in tests if "ResultProcessor" not in path.read_text("utf-8", "replace")]
    wrong = [
        f"{path.relative_to(project).as_posix()}:1: imports {name}: a file of plain Swift must not import it"
        for path in plain
        for name in _foreign_imports(path)
    ]
    found = {
        name: cases
        for path in tests
        for name, cases in _cases(path.read_text(encoding="utf-8", errors="replace"))
    }
    if wrong or not found:
        return LogicRun(0, tuple(wrong or ["Tests/Logic: there is no test"]))
    out.mkdir(parents=True, exist_ok=True)
    main = out / "LogicTests.swift"
    main.write_text(_main(found), encoding="utf-8")
    with use_commands(commands) as running:
        wrong = build(kit, project, out, [*tests, main], running)
        if wrong:
            return LogicRun(0, tuple(wrong))
        result = running.ask(kit.with_libraries(out / PROGRAM), project, timeout=_PATIENCE)
    return _read_results(result, project, sum(map(len, found.values())))


def _foreign_imports(path: Path) -> list[str]:
    """Return the modules that a file imports and a file of plain Swift must not."""
    return sorted(imports(path.read_text(encoding="utf-8", errors="replace")) - _PLAIN)


def _read_results(result: ProgramResult, project: Path, expected: int) -> LogicRun:
    """Read XCTest's output."""
    failures = [
        f"{_within(match['path'], project)}:{match['line']}: {match['what']}"
        for match in _FAILURE.finditer(result.text)
    ]
    totals = _EXECUTED.findall(result.text)
    count = int(totals[-1][0]) if totals else 0
    if count != expected or (result.code != 0 and not failures):
        fatal = _FATAL.search(result.text)
        last_words = fatal.group() if fatal else result.text.strip()[-1000:]
        failures.append(f"Tests/Logic: ended with code {result.code}: {last_words}")
    return LogicRun(count, tuple(failures))


def _cases(text: str) -> Iterator[tuple[str, list[tuple[str, bool]]]]:
    """Yield the test classes of a file, each with its tests and whether they are asynchronous."""
    code = code_only(text)
    starts = [*_CLASS.finditer(code)]
    ends = [*(each.start() for each in starts), len(code)][1:]
    for start, end in zip(starts, ends, strict=True):
        cases = [(each[1], bool(each[2])) for each in _CASE.finditer(code, start.end(), end)]
        if cases:
            yield start[1], cases


def _main(found: dict[str, list[tuple[str, bool]]]) -> str:
    """Return the main program with a list of the tests, which XCTest on Linux needs."""
    rows = [
        f"      testCase([{', '.join(_row(name, *case) for case in cases)}]),"
        for name, cases in found.items()
    ]
    start = ["import XCTest", "@main struct Main {", "  static func main() {", "    XCTMain(["]
    return "\n".join([*start, *rows, "    ])", "  }", "}", ""])


def _row(name: str, case: str, is_asynchronous: bool) -> str:
    function = f"{name}.{case}"
    return f'("{case}", {f"asyncTest({function})" if is_asynchronous else function})'


def build(kit: Kit, project: Path, out: Path, sources: Sequence[Path], commands: Commands) -> list[str]:
    """Compile out/logic-tests from the plain files and `sources`, one with @main; return the errors."""
    compiler = Compiler(kit, project, commands)
    objects: list[Path] = []
    doubles = out / "doubles"
    doubles.mkdir(exist_ok=True)
    modules = [(Module(path.stem, [path]), doubles) for path in _DOUBLES]
    for module, folder in [*modules, (Module(APP, plain_files(project), (doubles,)), out)]:
        objects.append(folder / f"{module.name}.o")
        output = ("-c", "-o", objects[-1], "-emit-module-path", folder / f"{module.name}.swiftmodule")
        wrong = problems(compiler.run(module, *output), module.name, project)
        if wrong:
            return wrong
    # Not with the phone's strict checks, which ran already: XCTest on Linux lacks annotations of actors.
    flags = ("-swift-version", "5", "-enable-bare-slash-regex")
    test_module = Module(_TESTS, sources, (out, doubles), warnings_are_errors=False, flags=flags)
    test_object = out / "LogicTests.o"
    wrong = problems(compiler.run(test_module, "-c", "-o", test_object), _TESTS, project)
    if wrong:
        return wrong
    commands.run(_link(kit, [*objects, test_object], out / PROGRAM))
    return []


def _link(kit: Kit, objects: Sequence[Path], program: Path) -> list[object]:
    library = kit.root / "usr" / "lib" / "x86_64-linux-gnu"
    gcc = next((kit.root / "usr" / "lib" / "gcc" / "x86_64-linux-gnu").iterdir())
    swift = kit.resources / "linux"
    return [
        *kit.with_libraries(kit.linker, "ld.lld"),  # its name decides which linker it is
        *("-pie", "--eh-frame-hdr", "--as-needed", "--sysroot", kit.root, "-o", program),
        *(library / "Scrt1.o", library / "crti.o", gcc / "crtbeginS.o"),
        *(swift / "x86_64" / "swiftrt.o", *objects, "-L", swift, "-L", library, "-L", gcc),
        *(f"-l{name}" for name in _LIBRARIES),
        *(gcc / "crtendS.o", library / "crtn.o"),
    ]


def _within(path: str, project: Path) -> str:
    return Path(path).relative_to(project).as_posix() if Path(path).is_relative_to(project) else path

#!/usr/bin/env python3
"""Select the areas of tests that have to run again, and record those that passed.

    areas.py plan            print the tests of the areas that changed since they passed; on stderr, why
    areas.py plan --repeat   the same, and if there is time one area that did not change, chosen by the commit
    areas.py plan --all      all areas
    areas.py plan AREA ...   these areas
    areas.py record          write the areas of the last plan whose tests passed to .ci/passed.tsv
    areas.py inputs AREA     print the files that the tests of an area can reach

An area is a folder of tests/. Its inputs are the Python files that its tests can import, by the import graph,
the other files in the folders of those, and the patterns of INPUTS. `.ci/passed.tsv` has a digest of them for
each area, from the last run in which its full tests passed. If files of the area's SUBJECT changed, all its
tests run. If only other inputs changed, for example `base/errors.py`, one in four of its test files runs. CI
repeats one recorded area, unless what changed takes long: a record that is wrong is found by one of the next
runs.
"""

import ast
import fnmatch
import hashlib
import subprocess
import sys
from collections.abc import Container, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

import grimp

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT: Final = Path(__file__).resolve().parents[1]
RECORD: Final = ROOT / ".ci" / "passed.tsv"
PLAN: Final = ROOT / "build" / "plan.tsv"  # the digests when the last plan was made
RESULTS: Final = ROOT / "build" / "results.tsv"  # of the run after it, by pytest's option --results
PACKAGES: Final = ("edgegen", "edgegen_kits", "tests", "benchmarks")
CORES: Final = 2
TIME_TO_REPEAT: Final = 20  # minutes of a plan that leave CI the time for one more area

Record = dict[str, tuple[str, float]]  # of a row: the digest, and the CPU seconds of an area's tests

# Inputs of the tests of all areas.
COMMON: Final = ("pyproject.toml", "tests/tiny/*", "docs/images/*.jpg")
# The folders of tests/ that have tests, and the inputs that they do not import. `*` matches slashes too.
INPUTS: Final[dict[str, tuple[str, ...]]] = {
    "android": (
        *("templates/android/*", "templates/_s*/android/*", "templates/_selection/android/*"),
        *("templates/_shared/android-icon/*", "templates/_shared/app_model*", "templates/_shared/words/*"),
        *("templates/_shared/vectors/*", "templates/_ci/*"),
    ),
    "cli": ("templates/*", "examples/*", "docs/templates.md"),
    "cpp": ("templates/_shared/cpp/*",),
    "export": ("templates/*",),
    "ios": (
        *("templates/ios/*", "templates/_s*/ios/*", "templates/_selection/ios/*", "templates/_shared/*"),
        *("templates/_ci/*", "scripts/*.swift", "scripts/apple_members.py"),
    ),
    "kotlin": ("templates/android/*", "templates/_s*/android/*", "templates/_shared/vectors/*"),
    "linux": (
        *("templates/linux-cpp/*", "templates/_s*/linux-cpp/*", "templates/_selection/linux-cpp/*"),
        *("templates/_shared/*", "templates/_ci/*"),
    ),
    "python": ("templates/*",),
    "repository": (
        *(".ci/run", ".clang-format", ".gitattributes", ".gitignore", ".github/*"),
        *("*.md", "CITATION.cff", "LICENSE", "Makefile"),
        *("benchmarks/*", "docs/*", "examples/*", "generator/*", "scripts/*", "templates/*"),
        *("tests/tiny/*", "tests/helpers/*", "tests/conftest.py"),
    ),
    "web": (
        *("templates/web/*", "templates/_selection/web/*"),
        *("templates/_shared/js/*", "templates/_shared/vectors/*"),
        *("templates/_shared/words/*", "templates/_serve/*", "templates/_ci/*"),
    ),
}
# What the ports of the numpy code are compared with, and how.
PARITY: Final = tuple(f"generator/edgegen/{package}/*" for package in ("parity", "reference", "tasks"))
# The files that an area is about, besides its tests and COMMON. Of an area that is not here, all tests run
# after any change of its inputs.
SUBJECT: Final[dict[str, tuple[str, ...]]] = {
    "android": (
        *(*INPUTS["android"], *PARITY, "generator/edgegen/targets/android/*"),
        *("generator/edgegen_kits/android/*", "generator/edgegen_kits/common/*"),
    ),
    "cli": tuple(f"generator/edgegen/{package}/*" for package in ("cli", "commands", "project")),
    "cpp": (*INPUTS["cpp"], *PARITY),
    "export": (
        *tuple(f"generator/edgegen/{package}/*" for package in ("export", "model", "runtimes", "sources")),
        *PARITY,
    ),
    "ios": (
        *(*INPUTS["ios"], *PARITY, "generator/edgegen/targets/ios/*"),
        *("generator/edgegen_kits/ios/*", "generator/edgegen_kits/common/*"),
    ),
    "kotlin": (*INPUTS["kotlin"], *PARITY, "tests/cpp/*.py"),
    "linux": (*INPUTS["linux"], *PARITY, "generator/edgegen/targets/linux_cpp/*"),
    "web": (
        *(*INPUTS["web"], *PARITY, "generator/edgegen/targets/web/*"),
        *("generator/edgegen/runtimes/onnxruntime/*", "tests/cpp/*.py", "tests/kotlin/*.py"),
    ),
}
# What the mutation tests of an area mutate, and what they compare it with.
MUTATED: Final[dict[str, tuple[str, ...]]] = {
    "cpp": ("templates/_shared/cpp/*", "tests/cpp/*"),
    "ios": (
        *("templates/_shared/cpp/*", "templates/ios/Bridge/*", "templates/_selection/ios/*"),
        *("tests/ios/bridge/*", "tests/ios/selection/*", "tests/ios/test_selection_mutations.py"),
    ),
    "kotlin": (
        *("templates/android/vision/*", "templates/_studio/android/vision/*"),
        *("tests/kotlin/*", "tests/cpp/*.py"),
    ),
    "web": (
        *("templates/_shared/js/*", "tests/web/vision/*"),
        *("tests/cpp/*_comparisons.py", "tests/cpp/one_to_one.py", "tests/kotlin/*_comparisons.py"),
    ),
}
# One in this number of mutations runs if neither the mutated code nor the comparisons changed.
SHARE: Final = 8
# One in this number of an area's test files runs if its subject did not change.
FAR_SHARE: Final = 4
_MUTATIONS: Final = "-mutations"
_SUBJECT: Final = "-subject"
# The rows of the record.
NAMES: Final = (*INPUTS, *(area + _SUBJECT for area in SUBJECT), *(area + _MUTATIONS for area in MUTATED))


def main(arguments: list[str]) -> int:
    """Run the script and return its exit code."""
    match arguments:
        case ["plan", *options] if set(options) <= {"--all", "--repeat", *INPUTS}:
            print(*plan(options))
        case ["record"]:
            record()
        case ["inputs", area] if area in INPUTS:
            print(*inputs(area), sep="\n")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


def plan(options: list[str]) -> list[str]:
    """Return the folders or files of the tests to run, print why on stderr, and write PLAN."""
    passed, known = read_record(), {name: current_digest(name) for name in NAMES}
    reasons, far = {}, set[str]()
    for area in INPUTS:
        subject = area + _SUBJECT
        if area not in passed:
            reasons[area] = "no record"
        elif passed[area][0] == known[area]:
            continue
        elif subject not in known or passed.get(subject, ("",))[0] != known[subject]:
            reasons[area] = "changed since it passed"
        else:
            reasons[area] = f"its subject did not change: one in {FAR_SHARE} test files"
            far.add(area)
    current = [area for area in INPUTS if area not in reasons]
    named = set(INPUTS) if "--all" in options else set(options) & INPUTS.keys()
    if named:
        reasons = {area: "as asked for" for area in INPUTS if area in named}
        far = set()
    elif "--repeat" in options and current and expected_minutes(passed, reasons, far) <= TIME_TO_REPEAT:
        reasons[current[int(commit()[:8], 16) % len(current)]] = (
            "did not change; repeated to check the record"
        )
    RESULTS.unlink(missing_ok=True)
    PLAN.parent.mkdir(exist_ok=True)
    rows = [name for name in NAMES if area_of(name) in reasons]
    PLAN.write_text(
        "".join(f"{name}\t{known[name]}\t{'far' if area_of(name) in far else 'all'}\n" for name in rows),
        "utf-8",
    )
    for area, reason in reasons.items():
        minutes = expected_minutes(passed, [area], far)
        expected = f"{minutes:.0f} minutes" if minutes else "not timed yet"
        print(f"  {area:<12} {expected:<14} {reason}", file=sys.stderr)
    minutes = expected_minutes(passed, reasons, far)
    total = f"about {minutes:.0f} minutes on {CORES} cores of the machine of the record"
    print(f"full tests of {len(reasons)} of {len(INPUTS)} areas: {total}", file=sys.stderr)
    tests = []
    for area in reasons:
        tests += share_of_tests(area, passed[area][0]) if area in far else [f"tests/{area}"]
    return tests


def expected_minutes(passed: Record, names: Iterable[str], far: Container[str]) -> float:
    """Return how long these areas took when they were recorded; a share of it for those in `far`."""
    seconds = 0.0
    for area in names:
        seconds += passed.get(area, ("", 0.0))[1] / (FAR_SHARE if area in far else 1)
    return seconds / 60 / CORES


def share_of_tests(area: str, recorded: str) -> list[str]:
    """Return one in FAR_SHARE of the area's files with full tests.

    The recorded digest chooses which: the same ones until they pass, and others after that.
    """
    tests = [
        path
        for path in matching([f"tests/{area}/*test_*.py"])
        if "pytest.mark.full" in (ROOT / path).read_text(encoding="utf-8")
    ]
    return tests[int(recorded, 16) % min(FAR_SHARE, len(tests)) :: FAR_SHARE]


def record() -> None:
    """Write the planned areas to the record if none of their tests failed in the run after the plan."""
    if not RESULTS.exists():
        print("nothing is recorded: the run did not end", file=sys.stderr)
        return
    seconds, failed = dict.fromkeys(INPUTS, 0.0), set[str]()
    for row in RESULTS.read_text(encoding="utf-8").splitlines():
        spent, tier, outcome, name = row.split("\t")
        area = name.split("/")[1]
        seconds[area] += float(spent) if tier == "full" else 0
        if outcome == "failed":
            failed.add(area)
    planned = [line.split("\t") for line in PLAN.read_text(encoding="utf-8").splitlines()]
    changed = {area_of(name) for name, known, _ in planned if known != current_digest(name)}
    for area in sorted(changed - failed):
        print(f"not recorded: inputs of {area} changed during the run", file=sys.stderr)
    passed = read_record()
    for name, known, extent in planned:
        if area_of(name) not in failed | changed:
            # A share says nothing about the seconds of all.
            spent = passed.get(name, ("", 0.0))[1] if extent == "far" else seconds.get(name, 0.0)
            passed[name] = (known, spent)
    lines = [f"{name}\t{known}\t{spent:.0f}\n" for name, (known, spent) in sorted(passed.items())]
    RECORD.write_text("".join(lines), encoding="utf-8")
    print(f"recorded in {RECORD.relative_to(ROOT)}; commit it", file=sys.stderr)


def read_record() -> Record:
    """Return the digest and the CPU seconds of each recorded area, and the digests of mutated files."""
    if not RECORD.exists():
        return {}
    rows = (line.split("\t") for line in RECORD.read_text(encoding="utf-8").splitlines())
    return {area: (known, float(spent)) for area, known, spent in rows}


def mutations(area: str, count: int) -> list[int]:
    """Return the numbers of the mutations that run: all of them, or a share if nothing they need changed."""
    name = area + _MUTATIONS
    known = current_digest(name)
    if read_record().get(name, ("",))[0] != known:
        return list(range(count))
    return list(range(int(known, 16) % SHARE, count, SHARE))


def current_digest(name: str) -> str:
    """Return the digest of a row of the record: of an area's inputs, subject, or mutation tests."""
    area = area_of(name)
    if name == area:
        return digest(inputs(area))
    if name.endswith(_SUBJECT):
        return digest({*matching((*COMMON, *SUBJECT[area], f"tests/{area}/*"))} & {*inputs(area)})
    return digest(matching(MUTATED[area]))


def area_of(name: str) -> str:
    """Return the area of a row of the record."""
    return name.removesuffix(_MUTATIONS).removesuffix(_SUBJECT)


def digest(paths: Iterable[str]) -> str:
    """Return a digest of files: of their names and contents."""
    combined = hashlib.sha256()
    for path in sorted(paths):
        combined.update(f"{path}\0{_digest_of(path)}\n".encode())
    return combined.hexdigest()[:16]


@cache
def _digest_of(path: str) -> str:
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()


def inputs(area: str) -> list[str]:
    """Return the files that the tests of an area can reach, relative to the repository."""
    found = set(matching((*COMMON, *INPUTS[area], f"tests/{area}/*")))
    folders = set[str]()
    for module in imports().reached_by(area):
        path = _path_of(module)
        found.add(path)
        folders.add(path.rpartition("/")[0])
    # Files that a module reads: those next to it, and those in folders without modules of their own.
    for path in files():
        folder = path.rpartition("/")[0]
        while folder not in folders and folder not in _package_folders():
            folder = folder.rpartition("/")[0]
        if folder in folders and not path.endswith(".py"):
            found.add(path)
    return sorted(found)


def matching(patterns: Iterable[str]) -> list[str]:
    """Return the files of the repository that match one of the patterns."""
    return sorted({path for pattern in patterns for path in fnmatch.filter(files(), pattern)})


@cache
def files() -> tuple[str, ...]:
    """Return the files of the repository, with new ones that git does not ignore."""
    listed = git("ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate").splitlines()
    return tuple(path for path in listed if (ROOT / path).is_file())


@cache
def _package_folders() -> frozenset[str]:
    return frozenset({"", *(path.rpartition("/")[0] for path in files() if path.endswith(".py"))})


def _path_of(module: str) -> str:
    root = "generator/" if module.startswith("edgegen") else ""
    path = root + module.replace(".", "/")
    package = f"{path}/__init__.py"  # a folder alone may be left of an earlier commit
    return package if (ROOT / package).is_file() else f"{path}.py"


class Imports:
    """The import graph of the repository, with the imports that no statement shows.

    - A text that names a module, for example in `pytest_plugins`, or "MODULE:FUNCTION", is an import.
    - A text that is a group of entry points imports all of them. Of the commands and the targets, a text or
      the name of the folder in tests/ chooses: most tests use few of them.
    - A test imports the fixtures that its arguments name.
    """

    COMMANDS: Final = "edgegen.cli"
    TARGETS: Final = "edgegen.targets"
    FIXTURES: Final = "tests.conftest"
    TIERS: Final = "tests.helpers.tiers"  # names fixtures and proofs, and uses none

    def __init__(self) -> None:
        if str(ROOT) not in sys.path:
            sys.path.insert(0, str(ROOT))  # where grimp looks for the packages
        self._graph = grimp.build_graph(*PACKAGES, cache_dir=None)
        self._texts = {module: _Texts.of(module) for module in self._graph.modules}
        settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        self._groups = {
            group: {name: value.partition(":")[0] for name, value in points.items()}
            for group, points in settings["project"]["entry-points"].items()
        }
        targets = self._groups[self.TARGETS]
        self._chosen = {
            **{name: {module} for name, module in targets.items()},
            **{name.replace("-", "_"): {module} for name, module in targets.items()},
            "all": set(targets.values()),
            **{
                each.rpartition(".")[2]: {each}
                for each in self._graph.find_children(self.COMMANDS)
                if "command" in self._texts[each].functions
            },
        }
        self._fixtures = {
            name: plugin
            for plugin in self._texts[self.FIXTURES].strings & self._graph.modules
            for name in self._texts[plugin].fixtures
        }

    def reached_by(self, area: str) -> set[str]:
        """Return the modules that the tests of an area can import."""
        start = {module for module in self._graph.modules if module.startswith(f"tests.{area}.")}
        found, waiting = set[str](), [*start, self.FIXTURES]
        while waiting:
            module = waiting.pop()
            if module in found:
                continue
            found.add(module)
            waiting += self._imports(module)
            if module.startswith("tests.") and module != self.TIERS:
                waiting += self._choices(module)
        return found

    def _imports(self, module: str) -> Iterator[str]:
        """Yield what a module imports, and the packages that it is in."""
        parent = module.rpartition(".")[0]
        if parent:
            yield parent
        texts = self._texts[module]
        if module != self.COMMANDS:
            yield from self._graph.find_modules_directly_imported_by(module)
        else:
            yield "edgegen.cli.common"
        if module == self.FIXTURES:
            return
        yield from {text.partition(":")[0] for text in texts.strings} & self._graph.modules
        for group in texts.strings & self._groups.keys() - {self.TARGETS}:
            yield from self._groups[group].values()

    def _choices(self, module: str) -> Iterator[str]:
        """Yield the commands, targets and fixtures that a module of the tests names."""
        texts = self._texts[module]
        for name in (texts.strings | texts.arguments) & self._fixtures.keys():
            yield self._fixtures[name]
        for name in (texts.strings | set(module.split("."))) & self._chosen.keys():
            yield from self._chosen[name]


class _Texts:
    """What a module's source says besides its imports: strings, functions, fixtures, arguments."""

    def __init__(self, tree: ast.AST) -> None:
        self.strings, self.functions = set[str](), set[str]()
        self.fixtures, self.arguments = set[str](), set[str]()
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.strings.add(node.value)
            elif isinstance(node, ast.FunctionDef):
                self.functions.add(node.name)
                if any("fixture" in ast.unparse(each) for each in node.decorator_list):
                    self.fixtures.add(node.name)
            elif isinstance(node, ast.arg):
                self.arguments.add(node.arg)

    @classmethod
    def of(cls, module: str) -> "_Texts":
        return cls(ast.parse((ROOT / _path_of(module)).read_text(encoding="utf-8")))


@cache
def imports() -> Imports:
    """Return the import graph, built once."""
    return Imports()


def commit() -> str:
    """Return the current commit."""
    return git("rev-parse", "HEAD").strip()


def git(*arguments: str) -> str:
    """Return what git prints in the repository."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

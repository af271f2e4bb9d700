#!/usr/bin/env python3
"""Print the test folders of the areas that changed since a commit: what `make test-changed` runs.

`changed_areas.py [COMMIT]`: without one, since the commit at which the full tests of the area last passed;
.ci/tested has a line for each area. Files that are not committed yet count as changed.
`changed_areas.py --record [AREA ...]` writes the current commit to .ci/tested, for these areas or for all.
"""

import fnmatch
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
TESTED: Final = ROOT / ".ci" / "tested"

# The folders of tests/ that have tests.
ALL_AREAS: Final = ("android", "cli", "cpp", "export", "ios", "kotlin", "linux", "python", "repository")
# The first pattern that matches a path counts; `*` matches slashes too. Without a match: everything.
AREAS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (".ci/tested", ()),
    (".ci/run", ("repository",)),
    ("Makefile", ("repository",)),
    ("docs/*", ("repository",)),
    ("*.md", ("repository",)),
    ("benchmarks/*", ("repository",)),
    ("scripts/*", ("repository",)),
    ("examples/*", ("cli",)),
    ("tests/helpers/*", ALL_AREAS),
    ("tests/tiny/*", ALL_AREAS),
    ("tests/conftest.py", ALL_AREAS),
    ("tests/android/*", ("android",)),
    ("tests/cli/*", ("cli",)),
    ("tests/cpp/detailed/*", ("linux",)),
    ("tests/cpp/*", ("cpp", "kotlin")),
    ("tests/export/*", ("export",)),
    ("tests/ios/*", ("ios",)),
    ("tests/kotlin/*", ("kotlin",)),
    ("tests/linux/*", ("linux",)),
    ("tests/python/*", ("python",)),
    ("tests/repository/*", ("repository",)),
    ("templates/_shared/cpp/nv12/*", ("ios",)),
    ("templates/_shared/cpp/*", ("cpp", "linux", "ios")),
    ("templates/_shared/model_info/*", ("linux", "ios")),
    ("templates/_shared/words/*", ("python", "android", "ios")),
    ("templates/_shared/vectors/*", ("linux", "kotlin", "android", "ios")),
    ("templates/_ci/*", ("cli", "linux", "android", "ios")),
    ("templates/_report/*", ("cli",)),
    ("templates/_custom_template/*", ("cli",)),
    ("templates/android/vision/*", ("kotlin", "android")),
    ("templates/android/parity/*", ("kotlin", "android")),
    ("templates/android/*", ("android",)),
    ("templates/ios/*", ("ios",)),
    ("templates/linux-cpp/*", ("linux",)),
    ("templates/_studio/android/vision/*", ("kotlin", "android")),
    ("templates/_st*/android/*", ("android",)),
    ("templates/_st*/ios/*", ("ios",)),
    ("templates/_st*/linux-cpp/*", ("linux",)),
    ("generator/edgegen_kits/android/*", ("android", "kotlin")),
    ("generator/edgegen_kits/ios/*", ("ios",)),
    ("generator/edgegen/targets/android/*", ("android",)),
    ("generator/edgegen/targets/ios/*", ("ios",)),
    ("generator/edgegen/targets/linux_cpp/*", ("linux",)),
    ("generator/edgegen/targets/custom_template/*", ("cli",)),
    ("generator/edgegen/cli/*", ("cli", "repository")),
    ("generator/edgegen/commands/*", ("cli",)),
    ("generator/edgegen/export/*", ("export", "python", "cli")),
    ("generator/edgegen/sources/*", ("python", "export", "cli")),
    ("generator/edgegen/runtimes/*", ("python", "export", "cli")),
    ("generator/edgegen/parity/*", ("python", "export", "cli", "linux")),
    ("generator/edgegen/reference/*", ("python", "export", "cpp", "kotlin", "linux")),
    ("generator/edgegen/tasks/*", ("python", "export", "cpp", "kotlin", "linux")),
)


def main(arguments: list[str]) -> int:
    """Run the script and return its exit code."""
    if arguments[:1] == ["--record"]:
        return record(arguments[1:] or ALL_AREAS)
    tested = dict.fromkeys(ALL_AREAS, arguments[0]) if arguments else read_tested()
    changed_since = {commit: changed_files(commit) for commit in set(tested.values())}
    folders = [
        f"tests/{area}"
        for area in ALL_AREAS
        if area not in tested or area in changed_areas(changed_since[tested[area]])
    ]
    print(*folders)
    return 0


def read_tested() -> dict[str, str]:
    """Return the commit at which the full tests of an area passed, for each area that has one."""
    tested = {}
    for line in TESTED.read_text(encoding="utf-8").splitlines():
        area, commit = line.split()
        tested[area] = commit
    return tested


def changed_files(since: str) -> list[str]:
    """Return the files that differ from a commit. If this clone lacks it: every file."""
    if git("cat-file", "-e", f"{since}^{{commit}}").returncode != 0:
        print(f"this clone has no commit {since}: all files count as changed", file=sys.stderr)
        return git("ls-files").stdout.splitlines()
    changed = git("diff", "--name-only", "--no-renames", since).stdout.splitlines()
    return [*changed, *git("ls-files", "--others", "--exclude-standard").stdout.splitlines()]


def changed_areas(paths: Iterable[str]) -> set[str]:
    """Return the areas of changed files, whose paths begin at the root of the repository."""
    found: set[str] = set()
    for path in paths:
        areas = next((names for pattern, names in AREAS if fnmatch.fnmatchcase(path, pattern)), ALL_AREAS)
        found.update(areas)
    return found


def record(areas: Iterable[str]) -> int:
    """Write the current commit to .ci/tested for these areas. Return 1 if there are changes to commit."""
    differs = git("status", "--porcelain", "--", ".", ":!.ci/tested").stdout.strip()
    if differs:
        print(f"not recorded in .ci/tested: these files are not committed\n{differs}", file=sys.stderr)
        return 1
    tested = read_tested() | dict.fromkeys(areas, git("rev-parse", "HEAD").stdout.strip())
    TESTED.write_text("".join(f"{area} {tested[area]}\n" for area in sorted(tested)), encoding="utf-8")
    print("recorded in .ci/tested; commit it", file=sys.stderr)
    return 0


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in the repository."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

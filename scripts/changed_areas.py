#!/usr/bin/env python3
"""Print the test folders of the areas that changed since a commit: what `make test-changed` runs.

`changed_areas.py [COMMIT]`: without one, since the commit on which `make test-all` passed (.ci/tested). Files
that are not committed yet count as changed. `changed_areas.py --record` writes the current commit to
.ci/tested.
"""

import fnmatch
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
TESTED: Final = ROOT / ".ci" / "tested"

EVERYTHING: Final = ("tests",)
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
    ("tests/helpers/*", EVERYTHING),
    ("tests/tiny/*", EVERYTHING),
    ("tests/conftest.py", EVERYTHING),
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
    if arguments == ["--record"]:
        return record()
    since = arguments[0] if arguments else TESTED.read_text(encoding="utf-8").strip()
    if git("cat-file", "-e", f"{since}^{{commit}}").returncode != 0:
        print(f"everything is tested: this clone has no commit {since}", file=sys.stderr)
        print(*EVERYTHING)
        return 0
    changed = git("diff", "--name-only", "--no-renames", since).stdout.splitlines()
    added = git("ls-files", "--others", "--exclude-standard").stdout.splitlines()
    print(*areas([*changed, *added]))
    return 0


def areas(paths: Iterable[str]) -> list[str]:
    """Return the test folders of changed files, whose paths begin at the root of the repository."""
    folders: set[str] = set()
    for path in paths:
        found = next((names for pattern, names in AREAS if fnmatch.fnmatchcase(path, pattern)), EVERYTHING)
        if found == EVERYTHING:
            print(f"everything is tested: {path} concerns it all", file=sys.stderr)
            return list(EVERYTHING)
        folders |= {f"tests/{name}" for name in found}
    return sorted(folders)


def record() -> int:
    """Write the current commit to .ci/tested. Return 1, with a message, if files differ from it."""
    differs = git("status", "--porcelain", "--", ".", ":!.ci/tested").stdout.strip()
    if differs:
        print(f"not recorded in .ci/tested: these files are not committed\n{differs}", file=sys.stderr)
        return 1
    TESTED.write_text(git("rev-parse", "HEAD").stdout, encoding="utf-8")
    print("recorded in .ci/tested; commit it", file=sys.stderr)
    return 0


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in the repository."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

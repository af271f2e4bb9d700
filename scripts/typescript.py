#!/usr/bin/env python3
"""Check the JSDoc types of JavaScript: `typescript.py FOLDER ...`, after `typescript.py --install`."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT))

from scripts.npm_package import NpmPackage  # noqa: E402

PACKAGE: Final = NpmPackage(
    "typescript",
    "typescript@5.9.3",
    # The compiler, and the types of the language and of browsers.
    re.compile(r"package/(lib/(?:_?tsc\.js|lib\..*\.d\.ts|lib\.d\.ts)|package\.json)"),
    "d3d535583b266b4382036e439292651f035eb6a90a4eef1ddd11c816b4c17b6a",
)
OPTIONS: Final[dict[str, Any]] = {
    "allowJs": True,
    "checkJs": True,
    "noEmit": True,
    "strict": True,
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "noImplicitReturns": True,
    "noImplicitOverride": True,
    "skipLibCheck": True,
    "target": "es2023",
    "module": "es2022",
    "moduleResolution": "bundler",
    "lib": ["es2023", "dom", "dom.iterable"],
    "types": [],
}


def main(arguments: Sequence[str]) -> int:
    """Install TypeScript, or return 1 and print its findings if it has some."""
    if arguments == ["--install"]:
        PACKAGE.install()
        return 0
    findings = check([Path(each) for each in arguments])
    print(*findings, sep="\n")
    return 1 if findings else 0


def check(folders: Sequence[Path], **options: Any) -> list[str]:
    """Return the findings in the JavaScript of folders, one line each.

    options: more or other compiler options.
    """
    with tempfile.TemporaryDirectory() as temporary:
        project = Path(temporary) / "tsconfig.json"
        include = [f"{each.resolve()}/**/{pattern}" for each in folders for pattern in ("*.js", "*.mjs")]
        settings = {"compilerOptions": {**OPTIONS, **options}, "include": include}
        project.write_text(json.dumps(settings), encoding="utf-8")
        command = ["node", PACKAGE.folder / "lib" / "tsc.js", "--project", project, "--pretty", "false"]
        answer = subprocess.run(command, capture_output=True, text=True)
    return [each for each in answer.stdout.splitlines() if each]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

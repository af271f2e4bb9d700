#!/usr/bin/env python3
"""Print every module of the generator (or of these folders): lines, path, first docstring line."""

import ast
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]


def main(folders: list[str]) -> int:
    """Run the script and return its exit code."""
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        docstring = ast.get_docstring(ast.parse(text)) or ""
        summary = docstring.split("\n")[0]
        print(f"{len(text.splitlines()):5}  {path.relative_to(ROOT)}  {summary}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["generator"]))

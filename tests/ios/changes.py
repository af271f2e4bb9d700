"""Changes of a project's files, for tables of mutations that a check must name."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

Change = Callable[[Path], object]  # of a project's folder


def replaced(file: str, pattern: str, by: str) -> Change:
    """Return a change that replaces the first match of a pattern, which must exist."""

    def change(project: Path) -> None:
        text = (project / file).read_text(encoding="utf-8")
        new, count = re.subn(pattern, by, text, count=1, flags=re.MULTILINE)
        assert count == 1, pattern
        (project / file).write_text(new, encoding="utf-8")

    return change


def appended(file: str, text: str) -> Change:
    def change(project: Path) -> None:
        with (project / file).open("a", encoding="utf-8") as stream:
            stream.write(f"{text}\n")

    return change


def written(file: str, text: str) -> Change:
    return lambda project: (project / file).write_text(text, encoding="utf-8")


def removed(name: str) -> Change:
    """Return a change that removes a file or a folder."""

    def change(project: Path) -> None:
        path = project / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return change


def edited(file: str, edit: Callable[[Any], object]) -> Change:
    """Return a change of a JSON file."""

    def change(project: Path) -> None:
        content = json.loads((project / file).read_bytes())
        edit(content)
        (project / file).write_text(json.dumps(content), encoding="utf-8")

    return change

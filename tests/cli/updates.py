"""Helpers for the tests of `edgegen update`, for the project `app` in the current folder."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgegen.project import base_files, manifest
from tests.helpers.support import contents, edgegen, make

HEADER = "src/model_info.h"
BOOKS = {".edgegen.yml", base_files.NAME}


def update(*arguments: object, code: int = 0) -> dict[str, Any]:
    answer = edgegen("update", "app", "--no-verify", "--json", *arguments)
    assert answer.code == code, answer.err
    parsed: dict[str, Any] = json.loads(answer.out)
    return parsed


def edit(name: str, old: str, new: str) -> None:
    path = Path("app") / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def files_of(project: Path) -> dict[str, bytes]:
    """Return a project's files without the manifest and the base."""
    return {name: content for name, content in contents(project).items() if name not in BOOKS}


def fresh(*arguments: object, model: object = "exported") -> dict[str, bytes]:
    """Return these files of a project that `edgegen new` makes."""
    made = make("--app", "studio", "--name", "birds", *arguments, "--output", "fresh", model=model)
    files = files_of(made)
    shutil.rmtree(made)
    return files


def older(project: Path, name: str, text: str, version: str = "0.0.9") -> None:
    """Change a project as if an older edgegen had written this text into one of its files."""
    known = manifest.read(project)
    assert known is not None
    (project / name).write_text(text, encoding="utf-8")
    (project / base_files.NAME).unlink()
    names = manifest.relative_files(project)
    base_files.write(project, [each for each in names if not each.endswith((".bin", ".pte"))])
    names = sorted({*names, base_files.NAME})
    versions = {**known.versions, "edgegen": version}
    manifest.write(replace(known, files=manifest.digests(project, names), versions=versions), project)

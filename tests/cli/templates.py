"""Helpers for tests with custom templates: write and commit a template, run `edgegen new` with it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.helpers.support import edgegen, rejects


def git(folder: Path, *words: object) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *map(str, words)], cwd=folder, check=True, capture_output=True)


def template(files: Mapping[str, str], folder: str = "tpl", **claims: Any) -> Path:
    """Write a template. Without a `copier.yml` in `files`, it gets an empty one."""
    path = Path(folder)
    for name, text in {"copier.yml": "", **files}.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    if claims:
        with (path / "copier.yml").open("a", encoding="utf-8") as file:
            yaml.safe_dump({"_edgegen": claims}, file)
    return path.resolve()


def committed(path: Path, tag: str) -> None:
    if not (path / ".git").exists():
        git(path, "init", "--quiet")
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--message", tag)
    git(path, "tag", tag)


def new(source: object, *arguments: object, output: str = "app") -> Path:
    words = ("new", "--model", "exported", "--template", source, "--output", output, *arguments)
    edgegen(*words).ok()
    return Path(output)


def refuses(source: object, *arguments: object, code: int = 3, says: tuple[str, ...]) -> str:
    words = ("new", "--model", "exported", "--template", source, "--output", "app", *arguments)
    return rejects(code, Path(), *words, says=says)

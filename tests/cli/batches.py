"""Helpers for the tests of `edgegen batch`: exports in a folder of runs, and parsed results."""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.helpers.support import LINUX, Answer, edgegen, metadata_of, write_metadata


def export_called(name: str, tiny_export: Path, folder: Path) -> Path:
    """Copy the tiny export and record another model name in it."""
    shutil.copytree(tiny_export, folder, ignore=shutil.ignore_patterns(".edgegen.yml"))
    content: dict[str, Any] = metadata_of(folder)
    content["edgegen"]["name"] = name
    write_metadata(folder, content)
    return folder


def batch(*arguments: object, target: tuple[str, ...] = LINUX) -> tuple[Answer, dict[str, Any]]:
    """Run `edgegen batch --json`, and return the answer and its parsed JSON."""
    answer = edgegen("batch", *arguments, *target, "--json")
    return answer, json.loads(answer.out) if answer.out else {}


def results(said: dict[str, Any]) -> dict[str, str]:
    """Return the result of each project by its name."""
    return {row["name"]: row["result"] for row in said["projects"]}

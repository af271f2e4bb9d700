"""Projects with several models: another model beside the tiny one, and the keys of what a project holds."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import yaml

from edgegen.project import manifest
from tests.helpers.support import metadata_of, record_of, write_metadata

CLASSES = ("owl", "bat", "moth")


def renamed(export: Path, folder: Path) -> Path:
    """Copy an export, with other names for its three classes."""
    shutil.copytree(export, folder)
    (folder / ".edgegen.yml").unlink(missing_ok=True)
    content = metadata_of(folder)
    content["names"] = dict(enumerate(CLASSES))
    content.pop("edgegen_name", None)
    write_metadata(folder, content)
    return folder


def keys_of(project: Path) -> list[str]:
    return [each["key"] for each in record_of(project)["options"]["models"]]


def record_files(project: Path, files: Sequence[Path]) -> None:
    """Let `verify` compare the first models of a project with files, as if it was made from these.

    `new` takes several models only without descriptions: these models are exported before.
    """
    path = project / manifest.NAME
    record = record_of(project)
    checkpoints = [{"path": str(file), "sha256": manifest.checkpoint_sha256(file)} for file in files]
    record["checkpoint"] = checkpoints[0]
    for model, checkpoint in zip(record["options"]["models"], checkpoints, strict=False):
        model["checkpoint"] = checkpoint
    path.write_text(yaml.safe_dump(record), encoding="utf-8")

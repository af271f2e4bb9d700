"""Projects with several models: another model beside the tiny one, and the keys of what a project holds."""

import shutil
from pathlib import Path

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

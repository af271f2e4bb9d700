"""Helpers for checkpoints that must be rejected."""

import zipfile
from pathlib import Path

import pytest

from edgegen.base.errors import EdgegenError, InputError
from edgegen.sources.ultralytics.checkpoint import load


def refused(path: Path, kind: type[EdgegenError] = InputError) -> str:
    """Return the message with which a checkpoint is rejected."""
    with pytest.raises(kind) as caught:
        load(path)
    assert type(caught.value) is kind
    return caught.value.message


def write_checkpoint(path: Path, stream: bytes) -> Path:
    """Write an archive of torch.save with this pickle."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("named/data.pkl", stream)
        archive.writestr("named/version", "3\n")
        archive.writestr("named/byteorder", "little")
    return path

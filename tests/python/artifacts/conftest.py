"""Fixtures of the model reader's tests."""

from pathlib import Path

import pytest

from edgegen.artifacts.metadata import Metadata


@pytest.fixture
def metadata(tmp_path: Path) -> Metadata:
    """Return Ultralytics' metadata for three classes at 320x320."""
    return Metadata(
        path=tmp_path / "metadata.yaml",
        task="detect",
        class_names=("a", "b", "c"),
        imgsz=(320, 320),
        stride=32,
        batch=1,
        channels=3,
        head="Detect",
        end2end=False,
        license="",
        description="",
        ultralytics_version="8.4.190",
    )

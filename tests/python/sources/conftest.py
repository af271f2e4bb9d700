"""Fixtures of the sources' tests."""

from pathlib import Path

import pytest

from tests.helpers.exported_programs import save_trace


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a traced module of one picture of 64x64 pixels."""
    return save_trace(tmp_path_factory.mktemp("traced") / "flowers.torchscript")

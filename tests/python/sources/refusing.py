"""A helper for checkpoints that must be rejected."""

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

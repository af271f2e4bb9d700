"""The thresholds that a project's manifest records."""

from pathlib import Path
from typing import Any, cast

import pytest

from edgegen.base.errors import InputError
from edgegen.base.progress import NoProgress
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.project.manifest import Manifest
from edgegen.targets.runner import Job


def job(options: dict[str, Any]) -> Job:
    return Job(Path("app"), Manifest("android", options), cast("ModelSpec", None), NoProgress())


def test_recorded_thresholds_replace_the_defaults() -> None:
    assert job({"conf": 1, "iou": None}).project_thresholds == Thresholds(confidence=1.0)


def test_wrong_threshold_in_a_manifest_is_an_input_error() -> None:
    with pytest.raises(InputError, match="could not convert string to float: 'high'"):
        _ = job({"conf": "high"}).project_thresholds

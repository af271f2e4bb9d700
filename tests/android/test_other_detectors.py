"""Apps of D-FINE, RF-DETR and YOLOX show the boxes of their libraries."""

from pathlib import Path

import pytest

from tests.helpers.other_detectors import D_FINE, RF_DETR, YOLOX, verified


@pytest.mark.full
@pytest.mark.parametrize("kind", [D_FINE, RF_DETR, YOLOX])
def test_app_of_another_librarys_detector_passes_verify(kind: str, tmp_path: Path) -> None:
    verified(kind, "android", tmp_path)

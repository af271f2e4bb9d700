"""Apps of other libraries' detectors show the boxes of their libraries."""

from pathlib import Path

import pytest

from tests.helpers.other_detectors import D_FINE, RF_DETR, SSDLITE, YOLOX, verified


@pytest.mark.full
@pytest.mark.parametrize("kind", [D_FINE, RF_DETR, YOLOX, SSDLITE])
def test_app_of_another_librarys_detector_passes_verify(kind: str, tmp_path: Path) -> None:
    verified(kind, "web", tmp_path)

"""Apps of other libraries' detectors show the boxes of their libraries."""

from pathlib import Path

import pytest

from tests.helpers.other_detectors import D_FINE, RF_DETR, SSDLITE, YOLOX, verified
from tests.helpers.support import Answer
from tests.web import browser_process


def run(kind: str, *words: object) -> Answer:
    """Run a command in the process with the browser, which has imported the libraries."""
    return browser_process.edgegen(*words, small_encoder=kind == RF_DETR)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(D_FINE, marks=pytest.mark.nightly),  # the app's files are those of RF-DETR
        pytest.param(RF_DETR, marks=pytest.mark.full),
        pytest.param(YOLOX, marks=pytest.mark.full),
        pytest.param(SSDLITE, marks=pytest.mark.full),
    ],
)
def test_app_of_another_librarys_detector_passes_verify(kind: str, tmp_path: Path) -> None:
    verified(kind, "web", tmp_path, run)

"""Apps of other libraries' detectors show their boxes, and a mutation of each contract is noticed."""

from pathlib import Path

import pytest

from tests.helpers.other_detectors import D_FINE, RF_DETR, SSDLITE, YOLOX, failed_stage, verified

MUTATIONS = {  # file, text, replacement, the first stage that fails
    YOLOX: ("src/model_info.h", "kPadValue = 114", "kPadValue = 0", "letterbox"),
    D_FINE: ("src/vision/decode_detections.cpp", "score = row[4],", "score = row[4] * 0.9F,", "decode"),
    SSDLITE: ("src/vision/decode_multilabel.cpp", "x + width / 2", "x + width / 3", "decode"),
    RF_DETR: ("src/model_info.h", "0.485", "0.48", "tensor"),
}


@pytest.mark.full
@pytest.mark.parametrize(
    "kind", [pytest.param(YOLOX, marks=pytest.mark.proof("linux")), D_FINE, RF_DETR, SSDLITE]
)
def test_app_of_another_librarys_detector_passes_verify(kind: str, tmp_path: Path) -> None:
    verified(kind, "linux-cpp", tmp_path)
    file, old, new, stage = MUTATIONS[kind]
    assert failed_stage(kind, tmp_path / "app", file, old, new) == stage

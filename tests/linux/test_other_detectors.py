"""Apps of D-FINE, RF-DETR and YOLOX show the boxes of their libraries, and notice a mutation each."""

from pathlib import Path

import pytest

from tests.helpers.other_detectors import D_FINE, RF_DETR, YOLOX, failed_stage, verified

MUTATIONS = {  # file, text, replacement, the first stage that fails
    YOLOX: ("src/model_info.h", "kPadValue = 114", "kPadValue = 0", "letterbox"),
    D_FINE: ("src/vision/decode.cpp", "score = row[4],", "score = row[4] * 0.9F,", "decode"),
    RF_DETR: ("src/model_info.h", "0.485", "0.48", "tensor"),
}


@pytest.mark.full
@pytest.mark.parametrize("kind", [pytest.param(YOLOX, marks=pytest.mark.proof("linux")), D_FINE, RF_DETR])
def test_app_of_another_librarys_detector_passes_verify(kind: str, tmp_path: Path) -> None:
    verified(kind, "linux-cpp", tmp_path)
    file, old, new, stage = MUTATIONS[kind]
    assert failed_stage(kind, tmp_path / "app", file, old, new) == stage

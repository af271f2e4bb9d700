"""An app of models from several sources shows what each source shows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.model.spec import CENTRE_CROP
from edgegen_kits.android.kit import Kit
from tests.helpers.android_projects import leave_out_what_models_share
from tests.helpers.once import Once
from tests.helpers.other_detectors import KINDS, YOLOX, verified_together
from tests.helpers.other_resizes import with_resize
from tests.helpers.places import TINY
from tests.helpers.several_models import keys_of


@pytest.mark.full
def test_app_with_detectors_of_all_libraries_and_resizes_an_onnx_file_and_int8_passes_verify(
    android_kit: Kit,
    once: Once,
    tiny_export: Path,
    ultralytics_file: Callable[..., Path],
    int8_export: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is compiled once and launched with each. Linux and web have an app of each library's detector."""
    leave_out_what_models_share(monkeypatch)
    file, cropped = ultralytics_file("detect", TINY, "onnx"), with_resize(tiny_export, tmp_path, CENTRE_CROP)
    report = verified_together(once, "android", tmp_path, file, int8_export, cropped)
    stages, keys = {stage["name"]: stage for stage in report["stages"]}, keys_of(tmp_path / "app")
    for key in (keys[KINDS.index(YOLOX)], keys[-1]):
        for name in ("letterbox", "boxes", "app", "drawn boxes"):
            assert stages[f"{key}: {name}"]["compared"] > 10

"""An app of models from several sources shows what each source shows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen_kits.ios.kit import Kit
from tests.helpers.once import Once
from tests.helpers.other_detectors import verified_together
from tests.helpers.places import TINY


@pytest.mark.full
def test_app_with_detectors_of_all_libraries_an_onnx_file_and_int8_passes_verify(
    ios_kit: Kit,
    once: Once,
    ultralytics_file: Callable[..., Path],
    int8_export: Path,
    tmp_path: Path,
) -> None:
    """It is compiled once and called with each. Linux and web have an app of each library's detector."""
    verified_together(once, "ios", tmp_path, ultralytics_file("detect", TINY, "onnx"), int8_export)

"""An app of models from several sources, with different resizes, shows what each source shows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen_kits.ios.kit import Kit
from tests.helpers.ios_projects import begun
from tests.helpers.mutating import replaced
from tests.helpers.once import Once
from tests.helpers.other_detectors import KINDS, YOLOX, verified_together
from tests.helpers.places import TINY
from tests.helpers.several_models import keys_of
from tests.ios.bridge.calls import build


@pytest.mark.full
def test_app_with_detectors_of_all_libraries_an_onnx_file_and_int8_passes_verify(
    ios_kit: Kit,
    once: Once,
    ultralytics_file: Callable[..., Path],
    int8_export: Path,
    tmp_path: Path,
) -> None:
    """It is compiled once and called with each. Linux and web have an app of each library's detector.

    Pictures in every layout of a camera pass through the bridge, for each model and resize. Checks that do
    not depend on a model run once. A mutated resize is noticed for its model alone.
    """
    file = ultralytics_file("detect", TINY, "onnx")
    report = verified_together(once, "ios", tmp_path, file, int8_export)
    project = tmp_path / "app"
    first, *others = keys_of(project)
    stages = {stage["name"]: stage for stage in report["stages"]}
    assert all(stages[f"{key}: layouts"]["compared"] > 0 for key in (first, *others))
    for name in ("Swift files", "logic tests", "phone objects"):
        assert stages[f"{first}: {name}"]["compared"] > 0
        assert not [key for key in others if f"{key}: {name}" in stages]

    resize = project / "Core/vision/letterbox_top_left.cpp"
    replaced(resize, "source_height * ratio", "source_height * ratio + 0.5")
    out = tmp_path / "bridge"
    begun(ios_kit, "bridge", out)
    bridge = build(project, out)
    (models,) = bridge.run({"call": "choose", "folder": ""})
    assert len(models) == len(KINDS) + 2
    for number, model in enumerate(models):
        folder = model["folder"]
        pte, vectors = project / "Model" / folder / "model.pte", project / "vectors" / folder
        check = bridge.self_check(model=str(pte), vectors=str(vectors))
        _, answer = bridge.run({"call": "choose", "folder": folder}, check)
        stage = next(stage for stage in answer["stages"] if stage["name"] == "letterbox")
        assert stage["passed"] == (number != KINDS.index(YOLOX)), model["name"]

"""Int8 with a limit on the loss: the written files, the rejected requests, and no files after a rejection."""

import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

from edgegen import runtimes
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.artifacts.pte import read_pte
from edgegen.commands.request import ExportRequest
from edgegen.export.int8 import _Attempt, _attempts, _first_within
from edgegen.model.int8 import MEASURES, Int8Options
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.picture_files import read_picture
from edgegen.tasks.detect import LOGITS
from edgegen.tasks.prepared import prepare
from tests.helpers import labelled
from tests.helpers.places import TINY
from tests.helpers.support import edgegen, rejects

CLASSIFIER = TINY.with_name("tiny-classify.pt")


def own(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / "metadata.yaml").read_text(encoding="utf-8"))["edgegen"]
    return found


def plain(grey: int, number: int) -> np.ndarray:
    """Return a picture without objects, different from all others."""
    picture = np.full((64, 64, 3), grey, np.uint8)
    picture[0, 0] = number
    return picture


@pytest.mark.full
def test_int8_program_is_one_subgraph_and_less_than_half_as_large(
    int8_export: Path, tiny_export: Path
) -> None:
    """Inputs and outputs stay float32, so apps need no change."""
    pte = int8_export / "model.pte"
    method = read_pte(pte).methods[0]
    assert [(each.backend, each.count) for each in method.delegates] == [("XnnpackBackend", 1)]
    assert method.operators == ()
    assert {value.dtype for value in (*method.inputs, *method.outputs)} == {"float32"}
    assert pte.stat().st_size < 0.45 * (tiny_export / "model.pte").stat().st_size


@pytest.mark.full
def test_int8_certificate_records_the_measured_loss(int8_export: Path) -> None:
    """It is in metadata.yaml and in the spec of a project."""
    said = own(int8_export)
    assert said["programs"][0]["precision"] == "int8"
    contract, calibration = said["int8"]["contract"], said["int8"]["calibration"]
    assert (contract["measure"], contract["max_loss"], contract["pictures"]) == ("map", 5.0, 12)
    assert contract["loss"] <= 5
    assert contract["things"] >= 4
    assert calibration["pictures"] == 12
    assert len(calibration["sha256"]) == 64
    assert calibration["ranges"][1] == list(LOGITS)
    assert said["int8"]["float32_layers"] == []
    assert said["int8"]["speedup"] > 0
    spec = load_model_spec(int8_export / "model.pte", int8_export / "metadata.yaml")
    assert spec.certificate is not None
    assert MEASURES["map"] in spec.precision_in_words
    assert "on 12 pictures, the limit is 5" in spec.precision_in_words


@pytest.mark.full
def test_golden_vectors_of_int8_come_from_the_pte(int8_export: Path) -> None:
    """They cannot equal float32; the certificate states the difference."""
    index = json.loads((int8_export / "vectors" / "index.json").read_text(encoding="utf-8"))
    assert index["source"] == "executorch"
    assert index["model_sha256"] == own(int8_export)["programs"][0]["sha256"]


@pytest.mark.full
def test_int8_logits_cover_a_fixed_range_in_256_steps(int8_export: Path) -> None:
    """The range is from a score of 0.0009 to 0.9975, whatever the calibration measured."""
    spec = load_model_spec(int8_export / "model.pte", int8_export / "metadata.yaml")
    picture = read_picture(next((int8_export.parent / "drawn").rglob("*.png")))
    outputs = runtimes.default().load(spec.pte)(prepare(picture.rgb, spec.input).tensor)
    step = (LOGITS[1] - LOGITS[0]) / 255
    for logits in outputs[1::2]:
        assert len(np.unique(logits)) <= 256
        assert logits.min() >= LOGITS[0] - step
        assert logits.max() <= LOGITS[1] + step
    assert outputs[1].max() > 1  # there is a detection


@pytest.mark.full
def test_int8_export_reports_each_attempt_and_its_loss(int8_export: Path) -> None:
    said = (int8_export.parent / "stderr").read_text(encoding="utf-8")
    assert "all layers in int8: " in said
    assert "limit 5: accepted" in said


@pytest.mark.full
def test_sensitivity_lists_every_layer_by_its_cost(int8_export: Path) -> None:
    """The cost is the change of the outputs if only this layer is int8."""
    said = (int8_export.parent / "stderr").read_text(encoding="utf-8")
    told = re.findall(r"([\w.]+) in int8 changes the outputs by ([\d.e-]+) of their variance", said)
    costs = [float(cost) for _, cost in told]
    assert len({name for name, _ in told}) == own(int8_export)["int8"]["layers"] == len(told)
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > 0


def test_attempts_restore_the_most_costly_layers_up_to_half() -> None:
    """The number doubles each time and includes the layers of --keep-float."""

    class Ten:
        layers = tuple(f"layer{number}" for number in range(10))
        output_ranges = ()

        def costs(self, pictures: int, progress: object) -> dict[str, float]:
            return {name: float(number % 7) for number, name in enumerate(self.layers)}

        def lower(self, keep_float: object, progress: object) -> Any:
            raise AssertionError

    class Notes:
        def step(self, name: str) -> None: ...

        def note(self, text: str) -> None: ...

    tried = list(_attempts(Ten(), ["layer0"], Notes()))
    ranked = ["layer6", "layer5", "layer4", "layer3", "layer2"]
    assert tried == [["layer0"], *(["layer0", *ranked[:more]] for more in (2, 4))]
    for many in (5, 9, 10):  # no program is lowered twice
        assert list(_attempts(Ten(), Ten.layers[:many], Notes())) == [list(Ten.layers[:many])]


@pytest.mark.parametrize(
    ("losses", "tried", "found"),
    [
        ({0: 1.0}, [0], 0),
        ({0: 9.0, 2: 6.0, 4: 5.0}, [0, 2, 4], 4),
        ({0: 40.0, 2: 38.0, 16: 36.0}, [0, 2, 16], 16),  # cannot hold: three lowerings, not five
        ({0: 40.0, 2: 38.0, 16: 1.0, 4: 9.0, 8: 4.0}, [0, 2, 16, 4, 8], 8),
        ({0: 40.0, 2: 38.0, 16: 1.0, 4: 9.0, 8: 9.0}, [0, 2, 16, 4, 8], 16),
        ({0: 9.0, 2: 8.0, 4: 7.0, 8: 8.5, 16: 9.0}, [0, 2, 4, 8, 16], 4),
    ],
)
def test_attempts_stop_early_if_the_last_one_loses_too_much(
    losses: dict[int, float], tried: list[int], found: int
) -> None:
    """|Each attempt is a lowering, and none is repeated."""
    made: list[int] = []

    def measured(kept: list[str]) -> _Attempt:
        made.append(len(kept))
        return _Attempt(kept, b"", losses[len(kept)])

    attempts = iter([["layer"] * count for count in (0, 2, 4, 8, 16)])
    assert len(_first_within(5.0, attempts, measured).float_layers) == found
    assert made == tried


@pytest.mark.full
def test_int8_export_fails_if_the_loss_exceeds_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The calibration pictures are black, so the ranges fit nothing. No files are left.

    Only the first and the last attempt run; the test above covers those between.
    """
    monkeypatch.setattr("edgegen.export.int8._FIRST", 1000)
    photos = tmp_path / "photos"
    photos.mkdir()
    drawn = sorted(labelled.write(tmp_path / "drawn", "classify").rglob("*.png"))
    for number in range(20):
        held_back = number % 5 == 4
        picture = cv2.imread(str(drawn[number // 5 * 3])) if held_back else plain(0, number)
        assert cv2.imwrite(str(photos / f"{number:02d}.png"), picture)
    before = sorted(tmp_path.iterdir())
    arguments = ("export", "--model", CLASSIFIER, "--precision", "int8", "--calibration", photos)
    says = ("int8 loses", MEASURES["lost"], "--max-loss allows 5", "more calibration photos")
    rejects(4, tmp_path, *arguments, "--output", tmp_path / "made", says=says)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.full
def test_int8_export_fails_if_the_input_bytes_differ_from_ultralytics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outputs of int8 may differ, the input may not."""
    theirs = CheckpointAuthority.letterboxed
    monkeypatch.setattr(CheckpointAuthority, "letterboxed", lambda self, rgb: theirs(self, rgb) // 2)
    drawn = labelled.write(tmp_path / "drawn", "classify")
    options = ("--precision", "int8", "--calibration", drawn, "--output", tmp_path / "made")
    rejects(4, tmp_path, "export", "--model", CLASSIFIER, *options, says=("letterboxed bytes differ",))


@pytest.mark.full
def test_int8_export_rejects_calibration_photos_without_detections(tmp_path: Path) -> None:
    """Any model would pass a limit on a loss of 0 of 0."""
    for number in range(5):
        assert cv2.imwrite(str(tmp_path / f"{number}.png"), plain(90, number))
    options = ("--precision", "int8", "--calibration", tmp_path, "--output", tmp_path / "made")
    says = ("the float32 model finds nothing in the", "the int8 loss cannot be measured")
    rejects(3, tmp_path, "export", "--model", TINY, *options, says=says)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--precision", "int8"), ("needs --calibration", "takes a folder")),
        (("--calibration", "photos"), ("--calibration has no effect for float32", "--precision int8")),
        (("--max-loss", "2"), ("--max-loss has no effect for float32",)),
        (("--keep-float", "a"), ("--keep-float has no effect for float32",)),
        (("--sensitivity",), ("--sensitivity has no effect for float32",)),
        (
            ("--precision", "int8", "--calibration", "photos", "--max-loss", "0"),
            ("--max-loss is 0", "above 0"),
        ),
        (("--precision", "int8", "--calibration", "photos", "--max-loss", "100"), ("below 100",)),
        (("--precision", "int8", "--calibration", "photos", "--max-loss", "nan"), ("--max-loss is nan",)),
        (
            ("--precision", "int8", "--calibration", "photos", "--calibration-images", "3"),
            ("--calibration-images is 3", "must be 4 to 10000"),
        ),
        (
            ("--precision", "int8", "--calibration", "photos", "--head", "decoded"),
            ("--head decoded cannot be int8", "leave out --head"),
        ),
    ],
)
def test_export_rejects_int8_options_that_do_not_fit(
    tmp_path: Path, options: tuple[str, ...], says: tuple[str, ...]
) -> None:
    """Before anything is exported."""
    (tmp_path / "photos").mkdir()
    options = tuple(str(tmp_path / "photos") if each == "photos" else each for each in options)
    rejects(2, tmp_path, "export", "--model", TINY, *options, says=says)


def test_int8_options_of_the_command_line_reach_the_export(tmp_path: Path) -> None:
    wish = ExportRequest(
        "best.pt",
        precision="int8",
        calibration=tmp_path,
        calibration_images=7,
        max_loss=2.5,
        keep_float=("first", "last"),
        sensitivity=True,
        int8_io=True,
    )
    assert wish.int8() == Int8Options(tmp_path, 7, 2.5, ("first", "last"), sensitivity=True, int8_io=True)


@pytest.mark.full
def test_new_rejects_precision_int8_for_an_exported_int8_model(tmp_path: Path, int8_export: Path) -> None:
    options = (
        "--model",
        int8_export,
        "--target",
        "linux-cpp",
        "--precision",
        "int8",
        "--calibration",
        tmp_path,
    )
    rejects(2, tmp_path, "new", *options, says=("--precision is for checkpoints", "exported already"))


@pytest.mark.full
def test_new_rejects_precision_fp32_for_an_exported_int8_model(tmp_path: Path, int8_export: Path) -> None:
    options = ("--model", int8_export, "--target", "linux-cpp", "--precision", "fp32")
    rejects(2, tmp_path, "new", *options, says=("--precision is fp32", "already exported in int8"))


def test_int8_export_rejects_a_missing_calibration_folder(tmp_path: Path) -> None:
    """Exit code 3, before the export."""
    options = ("--model", TINY, "--precision", "int8", "--calibration", tmp_path / "none")
    rejects(3, tmp_path, "export", *options, says=("the calibration photos", "do not exist"))


@pytest.mark.full
def test_int8_segmentation_keeps_the_map_of_boxes_and_masks(tmp_path: Path) -> None:
    """Coefficients and prototypes have their own ranges; the labels are the reference."""
    labelled.write(tmp_path / "drawn", "segment", split="train")
    data = labelled.write(tmp_path / "drawn", "segment")
    checkpoint = TINY.with_name("tiny-segment.pt")
    options = ("--precision", "int8", "--calibration", data, "--max-loss", 5, "--output", tmp_path / "made")
    edgegen("export", "--model", checkpoint, *options).ok()
    said = own(tmp_path / "made")["int8"]
    found = json.loads(
        edgegen("evaluate", tmp_path / "made", "--data", data, "--model", checkpoint, "--json").ok().out
    )
    float32, ours = found["runs"]
    assert (float32["precision"], ours["precision"]) == ("float32", "int8")
    losses = []
    for before, after in ((float32, ours), (float32["masks"], ours["masks"])):
        assert before["map50_95"] > 0.5
        losses.append(100 * (before["map50_95"] - after["map50_95"]))
    assert max(losses) == pytest.approx(said["contract"]["loss"], abs=0.01)
    assert max(losses) <= said["contract"]["max_loss"]
    assert len(said["float32_layers"]) < said["layers"] / 4
    assert read_pte(tmp_path / "made" / "model.pte").methods[0].operators == ()


@pytest.mark.full
def test_evaluate_reports_the_precision_of_each_run(int8_export: Path) -> None:
    """PyTorch in float32 and the .pte in int8, on the same pictures."""
    data = int8_export.parent / "drawn" / "data.yaml"
    found = json.loads(edgegen("evaluate", int8_export, "--data", data, "--model", TINY, "--json").ok().out)
    assert [(run["name"], run["precision"]) for run in found["runs"]] == [
        ("pytorch", "float32"),
        ("pte", "int8"),
    ]
    loss = 100 * (found["runs"][0]["map50_95"] - found["runs"][1]["map50_95"])
    assert loss == pytest.approx(own(int8_export)["int8"]["contract"]["loss"], abs=0.01)

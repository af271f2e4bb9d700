"""Int8 by contract: what is written, what is refused, and that nothing is written then."""

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
from edgegen.model.int8 import MEASURES, Asked
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.pictures import read_picture
from edgegen.tasks.detect.task import LOGITS, TASK
from tests.helpers import labelled
from tests.helpers.places import TINY
from tests.helpers.support import edgegen, refused

CLASSIFIER = TINY.with_name("tiny-classify.pt")


def own(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / "metadata.yaml").read_text(encoding="utf-8"))["edgegen"]
    return found


def plain(grey: int, number: int) -> np.ndarray:
    """Return a picture of nothing, which is no copy of another."""
    picture = np.full((64, 64, 3), grey, np.uint8)
    picture[0, 0] = number
    return picture


@pytest.mark.full
def test_the_program_is_one_subgraph_a_third_as_large(int8_export: Path, tiny_export: Path) -> None:
    """No operator stands outside; inputs and outputs stay float32, so that apps need not know."""
    program = read_pte(int8_export / "model.pte")
    method = program.methods[0]
    assert [(backend.name, backend.count) for backend in method.backends] == [("XnnpackBackend", 1)]
    assert method.operators == ()
    assert {value.dtype for value in (*method.inputs, *method.outputs)} == {"float32"}
    assert program.file_bytes < 0.45 * (tiny_export / "model.pte").stat().st_size


@pytest.mark.full
def test_the_certificate_says_what_was_measured(int8_export: Path) -> None:
    """In metadata.yaml, and from there in the spec that projects are made of."""
    said = own(int8_export)
    assert said["precision"] == "int8"
    contract, calibration = said["int8"]["contract"], said["int8"]["calibration"]
    assert (contract["measure"], contract["max_loss"], contract["pictures"]) == ("map", 1.0, 2)
    assert contract["loss"] <= 1
    assert contract["things"] >= 4
    assert calibration["pictures"] == 10
    assert len(calibration["sha256"]) == 64
    assert calibration["ranges"][1] == list(LOGITS)
    assert said["int8"]["float32_layers"] == []
    assert said["int8"]["speedup"] > 0
    spec = load_model_spec(int8_export / "model.pte", int8_export / "metadata.yaml")
    assert spec.certificate is not None
    assert MEASURES["map"] in spec.precision_in_words
    assert "on 2 pictures, at most 1 was promised" in spec.precision_in_words


@pytest.mark.full
def test_the_golden_vectors_are_its_own(int8_export: Path) -> None:
    """Of the .pte in Python: to what float32 shows, the contract is the bridge."""
    index = json.loads((int8_export / "vectors" / "index.json").read_text(encoding="utf-8"))
    assert index["source"] == "executorch"
    assert index["model_sha256"] == own(int8_export)["sha256"]


@pytest.mark.full
def test_the_steps_are_spent_on_scores_that_count(int8_export: Path) -> None:
    """Logits take 256 values at most, from a score of 0.0009 to one of 0.9975, whatever was watched."""
    spec = load_model_spec(int8_export / "model.pte", int8_export / "metadata.yaml")
    picture = read_picture(next((int8_export.parent / "drawn").rglob("*.png")))
    outputs = runtimes.usual().load(spec.pte)(TASK.prepare(picture.rgb, spec.input).tensor)
    step = (LOGITS[1] - LOGITS[0]) / 255
    for logits in outputs[1::2]:
        assert len(np.unique(logits)) <= 256
        assert logits.min() >= LOGITS[0] - step
        assert logits.max() <= LOGITS[1] + step
    assert outputs[1].max() > 1  # it sees something


@pytest.mark.full
def test_the_path_is_told(int8_export: Path) -> None:
    """What was tried, what it loses, and whether that is kept."""
    said = (int8_export.parent / "stderr").read_text(encoding="utf-8")
    assert "all layers in int8: " in said
    assert "1 is the most: kept" in said


@pytest.mark.full
def test_sensitivity_names_every_layer(int8_export: Path) -> None:
    """How far the outputs move for each that alone is int8, the costliest first."""
    said = (int8_export.parent / "stderr").read_text(encoding="utf-8")
    told = re.findall(r"([\w.]+) alone moves the outputs by ([\d.e-]+) of their variance", said)
    costs = [float(cost) for _, cost in told]
    assert len({name for name, _ in told}) == own(int8_export)["int8"]["layers"] == len(told)
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > 0


def test_layers_go_back_most_costly_first() -> None:
    """Twice as many each time, and never more than half of them, those that were asked for included."""

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
    """Each attempt is a lowering; none is made twice."""
    made: list[int] = []

    def measured(kept: list[str]) -> _Attempt:
        made.append(len(kept))
        return _Attempt(kept, b"", losses[len(kept)])

    attempts = iter([["layer"] * count for count in (0, 2, 4, 8, 16)])
    assert len(_first_within(5.0, attempts, measured).kept) == found
    assert made == tried


@pytest.mark.full
def test_a_promise_that_cannot_be_kept_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges that were watched on black pictures fit nothing: exit code 4, with what to do, and no trace.

    The first try and the last: those between are looked at above.
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
    says = ("int8 loses", MEASURES["lost"], "--max-loss promises 5", "more calibration photos")
    refused(4, tmp_path, *arguments, "--output", tmp_path / "made", says=says)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.full
def test_an_input_that_is_not_ultralytics_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outputs are int8's own, and what goes in is still held against Ultralytics."""
    theirs = CheckpointAuthority.letterboxed
    monkeypatch.setattr(CheckpointAuthority, "letterboxed", lambda self, rgb: theirs(self, rgb) // 2)
    drawn = labelled.write(tmp_path / "drawn", "classify")
    options = ("--precision", "int8", "--calibration", drawn, "--output", tmp_path / "made")
    refused(4, tmp_path, "export", "--model", CLASSIFIER, *options, says=("letterboxed bytes differ",))


@pytest.mark.full
def test_pictures_of_nothing_promise_nothing(tmp_path: Path) -> None:
    """A loss of 0 of 0 would be kept by any model."""
    for number in range(5):
        assert cv2.imwrite(str(tmp_path / f"{number}.png"), plain(90, number))
    options = ("--precision", "int8", "--calibration", tmp_path, "--output", tmp_path / "made")
    says = ("float32 shows nothing on what was held back", "nothing could be promised")
    refused(3, tmp_path, "export", "--model", TINY, *options, says=says)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--precision", "int8"), ("needs --calibration", "takes a folder")),
        (("--calibration", "photos"), ("--calibration means nothing to float32", "--precision int8")),
        (("--max-loss", "2"), ("--max-loss means nothing to float32",)),
        (("--keep-float", "a"), ("--keep-float means nothing to float32",)),
        (("--sensitivity",), ("--sensitivity means nothing to float32",)),
        (
            ("--precision", "int8", "--calibration", "photos", "--max-loss", "0"),
            ("--max-loss is 0", "above 0"),
        ),
        (("--precision", "int8", "--calibration", "photos", "--max-loss", "100"), ("below 100",)),
        (("--precision", "int8", "--calibration", "photos", "--max-loss", "nan"), ("--max-loss is nan",)),
        (
            ("--precision", "int8", "--calibration", "photos", "--calibration-images", "3"),
            ("--calibration-images is 3", "from 4 to 10000"),
        ),
        (
            ("--precision", "int8", "--calibration", "photos", "--head", "decoded"),
            ("--head decoded cannot be int8", "leave --head out"),
        ),
    ],
)
def test_options_that_do_not_fit_are_refused(
    tmp_path: Path, options: tuple[str, ...], says: tuple[str, ...]
) -> None:
    """Before anything is exported."""
    (tmp_path / "photos").mkdir()
    options = tuple(str(tmp_path / "photos") if each == "photos" else each for each in options)
    refused(2, tmp_path, "export", "--model", TINY, *options, says=says)


def test_every_option_is_asked_for(tmp_path: Path) -> None:
    """What the command line says of int8 is what the export is made with."""
    wish = ExportRequest(
        "best.pt",
        precision="int8",
        calibration=tmp_path,
        calibration_images=7,
        max_loss=2.5,
        keep_float=("first", "last"),
        sensitivity=True,
        int8_borders=True,
    )
    assert wish.int8() == Asked(tmp_path, 7, 2.5, ("first", "last"), sensitivity=True, at_borders=True)


@pytest.mark.full
def test_a_model_in_int8_is_not_quantized_again(tmp_path: Path, int8_export: Path) -> None:
    """It is exported already."""
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
    refused(2, tmp_path, "new", *options, says=("--precision is for checkpoints", "exported already"))


@pytest.mark.full
def test_a_model_in_int8_is_no_float32_one(tmp_path: Path, int8_export: Path) -> None:
    """Asking for float32 of it is refused, not answered with int8."""
    options = ("--model", int8_export, "--target", "linux-cpp", "--precision", "fp32")
    refused(2, tmp_path, "new", *options, says=("--precision is fp32", "exported in int8 already"))


def test_pictures_that_are_not_there_are_refused(tmp_path: Path) -> None:
    """Exit code 3, as of all data, before the export takes its time."""
    options = ("--model", TINY, "--precision", "int8", "--calibration", tmp_path / "none")
    refused(3, tmp_path, "export", *options, says=("there is no", "to calibrate with"))


@pytest.mark.full
def test_masks_in_int8_keep_their_promise(tmp_path: Path) -> None:
    """Coefficients and prototypes have ranges of their own; boxes and masks are held to the labels."""
    data = labelled.write(tmp_path / "drawn", "segment")
    checkpoint = TINY.with_name("tiny-segment.pt")
    options = ("--precision", "int8", "--calibration", data, "--output", tmp_path / "made")
    edgegen("export", "--model", checkpoint, *options).ok()
    found = json.loads(
        edgegen("evaluate", tmp_path / "made", "--data", data, "--model", checkpoint, "--json").ok().out
    )
    float32, ours = found["runs"]
    assert (float32["precision"], ours["precision"]) == ("float32", "int8")
    for kind in ("boxes", "masks"):
        counts = [run["yolo_val"][kind]["map50_95"] for run in (float32, ours)]
        assert counts[0] > 0.5
        assert counts[1] > counts[0] - 0.01
    said = own(tmp_path / "made")["int8"]
    assert len(said["float32_layers"]) < said["layers"] / 4
    assert read_pte(tmp_path / "made" / "model.pte").methods[0].operators == ()


@pytest.mark.full
def test_evaluate_says_the_precision(int8_export: Path) -> None:
    """PyTorch's float32 beside the .pte's int8, on the same pictures."""
    data = int8_export.parent / "drawn" / "data.yaml"
    found = json.loads(edgegen("evaluate", int8_export, "--data", data, "--model", TINY, "--json").ok().out)
    assert [(run["name"], run["precision"]) for run in found["runs"]] == [
        ("pytorch", "float32"),
        ("pte", "int8"),
    ]
    assert found["runs"][1]["map50_95"] > found["runs"][0]["map50_95"] - 0.01

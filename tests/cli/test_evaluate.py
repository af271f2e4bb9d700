"""`edgegen evaluate` scores PyTorch, the .pte and the app on labelled photos."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgegen.base.errors import ParityError
from edgegen.base.progress import NoProgress
from edgegen.cli.evaluate import _print
from edgegen.commands.evaluate import Evaluation, PictureResult, RunScore, app_results, score_run
from edgegen.parity.average_precision import CURVE, Score
from edgegen.parity.dataset import LabelledPicture
from edgegen.parity.label_files import Columns
from edgegen.targets.linux_cpp.runner import LinuxRunner
from edgegen.targets.runner import PictureInput, RunInput, UnreadableError
from tests.cli.evaluations import AGREE, evaluated
from tests.helpers import labelled
from tests.helpers.once import ExportOf
from tests.helpers.places import TINY
from tests.helpers.support import edgegen


def test_table_notes_that_the_apps_curve_is_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    """An Android app shows no scores as low as `yolo val` counts, so it has no such score."""
    low, high = (Score(0.9, score, {0: score}) for score in (0.71, 0.64))
    runs = (
        RunScore("pte", "float32", CURVE, {"boxes": high}, {"boxes": low}),
        RunScore("app", "float32", replace(CURVE, confidence=0.05), {"boxes": high}),
    )
    _print(Evaluation("birds", Path("data.yaml"), "val", 1, 2, 1, (), ("bird",), runs))
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["mAP50-95", "0.640", "0.640"] in shown
    assert ["bird", "0.640", "0.640"] in shown
    assert ["mAP50-95", "by", "yolo", "val", "0.710", "-"] in shown
    assert ["app", "shows", "scores", "above", "0.05", "only:", "its", "curve", "is", "cut", "off"] in shown
    assert ["2", "labels", "in", "1", "picture", "of", "data.yaml,", "split", "val"] in shown


def test_table_numbers_classes_with_the_same_name(capsys: pytest.CaptureFixture[str]) -> None:
    """YAML reads [yes, no, on] as True, False, True."""
    score = Score(0.9, 0.7, {0: 0.7, 1: 0.6, 2: 0.8})
    names = ("True", "False", "True")
    runs = (RunScore("pte", "float32", CURVE, {"boxes": score}),)
    _print(Evaluation("birds", Path("data.yaml"), "val", 1, 2, 0, (), names, runs))
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    for row in (["True", "(0)", "0.700"], ["False", "0.600"], ["True", "(2)", "0.800"]):
        assert row in shown


def test_top5_counts_a_label_among_the_first_five_classes() -> None:
    """Seven classes; the label's class is first, fifth, sixth, or missing."""
    spec: Any = SimpleNamespace(task="classify", precision="float32")
    orders = ([3, 0, 1, 2, 4, 5, 6], [0, 1, 2, 4, 3, 5, 6], [0, 1, 2, 4, 5, 3, 6], [0, 1])
    pictures = [LabelledPicture(Path("none.png"), Columns.of_picture(3)) for _ in orders]
    results = [PictureResult(SimpleNamespace(class_ids=np.array(order))) for order in orders]
    assert score_run("pytorch", spec, CURVE, pictures, {}, results).top == (1 / 4, 2 / 4)


def test_app_results_are_computed_one_picture_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The masks of all pictures would not fit into memory."""
    asked = list[Path]()
    monkeypatch.setattr(LinuxRunner, "__init__", lambda _: None)
    monkeypatch.setattr(LinuxRunner, "_app", lambda _, path, __: asked.append(path))
    picture: Any = None
    shown = tuple(PictureInput(Path(name), picture, CURVE) for name in "abc")
    results = iter(LinuxRunner().run(RunInput((), shown)).results)  # type: ignore[call-arg]
    assert asked == []
    for count in (1, 2, 3):
        next(results)
        assert len(asked) == count


def test_picture_that_the_app_cannot_read_counts_as_without_detections() -> None:
    """Other pictures are still read. A note has the app's reason for the first one."""

    def answer(number: int) -> int:
        if number % 2:
            raise UnreadableError(f"the app cannot read {number}.jpg: it is cut short", "copy it")
        return number

    notes = list[str]()
    progress = NoProgress()
    progress.note = notes.append  # type: ignore[method-assign]
    picture: Any = None
    shown = [PictureInput(Path(f"{number}.jpg"), picture, CURVE) for number in range(5)]
    found = list(app_results(map(answer, range(5)), shown, "nothing", progress))
    assert [each.shown for each in found] == [0, "nothing", 2, "nothing", 4]
    assert notes[0].startswith("2 of 5 pictures cannot be read by the app")
    assert notes[1] == "the app cannot read 1.jpg: it is cut short"


def test_app_with_fewer_answers_than_pictures_raises_both_counts() -> None:
    picture: Any = None
    shown = [PictureInput(Path(f"{number}.jpg"), picture, CURVE) for number in range(3)]
    with pytest.raises(ParityError, match="1 answer for 3 pictures"):
        list(app_results(iter([0]), shown, "nothing", NoProgress()))


@pytest.mark.full
def test_project_evaluation_scores_pytorch_pte_and_compiled_app(tiny_linux: Path, tmp_path: Path) -> None:
    """A wrongly labelled class lowers all three scores."""
    data = labelled.write(tmp_path / "drawn", "detect")
    found = evaluated(tiny_linux, "--data", data, "--model", TINY)
    assert [run["name"] for run in found["runs"]] == ["pytorch", "pte", "app"]
    assert found["images"] == len(labelled.SEEDS)
    assert found["labels"] > len(labelled.SEEDS)
    first = found["runs"][0]
    assert set(first["classes"]) == {"circle", "square", "triangle"}
    for run in found["runs"]:
        assert run["map50_95"] == pytest.approx(first["map50_95"], abs=AGREE)
        assert (run["conf"], run["iou"], run["max_det"]) == (0.001, 0.7, 300)
    shown = edgegen("evaluate", tiny_linux, "--data", data, "--model", TINY).ok().out
    assert "mAP50-95" in shown
    assert f"{first['map50_95']:.3f}" in shown
    for path in (data.parent / "labels").rglob("*.txt"):  # relabels every circle as a square
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(f"1{line[1:]}" if line[0] == "0" else line for line in lines), "utf-8")
    worse = evaluated(tiny_linux, "--data", data, "--model", TINY)
    for run in worse["runs"]:
        assert run["map50_95"] < first["map50_95"] - 0.1


@pytest.mark.full
def test_classifier_with_filtered_classes_is_scored_on_those_classes_only(
    export_of: ExportOf, tmp_path: Path
) -> None:
    checkpoint = TINY.with_name("tiny-classify.pt")
    data = labelled.write(tmp_path / "drawn", "classify")
    model = export_of(checkpoint, (64, 64), "logits")
    made = tmp_path / "circles"
    edgegen("new", "--model", model, "--target", "linux-cpp", "--classes", "circle", "--output", made).ok()
    found = evaluated(made, "--data", data)
    assert found["images"] == found["labels"] == len(list((data / "val" / "circle").iterdir()))
    assert [run["name"] for run in found["runs"]] == ["pte", "app"]
    for run in found["runs"]:
        assert run["top1"] == 1

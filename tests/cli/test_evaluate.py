"""`edgegen evaluate` scores PyTorch, the .pte and the app on labelled photos, as `yolo val` does."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgegen.base.errors import ParityError
from edgegen.base.progress import NoProgress
from edgegen.base.strict_yaml import load_mapping
from edgegen.cli.evaluate import _print
from edgegen.commands.evaluate import Evaluation, RunScore, score_run
from edgegen.commands.evaluate_runs import PictureResult, app_results
from edgegen.export.int8_loss import CURVE
from edgegen.parity.dataset import LabelledPicture
from edgegen.parity.label_files import Columns
from edgegen.sources.ultralytics.scoring import Score
from edgegen.targets.linux_cpp.runner import LinuxRunner
from edgegen.targets.runner import PictureInput, RunInput, UnreadableError
from tests.helpers import labelled
from tests.helpers.once import ExportOf
from tests.helpers.places import TINY
from tests.helpers.support import Answer, edgegen

AGREE = 0.002  # of mAP, 0 to 1
EQUAL = 0.0005  # one box over one of ten thresholds, among two hundred
RESIZED = 0.03  # predict rounds the size of these small pictures differently, and clips boxes
# `yolo val` crops masks at a quarter of the input's resolution: a large error in small pictures.
COARSE = 0.06
# Heights and widths: one is rounded up by `yolo val` and down by predict, one is enlarged.
SIZES = ((200, 171), (160, 160), (97, 131), (240, 320))
OF_LIBRARY = {"boxes": "box", "masks": "seg", "keypoints": "pose"}


def evaluated(*arguments: object) -> dict[str, Any]:
    answer = edgegen("evaluate", *arguments, "--json").ok()
    found: dict[str, Any] = json.loads(answer.out)
    return found


def by_library(
    checkpoint: Path, data: Path, size: int, monkeypatch: pytest.MonkeyPatch, *, best_only: bool = False
) -> Any:
    """Return the result of `yolo val`; best_only: only each box's best class, as predict and the apps do."""
    from ultralytics import YOLO
    from ultralytics.utils import nms

    library = nms.non_max_suppression

    def best(*given: Any, **more: Any) -> Any:
        return library(*given, **{**more, "multi_label": False})

    if best_only:
        monkeypatch.setattr(nms, "non_max_suppression", best)
    runs = str(data.parent if data.is_file() else data) + "-runs"
    return YOLO(checkpoint).val(
        data=str(data), imgsz=size, rect=False, conf=0.001 if best_only else None, iou=0.7, max_det=300,
        device="cpu", plots=False, verbose=False, workers=0, project=runs,
    )  # fmt: skip


def add_points(labels: Path) -> None:
    """Add a fifth point to each polygon of half of the label files, in the middle of its first side."""
    for path in sorted(labels.glob("*.txt"))[::2]:
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        for row in rows:
            x1, y1, x2, y2 = map(float, row[1:5])
            row[3:3] = [str((x1 + x2) / 2), str((y1 + y2) / 2)]
        path.write_text("\n".join(map(" ".join, rows)), encoding="utf-8")


@pytest.mark.full
@pytest.mark.parametrize(
    ("task", "head"),
    [
        ("detect", "raw"),
        ("detect", "decoded"),
        ("pose", "raw"),
        ("obb", "raw"),
        ("obb", "decoded"),
        ("segment", "raw"),
        ("segment", "decoded"),
    ],
)
def test_scores_equal_those_of_yolo_val(
    export_of: ExportOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str, head: str
) -> None:
    """For boxes, masks and keypoints, checkpoint and export, with all classes and the best one."""
    checkpoint = TINY if task == "detect" else TINY.with_name(f"tiny-{task}.pt")
    data = labelled.write(tmp_path / "drawn", task, sizes=SIZES)
    if task == "obb":
        add_points(data.parent / "labels" / "val")
    told = data.read_text(encoding="utf-8")
    found = evaluated(export_of(checkpoint, (160, 160), head), "--data", data, "--model", checkpoint)
    assert [run["name"] for run in found["runs"]] == ["pytorch", "pte"]
    data.write_text(told.replace("path: .", f"path: {data.parent}"), encoding="utf-8")
    every = by_library(checkpoint, data, labelled.SIDE, monkeypatch)
    best = by_library(checkpoint, data, labelled.SIDE, monkeypatch, best_only=True)
    for run in found["runs"]:
        assert run["precision"] == "float32"
        for kind, name in OF_LIBRARY.items():
            if getattr(every, name, None) is None:
                assert kind not in run
                continue
            theirs, counted = getattr(every, name), run["yolo_val"][kind]
            near = AGREE if kind == "masks" else EQUAL  # a point on a pixel's edge may fall on either side
            assert counted["map50"] == pytest.approx(float(theirs.map50), abs=near), kind
            assert counted["map50_95"] == pytest.approx(float(theirs.map), abs=near), kind
            theirs, shown = getattr(best, name), run if kind == "boxes" else run[kind]
            near = COARSE if kind == "masks" else RESIZED
            assert shown["map50"] == pytest.approx(float(theirs.map50), abs=near), kind
            assert shown["map50_95"] == pytest.approx(float(theirs.map), abs=near), kind
            assert shown["map50_95"] > 0.3, kind


@pytest.mark.full
def test_keypoint_score_uses_the_sigmas_of_the_data(
    export_of: ExportOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `yolo val` does. Too few, zero or non-numeric kpt_oks_sigmas are rejected."""
    checkpoint = TINY.with_name("tiny-pose.pt")
    export = export_of(checkpoint, (160, 160), "raw")
    data = labelled.write(tmp_path / "drawn", "pose", sizes=SIZES)
    told = data.read_text(encoding="utf-8")
    usual = evaluated(export, "--data", data)["runs"][0]["yolo_val"]["keypoints"]["map50_95"]
    points = load_mapping(data)["kpt_shape"][0]
    sigmas = [0.02 * (1 + number) for number in range(points)]
    data.write_text(f"{told}\nkpt_oks_sigmas: {sigmas}\n", encoding="utf-8")
    found = evaluated(export, "--data", data)["runs"][0]["yolo_val"]["keypoints"]["map50_95"]
    for wrong in (sigmas[1:], [0, *sigmas[1:]], "much", ["a", *sigmas[1:]]):
        data.write_text(f"{told}\nkpt_oks_sigmas: {wrong}\n", encoding="utf-8")
        rejects(edgegen("evaluate", export, "--data", data), 3, "kpt_oks_sigmas", f"{points} numbers")
    moved = told.replace("path: .", f"path: {data.parent}")
    data.write_text(f"{moved}\nkpt_oks_sigmas: {sigmas}\n", encoding="utf-8")
    theirs = by_library(checkpoint, data, labelled.SIDE, monkeypatch).pose
    assert found == pytest.approx(float(theirs.map), abs=EQUAL)
    assert abs(found - usual) > 0.01


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


@pytest.mark.full
def test_classifier_scores_equal_top1_and_top5_of_yolo_val(
    export_of: ExportOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = TINY.with_name("tiny-classify.pt")
    data = labelled.write(tmp_path / "drawn", "classify")
    found = evaluated(export_of(checkpoint, (64, 64), "logits"), "--data", data, "--model", checkpoint)
    shutil.copytree(data / "val", data / "train")
    right = by_library(checkpoint, data, labelled.SMALL, monkeypatch)
    for run in found["runs"]:
        assert run["top1"] == pytest.approx(float(right.top1), abs=1e-6)
        assert run["top5"] == pytest.approx(float(right.top5), abs=1e-6)
        assert run["top1"] > 0.5


def test_top5_counts_a_label_among_the_first_five_classes() -> None:
    """Seven classes; the label's class is first, fifth, sixth, or missing."""
    spec: Any = SimpleNamespace(task="classify", precision="float32")
    orders = ([3, 0, 1, 2, 4, 5, 6], [0, 1, 2, 4, 3, 5, 6], [0, 1, 2, 4, 5, 3, 6], [0, 1])
    pictures = [LabelledPicture(Path("none.png"), Columns.of_picture(3)) for _ in orders]
    results = [PictureResult(SimpleNamespace(class_ids=np.array(order))) for order in orders]
    assert score_run("pte", spec, CURVE, pictures, {}, results).top == (1 / 4, 2 / 4)


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


def rejects(answer: Answer, code: int, *words: str) -> None:
    assert answer.code == code, answer.err
    for word in words:
        assert word in answer.err, answer.err


@pytest.mark.full
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("names: {0: circle, 1: square}", ("2 classes", "the model 3")),
        ("names: [circle, square, bird]", ("class 2", "'bird'", "'triangle'")),
        ("names: 7", ("names no classes",)),
        ("nc: 7", ("7 classes", "the model 3")),
        ("nc: many", ("`nc`", "'many'", "the number of classes")),
        ("val: images/none", ("images/none", "does not exist")),
        ("val: labels", ("has no pictures",)),
        ("val:", ("no split 'val'",)),
        ("val: [latin.txt]", ("cannot be read", "utf-8")),
        (f"val: {'x' * 5000}", ("cannot be read",)),
        ("names: {1: circle, 2: square, 3: triangle}", ("no class 0",)),
        ("path: .\nkpt_shape: 4", ("for poses", "4", "'detect'")),
    ],
)
def test_a_data_yaml_that_contradicts_the_model_is_refused(
    tiny_export: Path, tmp_path: Path, wrong: str, words: tuple[str, ...]
) -> None:
    data = labelled.write(tmp_path / "drawn", "detect")
    (data.parent / "latin.txt").write_bytes(b"images/val/caf\xe9.png\n")
    key = wrong.partition(":")[0]
    kept = {"path": "path: .", "train": "train: images/val", "val": "val: images/val"}
    kept["names"] = "names: [circle, square, triangle]"
    data.write_text("\n".join({**kept, key: wrong}.values()), encoding="utf-8")
    rejects(edgegen("evaluate", tiny_export, "--data", data), 3, *words)


@pytest.mark.full
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0 0.5 0.5 0.1", ("line 1 has 4 numbers",)),
        ("3 0.5 0.5 0.1 0.1", ("no class 3",)),
        ("0.5 0.5 0.5 0.1 0.1", ("no class 0.5",)),
        ("0 80 90 20 20", ("80 is outside",)),
        ("0 0.5 nan 0.1 0.1", ("nan is outside",)),
        ("circle 0.5 0.5 0.1 0.1", ("'circle 0.5 0.5 0.1 0.1' has text that is not a number",)),
    ],
)
def test_invalid_labels_are_reported_with_their_line_and_left_out(
    tiny_export: Path, tmp_path: Path, line: str, words: tuple[str, ...]
) -> None:
    """Their pictures are left out, too, as `yolo val` does."""
    data = labelled.write(tmp_path / "drawn", "detect")
    (data.parent / "labels" / "val" / "505.txt").write_text(line, encoding="utf-8")
    answer = edgegen("evaluate", tiny_export, "--data", data, "--json").ok()
    for word in ("picture skipped", "505.txt", *words):
        assert word in answer.err
    assert json.loads(answer.out)["images"] == len(labelled.SEEDS) - 1


@pytest.mark.full
def test_pictures_without_labels_are_reported(tiny_export: Path, tmp_path: Path) -> None:
    """A single one shows no object. If none has labels, the command fails."""
    data = labelled.write(tmp_path / "drawn", "detect")
    labels = data.parent / "labels" / "val"
    (labels / "500.txt").unlink()
    data.write_text(data.read_text().replace("path: .", "path: /content/gone"))
    answer = edgegen("evaluate", tiny_export, "--data", data).ok()
    assert "1 picture without labels" in answer.out
    assert "says `path: /content/gone`, which does not exist" in answer.err
    for path in labels.glob("*.txt"):
        path.write_text("", encoding="utf-8")
    rejects(edgegen("evaluate", tiny_export, "--data", data), 3, "all label files", "are empty")
    shutil.rmtree(labels)
    rejects(edgegen("evaluate", tiny_export, "--data", data), 3, "12 pictures but no labels", "500.txt")


@pytest.mark.full
def test_hidden_files_and_folders_are_not_counted_as_pictures(tiny_export: Path, tmp_path: Path) -> None:
    """Files of macOS and Jupyter, and a folder named like a picture."""
    data = labelled.write(tmp_path / "drawn", "detect")
    pictures = data.parent / "images" / "val"
    (pictures / "._500.png").write_bytes(b"of a Mac")
    (pictures / ".ipynb_checkpoints").mkdir()
    shutil.copy(pictures / "500.png", pictures / ".ipynb_checkpoints" / "500-checkpoint.png")
    (pictures / "album.png").mkdir()
    assert evaluated(tiny_export, "--data", data)["images"] == len(labelled.SEEDS)


def test_invalid_data_or_unsupported_task_is_refused_before_the_export(tmp_path: Path) -> None:
    for checkpoint, words in ((TINY, "no "), (TINY.with_name("tiny-depth.pt"), "`depth`")):
        answer = edgegen("evaluate", checkpoint, "--data", tmp_path / "data.yaml")
        rejects(answer, 3, words)
        assert "Trace" not in answer.err


@pytest.mark.full
def test_depth_model_is_refused(export_of: ExportOf, tmp_path: Path) -> None:
    data = labelled.write(tmp_path / "drawn", "detect")
    depth = export_of(TINY.with_name("tiny-depth.pt"), (160, 160), "depth")
    rejects(edgegen("evaluate", depth, "--data", data), 3, "`depth`")


@pytest.mark.full
def test_unreadable_pictures_are_reported_and_left_out(tiny_export: Path, tmp_path: Path) -> None:
    """The scores do not change. If no picture can be read, the command fails."""
    data = labelled.write(tmp_path / "drawn", "detect")
    pictures = sorted((data.parent / "images" / "val").iterdir())
    pictures[3].write_bytes(b"no picture")
    answer = edgegen("evaluate", tiny_export, "--data", data, "--json").ok()
    assert f"skipped, because it cannot be read: {pictures[3]}" in answer.err
    found = json.loads(answer.out)
    assert found["unreadable"] == [str(pictures[3])]
    assert found["images"] == len(pictures) - 1
    assert found["runs"][0]["map50_95"] > 0.9
    for picture in pictures:
        picture.write_bytes(b"no picture")
    rejects(edgegen("evaluate", tiny_export, "--data", data), 3, f"none of its {len(pictures)} pictures")


@pytest.mark.full
def test_unknown_class_folder_or_missing_split_is_refused(export_of: ExportOf, tmp_path: Path) -> None:
    data = labelled.write(tmp_path / "drawn", "classify")
    model = export_of(TINY.with_name("tiny-classify.pt"), (64, 64), "logits")
    rejects(edgegen("evaluate", model, "--data", data, "--split", "train"), 3, "no folder")
    shutil.rmtree(data / "val")
    (data / "val" / "bird").mkdir(parents=True)
    rejects(edgegen("evaluate", model, "--data", data), 3, "bird is not a class of the model")


@pytest.mark.full
def test_yolo11n_scores_on_coco128_equal_recorded_yolo_val(shared_data: Path, export_of: ExportOf) -> None:
    """`yolo val` gave 0.6649, and 0.6688 with only the best class of each box."""
    checkpoint = shared_data / "weights" / "yolo11n-coco128.pt"
    model = export_of(checkpoint, (416, 416), "raw")
    found = evaluated(
        model, "--data", shared_data / "coco" / "data.yaml", "--split", "train", "--model", checkpoint
    )
    for run in found["runs"]:
        assert run["map50_95"] == pytest.approx(0.6688, abs=AGREE)
        assert run["map50"] == pytest.approx(0.8091, abs=AGREE)
        assert run["yolo_val"]["boxes"]["map50_95"] == pytest.approx(0.6649, abs=EQUAL)


@pytest.mark.full
def test_int8_yolo11n_loses_at_most_one_point_on_coco128(shared_data: Path, tmp_path: Path) -> None:
    """No class that float32 finds is lost."""
    checkpoint = shared_data / "weights" / "yolo11n-coco128.pt"
    photos, data = shared_data / "coco" / "images" / "train", shared_data / "coco" / "data.yaml"
    options = ("--precision", "int8", "--calibration", photos, "--imgsz", 416, "--output", tmp_path / "made")
    edgegen("export", "--model", checkpoint, *options).ok()
    found = evaluated(tmp_path / "made", "--data", data, "--split", "train", "--model", checkpoint)
    float32, ours = found["runs"]
    assert ours["precision"] == "int8"
    assert ours["map50_95"] > 0.6688 - 0.01
    assert ours["yolo_val"]["boxes"]["map50_95"] > 0.6649 - 0.01
    seen = [name for name, score in float32["classes"].items() if score >= 0.1]
    assert len(seen) > 60
    assert all(ours["classes"][name] > 0 for name in seen)

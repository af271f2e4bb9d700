"""`edgegen evaluate` reports wrong or missing labels, pictures and classes of a data set."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.evaluations import evaluated, rejects
from tests.helpers import labelled
from tests.helpers.once import ExportOf
from tests.helpers.places import TINY
from tests.helpers.support import edgegen


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

"""The list of models that `edgegen batch` reads from a folder or a CSV file, and their names."""

import shutil
from pathlib import Path

import pytest

from edgegen.base.errors import InputError
from edgegen.commands.batch_list import BatchList, Item, read_list
from tests.cli.batches import export_called
from tests.helpers.support import LINUX, rejects


def listed(path: Path, made: dict[str, Path] | None = None) -> BatchList:
    return read_list(path, (made or {}).get)


def names(found: BatchList) -> dict[str, str]:
    return {item.folder: Path(item.model).as_posix() for item in found.items}


def touch(*paths: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("weights")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_folder_of_a_run_lists_its_best_checkpoint_under_its_name() -> None:
    """A note lists the other checkpoints of the run, which are left out."""
    touch("runs/detect/birds/weights/best.pt", "runs/detect/birds/weights/last.pt")
    touch("runs/detect/birds/weights/epoch10.pt", "runs/detect/cats/weights/last.pt", "runs/yolo11n.pt")
    touch("runs/.trash/old/weights/best.pt", "runs/detect/birds/args.yaml")
    found = listed(Path("runs"))
    assert names(found) == {
        "birds": "runs/detect/birds/weights/best.pt",
        "cats": "runs/detect/cats/weights/last.pt",
        "yolo11n": "runs/yolo11n.pt",
    }
    (note,) = found.notes
    assert note.startswith("runs/detect/birds/weights/epoch10.pt, runs/detect/birds/weights/last.pt: skipped")


def test_runs_of_rfdetr_and_yolox_list_their_best_checkpoint_alone() -> None:
    """Their folders have no subfolder `weights`. A note lists the other checkpoints."""
    kinds = ("best_total", "best_ema", "0")
    touch(*(f"runs/birds/checkpoint_{kind}.pth" for kind in kinds), "runs/birds/last.ckpt", "runs/b/net.pth")
    touch("runs/ships/best_ckpt.pth", "runs/ships/latest_ckpt.pth")
    found = listed(Path("runs"))
    assert names(found) == {
        "birds": "runs/birds/checkpoint_best_total.pth",
        "net": "runs/b/net.pth",
        "ships": "runs/ships/best_ckpt.pth",
    }
    (note,) = found.notes
    others = [f"runs/birds/checkpoint_{kind}.pth" for kind in ("0", "best_ema")]
    assert note.startswith(f"{', '.join([*others, 'runs/ships/latest_ckpt.pth'])}: skipped")


def test_transformers_folder_is_one_model() -> None:
    """The checkpoints of its training, in folders below, are not listed."""
    files = ("config.json", "preprocessor_config.json", "model.safetensors")
    touch(*(f"runs/cats/{name}" for name in files), *(f"runs/cats/checkpoint-500/{name}" for name in files))
    found = listed(Path("runs"))
    assert names(found) == {"cats": "runs/cats"}
    assert not found.notes


def test_folder_lists_onnx_and_torchscript_files_without_a_checkpoint() -> None:
    """One of each name, and none of a name that is a checkpoint too."""
    touch("all/a.pt", "all/a.onnx", "all/b.onnx", "all/b.torchscript", "all/c.torchscript", "all/d.bin")
    touch("all/birds/weights/best.onnx", "all/cats/weights/best.pt", "all/cats/weights/best.onnx")
    found = listed(Path("all"))
    assert names(found) == {
        "a": "all/a.pt",
        "b": "all/b.onnx",
        "birds": "all/birds/weights/best.onnx",
        "c": "all/c.torchscript",
        "cats": "all/cats/weights/best.pt",
    }
    assert not found.notes


@pytest.mark.full
def test_folder_lists_exports_but_not_models_inside_projects(tiny_export: Path) -> None:
    """An export next to its best.pt is not a second model."""
    export_called("Größe", tiny_export, Path("runs/any"))
    shutil.copytree(tiny_export, "runs/whole")  # with its .edgegen.yml
    touch("runs/a/weights/best.pt")
    shutil.copytree(tiny_export, "runs/a/weights/best_executorch_model")
    touch("runs/apps/birds/models/best.pt")
    Path("runs/apps/birds/.edgegen.yml").write_text("schema: 1\n")
    assert names(listed(Path("runs"))) == {
        "a": "runs/a/weights/best.pt",
        "Größe": "runs/any",
        "tiny": "runs/whole",
    }


def test_repeated_names_get_a_number_and_a_note() -> None:
    """Names that differ only in case count as equal, as on macOS."""
    touch("runs/detect/birds/weights/best.pt", "runs/pose/Birds/weights/best.pt", "runs/x/birds-2.pt")
    found = listed(Path("runs"))
    assert [item.folder for item in found.items] == ["birds", "birds-3", "birds-2"]
    assert found.items[1] == Item("birds-3", "Birds 3", str(Path("runs/pose/Birds/weights/best.pt")))
    assert found.notes == ("runs/pose/Birds/weights/best.pt is called birds-3: there are several Birds",)


def test_model_keeps_the_name_of_its_existing_project(here: Path) -> None:
    """Also if a run of the same name comes first in the alphabet."""
    touch("runs/a/birds/weights/best.pt", "runs/z/birds/weights/best.pt")
    assert names(listed(Path("runs")))["birds"] == "runs/a/birds/weights/best.pt"
    made = {"birds": (here / "runs/z/birds/weights/best.pt").resolve()}
    assert names(listed(Path("runs"), made)) == {
        "birds": "runs/z/birds/weights/best.pt",
        "birds-2": "runs/a/birds/weights/best.pt",
    }


def test_csv_gives_model_name_package_and_classes(here: Path) -> None:
    """Paths are relative to the list. Spaces, empty lines, quotes and a BOM are accepted."""
    touch("lists/runs/birds/weights/best.pt", "lists/b.pt")
    text = "\ufeffModel, name ,package,classes\nruns/birds/weights/best.pt,,,\n\n"
    text += ' b.pt ,"My birds, 2",org.a.b,"0,2"\n'
    Path("lists/class.csv").write_text(text, encoding="utf-8")
    assert listed(Path("lists/class.csv")).items == (
        Item("birds", "birds", str(Path("lists/runs/birds/weights/best.pt"))),
        Item("My-birds-2", "My birds, 2", str(Path("lists/b.pt")), "org.a.b", "0,2"),
    )


def test_csv_value_may_contain_unicode_and_quoted_line_breaks(here: Path) -> None:
    Path("list.csv").write_text('model,name,classes\n"a.pt",A,"x\u2028\ny"\n', newline="")
    (item,) = listed(Path("list.csv")).items
    assert (item.name, item.classes) == ("A", "x\u2028\ny")


def test_name_from_the_csv_is_not_numbered() -> None:
    """The derived name gets the number. The separator is a semicolon here."""
    touch("birds.pt", "b.pt")
    Path("list.csv").write_text("model;name\nbirds.pt;\nb.pt;birds\n")
    assert names(listed(Path("list.csv"))) == {"birds-2": "birds.pt", "birds": "b.pt"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("path,name\na.pt,b\n", "has unknown columns: path"),
        ("name\nb\n", "has no column `model`"),
        ("model,model\na.pt,b\n", "has a column twice"),
        ("", "has no column `model`"),
        ("model\n", "lists no model"),
        ("model,name\n,b\n", "line 2: there is no model"),
        ("model,name\na.pt,b,c\n", "line 2: 3 values for 2 columns"),
        ("model,name\na.pt,b\n\nb.pt,B\n", "lines 2 and 4: 'b' and 'B' would both go into the folder B"),
        ("model,name\na.pt,b\nb.pt,b\n", "lines 2 and 3: both have the name 'b'"),
        ("model,package\na.pt,org.a.b\nb.pt,org.a.b\n", "lines 2 and 3: both have the package 'org.a.b'"),
        ("model,name\na.pt,a/b\n", "line 2: the app name 'a/b' contains '/'"),
        ("model,package\na.pt,birds\n", "line 2: --package 'birds': it needs two parts"),
        ('model,name\na.pt,"b\n', "unexpected end of data"),
        ("model\na\0.pt\n", "holds a zero byte"),
        ("model\n~no-such-user/best.pt\n", "line 2: there is no file or folder ~no-such-user/best.pt"),
    ],
)
def test_invalid_csv_is_refused_with_its_line_number(here: Path, text: str, says: str) -> None:
    Path("list.csv").write_text(text)
    rejects(3, here, "batch", "list.csv", *LINUX, says=("list.csv", says))


def test_list_that_is_no_text_file_is_refused(here: Path) -> None:
    """For example a spreadsheet."""
    Path("list.csv").write_bytes(b"PK\x03\x04\xff\xfe")
    rejects(3, here, "batch", "list.csv", *LINUX, says=("list.csv is not a CSV file in UTF-8",))


def test_folder_without_models_or_missing_folder_is_refused(here: Path) -> None:
    Path("empty").mkdir()
    rejects(3, here, "batch", "empty", *LINUX, says=("no checkpoint (.pt, .pth), no ONNX", "below empty"))
    rejects(3, here, "batch", "gone", *LINUX, says=("there is no folder or list gone",))


def test_only_selects_models_by_name_and_rejects_unknown_names(here: Path) -> None:
    touch("a.pt", "b.pt")
    assert [item.folder for item in listed(here).only(["b", "b"]).items] == ["b"]
    with pytest.raises(InputError, match="there is no 'c' among the 2 models"):
        listed(here).only(["c"])

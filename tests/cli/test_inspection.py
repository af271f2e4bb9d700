"""What `edgegen inspect` says of exports, of a `.pte` alone, and of checkpoints."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgegen.base.errors import InputError
from edgegen.base.files import file_sha256
from edgegen.commands.inspect import inspect_model
from tests.helpers import tiny_programs
from tests.helpers.once import Once
from tests.helpers.support import PATIENCE, edgegen

EVERYWHERE = {"model", "kind", "supported", "problem", "imgsz", "sha256", "files"}
RECORDED = {"task", "classes", "class_names", "stride", "versions", "license", "description"}
PROGRAM = {"methods", "external_data", "format"}


@pytest.fixture(scope="module")
def programs(once: Once) -> Path:
    """Return the folder of the tiny programs."""
    return once("tiny_programs", tiny_programs.make_programs)


def export(programs: Path, folder: Path, name: str = "raw.pte", **changes: Any) -> str:
    """Make a folder like that of an exporter, and return the MODEL argument for it."""
    shutil.copy(programs / name, folder / "model.pte")
    content = {
        "task": "detect",
        "names": ["a", "b", "c"],
        "imgsz": [tiny_programs.HEIGHT, tiny_programs.WIDTH],
        "stride": 32,
        "version": "8.4.190",
        "license": "MIT",
        "edgegen": {"schema": 1, "executorch": "1.5.1", "torch": "2.13.0"},
    }
    (folder / "metadata.yaml").write_text(yaml.safe_dump(content | changes))
    return str(folder)


@pytest.mark.full
def test_an_export_is_described(programs: Path, tmp_path: Path) -> None:
    """Task, classes, sizes, contract, methods, operators outside delegates, backends, versions."""
    facts = inspect_model(export(programs, tmp_path))
    assert set(facts) == EVERYWHERE | RECORDED | PROGRAM | {
        "contract",
        "returns",
        "branch",
        "precision",
        "strides",
        "reg_max",
        "vectors",
    }
    assert (facts["kind"], facts["supported"], facts["problem"]) == ("export", True, "")
    assert (facts["task"], facts["classes"], facts["class_names"]) == ("detect", 3, ["a", "b", "c"])
    assert facts["imgsz"] == [64, 96]
    assert (facts["contract"], facts["strides"], facts["reg_max"]) == ("raw", [8, 16, 32], 4)
    assert (facts["branch"], "left to NMS" in facts["returns"]) == ("one-to-many", True)
    assert facts["versions"] == {"ultralytics": "8.4.190", "executorch": "1.5.1", "torch": "2.13.0"}
    assert facts["sha256"] == file_sha256(tmp_path / "model.pte")
    assert facts["files"]["model.pte"] == (tmp_path / "model.pte").stat().st_size
    forward = next(method for method in facts["methods"] if method["name"] == "forward")
    assert forward["inputs"] == ["float32 [1, 3, 64, 96]"]
    assert forward["operators"] == {"aten::upsample_nearest2d.vec_out": 1}
    assert forward["backends"] == {"XnnpackBackend": 2}
    assert json.loads(json.dumps(facts)) == facts


@pytest.mark.full
def test_golden_vectors_beside_it_are_noticed(programs: Path, tmp_path: Path) -> None:
    """The folder of `edgegen export` has them, that of Ultralytics has not."""
    model = export(programs, tmp_path, "decoded.pte")
    assert inspect_model(model)["vectors"] is False
    assert "strides" not in inspect_model(model)
    (tmp_path / "vectors").mkdir()
    (tmp_path / "vectors" / "index.json").write_text("{}")
    assert inspect_model(model)["vectors"] is True


@pytest.mark.full
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"task": "depth"}, "not supported yet: the outputs [1, 16, 8, 12]"),
        ({"names": ["a"]}, "1 class in `names`"),
    ],
)
def test_what_new_would_refuse_is_still_described(
    programs: Path, tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    """The problem is named, and the facts that explain it are there."""
    facts = inspect_model(export(programs, tmp_path, **changes))
    assert facts["supported"] is False
    assert problem in facts["problem"]
    assert set(facts) >= EVERYWHERE | RECORDED | PROGRAM
    assert "contract" not in facts


@pytest.mark.full
def test_a_pte_alone_is_described_too(programs: Path, tmp_path: Path) -> None:
    """Without metadata there are no names, but a signature; with --metadata it is an export."""
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(programs / "raw.pte", alone / "x.pte")
    facts = inspect_model(str(alone / "x.pte"))
    assert set(facts) == EVERYWHERE | PROGRAM
    assert facts["kind"] == "program"
    assert "--metadata" in facts["problem"]
    assert facts["imgsz"] == [64, 96]
    export(programs, tmp_path)
    assert inspect_model(str(alone / "x.pte"), tmp_path / "metadata.yaml")["kind"] == "export"
    assert inspect_model(str(tmp_path / "model.pte"))["kind"] == "export"


def test_a_checkpoint_is_described(tiny_checkpoint: Path) -> None:
    """What is in the checkpoint, by the same keys."""
    facts = inspect_model(str(tiny_checkpoint))
    assert set(facts) >= EVERYWHERE | RECORDED | {"strides", "reg_max"}
    assert (facts["head"], facts["branches"]) == ("Detect", ["one-to-many"])
    assert (facts["kind"], facts["supported"], facts["task"]) == ("checkpoint", True, "detect")
    assert facts["classes"] == len(facts["class_names"])
    assert facts["strides"][-1] == facts["stride"]
    assert facts["files"] == {tiny_checkpoint.name: tiny_checkpoint.stat().st_size}
    assert json.loads(json.dumps(facts)) == facts


def test_a_pose_checkpoint_says_how_many_points_it_has(tiny_checkpoint: Path) -> None:
    """`--skeleton` counts them. A detector says nothing of the kind."""
    told = {
        name: inspect_model(str(tiny_checkpoint.with_name(f"{name}.pt"))) for name in ("tiny-pose", "tiny")
    }
    assert told["tiny-pose"]["kpt_shape"] == [4, 3]
    assert "kpt_shape" not in told["tiny"]


@pytest.mark.parametrize("model", ["yolo11n.pt", "missing/model.pte", "", "a\0b"])
def test_what_is_not_there_is_not_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    """An official name that is not on disk, and a path that leads nowhere, are InputErrors."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        inspect_model(model)


@pytest.mark.full
def test_damaged_files_are_errors(programs: Path, tmp_path: Path) -> None:
    """A cut `.pte` is no model at all, with metadata beside it or not."""
    model = export(programs, tmp_path)
    content = (tmp_path / "model.pte").read_bytes()
    (tmp_path / "model.pte").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="cut short"):
        inspect_model(model)
    (tmp_path / "metadata.yaml").unlink()
    with pytest.raises(InputError, match="cut short"):
        inspect_model(str(tmp_path / "model.pte"))


@pytest.mark.full
def test_a_text_is_shown_as_it_is(programs: Path, tmp_path: Path) -> None:
    """`:car:` in a class's name stays one, and so do brackets."""
    model = export(programs, tmp_path, names=[":car:", "[red]x", "c"])
    assert ":car:, [red]x, c" in edgegen("inspect", model).ok().out


@pytest.mark.full
def test_an_export_is_inspected_without_torch(programs: Path, tmp_path: Path) -> None:
    """Neither torch nor numpy is imported for files that are exported already."""
    code = f"""
import sys
from edgegen.commands.inspect import inspect_model
assert inspect_model({export(programs, tmp_path)!r})["supported"]
loaded = {{name.partition(".")[0] for name in sys.modules}}
assert not loaded & {{"torch", "numpy", "executorch", "ultralytics"}}, loaded
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)

"""`edgegen inspect` of exports, of a single `.pte`, and of checkpoints."""

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
from edgegen.sources.description import Description
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
    """Write a folder like an exporter does, and return the MODEL argument for it."""
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
def test_inspect_describes_an_export(programs: Path, tmp_path: Path) -> None:
    """Task, classes, sizes, contract, methods, backends, versions, and operators outside delegates."""
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
def test_inspect_reports_whether_golden_vectors_exist(programs: Path, tmp_path: Path) -> None:
    """`edgegen export` writes them, and Ultralytics does not."""
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
def test_inspect_describes_an_unsupported_export_and_its_problem(
    programs: Path, tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    facts = inspect_model(export(programs, tmp_path, **changes))
    assert facts["supported"] is False
    assert problem in facts["problem"]
    assert set(facts) >= EVERYWHERE | RECORDED | PROGRAM
    assert "contract" not in facts


@pytest.mark.full
def test_inspect_describes_a_pte_without_metadata(programs: Path, tmp_path: Path) -> None:
    """It has a signature and no class names. With --metadata it is an export."""
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(programs / "raw.pte", alone / "x.pte")
    facts = inspect_model(str(alone / "x.pte"))
    assert set(facts) == EVERYWHERE | PROGRAM
    assert facts["kind"] == "program"
    assert "--metadata" in facts["problem"]
    assert facts["imgsz"] == [64, 96]
    export(programs, tmp_path)
    assert inspect_model(str(alone / "x.pte"), Description(tmp_path / "metadata.yaml"))["kind"] == "export"
    assert inspect_model(str(tmp_path / "model.pte"))["kind"] == "export"


def test_inspect_describes_a_checkpoint(tiny_checkpoint: Path) -> None:
    """With the same keys as an export."""
    facts = inspect_model(str(tiny_checkpoint))
    assert set(facts) >= EVERYWHERE | RECORDED | {"strides", "reg_max"}
    assert (facts["head"], facts["branches"]) == ("Detect", ["one-to-many"])
    assert (facts["kind"], facts["supported"], facts["task"]) == ("checkpoint", True, "detect")
    assert facts["classes"] == len(facts["class_names"])
    assert facts["strides"][-1] == facts["stride"]
    assert facts["files"] == {tiny_checkpoint.name: tiny_checkpoint.stat().st_size}
    assert json.loads(json.dumps(facts)) == facts


def test_inspect_of_a_pose_checkpoint_has_its_keypoint_count(tiny_checkpoint: Path) -> None:
    """`--skeleton` needs it. A detector has no such key."""
    told = {
        name: inspect_model(str(tiny_checkpoint.with_name(f"{name}.pt"))) for name in ("tiny-pose", "tiny")
    }
    assert told["tiny-pose"]["kpt_shape"] == [4, 3]
    assert "kpt_shape" not in told["tiny"]


@pytest.mark.parametrize("model", ["yolo11n.pt", "missing/model.pte", "", "a\0b"])
def test_inspect_refuses_missing_files_without_a_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    """Official names are not downloaded."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        inspect_model(model)


@pytest.mark.full
def test_inspect_refuses_a_truncated_pte(programs: Path, tmp_path: Path) -> None:
    model = export(programs, tmp_path)
    content = (tmp_path / "model.pte").read_bytes()
    (tmp_path / "model.pte").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="cut short"):
        inspect_model(model)
    (tmp_path / "metadata.yaml").unlink()
    with pytest.raises(InputError, match="cut short"):
        inspect_model(str(tmp_path / "model.pte"))


@pytest.mark.full
def test_inspect_prints_emoji_codes_and_markup_in_class_names_unchanged(
    programs: Path, tmp_path: Path
) -> None:
    model = export(programs, tmp_path, names=[":car:", "[red]x", "c"])
    assert ":car:, [red]x, c" in edgegen("inspect", model).ok().out


@pytest.mark.full
def test_inspect_of_an_export_imports_no_torch(programs: Path, tmp_path: Path) -> None:
    code = f"""
import sys
from edgegen.commands.inspect import inspect_model
assert inspect_model({export(programs, tmp_path)!r})["supported"]
loaded = {{name.partition(".")[0] for name in sys.modules}}
assert not loaded & {{"torch", "numpy", "executorch", "ultralytics"}}, loaded
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)

"""`edgegen verify` of int8: each app gives the int8 model's own numbers, and says how far off they are."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from edgegen.artifacts.pte import read_pte
from edgegen.kits.android.kit import Kit
from edgegen.kits.ios.kit import Kit as IosKit
from edgegen.targets.android import target as android
from tests.helpers.android_projects import leave_out_what_models_share
from tests.helpers.places import TINY
from tests.helpers.support import edgegen, refused

pytestmark = pytest.mark.full


def verified(project: Path) -> str:
    assert "The model computes in int8. Beside float32 it " in (project / "README.md").read_text()
    said = edgegen("verify", project, "--model", TINY).ok().out
    assert "the same boxes as the int8 model in Python" in said
    raw = next(line for line in said.splitlines() if line.startswith("raw"))
    assert raw.split()[1:3] == ["passed", "0"], raw  # integers: not a last bit is off
    words = " ".join(said.split())
    assert "boxes of PyTorch on" in words
    return words


def test_linux(int8_projects: Path, tmp_path: Path) -> None:
    """Int8 from the letterbox to the scores, with what float32 shows beside it."""
    program = read_pte(int8_projects / "linux-cpp" / "model" / "model.pte")
    method = program.method("forward")
    assert method is not None
    assert {value.dtype for value in (*method.inputs, *method.outputs)} == {"int8"}
    assert method.operators == ()
    assert [(backend.name, backend.count) for backend in method.backends] == [("XnnpackBackend", 1)]
    words = verified(Path(shutil.copytree(int8_projects / "linux-cpp", tmp_path / "project")))
    found, of = words.partition("beside float32: ")[2].split()[0:3:2]
    assert int(found) >= int(of) - 1 >= 3
    check_explained(tmp_path / "project", tmp_path / "capture.tar")
    check_scored(tmp_path / "project", int8_projects.parent / "drawn" / "data.yaml")


def check_scored(project: Path, data: Path) -> None:
    """The compiled app is as often right as the int8 model in Python, and no class is lost of float32's."""
    found = json.loads(edgegen("evaluate", project, "--model", TINY, "--data", data, "--json").ok().out)
    pytorch, pte, app = found["runs"]
    assert [(run["name"], run["precision"]) for run in (pytorch, pte, app)] == [
        ("pytorch", "float32"),
        ("pte", "int8"),
        ("app", "int8"),
    ]
    assert app["map50_95"] == pytest.approx(pte["map50_95"], abs=0.0005)
    assert app["map50_95"] > pytorch["map50_95"] - 0.01
    assert min(app["classes"].values()) > 0.3
    assert "yolo_val" not in app


def check_explained(project: Path, capture: Path) -> None:
    """No stage of an int8 app differs from the int8 model in Python; what float32 shows more is counted."""
    app = project / "build" / "release" / "app"
    subprocess.run(
        [app, TINY.with_name("landscape.png"), "--capture", capture], check=True, capture_output=True
    )
    found = json.loads(edgegen("explain", capture, "--model", project, "--json").ok().out)
    same = {stage["name"]: stage["same"] for stage in found["stages"]}
    assert same == {"letterbox": True, "runtime": True, "decode": True, "processors": True, "pytorch": None}
    assert "no stage differs" in found["verdict"]


def test_android(
    android_kit: Kit, int8_projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Launched, with its unit tests; Kotlin writes int8 and reads it, of the same model as the others."""
    leave_out_what_models_share(monkeypatch)
    project = Path(shutil.copytree(int8_projects / "android", tmp_path / "project"))
    constants = next(project.rglob("TheModel.kt")).read_text(encoding="utf-8")
    assert constants.count("Steps(") == 1 + 6  # the input's; boxes and classes of three levels
    model = Path("model") / "model.pte"
    given = (project / "app" / "src" / "main" / "assets" / model).read_bytes()
    assert given == (int8_projects / "linux-cpp" / model).read_bytes()
    verified(project)


def test_ios(ios_kit: IosKit, int8_projects: Path, tmp_path: Path) -> None:
    """The bridge over the real runtime."""
    verified(Path(shutil.copytree(int8_projects / "ios", tmp_path / "project")))


def test_a_target_that_takes_no_int8_at_the_borders_says_so(
    int8_projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what to give instead; nothing is written."""
    monkeypatch.setattr(android, "TARGET", replace(android.TARGET, int8_borders=False))
    model = int8_projects / "linux-cpp" / "model"
    says = ("android projects of a model whose input or outputs are int8", "give the checkpoint")
    output = tmp_path / "made"
    refused(3, tmp_path, "new", "--model", model, "--target", "android", "--output", output, says=says)
    assert not output.exists()


def test_another_model_in_its_place_is_noticed(int8_export: Path, tmp_path: Path) -> None:
    """Another calibration gives other numbers: digests tell them apart."""
    project = tmp_path / "project"
    edgegen("new", "--model", int8_export, "--target", "linux-cpp", "--output", project).ok()
    program = project / "model" / "model.pte"
    data = bytearray(program.read_bytes())
    data[-100] ^= 1
    program.write_bytes(data)
    answer = edgegen("verify", project)
    assert answer.code == 3
    assert "sha256" in answer.err


@pytest.mark.parametrize("target", ["linux-cpp", "android", "ios"])
def test_the_certificate_is_in_the_app(int8_export: Path, tmp_path: Path, target: str) -> None:
    """Where the self-check says which model it is."""
    project = tmp_path / "project"
    edgegen("new", "--model", int8_export, "--target", target, "--output", project).ok()
    sources = [*project.rglob("TheModel.kt"), *project.rglob("model_info.h")]
    assert any("points of mAP50-95" in path.read_text(encoding="utf-8") for path in sources)

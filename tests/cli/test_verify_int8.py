"""`edgegen verify` of int8 apps: the same numbers as the int8 model, and the loss against float32."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from edgegen.artifacts.pte import read_pte
from edgegen.targets.android import target as android
from tests.helpers.android_projects import leave_out_what_models_share
from tests.helpers.places import TINY
from tests.helpers.support import edgegen, metadata_of, record_of, rejects

pytestmark = pytest.mark.full


def verified(project: Path) -> str:
    assert "The model computes in int8. Beside float32 it " in (project / "README.md").read_text()
    said = edgegen("verify", project, "--model", TINY).ok().out
    assert "the same boxes as the int8 model in Python" in said
    raw = next(line for line in said.splitlines() if line.startswith("raw"))
    assert raw.split()[1:3] == ["passed", "0"], raw  # integers must be equal
    words = " ".join(said.split())
    assert "boxes of PyTorch on" in words
    return words


@pytest.mark.proof("int8")
def test_linux_int8_app_equals_the_int8_model(int8_projects: Path, tmp_path: Path) -> None:
    """The program is int8 from input to scores. Also checks `explain` and `evaluate`."""
    program = read_pte(int8_projects / "linux-cpp" / "model" / "model.pte")
    method = program.method("forward")
    assert method is not None
    assert {value.dtype for value in (*method.inputs, *method.outputs)} == {"int8"}
    assert method.operators == ()
    assert [(each.backend, each.count) for each in method.delegates] == [("XnnpackBackend", 1)]
    words = verified(Path(shutil.copytree(int8_projects / "linux-cpp", tmp_path / "project")))
    found, of = words.partition("compared with float32: ")[2].split()[0:3:2]
    assert int(found) >= int(of) - 1 >= 3
    check_explained(tmp_path / "project", tmp_path / "capture.tar")
    check_scored(tmp_path / "project", int8_projects.parent / "drawn" / "data.yaml")


def check_scored(project: Path, data: Path) -> None:
    """Check that the compiled app scores as the int8 model in Python, which loses what the export promised.

    The data's `val` are the pictures that the export held out.
    """
    found = json.loads(edgegen("evaluate", project, "--model", TINY, "--data", data, "--json").ok().out)
    pytorch, pte, app = found["runs"]
    assert [(run["name"], run["precision"]) for run in (pytorch, pte, app)] == [
        ("pytorch", "float32"),
        ("pte", "int8"),
        ("app", "int8"),
    ]
    assert app["map50_95"] == pytest.approx(pte["map50_95"], abs=0.0005)
    promise = metadata_of(project / "model")["edgegen"]["int8"]["contract"]
    loss = 100 * (pytorch["map50_95"] - pte["map50_95"])
    assert loss == pytest.approx(promise["loss"], abs=0.01)
    assert loss <= promise["max_loss"]
    assert min(app["classes"].values()) > 0.3
    assert "yolo_val" not in app


def check_explained(project: Path, capture: Path) -> None:
    """Check that `edgegen explain` finds no stage that differs from the int8 model in Python."""
    app = project / "build" / "release" / "app"
    subprocess.run(
        [app, TINY.with_name("landscape.png"), "--capture", capture], check=True, capture_output=True
    )
    found = json.loads(edgegen("explain", capture, "--model", project, "--json").ok().out)
    same = {stage["name"]: stage["same"] for stage in found["stages"]}
    assert same == {"letterbox": True, "runtime": True, "decode": True, "processors": True, "pytorch": None}
    assert "no stage differs" in found["verdict"]


def test_android_int8_project_has_the_program_and_steps_of_the_linux_project(int8_projects: Path) -> None:
    """The steps are those of the input, and of boxes and classes of three levels."""
    project = int8_projects / "android"
    constants = next(project.rglob("TheModel.kt")).read_text(encoding="utf-8")
    assert constants.count("Steps(") == 1 + 6
    model = Path("model") / "model.pte"
    given = (project / "app" / "src" / "main" / "assets" / model).read_bytes()
    assert given == (int8_projects / "linux-cpp" / model).read_bytes()


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("target", "app"),
    [
        ("linux-cpp", "starter"),
        ("android", "starter"),
        ("android", "studio"),
        ("ios", "starter"),
        ("ios", "studio"),
    ],
)
def test_int8_app_of_a_target_equals_the_int8_model(
    int8_projects: Path,
    tmp_path: Path,
    target: str,
    app: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """Both apps of a target share `vision` and `parity`, which compute in int8.

    `test_other_detectors.py` of Android and of iOS has a studio with an int8 model.
    """
    if target != "linux-cpp":
        request.getfixturevalue(f"{target}_kit")
    leave_out_what_models_share(monkeypatch)
    project = tmp_path / "project"
    if app == "studio":
        shutil.copytree(int8_projects / target, project)
    else:
        edgegen("new", int8_projects / "linux-cpp", "--target", target, "--output", project).ok()
    assert record_of(project)["options"]["app"] == app
    verified(project)


def test_target_without_int8_inputs_refuses_an_int8_model(
    int8_projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to give instead."""
    monkeypatch.setattr(android, "TARGET", replace(android.TARGET, int8_io=False))
    model = int8_projects / "linux-cpp" / "model"
    says = ("android projects of a model whose input or outputs are int8", "give the checkpoint")
    output = tmp_path / "made"
    rejects(3, tmp_path, "new", "--model", model, "--target", "android", "--output", output, says=says)
    assert not output.exists()


def test_all_targets_of_a_model_with_int8_inputs_are_made_without_web(
    int8_projects: Path, tmp_path: Path
) -> None:
    model = ("new", "--model", int8_projects / "linux-cpp")
    answer = edgegen(*model, "--target", "all", "--output", tmp_path / "made").ok()
    assert "no web project: not supported yet: web projects of a model whose input or outputs" in answer.err
    made = sorted(path.name for path in (tmp_path / "made").iterdir())
    assert made == ["android", "ios", "linux-cpp"]


def test_verify_refuses_a_project_with_a_changed_int8_model(int8_export: Path, tmp_path: Path) -> None:
    """Another calibration gives other weights, so the digest differs."""
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
def test_int8_certificate_is_in_the_apps_sources(int8_export: Path, tmp_path: Path, target: str) -> None:
    """The self-check shows it, and README."""
    project = tmp_path / "project"
    edgegen("new", "--model", int8_export, "--target", target, "--output", project).ok()
    assert "The model computes in int8. Beside float32 it " in (project / "README.md").read_text()
    sources = [*project.rglob("TheModel.kt"), *project.rglob("model_info.h")]
    assert any("points of mAP50-95" in path.read_text(encoding="utf-8") for path in sources)

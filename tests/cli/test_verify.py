"""`edgegen verify` builds a project and compares its results with PyTorch's."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from edgegen import targets, tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.commands.loaded_project import load_project, readable
from edgegen.commands.verify import _fill_in_vectors, float32_authority
from edgegen.parity.authority import FolderAuthority, authority_for
from edgegen.parity.report import Report, merge, mistakes_stage
from edgegen.parity.report import tests_report as own_tests_report
from edgegen.project import manifest
from edgegen.tasks.stage import Stage
from tests.helpers.once import Once
from tests.helpers.projects import build, generate
from tests.helpers.support import edgegen, message_is_complete, snapshot

STAGES = ["constants", "letterbox", "tensor", "raw", "decode", "nms", "boxes", "pte", "app"]
STAGES += ["further programs"]  # the one for x86 without AVX-512


@pytest.fixture(scope="module")
def project(once: Once, tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a built project of this module, made from a checkpoint next to it."""
    root = tmp_path_factory.mktemp("verify")
    shutil.copy(tiny_checkpoint, root / "shapes.pt")
    made = generate(root, root / "shapes.pt", classes="circle,triangle")
    build(made, "app", "parity")
    return made


def report_of(project: Path, *options: object, code: int = 0) -> dict[str, object]:
    answer = edgegen("verify", project, "--json", *options)
    assert answer.code == code, answer.err
    parsed: dict[str, object] = json.loads(answer.out)
    return parsed


@pytest.mark.full
def test_verify_compares_every_stage_with_the_recorded_checkpoint(
    project: Path, tiny_checkpoint: Path
) -> None:
    """On the golden vectors and a photo."""
    photo = tiny_checkpoint.parent / "landscape.png"
    report = report_of(project, "--image", photo)
    assert report["target"] == "linux-cpp"
    assert report["passed"] is True
    assert [stage["name"] for stage in report["stages"]] == STAGES
    for stage in report["stages"]:
        assert stage.keys() == {"name", "passed", "worst", "tolerance", "unit", "compared"}
        assert stage["compared"] > 0
        assert stage["worst"] <= stage["tolerance"]
    assert report["images"] == 6
    assert report["detections"] > 10
    assert report["authority"] == f"PyTorch on {project.parent.resolve() / 'shapes.pt'}"


@pytest.mark.full
def test_verify_exits_7_when_drawn_boxes_are_shifted(project: Path) -> None:
    """Only the stages from the shift on fail."""
    source = project / "src" / "vision" / "letterbox.cpp"
    sound = source.read_text()
    try:
        source.write_text(re.sub(r"plan\.left, plan\.gain_x", "plan.left + 1, plan.gain_x", sound))
        report = report_of(project, code=7)
    finally:
        source.write_text(sound)
    failed = {stage["name"] for stage in report["stages"] if not stage["passed"]}
    assert {"boxes", "app"} <= failed
    assert "pte" not in failed


@pytest.mark.full
def test_verify_accepts_a_project_and_refuses_an_export_as_authority(
    project: Path, tiny_export: Path
) -> None:
    """A project has a recorded checkpoint. An export has no PyTorch model."""
    answer = edgegen("verify", project, "--model", project, "--json").ok()
    assert "shapes.pt" in json.loads(answer.out)["authority"]
    answer = edgegen("verify", project, "--model", tiny_export)
    assert answer.code == 3
    assert "cannot be run in PyTorch: it is exported" in answer.err


@pytest.mark.full
def test_verify_exits_3_for_a_checkpoint_with_other_classes(project: Path, shared_data: Path) -> None:
    """It is not reported as failed parity."""
    answer = edgegen("verify", project, "--model", shared_data / "weights" / "yolov8n-person.pt")
    assert answer.code == 3
    assert "is not the checkpoint of this model: it has 1 class, the model 3" in answer.err
    message_is_complete(answer.err)


def test_readable_path_is_relative_to_the_current_folder_or_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `..`, and with the name of a link instead of its target."""
    for name in ("here/birds/ios", "here/runs", "there"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "here/best.pt").symlink_to(tmp_path / "there/3f2a")
    monkeypatch.chdir(tmp_path / "here")
    assert readable(Path("birds/ios/../../runs/last.pt")) == Path("runs/last.pt")
    assert readable(Path("birds/../best.pt")) == Path("best.pt")
    assert readable(Path("birds/ios/../../../there/a.pt")) == tmp_path.resolve() / "there/a.pt"


@pytest.mark.full
def test_verify_without_a_checkpoint_compares_with_the_pte(project: Path, tmp_path: Path) -> None:
    """The report says so. Golden vectors from PyTorch are still compared."""
    moved = tmp_path / "elsewhere" / "project"
    shutil.copytree(project, moved, ignore=shutil.ignore_patterns("build"))
    report = report_of(moved)
    assert report["authority"] == "the .pte in Python (there is no checkpoint to compare with)"
    assert [stage["name"] for stage in report["stages"]] == [name for name in STAGES if name != "pte"]


@pytest.mark.full
def test_authority_of_a_folder_that_ultralytics_exported_is_its_predict(
    ultralytics_export: Path, tmp_path: Path
) -> None:
    spec = load_model_spec(ultralytics_export / "model.pte", ultralytics_export / "metadata.yaml")
    authority, whose = float32_authority(tmp_path, {}, spec, None)
    assert isinstance(authority, FolderAuthority)
    assert whose == "Ultralytics on the exported folder (there is no checkpoint to compare with)"


@pytest.mark.full
def test_authority_is_the_pte_when_the_checkpoint_has_changed(project: Path, tiny_checkpoint: Path) -> None:
    best = project.parent / "shapes.pt"
    try:
        best.write_bytes(tiny_checkpoint.read_bytes() + b"more")
        known = manifest.read(project)
        assert known is not None
        spec = load_model_spec(project / "model" / "model.pte", project / "model" / "metadata.yaml")
        authority, whose = float32_authority(project, known.checkpoint, spec, None)
    finally:
        shutil.copy(tiny_checkpoint, best)
    assert whose == f"the .pte in Python ({best.resolve()} has changed since the project was made)"
    assert authority.source == "executorch"


@pytest.mark.full
def test_filling_in_vectors_updates_the_apps_sample_too(
    ultralytics_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both change together or not at all, and do not count as the owner's edits."""
    project = tmp_path / "app"
    edgegen("new", "--model", ultralytics_export, "--target", "android", "--output", project).ok()
    (project / "vectors" / "mine.bin").write_text("mine")
    known, target = manifest.read(project), targets.find("android")
    assert known is not None
    assert target.vector_sample is not None
    spec = load_model_spec(
        project / target.model_dir / "model.pte", project / target.model_dir / "metadata.yaml"
    )
    folders = [project / target.vectors_dir, project / target.vector_sample.folder]

    def sources() -> list[str]:
        return [json.loads((folder / "index.json").read_text())["source"] for folder in folders]

    def fill_in() -> None:
        _fill_in_vectors(load_project(project), known.models[0], spec, authority_for(spec, None))

    before = snapshot(project)
    rename = Path.rename
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", lambda self, to: rename(self, to) if "assets" not in str(to) else 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fill_in()
    assert snapshot(project) == before
    assert sources() == ["reference", "reference"]
    fill_in()
    assert sources() == ["executorch", "executorch"]
    assert (project / "vectors" / "mine.bin").read_text() == "mine"
    assert (project / "vectors" / "README.md").is_file()
    after = manifest.read(project)
    assert after is not None
    assert after.edited(project) == []
    assert set(after.files) <= {*manifest.relative_files(project)}


@pytest.mark.full
def test_verify_fills_in_vectors_of_a_plain_ultralytics_export(
    ultralytics_export: Path, tmp_path: Path
) -> None:
    """Afterwards the project's own tests check every stage."""
    project = generate(tmp_path, ultralytics_export)
    before = json.loads((project / "vectors" / "index.json").read_text())
    assert before["source"] == "reference"
    report = report_of(project)
    after = json.loads((project / "vectors" / "index.json").read_text())
    assert after["source"] == "executorch"
    assert {"raw", "boxes"} <= {stage["name"] for stage in report["stages"]}
    known = manifest.read(project)
    assert known is not None
    assert known.edited(project) == [], "what verify writes is not the user's edit"


def test_verify_refuses_a_folder_that_is_no_project(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone"):
        answer = edgegen("verify", path)
        assert answer.code == 3
        assert "edgegen new" in answer.err


@pytest.mark.full
def test_verify_exits_6_when_the_toolchain_is_missing(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The message names the install command."""
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = edgegen("verify", project)
    assert answer.code == 6
    assert "edgegen doctor --target linux-cpp --install" in answer.err


@pytest.mark.full
def test_verify_exits_6_when_the_project_does_not_compile(project: Path) -> None:
    source = project / "src" / "vision" / "decode.h"
    sound = source.read_text()
    try:
        source.write_text(sound + "\nint x = ;\n")
        answer = edgegen("verify", project)
    finally:
        source.write_text(sound)
    assert answer.code == 6
    assert "decode.h" in answer.err


def test_report_without_stages_does_not_pass() -> None:
    assert not Report("linux-cpp", (), 0, 0, "PyTorch").passed


def test_merged_stage_has_the_worst_difference_and_fails_if_one_fails() -> None:
    first = Stage("boxes", 0.1, 0.5, "px", True, 3)
    second = Stage("boxes", 0.7, 0.5, "px", False, 2)
    assert merge([first, second, first]) == (Stage("boxes", 0.7, 0.5, "px", False, 8),)


def test_an_infinite_difference_is_null_in_json() -> None:
    """JSON has no infinity."""
    report = Report("linux-cpp", (Stage("raw", float("inf"), 0.015, "logits", False, 1),), 1, 0, "PyTorch")
    assert report.to_json()["stages"][0]["worst"] is None


def test_verdict_separates_other_failures_from_different_boxes() -> None:
    """For example an unused string fails the project, although its boxes are the same."""
    raw = Stage("raw", 0.1, 0.015, "logits", False, 1)
    boxes = Stage("boxes", 0.0, 0.5, "px", True, 3)
    unused = mistakes_stage("app bundle", 2, 9)
    assert Report("ios", (boxes,), 1, 3, "PyTorch").verdict == "the same boxes as PyTorch"
    failing = Report("ios", (boxes, unused), 1, 3, "PyTorch")
    assert not failing.passed
    assert failing.verdict == "the same boxes as PyTorch, but these failed: app bundle"
    assert Report("ios", (boxes, unused, raw), 1, 3, "PyTorch").verdict == "NOT the same boxes as PyTorch"


def test_verdict_of_failed_or_empty_own_tests_claims_no_equal_boxes() -> None:
    fine = own_tests_report("android", {"unit tests": (3, []), "device tests": (2, [])}, "the golden vectors")
    assert fine.passed
    assert fine.verdict == "the same boxes as the golden vectors"
    failed = own_tests_report(
        "android", {"unit tests": (3, []), "device tests": (2, ["a"])}, "the golden vectors"
    )
    assert not failed.passed
    assert failed.verdict == (
        "NOT shown to be the same boxes as the golden vectors: these failed: device tests"
    )
    none = own_tests_report("ios", {"tests": (0, [])}, "the golden vectors")
    assert not none.passed
    assert none.verdict == "nothing was compared with the golden vectors"


def test_verdict_names_the_tasks_results_and_reports_when_there_are_none() -> None:
    words = {"detect": "boxes", "pose": "keypoints", "obb": "oriented boxes", "segment": "masks"}
    words |= {"classify": "classes", "semantic": "class maps", "depth": "depth maps"}
    assert {name: tasks.find(name).result_noun for name in words} == words
    stages = (Stage("pte", 0.001, 0.015, "logits", True, 9), Stage("app", 0.0, 0.5, "px", True, 0))
    nothing = Report("ios", stages, 2, 0, "PyTorch", shows="masks")
    assert nothing.verdict == "no masks to compare; all earlier stages are the same as PyTorch"
    assert nothing.counted == "0 detections"
    assert replace(nothing, detections=3).verdict == "the same masks as PyTorch"
    assert replace(nothing, shows="class maps", counts="class maps", detections=2).counted == "2 class maps"

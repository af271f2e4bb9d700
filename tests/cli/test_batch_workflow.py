"""The workflow of `edgegen batch --ci github`: a matrix of the models, and one combined report."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgegen import __version__
from edgegen.commands.batch import MOST_JOBS, WORKFLOW, split_into_jobs
from tests.cli.batches import export_called
from tests.cli.templates import committed, template
from tests.helpers.places import TINY
from tests.helpers.support import LINUX, edgegen, rejects, snapshot
from tests.helpers.tools import missing

CHECKOUT = {"lfs": True, "persist-credentials": False}


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with checkpoints of `birds` and `cats`."""
    monkeypatch.chdir(tmp_path)
    for name in ("birds", "cats"):
        (tmp_path / "runs" / name / "weights").mkdir(parents=True)
        shutil.copy(TINY, tmp_path / "runs" / name / "weights" / "best.pt")
    return tmp_path


def workflow(*options: object) -> dict[str, Any]:
    """Write the workflow and return it."""
    edgegen("batch", "runs", "--ci", "github", *options).ok()
    found = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def steps(found: dict[str, Any], job: str) -> dict[str, Any]:
    return {step.get("name", step.get("uses")): step for step in found["jobs"][job]["steps"]}


def test_workflow_names_a_custom_template_relative_to_the_repository(repository: Path) -> None:
    """A template outside the repository is rejected. Its verification needs no tools of edgegen."""
    template({"copier.yml": "who: me\n_tasks: [touch ran]\n", "a.txt": ""}, "templates/pi", test=["true"])
    told = ("--template", repository / "templates/pi", "--data", "who=a b", "--trust", "--verify")
    make = steps(workflow(*told), "make")
    words = "edgegen batch runs --output=apps --template=templates/pi '--data=who=a b' --trust --verify"
    assert words in make["Make and verify"]["run"]
    assert "What edgegen needs" not in make
    assert make["actions/checkout@v5"]["with"] == CHECKOUT
    committed(template({}, "."), "v1")
    tagged = steps(workflow("--template", f"{repository}@v1"), "make")
    assert tagged["actions/checkout@v5"]["with"] == {**CHECKOUT, "fetch-depth": 0}
    committed(remote := template({}, "remote"), "v1")
    fetched = steps(workflow("--template", f"file://{remote}@v1"), "make")
    assert fetched["actions/checkout@v5"]["with"] == CHECKOUT
    outside = ("batch", "runs", "--ci", "github", "--template", template({}, "../elsewhere"))
    rejects(3, repository, *outside, says=("elsewhere is outside of this folder",))


def test_workflow_has_a_job_for_each_model_and_one_report(repository: Path) -> None:
    """Each job runs the same command with one name. No project is made here."""
    both = ("--target", "linux-cpp", "--target", "android")
    found = workflow(*both, "--verify", "--conf", 0.4, "--output", "my apps")
    assert not (repository / "apps").exists()
    assert found["jobs"]["make"]["strategy"] == {
        "fail-fast": False,
        "matrix": {
            "include": [
                {"number": 1, "title": "birds", "names": "birds"},
                {"number": 2, "title": "cats", "names": "cats"},
            ]
        },
    }
    make = steps(found, "make")
    assert make["actions/checkout@v5"]["with"] == CHECKOUT
    assert (
        "edgegen batch runs --target linux-cpp --target android '--output=my apps' --conf=0.4 --verify "
        '"${only[@]}" --json' in make["Make and verify"]["run"]
    )
    assert make["What edgegen needs"]["run"].endswith("--target linux-cpp --target android --install")
    assert make[None]["run"] == f'pip install "edgegen[yolo,kits]=={__version__}"'
    assert "actions/setup-java@v5" in make
    assert "== 4 and" in steps(found, "report")["Whether all are there, and right"]["run"]


def test_workflow_without_verify_installs_no_toolchain() -> None:
    """It needs no Java without Android apps."""
    make = steps(workflow(*LINUX), "make")
    assert "What edgegen needs" not in make
    assert make[None]["run"] == f'pip install "edgegen[yolo]=={__version__}"'
    assert "actions/setup-java@v5" not in make


def test_workflow_of_web_projects_installs_what_they_are_made_with() -> None:
    make = steps(workflow("--target", "web", *LINUX), "make")
    assert make[None]["run"] == f'pip install "edgegen[yolo,web]=={__version__}"'
    assert make["What edgegen needs"]["run"] == "edgegen doctor --target web --install"
    make = steps(workflow("--target", "web", *LINUX, "--verify"), "make")
    assert make["What edgegen needs"]["run"].endswith("--target web --target linux-cpp --install")


def run_step(step: dict[str, Any], folder: Path, **environment: str) -> int:
    """Run a step's script as GitHub's runner does, and return its exit status."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "edgegen").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edgegen "$@"\n')
    (tools / "edgegen").chmod(0o755)
    whole = {**os.environ, **environment, "PATH": f"{tools}:{os.environ['PATH']}"}
    (folder / "step.sh").write_text(step["run"])
    return subprocess.run(["bash", "-e", "step.sh"], cwd=folder, env=whole, check=False).returncode


@pytest.mark.full
def test_workflow_scripts_run_and_the_report_job_fails_for_a_failed_model(
    repository: Path, tiny_export: Path
) -> None:
    """Each step's script runs in bash, as on GitHub. One of the two models is invalid."""
    if shutil.which("jq") is None:  # reads the reports on GitHub's machines
        missing("jq")
    shutil.rmtree(repository / "runs" / "birds")
    export_called("birds", tiny_export, repository / "runs" / "birds")
    (repository / "runs" / "cats" / "weights" / "best.pt").write_text("no weights")
    edgegen("batch", "runs", *LINUX, "--ci", "github", "--output", "my apps")
    found = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    codes = []
    for entry in found["jobs"]["make"]["strategy"]["matrix"]["include"]:
        make = dict(steps(found, "make")["Make"])
        make["run"] = make["run"].replace("${{ matrix.number }}", str(entry["number"]))
        assert make["env"] == {"NAMES": "${{ matrix.names }}"}
        codes.append(run_step(make, repository, NAMES=entry["names"]))
    assert codes == [0, 1]
    assert [path.name for path in (repository / "my apps").iterdir()] == ["birds"]
    (repository / "reports" / "3.json").write_text("")  # a job that was ended early
    report = steps(found, "report")
    summary = repository / "summary.md"
    assert run_step(report["All reports as one"], repository, GITHUB_STEP_SUMMARY=str(summary)) == 0
    gathered = json.loads((repository / "batch.json").read_text())
    assert [(row["name"], row["result"]) for row in gathered["projects"]] == [
        ("birds", "made"),
        ("cats", "failed"),
    ]
    assert "| cats | linux-cpp | failed | " in summary.read_text()
    last = report["Whether all are there, and right"]
    assert run_step(last, repository) == 1
    gathered["projects"][1]["result"] = "made"
    (repository / "batch.json").write_text(json.dumps(gathered))
    assert run_step(last, repository) == 0
    (repository / "batch.json").write_text(json.dumps({"projects": gathered["projects"][:1]}))
    assert run_step(last, repository) == 1


def test_models_beyond_the_matrix_limit_share_jobs() -> None:
    names = [f"run{number}" for number in range(MOST_JOBS + 10)]
    jobs = split_into_jobs(names)
    assert len(jobs) == MOST_JOBS
    assert sorted(" ".join(job["names"] for job in jobs).split()) == sorted(names)
    assert jobs[0]["title"] == "run0 and 1 more"


def test_workflow_is_regenerated_unless_it_was_edited(repository: Path) -> None:
    """A workflow that edgegen did not write is never overwritten."""
    workflow(*LINUX)
    workflow(*LINUX, "--conf", 0.4)
    with WORKFLOW.open("a") as file:
        file.write("# mine\n")
    again = ("batch", "runs", *LINUX, "--ci", "github")
    rejects(3, repository, *again, says=("edgegen-batch.yml was edited",))
    edgegen(*again, "--force").ok()
    (repository / "mine.yml").write_text("name: mine\n")
    says = ("mine.yml exists and edgegen did not write it",)
    rejects(3, repository, *again, "--output", "mine.yml", says=says)
    answer = edgegen(*again, "--output", "ci/other.yml", "--json").ok()
    said = {"workflow": "ci/other.yml", "jobs": 2, "projects": 2, "broken": []}
    assert json.loads(answer.out) == said
    before = snapshot(repository)
    assert json.loads(edgegen(*again, "--output", "no/new.yml", "--json", "--pretend").ok().out)["jobs"] == 2
    assert snapshot(repository) == before


def test_broken_checkpoint_is_reported_and_stays_in_the_matrix(repository: Path) -> None:
    """Exit code 1. A Git LFS pointer is not broken, because the job fetches the file."""
    broken, kept = (repository / "runs" / name / "weights" / "best.pt" for name in ("birds", "cats"))
    broken.write_bytes(TINY.read_bytes()[:20_000])
    kept.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    answer = edgegen("batch", "runs", *LINUX, "--ci", "github")
    assert answer.code == 1
    assert answer.err.startswith("the job of birds will fail: runs/birds/weights/best.pt begins like a check")
    assert len(answer.err.splitlines()) == 1
    matrix = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["make"]["strategy"]["matrix"]
    assert [each["names"] for each in matrix["include"]] == ["birds", "cats"]
    said = json.loads(edgegen("batch", "runs", *LINUX, "--ci", "github", "--json").out)
    assert [(each["name"], each["model"]) for each in said["broken"]] == [
        ("birds", "runs/birds/weights/best.pt")
    ]


def test_models_or_photos_outside_the_repository_are_refused(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A checkout would not contain them."""
    other = tmp_path_factory.mktemp("other")
    (other / "best.pt").write_text("weights")
    says = ("is outside of this folder",)
    rejects(3, repository, "batch", other, *LINUX, "--ci", "github", says=says)
    again = ("batch", "runs", *LINUX, "--ci", "github")
    rejects(3, repository, *again, "--precision", "int8", "--calibration", other, says=says)


def test_workflow_names_photos_relative_to_the_repository(repository: Path) -> None:
    """Missing photos are rejected."""
    photo = repository / "photos" / "a.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"photo")
    options = ("batch", "runs", *LINUX, "--ci", "github", "--precision", "int8")
    edgegen(*options, "--calibration", photo.parent, "--image", photo)
    text = WORKFLOW.read_text(encoding="utf-8")
    assert "--calibration=photos " in text
    assert "--image=photos/a.jpg" in text
    assert str(repository) not in text
    WORKFLOW.unlink()
    gone = ("--calibration", photo.parent, "--image", photo.with_name("b.jpg"))
    rejects(3, repository, *options, *gone, says=("there is no", "b.jpg"))


def test_workflow_uploads_apps_when_others_of_the_job_fail(repository: Path) -> None:
    edgegen("batch", "runs", *LINUX, "--ci", "github")
    steps = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["make"]["steps"]
    kept = [each for each in steps if str(each.get("uses")).startswith("actions/upload-artifact")]
    assert [each["if"] for each in kept] == ["always()", "always()"]

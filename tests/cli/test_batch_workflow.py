"""The workflow of `edgegen batch --ci github`: the list as a matrix, and all reports as one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgegen.commands.batch_workflow import MOST_JOBS, PLACE, shared_out
from tests.cli.batches import export_called
from tests.cli.templates import committed, template
from tests.helpers.places import TINY
from tests.helpers.support import LINUX, edgegen, refused, snapshot


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
    found = yaml.safe_load(PLACE.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    if shutil.which("actionlint"):
        subprocess.run(["actionlint", PLACE], check=True)
    return found


def steps(found: dict[str, Any], job: str) -> dict[str, Any]:
    return {step.get("name", step.get("uses")): step for step in found["jobs"][job]["steps"]}


def test_a_template_of_the_repository_is_named_from_there(repository: Path) -> None:
    """With its answers; one that lies elsewhere no job would find. Verifying takes no tools of ours."""
    template({"copier.yml": "who: me\n_tasks: [touch ran]\n", "a.txt": ""}, "templates/pi", test=["true"])
    told = ("--template", repository / "templates/pi", "--data", "who=a b", "--trust", "--verify")
    make = steps(workflow(*told), "make")
    words = "edgegen batch runs --output=apps --template=templates/pi '--data=who=a b' --trust --verify"
    assert words in make["Make and verify"]["run"]
    assert "What verifying takes" not in make
    assert make["actions/checkout@v5"]["with"] == {"lfs": True, "fetch-depth": 0}  # with its tags
    committed(remote := template({}, "remote"), "v1")
    fetched = steps(workflow("--template", f"file://{remote}@v1"), "make")
    assert fetched["actions/checkout@v5"]["with"] == {"lfs": True}
    outside = ("batch", "runs", "--ci", "github", "--template", template({}, "../elsewhere"))
    refused(3, repository, *outside, says=("elsewhere lies outside of this folder",))


def test_each_model_has_a_job_and_all_have_a_report(repository: Path) -> None:
    """Nothing is made here; the job's command is the same list, with one name."""
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
    assert make["actions/checkout@v5"]["with"] == {"lfs": True}
    assert (
        "edgegen batch runs --target linux-cpp --target android '--output=my apps' --conf=0.4 --verify "
        '"${only[@]}" --json' in make["Make and verify"]["run"]
    )
    assert make["What verifying takes"]["run"].endswith("--target linux-cpp --target android --install")
    assert "actions/setup-java@v5" in make
    assert "== 4 and" in steps(found, "report")["Whether all are there, and right"]["run"]


def test_without_verify_nothing_is_installed_for_it() -> None:
    """Nor is Java fetched for those who make no Android app."""
    make = steps(workflow(*LINUX), "make")
    assert "What verifying takes" not in make
    assert "actions/setup-java@v5" not in make


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
@pytest.mark.skipif(not shutil.which("jq"), reason="jq reads the reports on GitHub's machines")
def test_the_scripts_of_all_jobs_run(repository: Path, tiny_export: Path) -> None:
    """As they stand: each job makes its own project, one fails, and the last one says which, and fails."""
    shutil.rmtree(repository / "runs" / "birds")
    export_called("birds", tiny_export, repository / "runs" / "birds")
    (repository / "runs" / "cats" / "weights" / "best.pt").write_text("no weights")
    edgegen("batch", "runs", *LINUX, "--ci", "github", "--output", "my apps")
    found = yaml.safe_load(PLACE.read_text(encoding="utf-8"))
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


def test_more_than_a_matrix_takes_share_jobs() -> None:
    """Each is in one of them."""
    names = [f"run{number}" for number in range(MOST_JOBS + 10)]
    jobs = shared_out(names)
    assert len(jobs) == MOST_JOBS
    assert sorted(" ".join(job["names"] for job in jobs).split()) == sorted(names)
    assert jobs[0]["title"] == "run0 and 1 more"


def test_it_is_written_again_unless_somebody_edited_it(repository: Path) -> None:
    """A file of somebody else's is never overwritten, either."""
    workflow(*LINUX)
    workflow(*LINUX, "--conf", 0.4)
    with PLACE.open("a") as file:
        file.write("# mine\n")
    again = ("batch", "runs", *LINUX, "--ci", "github")
    refused(3, repository, *again, says=("edgegen-batch.yml was edited",))
    edgegen(*again, "--force").ok()
    (repository / "mine.yml").write_text("name: mine\n")
    says = ("mine.yml is there already and edgegen did not write it",)
    refused(3, repository, *again, "--output", "mine.yml", says=says)
    answer = edgegen(*again, "--output", "ci/other.yml", "--json").ok()
    said = {"workflow": "ci/other.yml", "jobs": 2, "projects": 2, "broken": []}
    assert json.loads(answer.out) == said
    before = snapshot(repository)
    assert json.loads(edgegen(*again, "--output", "no/new.yml", "--json", "--pretend").ok().out)["jobs"] == 2
    assert snapshot(repository) == before


def test_a_broken_checkpoint_is_told_and_stays_in_the_matrix(repository: Path) -> None:
    """Exit code 1, and its job fails in the report; what Git LFS keeps is fetched there, and not broken."""
    broken, kept = (repository / "runs" / name / "weights" / "best.pt" for name in ("birds", "cats"))
    broken.write_bytes(TINY.read_bytes()[:20_000])
    kept.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    answer = edgegen("batch", "runs", *LINUX, "--ci", "github")
    assert answer.code == 1
    assert answer.err.startswith("the job of birds will fail: runs/birds/weights/best.pt begins like a check")
    assert len(answer.err.splitlines()) == 1
    matrix = yaml.safe_load(PLACE.read_text(encoding="utf-8"))["jobs"]["make"]["strategy"]["matrix"]
    assert [each["names"] for each in matrix["include"]] == ["birds", "cats"]
    said = json.loads(edgegen("batch", "runs", *LINUX, "--ci", "github", "--json").out)
    assert [(each["name"], each["model"]) for each in said["broken"]] == [
        ("birds", "runs/birds/weights/best.pt")
    ]


def test_a_list_outside_of_the_repository_is_refused(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A checkout would not have it."""
    other = tmp_path_factory.mktemp("other")
    (other / "best.pt").write_text("weights")
    says = ("lies outside of this folder",)
    refused(3, repository, "batch", other, *LINUX, "--ci", "github", says=says)
    again = ("batch", "runs", *LINUX, "--ci", "github")
    refused(3, repository, *again, "--precision", "int8", "--calibration", other, says=says)


def test_photos_are_named_from_the_repository(repository: Path) -> None:
    """Not from this machine's first folder; those that are not there are refused."""
    photo = repository / "photos" / "a.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"photo")
    options = ("batch", "runs", *LINUX, "--ci", "github", "--precision", "int8")
    edgegen(*options, "--calibration", photo.parent, "--image", photo)
    text = PLACE.read_text(encoding="utf-8")
    assert "--calibration=photos " in text
    assert "--image=photos/a.jpg" in text
    assert str(repository) not in text
    PLACE.unlink()
    gone = ("--calibration", photo.parent, "--image", photo.with_name("b.jpg"))
    refused(3, repository, *options, *gone, says=("there is no", "b.jpg"))


def test_apps_are_kept_where_others_fail(repository: Path) -> None:
    """A job of several ends with 1 when one of them fails."""
    edgegen("batch", "runs", *LINUX, "--ci", "github")
    steps = yaml.safe_load(PLACE.read_text(encoding="utf-8"))["jobs"]["make"]["steps"]
    kept = [each for each in steps if str(each.get("uses")).startswith("actions/upload-artifact")]
    assert [each["if"] for each in kept] == ["always()", "always()"]

"""The workflow of `edgegen batch --ci github`: the list as a matrix, and all reports as one."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.batches import batch
from edgegen.commands.batch_workflow import MOST_JOBS, PLACE, shared_out
from support import LINUX, edgegen, refused


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with checkpoints of `birds` and `cats`."""
    monkeypatch.chdir(tmp_path)
    for name in ("birds", "cats"):
        (tmp_path / "runs" / name / "weights").mkdir(parents=True)
        (tmp_path / "runs" / name / "weights" / "best.pt").write_text("weights")
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


@pytest.mark.skipif(not shutil.which("jq"), reason="jq reads the reports on GitHub's machines")
def test_the_report_job_puts_real_reports_together(repository: Path) -> None:
    """Its own script, run in bash on what `batch --json` says: a table, and a failure that is seen."""
    found = workflow(*LINUX)
    (repository / "reports").mkdir()
    for number, name in enumerate(("birds", "cats"), start=1):
        answer, _ = batch("runs", "--only", name)
        (repository / "reports" / f"{number}.json").write_text(answer.out)
    (repository / "reports" / "3.json").write_text("")  # a job that was ended early
    report = steps(found, "report")
    environment = {"GITHUB_STEP_SUMMARY": "summary.md", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    script = ["bash", "-e", "-o", "pipefail", "-c"]
    subprocess.run([*script, report["All reports as one"]["run"]], env=environment, check=True)
    gathered = json.loads((repository / "batch.json").read_text())
    assert [row["name"] for row in gathered["projects"]] == ["birds", "cats"]
    assert "| cats | linux-cpp | failed | " in (repository / "summary.md").read_text()
    last = [*script, report["Whether all are there, and right"]["run"]]
    assert subprocess.run(last, env=environment, check=False).returncode == 1
    for row in gathered["projects"]:
        row["result"] = "made"
    (repository / "batch.json").write_text(json.dumps(gathered))
    assert subprocess.run(last, env=environment, check=False).returncode == 0


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
    answer = edgegen(*again, "--output", "other.yml", "--json").ok()
    assert json.loads(answer.out) == {"workflow": "other.yml", "jobs": 2, "projects": 2}


def test_a_list_outside_of_the_repository_is_refused(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A checkout would not have it."""
    other = tmp_path_factory.mktemp("other")
    (other / "best.pt").write_text("weights")
    refused(3, repository, "batch", other, *LINUX, "--ci", "github", says=("lies outside of this folder",))

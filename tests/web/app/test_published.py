"""The workflow of `--ci github`: its commands test the project, and make the folder to publish."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.helpers.support import edgegen
from tests.helpers.tools import missing
from tests.web.app.conftest import PORTRAIT, App

pytestmark = pytest.mark.full


def test_workflow_of_github_tests_the_project_and_publishes_the_page(
    web_export: Path, tmp_path: Path, open_app: Callable[..., App]
) -> None:
    """Its two commands run here. The published folder is a working app without the `.pte` and the record."""
    if shutil.which("node") is None:
        missing("node")
    options = ("--target", "web", "--ci", "github", "--output", tmp_path / "birds")
    edgegen("new", "--model", web_export, *options).ok()
    workflow = tmp_path / "birds" / ".github" / "workflows" / "web.yml"
    steps = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]["test"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    assert len(commands) == 2
    for command in commands:
        environment = {**os.environ, "RUNNER_TEMP": str(tmp_path)}
        subprocess.run(["bash", "-ec", command], cwd=tmp_path / "birds", env=environment, check=True)
    site = tmp_path / "site"
    assert not (site / "model" / "model.pte").exists()
    names = {path.name for path in site.iterdir()}
    assert names >= {"index.html", "sw.js", ".nojekyll", "ort", "model", "vectors"}
    assert not [name for name in names if name.startswith((".git", ".edgegen")) or name == "tests"]
    app = open_app(site)
    app.open_file(PORTRAIT)
    assert app.rows()

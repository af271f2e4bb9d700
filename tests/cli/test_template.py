"""`edgegen template new` and `edgegen template check`."""

import json
import re
import shlex
from pathlib import Path

import pytest

from edgegen import tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.project.context import Options
from edgegen.project.custom_template.claims import Claims
from edgegen.project.custom_template.template import template_values
from edgegen.project.template_filters import FILTERS
from tests.helpers.places import ROOT
from tests.helpers.support import edgegen, list_files, rejects

pytestmark = pytest.mark.full


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the result of `edgegen template new tpl` in the current folder."""
    monkeypatch.chdir(tmp_path)
    edgegen("template", "new", "tpl").ok()
    return Path("tpl")


def test_new_template_passes_its_check(begun: Path) -> None:
    """Ten models: every task, 10,000 classes, hostile names. The template's own tests run."""
    said = json.loads(edgegen("template", "check", begun, "--json").ok().out)
    assert said["passed"] is True
    assert len(said["models"]) == 10
    assert {row["task"] for row in said["models"]} == {*tasks.names()}
    assert {1, 10_000} <= {row["classes"] for row in said["models"]}
    assert any(row["imgsz"][0] != row["imgsz"][1] for row in said["models"])
    assert all(row["tested"] for row in said["models"])


def test_commands_of_the_templates_page_run(exported: Path) -> None:
    """Those of docs/templates.md except the check, which other tests run."""
    page = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    lines = page.split("```sh\n")[1].split("```")[0].splitlines()
    assert len(lines) == 4
    for line in lines:
        if "check" not in line:
            edgegen(*shlex.split(line.replace("best.pt", str(exported)))[1:]).ok()
    assert "Moin" in Path("birds/README.md").read_text(encoding="utf-8")


def test_templates_page_names_every_filter_and_value(tiny_export: Path) -> None:
    page = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
    named = {part for text in re.findall(r"`([\w., ]+)`", page) for part in re.findall(r"\w+", text)}
    spec = load_model_spec(tiny_export / "model.pte", tiny_export / "metadata.yaml")
    values = template_values(spec, Options("a", "a"), Claims())
    names = {*FILTERS, *values, *values["model"], *values["model"]["input"], *values["model"]["output"]}
    assert names - named == set()


def test_template_check_fails_for_models_with_unescaped_names(begun: Path) -> None:
    """The output of the template's tests is shown."""
    names = begun / "template" / "model_info.py.jinja"
    names.write_text(names.read_text().replace("{{ name | python_string }}", '"{{ name }}"'))
    config = begun / "copier.yml"
    config.write_text(config.read_text().replace("  # tasks: [detect] ", "  tasks: [classify] #"))
    answer = edgegen("template", "check", begun)
    assert answer.code == 1
    results = {line.split("  ")[0]: line.split()[-1] for line in answer.out.splitlines()[1:11]}
    assert {about for about, result in results.items() if result == "FAILED"} == {
        "quotes",
        "invisible characters",
    }
    assert "quotes (classify): python -m unittest discover -q -s tests failed:" in answer.out
    assert "SyntaxError" in answer.out


def test_template_commands_refuse_occupied_folders_and_invalid_templates(begun: Path) -> None:
    rejects(3, Path(), "template", "new", "tpl", says=("tpl",))
    rejects(3, Path(), "template", "check", "nowhere", says=("there is no template nowhere",))
    (begun / "copier.yml").unlink()
    rejects(3, Path(), "template", "check", begun, says=(f"edgegen: {begun.absolute()} is not a template",))
    rejects(2, Path(), "template", "check", begun, "--data", "x", says=("'x'",))
    assert "template/README.md.jinja" in list_files(begun)

"""The commands of docs/updating.md run in order, with the tiny checkpoint."""

import re
import shutil
from pathlib import Path

import pytest

from tests.helpers.places import ROOT
from tests.helpers.projects import run

pytestmark = pytest.mark.full

PAGE = (ROOT / "docs" / "updating.md").read_text(encoding="utf-8")


def test_commands_of_the_updating_page_run_and_keep_edits(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Each exits with the code that the page shows."""
    for name in ("best.pt", "retrained.pt"):
        shutil.copy(tiny_checkpoint, tmp_path / name)
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)).strip().splitlines()
    assert len(commands) > 12
    for command in filter(None, commands):
        answer = run(["sh", "-c", command], tmp_path)
        said = re.search(r"# exit code (\d)", command)
        assert answer.returncode == int(said[1] if said else 0), f"{command}\n{answer.stdout}{answer.stderr}"
        if command.startswith("edgegen verify") or command == "edgegen update birds --conf 0.4":
            assert "the same boxes as PyTorch on" in answer.stdout
    project = tmp_path / "birds"
    assert (project / "README.md").read_text().endswith("Ask Anna for the camera.\n")
    assert (project / "src/app/ours.h").read_text() == "// Ours.\nint ours();\n"
    assert "kConfidence = 0.45;" in (project / "src/model_info.h").read_text()
    assert "+Ask Anna for the camera.\n" in (tmp_path / "ours.patch").read_text()

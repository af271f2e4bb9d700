"""An app shows PyTorch's results on processors with other instruction sets than the exporting machine's."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.projects import build, environment, generate
from tests.helpers.tools import missing

pytestmark = pytest.mark.full

# Processors that QEMU emulates: XNNPACK has other kernels for each of them.
SSE4, AVX2 = "Nehalem", "Haswell,-rtm,-hle"


def check_parity(project: Path, processor: str) -> None:
    """Run a project's comparison with the golden vectors on a processor. Each stage must pass."""
    if shutil.which("qemu-x86_64") is None:
        missing("qemu-x86_64")
    parity = build(project, "parity").parity
    command = ["qemu-x86_64", "-cpu", processor, parity, "--json"]
    answer = subprocess.run(
        command, cwd=project, env=environment(), capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr + answer.stdout
    stages = json.loads(answer.stdout)["stages"]
    assert {"letterbox", "tensor", "raw", "boxes"} <= {stage["name"] for stage in stages}
    assert all(stage["passed"] and stage["compared"] > 0 for stage in stages), stages


def test_app_without_avx_shows_pytorchs_boxes(tiny_linux: Path) -> None:
    check_parity(tiny_linux, SSE4)


@pytest.mark.nightly
def test_app_with_avx2_shows_pytorchs_boxes(tiny_linux: Path) -> None:
    check_parity(tiny_linux, AVX2)


@pytest.mark.nightly
@pytest.mark.parametrize("processor", [SSE4, AVX2])
def test_int8_app_gives_the_integers_of_the_exporting_machine(
    int8_export: Path, tmp_path: Path, processor: str
) -> None:
    """The stage `raw` allows no difference."""
    check_parity(generate(tmp_path, int8_export), processor)

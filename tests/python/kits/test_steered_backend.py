"""The double of Core ML and Vulkan does what it is steered to do."""

import math
import os
import signal
import subprocess
from pathlib import Path

import pytest

from edgegen_kits.common.executorch import STEERED, executorch_sdk

pytestmark = pytest.mark.full

_LIBRARIES = ("", "_backend_xnnpack", "_kernels_optimized", "_threadpool")


def _write_programs(folder: Path) -> None:
    """Write reference.pte for XNNPACK, and further.pte for Vulkan, with other weights."""
    import torch
    from executorch.backends.vulkan.partitioner.vulkan_partitioner import VulkanPartitioner
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    for name, partitioner in (("reference", XnnpackPartitioner()), ("further", VulkanPartitioner())):
        module = torch.nn.Conv2d(3, 2, 8)
        with torch.no_grad():
            module.weight.fill_(1 / 192 if name == "reference" else 7)
            module.bias.copy_(torch.tensor([1.0, 3.0]))
        exported = torch.export.export(module.eval(), (torch.zeros(1, 3, 8, 8),))
        program = to_edge_transform_and_lower(exported, partitioner=[partitioner]).to_executorch()
        (folder / f"{name}.pte").write_bytes(program.buffer)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with both programs, and a program that runs one."""
    made = tmp_path_factory.mktemp("steered")
    _write_programs(made)
    sdk = executorch_sdk()
    headers = sdk / "include"
    subprocess.run(
        [
            *("g++", "-O1", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"),
            *("-DC10_USING_CUSTOM_GENERATED_MACROS", "-isystem", headers),
            *("-isystem", headers / "executorch/runtime/core/portable_type/c10"),
            *(Path(__file__).with_name("steered.cpp"), STEERED, "-o", made / "run"),
            *(f"-L{sdk / 'lib'}", f"-Wl,-rpath,{sdk / 'lib'}", "-Wl,--no-as-needed"),
            *(f"-lexecutorch{name}" for name in _LIBRARIES),
            "-lpthread",
        ],
        check=True,
    )
    return made


def _run(folder: Path, *behaviors: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "EDGEGEN_STEERED_PROGRAM": str(folder / "reference.pte"),
        "EDGEGEN_STEERED_BEHAVIOR": str(folder / "behavior"),
    }
    return subprocess.run(
        [folder / "run", folder / "further.pte", folder / "behavior", *behaviors],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_steered_backend_does_what_each_behavior_says(folder: Path) -> None:
    failing = ("throws_at_load", "throws_at_10", "hangs", "hangs_at_load")
    found = _run(folder, "right", "slow", "wrong", "wrong_4th", "wrong_from_16", "nan", *failing)
    assert found.returncode == 0, found.stderr
    lines = {line.split()[0]: line.split()[1:] for line in found.stdout.splitlines()}
    right = ["2.000", "4.000"]  # of the reference program, not of the further one
    assert lines["right"] == ["16", *right]
    assert lines["slow"] == ["16", *right]
    for late in ("wrong", "wrong_4th", "wrong_from_16"):
        assert lines[late] == ["16", "2.000", "2.750"]  # of the last run
    assert lines["nan"][0] == "16"
    assert math.isnan(float(lines["nan"][1]))
    assert lines["throws_at_load"] == ["0"]
    assert lines["throws_at_10"] == ["9", *right]
    assert lines["hangs"] == ["0"]
    assert lines["hangs_at_load"] == ["0"]


def test_steered_backend_that_kills_ends_the_process(folder: Path) -> None:
    assert _run(folder, "kills").returncode == -signal.SIGKILL
    assert _run(folder, "kills_once").returncode == -signal.SIGKILL
    assert _run(folder, "kills_once").returncode == 0

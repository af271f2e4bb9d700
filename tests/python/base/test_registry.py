"""Third-party parts: found by their entry points; a broken one is named with the reason."""

import json
import os
import subprocess
import sys
from pathlib import Path

PARTS = """
import dataclasses
from edgegen.targets.linux_cpp.target import TARGET
KIOSK = dataclasses.replace(TARGET, name="kiosk", next_steps=("./kiosk",))
"""


def installed(folder: Path, name: str, points: str, module: str = PARTS) -> Path:
    """Write the files of an installed package that adds parts."""
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(points)
    (folder / f"{name}.py").write_text(module)
    return folder


def edgegen(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "edgegen", *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_inspect_supported_lists_tasks_sources_runtimes_and_targets(tmp_path: Path) -> None:
    there = json.loads(edgegen(tmp_path, "inspect", "--supported", "--json").stdout)
    contracts = ["raw", "end2end", "decoded", "detections"]
    of_boxes = dict.fromkeys(("detect", "obb", "pose", "segment"), contracts)
    others = {"classify": ["logits", "probabilities"], "depth": ["depth"], "semantic": ["logits"]}
    assert there["tasks"] == {**of_boxes, **others}
    libraries = [
        *("onnx", "pickled_module", "timm", "torch_export", "torchscript", "torchvision", "ultralytics")
    ]
    assert sorted(there["sources"]) == ["exported", *libraries]
    precisions = ["float32", "int8"]
    assert there["precisions"] == precisions
    assert there["runtimes"]["executorch"] == {"backends": ["XnnpackBackend"], "precisions": precisions}
    assert there["backends"]["xnnpack"] == {
        "runtime": "executorch",
        "delegates": ["XnnpackBackend"],
        "precisions": precisions,
        "runs_here": True,
    }
    assert there["targets"] == ["android", "ios", "linux-cpp"]


def test_third_party_target_is_listed_suggested_and_used(tmp_path: Path) -> None:
    folder = installed(tmp_path, "kiosks", "[edgegen.targets]\nkiosk = kiosks:KIOSK\n")
    assert "kiosk" in json.loads(edgegen(folder, "inspect", "--supported", "--json").stdout)["targets"]
    assert "did you mean kiosk?" in edgegen(folder, "doctor", "--target", "kiosks").stderr
    tools = json.loads(edgegen(folder, "doctor", "--target", "kiosk", "--json").stdout)
    assert tools["targets"] == ["kiosk"]


def test_broken_third_party_package_is_named(tmp_path: Path) -> None:
    """The exit code is 6, as for any tool that does not work."""
    folder = installed(tmp_path, "broken", "[edgegen.targets]\nkiosk = broken:NOTHING\n")
    answer = edgegen(folder, "doctor", "--target", "kiosk")
    assert answer.returncode == 6
    assert "broken:NOTHING (of broken)" in answer.stderr
    assert "update or uninstall" in answer.stderr


def test_two_packages_with_one_target_name_are_rejected(tmp_path: Path) -> None:
    installed(tmp_path, "one", "[edgegen.targets]\nkiosk = one:KIOSK\n")
    installed(tmp_path, "two", "[edgegen.targets]\nkiosk = two:KIOSK\n")
    answer = edgegen(tmp_path, "doctor", "--target", "linux-cpp")
    assert answer.returncode == 6
    assert "one:KIOSK (of one) and two:KIOSK (of two)" in answer.stderr


def test_inspect_requires_either_a_model_or_supported(tmp_path: Path) -> None:
    assert "there is no MODEL to inspect" in edgegen(tmp_path, "inspect").stderr
    both = edgegen(tmp_path, "inspect", "best.pt", "--supported")
    assert both.returncode == 2
    assert "--supported takes no model" in both.stderr


def test_any_exception_of_a_third_party_package_is_reported(tmp_path: Path) -> None:
    """Not as a missing file."""
    points, module = "[edgegen.sources]\nlicensed = licensed:SOURCE\n", "raise RuntimeError('no licence')\n"
    folder = installed(tmp_path, "licensed", points, module)
    answer = edgegen(folder, "inspect", str(folder / "licensed.py"))
    assert answer.returncode == 6
    assert "RuntimeError: no licence" in answer.stderr

"""Parts that other packages add: found by their entry points, refused in words where they are broken."""

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
    """Make what pip leaves of a package that adds parts."""
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


def test_what_there_is_is_listed(tmp_path: Path) -> None:
    """Tasks with their contracts, sources in words, precisions, runtimes, targets."""
    there = json.loads(edgegen(tmp_path, "inspect", "--supported", "--json").stdout)
    contracts = ["raw", "end2end", "decoded", "detections"]
    of_boxes = dict.fromkeys(("detect", "obb", "pose", "segment"), contracts)
    others = {"classify": ["logits", "probabilities"], "depth": ["depth"], "semantic": ["logits"]}
    assert there["tasks"] == {**of_boxes, **others}
    assert sorted(there["sources"]) == ["exported", "ultralytics"]
    precisions = ["float32", "int8"]
    assert there["precisions"] == precisions
    assert there["runtimes"]["executorch"] == {"backends": ["XnnpackBackend"], "precisions": precisions}
    assert there["targets"] == ["android", "ios", "linux-cpp"]


def test_another_package_adds_a_target(tmp_path: Path) -> None:
    """It is listed, offered where a name is mistyped, and projects of it are made."""
    folder = installed(tmp_path, "kiosks", "[edgegen.targets]\nkiosk = kiosks:KIOSK\n")
    assert "kiosk" in json.loads(edgegen(folder, "inspect", "--supported", "--json").stdout)["targets"]
    assert "did you mean kiosk?" in edgegen(folder, "doctor", "--target", "kiosks").stderr
    tools = json.loads(edgegen(folder, "doctor", "--target", "kiosk", "--json").stdout)
    assert tools["targets"] == ["kiosk"]


def test_a_package_that_is_broken_is_named(tmp_path: Path) -> None:
    """With the reason and what to do; exit code 6, as for every tool that does not work."""
    folder = installed(tmp_path, "broken", "[edgegen.targets]\nkiosk = broken:NOTHING\n")
    answer = edgegen(folder, "doctor", "--target", "kiosk")
    assert answer.returncode == 6
    assert "broken:NOTHING (of broken)" in answer.stderr
    assert "update or uninstall" in answer.stderr


def test_two_packages_with_one_name_are_refused(tmp_path: Path) -> None:
    """Neither wins by chance."""
    installed(tmp_path, "one", "[edgegen.targets]\nkiosk = one:KIOSK\n")
    installed(tmp_path, "two", "[edgegen.targets]\nkiosk = two:KIOSK\n")
    answer = edgegen(tmp_path, "doctor", "--target", "linux-cpp")
    assert answer.returncode == 6
    assert "one:KIOSK (of one) and two:KIOSK (of two)" in answer.stderr


def test_a_model_or_supported(tmp_path: Path) -> None:
    """One of both has to be asked for."""
    assert "there is no MODEL to inspect" in edgegen(tmp_path, "inspect").stderr
    both = edgegen(tmp_path, "inspect", "best.pt", "--supported")
    assert both.returncode == 2
    assert "--supported takes no model" in both.stderr


def test_whatever_a_broken_package_raises_is_told(tmp_path: Path) -> None:
    """Not only a missing module, and never as a file that is missing."""
    points, module = "[edgegen.sources]\nlicensed = licensed:SOURCE\n", "raise RuntimeError('no licence')\n"
    folder = installed(tmp_path, "licensed", points, module)
    answer = edgegen(folder, "inspect", str(folder / "licensed.py"))
    assert answer.returncode == 6
    assert "RuntimeError: no licence" in answer.stderr

"""Third-party parts: found by their entry points; a broken one is named with the reason."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.places import ROOT

PARTS = """
import dataclasses
from edgegen.targets.linux_cpp.target import TARGET
KIOSK = dataclasses.replace(TARGET, name="kiosk", next_steps=("./kiosk",))
"""


TOYS = ROOT / "tests" / "helpers" / "toy_parts"
LOWER = """
import sys
from pathlib import Path
from edgegen import runtimes
from edgegen.base.progress import NoProgress
from edgegen.sources.identify import open_model
module = open_model(Path(sys.argv[1])).module("logits")
program, shapes = runtimes.default().lower(module, (32, 32), runtimes.find_backend("toy-cpu"), NoProgress())
assert shapes == ((1, 2),) and program[4:6] == b"ET"
"""


PICKLES = """
from edgegen.sources.source import OpenableSource


class MyPickle(OpenableSource):
    pass


class Source:
    name = "mine"
    takes = "my pickles"

    def sniff(self, argument, path, description):
        return MyPickle(path) if path.is_file() and b"mine" in path.read_bytes() else None


SOURCE = Source()
"""
IDENTIFY = """
import sys
from edgegen import sources
from edgegen.sources.identify import identify
print(type(identify(sys.argv[1])).__name__)
print(sources.names()[0])
print(sources.names()[-1])
"""


def installed(folder: Path, name: str, points: str, module: str | None = PARTS) -> Path:
    """Write the files of an installed package that adds parts."""
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(points)
    if module is not None:
        (folder / f"{name}.py").write_text(module)
    return folder


def edgegen(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return python(folder, "-m", "edgegen", *arguments)


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_inspect_supported_lists_tasks_sources_runtimes_and_targets(tmp_path: Path) -> None:
    there = json.loads(edgegen(tmp_path, "inspect", "--supported", "--json").stdout)
    contracts = ["raw", "end2end", "decoded", "detections"]
    of_boxes = dict.fromkeys(("obb", "pose", "segment"), contracts)
    of_boxes["detect"] = [*contracts[:3], "multilabel", "detections"]
    others = {"classify": ["logits", "probabilities"], "depth": ["depth"], "semantic": ["logits"]}
    assert there["tasks"] == {**of_boxes, **others}
    libraries = [
        *("onnx", "pickled_module", "rfdetr", "timm", "torch_export", "torchscript", "torchvision"),
        *("transformers", "ultralytics", "yolox"),
    ]
    assert sorted(there["sources"]) == ["exported", *libraries]
    assert there["precisions"] == ["float32", "float16", "int8"]
    assert there["runtimes"]["executorch"] == {
        "backends": ["CoreMLBackend", "VulkanBackend", "XnnpackBackend"],
        "precisions": ["float16", "float32", "int8"],
    }
    assert there["backends"]["xnnpack"] == {
        "runtime": "executorch",
        "delegates": ["XnnpackBackend"],
        "precisions": ["float32", "int8"],
        "needs": "",
    }
    assert there["targets"] == ["android", "ios", "linux-cpp", "web"]


def test_third_party_target_is_listed_suggested_and_used(tmp_path: Path) -> None:
    folder = installed(tmp_path, "kiosks", "[edgegen.targets]\nkiosk = kiosks:KIOSK\n")
    assert "kiosk" in json.loads(edgegen(folder, "inspect", "--supported", "--json").stdout)["targets"]
    assert "did you mean kiosk?" in edgegen(folder, "doctor", "--target", "kiosks").stderr
    tools = json.loads(edgegen(folder, "doctor", "--target", "kiosk", "--json").stdout)
    assert tools["targets"] == ["kiosk"]


@pytest.mark.full
def test_third_party_source_backend_and_target_need_no_change_of_edgegen(tmp_path: Path) -> None:
    """Their model is exported and verified, and their backend lowers a module."""
    shutil.copytree(TOYS, tmp_path / "toys")
    points = (
        "sources]\ntoy = toys:SOURCE",
        "backends]\ntoy-cpu = toys:BACKEND",
        "targets]\nkiosk = toys:TARGET",
    )
    installed(tmp_path, "toys", "\n".join(f"[edgegen.{point}" for point in points), None)
    there = json.loads(edgegen(tmp_path, "inspect", "--supported", "--json").stdout)
    assert there["sources"]["toy"] == "a toy model"
    assert there["backends"]["toy-cpu"]["delegates"] == ["XnnpackBackend"]
    model = tmp_path / "birds.toy"
    model.write_text('{"toy model": {"gull": [1, 0, 0.5], "crow": [-1, 0.5, 0]}}', encoding="utf-8")
    app = tmp_path / "app"
    made = edgegen(tmp_path, "new", str(model), "--target", "kiosk", "--output", str(app))
    assert made.returncode == 0, made.stderr
    assert (app / "README.md").read_text(encoding="utf-8") == "# birds.toy, for gull\n"
    verified = edgegen(tmp_path, "verify", str(app), "--json")
    assert json.loads(verified.stdout)["passed"] is True, verified.stderr
    lowered = python(tmp_path, "-c", LOWER, str(model))
    assert lowered.returncode == 0, lowered.stderr


@pytest.mark.parametrize("name", ["a_pickle", "z_pickle"])
def test_third_party_source_is_asked_before_edgegens_own(tmp_path: Path, name: str) -> None:
    """Whatever its name is: `ultralytics` would take every pickle."""
    folder = installed(tmp_path, "pickles", f"[edgegen.sources]\n{name} = pickles:SOURCE\n", PICKLES)
    (tmp_path / "model.pt").write_bytes(pickle.dumps({"mine": 1}))
    said = python(folder, "-c", IDENTIFY, str(tmp_path / "model.pt"))
    assert said.stdout.splitlines() == ["MyPickle", name, "ultralytics"], said.stderr


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

"""Each layout of a detection head in one C++ program: each gives the boxes that PyTorch gives.

`tests/export/test_families.py` compares the export of every family with PyTorch, and `test_decode.py` the
decoding of one to three levels with numpy.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base import pins
from edgegen.project.context import Options, shared_context
from edgegen.project.render import render
from edgegen.project.task_files import is_needed
from edgegen_kits.common.executorch import executorch_sdk
from tests.cpp.compiler import CORE, HERE, PLAIN, WARNINGS, compile_units, rendered_headers
from tests.helpers.detection_heads import HeadExport
from tests.helpers.mutating import replaced
from tests.helpers.once import Once

pytestmark = pytest.mark.full

# With bins and without, with NMS and without.
HEADS = (("yolov8n", "raw"), ("yolov10n", "end2end"), ("yolo26n", "raw"), ("yolo26n", "end2end"))
# A description that is wrong in one place, and the stages that fail.
BROKEN = {
    ("yolo26n", "end2end"): ("kEnd2endHead", "kRawHead", {"decode", "boxes"}),
    ("yolo26n", "raw"): ("kStrides = {8, 16", "kStrides = {8, 15", {"constants", "decode", "boxes"}),
}


def describe(export: Path, name: str, folder: Path) -> Path:
    """Write the header of a model; return it."""
    spec = load_model_spec(export / "model.pte", export / "metadata.yaml")
    render("_shared/model_info", shared_context(spec, Options(name=name, slug=name)), folder / name)
    return folder / name / "model_info.h"


def detection_units() -> list[Path]:
    """Return the core's .cpp files that a detection project has: stages of parity are of one task."""
    units = sorted(CORE.rglob("*.cpp"))
    return [unit for unit in units if is_needed("_shared/cpp", unit.relative_to(CORE).as_posix(), "detect")]


def compile_program(folder: Path, names: list[str], executorch: Path) -> Path:
    """Compile the whole core, and a program that contains all these models."""
    includes = "".join(f'#include "{name}/model_info.h"\n' for name in names)
    listed = ", ".join(f"&{name}_model::kInfo" for name in names)
    (folder / "models.h").write_text(
        f"{includes}inline const vision::ModelInfo* const kModels[] = {{{listed}}};\n"
    )
    (folder / "build_info.h").write_text(
        f'namespace build_info {{ inline constexpr char kExecuTorchVersion[] = "{pins.EXECUTORCH}"; }}\n'
    )
    headers, libraries = executorch / "include", executorch / "lib"
    torch = headers / "executorch/runtime/core/portable_type/c10"
    parts = ("", "_kernels_optimized", "_kernels_quantized", "_backend_xnnpack", "_threadpool")
    units = detection_units()
    core = [unit for unit in units if unit.is_relative_to(CORE / "vision")]
    # The flags of the other tests of the core, whose objects are used again.
    objects = compile_units(folder / "objects", core, core=CORE, flags=(*WARNINGS, *PLAIN))
    others = [unit for unit in units if unit not in core]
    command = [
        *("g++", "-std=c++17", "-O0", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-ffp-contract=off"),
        *("-I", CORE, f"-I{rendered_headers()}", "-I", folder, "-isystem", headers, "-isystem", torch),
        *("-DC10_USING_CUSTOM_GENERATED_MACROS", "-DET_USE_THREADPOOL"),
        *(HERE / "several.cpp", *others, *objects, "-o", folder / "several", "-pthread"),
        *("-L", libraries, f"-Wl,-rpath,{libraries}", "-Wl,--no-as-needed"),
        *(f"-lexecutorch{part}" for part in parts),
    ]
    answer = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[:3000]
    return folder / "several"


def named(head: tuple[str, str], broken: bool = False) -> str:
    return "_".join((*head, "broken") if broken else head).replace("-", "_")


@pytest.fixture(scope="module")
def built(head_export: HeadExport, once: Once) -> tuple[Path, dict[str, dict[str, Any]]]:
    """Return a program with all models, and its report on each of them."""
    exports = {named(head): head_export(*head)[1] for head in HEADS}
    exports |= {named(head, broken=True): head_export(*head)[1] for head in BROKEN}

    def make(folder: Path) -> None:
        headers = {name: describe(export, name, folder) for name, export in exports.items()}
        for head, (old, new, _) in BROKEN.items():
            replaced(headers[named(head, broken=True)], old, new)
        program = compile_program(folder, list(exports), executorch_sdk())
        answer = subprocess.run(
            [str(program), *map(str, exports.values())], capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, answer.stderr[:3000]
        (folder / "reports").write_text(answer.stdout)

    folder = once("several-models", make)
    lines = (folder / "reports").read_text().splitlines()
    return folder / "several", dict(zip(exports, map(json.loads, lines), strict=True))


@pytest.fixture(scope="module")
def reports(built: tuple[Path, dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    return built[1]


@pytest.mark.parametrize("head", HEADS, ids="-".join)
def test_every_layout_gives_the_boxes_of_pytorch(
    reports: dict[str, dict[str, Any]], head: tuple[str, str]
) -> None:
    """All models are loaded at once. Looking at the outputs a second time gives equal boxes."""
    said = reports[named(head)]
    assert said["report"]["problems"] == []
    assert said["report"]["passed"]
    assert said["report"]["missing"] == []
    assert said["report"]["detections"] > 0
    assert said["again"]


@pytest.mark.parametrize("head", BROKEN, ids="-".join)
def test_parity_fails_in_the_stages_of_a_wrong_model_description(
    reports: dict[str, dict[str, Any]], head: tuple[str, str]
) -> None:
    stages = reports[named(head, broken=True)]["report"]["stages"]
    assert {stage["name"] for stage in stages if not stage["passed"]} >= BROKEN[head][2]


def test_host_program_gets_the_messages_of_executorch(
    built: tuple[Path, dict[str, dict[str, Any]]], tmp_path: Path
) -> None:
    """ExecuTorch's messages about a damaged model go to the log of the program that links the detector."""
    (tmp_path / "model.pte").write_bytes(b"no model" * 100)
    command = [str(built[0]), "--host", str(tmp_path / "model.pte")]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    lines, damaged = map(int, answer.stdout.split())
    assert lines > 0
    assert damaged

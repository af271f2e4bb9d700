"""Semantic segmentation and depth: exported to XNNPACK, equal to predict, and verified in C++."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgegen import tasks
from edgegen.artifacts import vector_files
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.artifacts.vector_files import Record, VectorFile
from edgegen.commands.inspect import inspect_model
from edgegen.model.spec import InputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.pictures import draw_scene, drawn_pictures
from edgegen.runtimes.executorch.runtime import PteProgram
from edgegen.sources.ultralytics.checkpoint import load
from edgegen.tasks.prepared import prepare
from tests.helpers.places import checkpoint_of
from tests.helpers.projects import generate
from tests.helpers.support import edgegen, rejects

SHAPES = {"semantic": (1, 4, 20, 20), "depth": (1, 1, 40, 40)}
STAGES = {"semantic": "class map", "depth": "depth"}
EXPECTED = {"semantic": "class_map.value", "depth": "depth.value"}


@pytest.fixture(params=sorted(SHAPES))
def task(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def export(task_export: Callable[[str], Path], task: str) -> Path:
    """Return the tiny checkpoint's export. Tests must not write into it."""
    return task_export(task)


@pytest.mark.full
def test_exported_map_model_equals_predict(export: Path, task: str) -> None:
    """It is one subgraph without other operators; compares the whole map of pictures of many shapes."""
    facts = inspect_model(str(export))
    (method,) = facts["methods"]
    assert (method["backends"], method["operators"]) == ({"XnnpackBackend": 1}, {})
    assert (facts["task"], facts["supported"]) == (task, True)
    spec = load_model_spec(export / "model.pte", export / "metadata.yaml")
    resize = "stretch" if task == "depth" else "letterbox"
    assert (spec.output.shapes, spec.input) == ((SHAPES[task],), InputSpec(160, 160, resize=resize))
    decoder, program = tasks.find(task).decoder, PteProgram(spec.pte)
    authority = CheckpointAuthority(load(checkpoint_of(task)), spec)
    sizes = ((40, 61), (200, 70), (160, 160), (33, 170), (1, 1))
    pictures = [each.rgb for each in drawn_pictures((160, 160))] + [
        draw_scene(max(h, 8), max(w, 8), seed=seed)[0][:h, :w] for seed, (h, w) in enumerate(sizes)
    ]
    for rgb in pictures:
        given = prepare(rgb, spec.input)
        np.testing.assert_array_equal(given.pixels, authority.letterboxed(rgb))
        outputs = program(given.tensor)
        (stage,) = decoder.compare_outputs(outputs, authority.outputs(given.tensor), spec.output)
        assert stage.passed, stage
        ours = decoder.result(outputs, spec.output, given.plan, Thresholds())
        compared = ours.compare(authority.result(rgb, Thresholds()), Thresholds(), spec.output)
        assert compared.passed and compared.first.compared == rgb.shape[0] * rgb.shape[1], str(compared)


@pytest.mark.parametrize("option", ["--conf", "--iou"])
def test_new_rejects_thresholds_for_a_map_model(tmp_path: Path, task: str, option: str) -> None:
    """Also --classes for depth; before anything is exported."""
    arguments = ("new", "--model", checkpoint_of(task), "--target", "linux-cpp")
    rejects(2, tmp_path, *arguments, option, "0.4", says=(f"{option} has no effect", f"`{task}`"))
    if task == "depth":
        rejects(2, tmp_path, *arguments, "--classes", "depth", says=("--classes has no effect",))


@pytest.mark.proof("tasks")
@pytest.mark.full
def test_linux_project_of_a_map_model_verifies_every_stage(export: Path, task: str, tmp_path: Path) -> None:
    """Uses the built app and its PNG, also for one pixel. A wrong value in the vectors fails."""
    project = generate(tmp_path, export)
    Image.new("RGB", (1, 1), (200, 30, 10)).save(tmp_path / "pixel.png")
    arguments = ("--model", checkpoint_of(task), "--image", tmp_path / "pixel.png", "--json")
    answer = edgegen("verify", project, *arguments)
    assert answer.code == 0, answer.err
    report = json.loads(answer.out)
    stages = ["constants", "letterbox", "tensor", "raw", STAGES[task], "pte", "app"]
    assert [stage["name"] for stage in report["stages"]] == stages
    assert all(stage["compared"] > 0 and stage["passed"] for stage in report["stages"])
    assert (report["images"], report["detections"]) == (6, 6)

    vectors = project / "vectors"
    files = vector_files.read(vectors, "")
    entry, record = files.entries[0], Record()
    for name in entry.names:
        values = entry.array(name).copy()
        if name == EXPECTED[task]:
            values[7 % len(values)] = values[7 % len(values)] * np.float32(1.002) if task == "depth" else 3
        record.add(name, entry.about["arrays"][name]["dtype"], values)
    wrong = VectorFile(entry.about, bytes(record.data))
    vector_files.write(vectors, files.text, [wrong])
    parity = [project / "build" / "release" / "parity", "--json"]
    ran = subprocess.run(parity, capture_output=True, text=True, check=False)
    assert ran.returncode == 7, ran.stdout + ran.stderr
    failed = [stage["name"] for stage in json.loads(ran.stdout)["stages"] if not stage["passed"]]
    assert failed == [STAGES[task]]

"""The tiny checkpoint: accurate on its training domain, and reproducible."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgegen.model.spec import InputSpec, OutputSpec
from edgegen.parity.pictures import draw_scene
from edgegen.sources.ultralytics.checkpoint import load
from tests.helpers.detecting import detect
from tests.helpers.places import ROOT, TINY
from tests.helpers.specs import spec_from_metadata

TRAINER = TINY.with_name("train_tiny.py")


def test_tiny_checkpoint_contains_no_path_of_the_training_machine(tiny_checkpoint: Path) -> None:
    content = tiny_checkpoint.read_bytes()
    assert b"/tmp" not in content
    assert b"/work" not in content
    assert b"/home" not in content


@pytest.mark.parametrize("size", [160, 192])
def test_tiny_checkpoint_finds_shapes_in_unseen_scenes(tiny_checkpoint: Path, size: int) -> None:
    """Over 90 % at confidence 0.25, within 8 pixels."""
    import torch

    checkpoint = load(tiny_checkpoint)
    model = checkpoint.module("raw")

    def forward(tensor: np.ndarray) -> list[np.ndarray]:
        with torch.no_grad():
            return [output.numpy() for output in model(torch.from_numpy(tensor))]

    shapes = tuple(output.shape for output in forward(np.zeros((1, 3, size, size), np.float32)))
    output = OutputSpec("raw", shapes, 16, checkpoint.facts.yolo.strides)
    spec = spec_from_metadata("detect", checkpoint.facts.class_names, InputSpec(size, size), output)
    found = wanted = 0
    for seed in range(5_000_000, 5_000_025):
        rgb, scene = draw_scene(160, 160, seed)
        shown = detect(rgb, forward, spec)
        for shape in scene:
            box = np.array([shape.x1, shape.y1, shape.x2, shape.y2])
            near = np.abs(shown.boxes - box).max(axis=1, initial=0) < 8
            found += bool((near & (shown.class_ids == shape.kind)).any())
        wanted += len(scene)
    assert wanted > 60
    assert found > 0.9 * wanted


@pytest.mark.full
def test_training_with_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    """Two short trainings in separate processes, with different file names."""

    def train(name: str) -> bytes:
        output = tmp_path / name / f"{name}.pt"
        output.parent.mkdir()
        command = [sys.executable, "-m", "tests.tiny.train_tiny", "--steps", "2", "--scenes", "16"]
        command += ["--output", str(output)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return output.read_bytes()

    assert train("one") == train("another")


def test_example_pictures_equal_the_trainers_scenes(tmp_path: Path) -> None:
    """landscape.png and portrait.png each contain all kinds of shapes."""
    from edgegen.parity.picture_files import read_picture
    from edgegen.parity.pictures import KINDS
    from tests.tiny import train_tiny

    for name, height, width, seed in train_tiny.EXAMPLES:
        rgb, shapes = draw_scene(height, width, seed)
        np.testing.assert_array_equal(read_picture(TRAINER.with_name(name)).rgb, rgb)
        assert {shape.kind for shape in shapes} == set(range(len(KINDS)))

"""Classifiers of torchvision: exports, and apps that show what torchvision shows."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.artifacts.pte import read_pte
from edgegen.model.thresholds import Thresholds
from edgegen.parity.pictures import drawn_pictures
from edgegen.sources.identify import open_model
from edgegen.tasks.prepared import prepare
from tests.helpers.once import Once
from tests.helpers.published_weights import publish
from tests.helpers.support import edgegen

pytestmark = pytest.mark.full

# An architecture with a bilinear and one with a bicubic resize, both to 256 before a crop to 224.
BILINEAR, BICUBIC = "mobilenet_v3_small", "efficientnet_b0"


@pytest.fixture(autouse=True, scope="module")
def torch_home(once: Once) -> Iterator[Path]:
    """Return a cache of torch with random weights of two architectures."""

    def make(folder: Path) -> None:
        for name in (BILINEAR, BICUBIC):
            publish(name, folder)

    home = once("torch-home", make)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_HOME", str(home))
        yield home


def export(once: Once, name: str) -> Path:
    def make(folder: Path) -> None:
        edgegen("export", "--model", f"torchvision:{name}", "--output", folder / "exported").ok()

    return once(f"torchvision-{name}", make) / "exported"


@pytest.mark.parametrize(("name", "resize"), [(BILINEAR, "bilinear"), (BICUBIC, "bicubic")])
def test_export_is_one_delegate_and_equals_torchvision(
    once: Once, torch_home: Path, name: str, resize: str
) -> None:
    """The input's bytes are equal; a probability differs by less than 1e-5."""
    folder = export(once, name)
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    assert (spec.input.shorter_side, spec.input.interpolation) == (256, resize)
    assert spec.class_names[0] == "tench"
    method = read_pte(spec.pte).method("forward")
    assert method is not None
    assert [(each.backend, each.count) for each in method.delegates] == [("XnnpackBackend", 1)]
    assert not method.operators
    (weights,) = (torch_home / "hub" / "checkpoints").glob(f"{name}*")
    predictor = open_model(weights).predictor(spec)
    for picture in drawn_pictures((224, 224)):
        given = prepare(picture.rgb, spec.input)
        np.testing.assert_array_equal(given.pixels, predictor.letterboxed(picture.rgb))
        theirs = predictor(picture.rgb, Thresholds())
        logits = predictor.outputs(given.tensor)[0][0]
        scores = np.exp(logits - logits.max())
        ours = np.sort(scores / scores.sum())[::-1]
        np.testing.assert_allclose(ours[:5], theirs.scores[:5], atol=1e-5)


@pytest.mark.parametrize("target", ["linux-cpp", "android", "ios"])
def test_app_shows_what_torchvision_shows(once: Once, tmp_path: Path, target: str) -> None:
    """Also the Android app, launched."""
    project = tmp_path / "app"
    edgegen("new", "--model", export(once, BICUBIC), "--target", target, "--output", project).ok()
    answer = edgegen("verify", project, "--model", f"torchvision:{BICUBIC}", "--json").ok()
    report = json.loads(answer.out)
    assert all(stage["compared"] > 0 and stage["passed"] for stage in report["stages"])


def test_mutated_shorter_side_is_noticed(once: Once, tmp_path: Path) -> None:
    """Changes 256 to 255 in the app."""
    project = tmp_path / "app"
    edgegen("new", "--model", export(once, BILINEAR), "--target", "linux-cpp", "--output", project).ok()
    header = project / "src" / "model_info.h"
    text = header.read_text("utf-8")
    assert text.count("kShorterSide = 256") == 1
    header.write_text(text.replace("kShorterSide = 256", "kShorterSide = 255"), "utf-8")
    answer = edgegen("verify", project, "--json")
    assert answer.code == 7, answer.err
    failed = {stage["name"] for stage in json.loads(answer.out)["stages"] if not stage["passed"]}
    assert "letterbox" in failed

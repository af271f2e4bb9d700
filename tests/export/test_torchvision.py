"""Named classifiers: exports. Their apps are in `test_classifiers`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.sources.identify import open_model
from tests.helpers.classifier_checks import (
    check_equals_library,
    check_mutation_is_noticed,
    check_one_delegate,
)
from tests.helpers.once import Once
from tests.helpers.published_weights import publish, publish_timm
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
    check_one_delegate(spec.pte)
    (weights,) = (torch_home / "hub" / "checkpoints").glob(f"{name}*")
    check_equals_library(spec, open_model(weights).predictor(spec))


@pytest.mark.parametrize(
    "name",
    [
        *("torchvision:mobilenet_v2", "timm:tf_efficientnet_lite0", "timm:convnext_atto"),
        "timm:vit_tiny_patch16_224",
    ],
)
def test_architecture_is_one_delegate(torch_home: Path, tmp_path: Path, name: str) -> None:
    library, _, architecture = name.partition(":")
    (publish if library == "torchvision" else publish_timm)(architecture, torch_home)
    edgegen("export", "--model", name, "--output", tmp_path / "x").ok()
    check_one_delegate(tmp_path / "x" / "model.pte")


def test_mutated_shorter_side_is_noticed(tmp_path: Path) -> None:
    """Changes 256 to 255 in an app that is made and verified by the model's name."""
    project, model = tmp_path / "app", ("--model", f"torchvision:{BILINEAR}")
    edgegen("new", *model, "--target", "linux-cpp", "--output", project).ok()
    check_mutation_is_noticed(project, "kShorterSide = 256", "kShorterSide = 255", "letterbox", *model)

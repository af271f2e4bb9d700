"""Named classifiers: exports, and apps that show what torchvision shows."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from PIL import Image

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.parity.pictures import drawn_pictures
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
    """Return a cache of torch with random weights of three architectures."""

    def make(folder: Path) -> None:
        for name in (BILINEAR, BICUBIC, "resnet18"):
            publish(name, folder)

    home = once("torch-home", make)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_HOME", str(home))
        yield home


def export(once: Once, name: str) -> Path:
    def make(folder: Path) -> None:
        edgegen("export", "--model", f"torchvision:{name}", "--output", folder / "exported").ok()

    return once(f"torchvision-{name}", make) / "exported"


def project(once: Once, name: str, precision: str, target: str) -> Path:
    """Return a project, from the name. int8's bound on the loss is open: the weights are random."""

    def make(folder: Path) -> None:
        photos = folder / "photos"
        photos.mkdir()
        for number, picture in enumerate(drawn_pictures((224, 224)) * 2):
            Image.fromarray(picture.rgb).save(photos / f"{number}.png")
        int8 = ("--precision", "int8", "--calibration", photos, "--max-loss", 99)
        options = int8 if precision == "int8" else ()
        model = ("--model", f"torchvision:{name}", *options)
        edgegen("new", *model, "--target", "all", "--output", folder / "apps").ok()

    (found,) = (once(f"torchvision-{name}-{precision}", make) / "apps").glob(f"*{target}")
    return found


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


@pytest.mark.parametrize(
    ("name", "precision", "target"),
    [
        *((BILINEAR, "float32", target) for target in ("linux-cpp", "android", "ios")),
        *(("resnet18", "int8", target) for target in ("linux-cpp", "android", "ios")),
    ],
)
def test_app_shows_what_torchvision_shows(
    once: Once, tmp_path: Path, name: str, precision: str, target: str
) -> None:
    """From the name to the app; the Android app is launched. int8 is compared with its own program."""
    app = Path(shutil.copytree(project(once, name, precision, target), tmp_path / "app"))
    report = json.loads(edgegen("verify", app, "--model", f"torchvision:{name}", "--json").ok().out)
    (metadata,) = app.rglob("metadata.yaml")
    check_one_delegate(metadata.with_name("model.pte"))
    assert yaml.safe_load(metadata.read_text("utf-8"))["edgegen"]["programs"][0]["precision"] == precision
    assert all(stage["compared"] > 0 and stage["passed"] for stage in report["stages"])


def test_mutated_shorter_side_is_noticed(once: Once, tmp_path: Path) -> None:
    """Changes 256 to 255 in the app."""
    project = tmp_path / "app"
    edgegen("new", "--model", export(once, BILINEAR), "--target", "linux-cpp", "--output", project).ok()
    check_mutation_is_noticed(project, "kShorterSide = 256", "kShorterSide = 255", "letterbox")

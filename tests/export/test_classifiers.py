"""Classifiers of other libraries: each app shows what its library shows."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.model.spec import WHOLE_PICTURE
from edgegen.parity.pictures import drawn_pictures
from edgegen.sources.description import Description
from edgegen.sources.identify import open_model
from tests.helpers.android_projects import leave_out_what_models_share
from tests.helpers.classifier_checks import (
    check_equals_library,
    check_mutation_is_noticed,
    check_one_delegate,
)
from tests.helpers.exported_programs import save_program, save_trace, small_classifier
from tests.helpers.once import Once
from tests.helpers.onnx_files import save_classifier
from tests.helpers.places import TINY
from tests.helpers.published_weights import publish, publish_timm
from tests.helpers.several_models import keys_of, record_files
from tests.helpers.support import edgegen, rejects
from tests.helpers.trained_weights import ARCHITECTURE, FLOWERS, save_module, train, trained, write_names

pytestmark = pytest.mark.full

TIMM = "mobilenetv4_conv_small"
OWN = (
    *("--resize", 110, "--crop", 96, "--interpolation", "bicubic"),
    *("--mean", "0.5,0.4,0.3", "--std", "0.2,0.3,0.4"),
)
KINDS = ("state dict", "timm", "torch.export", "torchscript", "onnx", "module")
# Together they have every engine, resize and precision.
OF_PHONES = ("torch.export", "torchscript", "onnx", "torchvision", "torchvision int8")


@pytest.fixture(scope="module")
def models(once: Once) -> Path:
    """Return a folder with a model of each kind, and the names of their classes."""

    def make(folder: Path) -> None:
        train(folder / "flowers.pth")
        save_program(folder / "flowers.pt2", dynamic=(0, 2, 3))
        save_trace(folder / "flowers.torchscript", side=96)
        save_classifier(folder / "flowers.onnx", side=96)
        save_module(folder / "module.pth")
        write_names(folder / "labels.txt")
        publish_timm(TIMM, folder)
        for name in ("mobilenet_v3_small", "resnet18"):
            publish(name, folder)
        for number, picture in enumerate(drawn_pictures((224, 224)) * 2):
            (folder / "photos").mkdir(exist_ok=True)
            Image.fromarray(picture.rgb).save(folder / "photos" / f"{number}.png")

    return once("classifiers", make)


@pytest.fixture(autouse=True, scope="module")
def torch_home(models: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_HOME", str(models))
        yield


def arguments(models: Path, kind: str) -> tuple[object, ...]:
    """Return the model's part of a command."""
    names = ("--names", models / "labels.txt")
    return {
        "state dict": ("--model", models / "flowers.pth", "--arch", ARCHITECTURE, *names, *OWN),
        "timm": ("--model", f"timm:{TIMM}"),
        "torch.export": ("--model", models / "flowers.pt2", "--task", "classify", *names, *OWN),
        "torchscript": (
            *("--model", models / "flowers.torchscript", "--task", "classify", *names, *OWN),
            *("--resize", "stretch"),
        ),
        "onnx": (
            *("--model", models / "flowers.onnx", "--task", "classify", *names, *OWN),
            *("--color", "bgr"),
        ),
        "module": ("--model", models / "module.pth", "--task", "classify", *names, *OWN),
        "torchvision": ("--model", "torchvision:mobilenet_v3_small"),
        "torchvision int8": (
            *("--model", "torchvision:resnet18", "--precision", "int8"),
            *("--calibration", models / "photos", "--max-loss", 99),  # the weights are random
        ),
    }[kind]


def file_of(models: Path, kind: str) -> Path:
    """Return the file with the model's weights."""
    name = {
        "state dict": "flowers.pth",
        "timm": f"{TIMM}.*",
        "torch.export": "flowers.pt2",
        "torchscript": "flowers.torchscript",
        "onnx": "flowers.onnx",
        "module": "module.pth",
        "torchvision": "mobilenet_v3_small*",
        "torchvision int8": "resnet18*",
    }[kind]
    (file,) = models.rglob(name)
    return file


@pytest.fixture(scope="module")
def export_of_kind(models: Path, once: Once) -> Callable[[str], Path]:
    """Return a function that exports a kind of model. The export must not be written into."""

    def get(kind: str) -> Path:
        name = kind.replace(" ", "-").replace(".", "-")
        command = ("export", *arguments(models, kind), "--output")
        made = once(f"classifier-{name}", lambda folder: edgegen(*command, folder / name).ok())
        return made / name

    return get


@pytest.mark.parametrize("kind", KINDS)
def test_export_is_one_delegate_and_equals_the_library(
    models: Path, export_of_kind: Callable[[str], Path], kind: str
) -> None:
    """The input's bytes are equal; a probability differs by less than 1e-5."""
    folder = export_of_kind(kind)
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    check_one_delegate(spec.pte)
    if kind != "timm":
        assert spec.class_names == FLOWERS
        assert (spec.input.height, spec.input.interpolation) == (96, "bicubic")
        assert spec.input.shorter_side == (WHOLE_PICTURE if kind == "torchscript" else 110)
        assert spec.input.mean == (0.5, 0.4, 0.3)
        assert spec.input.std == (0.2, 0.3, 0.4)
    check_equals_library(spec, open_model(file_of(models, kind), Description.of(spec)).predictor(spec))


def label_pictures(folder: Path, model: Any, kind: str) -> float:
    """Write pictures into folders of class names, and return a classifier's top-1 on them.

    The labels are its own answers after torchvision's transforms, except for every third picture.
    """
    import torch
    from torchvision.transforms import v2

    transforms = v2.Compose(
        [
            v2.Resize([96, 96] if kind == "torchscript" else [110], v2.InterpolationMode.BICUBIC),
            v2.CenterCrop(96),
            v2.PILToTensor(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize((0.5, 0.4, 0.3), (0.2, 0.3, 0.4)),
            v2.Lambda(lambda tensor: tensor.flip(0) if kind == "onnx" else tensor),
        ]
    )
    pictures = [Image.fromarray(each.rgb) for side in (96, 130) for each in drawn_pictures((side, 110))]
    for number, picture in enumerate(pictures):
        with torch.no_grad():
            answer = int(model(transforms(picture)[None]).argmax())
        label = FLOWERS[answer if number % 3 else (answer + 1) % len(FLOWERS)]
        (folder / "val" / label).mkdir(parents=True, exist_ok=True)
        picture.save(folder / "val" / label / f"{number}.png")
    return 1 - len(range(0, len(pictures), 3)) / len(pictures)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "timm"])
def test_evaluate_counts_the_top_1_of_the_library(
    export_of_kind: Callable[[str], Path], tmp_path: Path, kind: str
) -> None:
    model = trained() if kind in ("state dict", "module") else small_classifier()
    right = label_pictures(tmp_path / "data", model.eval(), kind)
    command = ("evaluate", export_of_kind(kind), "--data", tmp_path / "data", "--json")
    found = json.loads(edgegen(*command).ok().out)
    assert found["runs"]
    for run in found["runs"]:
        assert run["top1"] == pytest.approx(right, abs=1e-9)
        assert run["top5"] == 1


@pytest.mark.parametrize(
    ("target", "kinds"),
    [
        ("linux-cpp", (*KINDS, "torchvision", "torchvision int8")),
        ("android", OF_PHONES),
        # The core is that of Linux, and `tests/ios` verifies the tiny classifier.
        pytest.param("ios", OF_PHONES, marks=pytest.mark.nightly),
    ],
)
def test_app_shows_what_each_library_shows(
    models: Path,
    export_of_kind: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    kinds: Sequence[str],
) -> None:
    """One app has a model of each kind, and is compared with each; int8 with its own program."""
    leave_out_what_models_share(monkeypatch)
    project = tmp_path / "app"
    exports = [option for kind in kinds for option in ("--model", export_of_kind(kind))]
    edgegen("new", *exports, "--target", target, "--app", "studio", "--output", project).ok()
    record_files(project, [file_of(models, kind) for kind in kinds])
    report = json.loads(edgegen("verify", project, "--json").ok().out)
    assert report["problems"] == []
    assert all(stage["compared"] > 0 and stage["passed"] for stage in report["stages"])
    keys, stages = keys_of(project), {stage["name"] for stage in report["stages"]}
    assert len(keys) == len(kinds)
    for key in keys:
        assert {f"{key}: {name}" for name in ("letterbox", "tensor", "raw", "classes", "app")} <= stages
    authorities = {
        "state dict": "PyTorch on .*flowers.pth",
        "timm": f"PyTorch on .*{TIMM}",
        "torch.export": "PyTorch on .*flowers.pt2",
        "torchscript": "TorchScript on .*flowers.torchscript",
        "onnx": "ONNX Runtime on .*flowers.onnx",
        "module": "PyTorch on .*module.pth",
        "torchvision": "PyTorch on .*mobilenet_v3_small",
        "torchvision int8": "the int8 model in Python",
    }
    for kind, authority in zip(kinds, report["authority"].split(" and "), strict=True):
        assert re.search(authorities[kind], authority), (kind, report["authority"])
    precisions = []
    for metadata in project.rglob("metadata.yaml"):
        check_one_delegate(metadata.with_name("model.pte"))
        (program,) = yaml.safe_load(metadata.read_text("utf-8"))["edgegen"]["programs"]
        precisions.append(program["precision"])
    assert sorted(precisions) == ["float32"] * (len(kinds) - 1) + ["int8"]


def test_update_reads_the_names_again_and_keeps_the_other_options(models: Path, tmp_path: Path) -> None:
    names, project = write_names(tmp_path / "names.txt"), tmp_path / "app"
    model = ("--model", models / "flowers.pth", "--arch", ARCHITECTURE, "--names", names, *OWN)
    edgegen("new", *model, "--target", "linux-cpp", "--output", project).ok()
    record = yaml.safe_load((project / ".edgegen.yml").read_text("utf-8"))["options"]
    assert record["names"] == "../names.txt"
    names.write_text(names.read_text("utf-8").replace("rose", "red rose"), "utf-8")
    answer = edgegen("update", project, "--resize", "stretch").ok()
    assert "resize: 110 -> stretch" in answer.out
    metadata = yaml.safe_load((project / "model" / "metadata.yaml").read_text("utf-8"))
    assert metadata["names"][2] == "red rose"
    assert metadata["edgegen"]["input"]["shorter_side"] == WHOLE_PICTURE
    assert metadata["imgsz"] == [96, 96]
    names.unlink()
    rejects(3, tmp_path, "update", project, "--resize", 130, says=("names.txt cannot be read",))


def test_named_classifier_is_exported_again_by_update_and_export(models: Path, tmp_path: Path) -> None:
    """Its weights are a file that does not tell the architecture."""
    project = tmp_path / "app"
    edgegen("new", *arguments(models, "timm"), "--target", "linux-cpp", "--output", project).ok()
    edgegen("update", project, "--head", "probabilities", "--no-verify").ok()
    metadata = yaml.safe_load((project / "model" / "metadata.yaml").read_text("utf-8"))
    assert metadata["edgegen"]["output"]["contract"] == "probabilities"
    assert metadata["names"][0] == "tench, Tinca tinca"
    edgegen("export", project, "--output", tmp_path / "x").ok()
    assert (tmp_path / "x" / "model.pte").read_bytes() == (project / "model" / "model.pte").read_bytes()


def test_update_with_another_model_drops_the_description(models: Path, tmp_path: Path) -> None:
    project = tmp_path / "app"
    edgegen("new", *arguments(models, "torch.export"), "--target", "linux-cpp", "--output", project).ok()
    answer = edgegen("update", project, "--model", TINY.with_name("tiny-classify.pt"), "--no-verify").ok()
    assert (
        "they described the old model: --task, --names, --resize, --crop, --interpolation, --mean, --std"
        in answer.err
    )
    record = yaml.safe_load((project / ".edgegen.yml").read_text("utf-8"))["options"]
    assert not {"task", "names", "resize", "crop", "mean", "std"} & set(record)


def test_description_of_an_export_is_rejected(
    models: Path, export_of_kind: Callable[[str], Path], tmp_path: Path
) -> None:
    export = export_of_kind("torch.export")
    command = ("new", "--target", "linux-cpp", "--model", export, "--names", models / "labels.txt")
    rejects(2, tmp_path, *command, "--output", tmp_path / "app", says=("--names", "exported already"))


def test_mutated_mean_is_noticed(models: Path, tmp_path: Path) -> None:
    """Changes the mean of green in the app from 0.4 to 0.41."""
    project = tmp_path / "app"
    edgegen("new", *arguments(models, "torch.export"), "--target", "linux-cpp", "--output", project).ok()
    check_mutation_is_noticed(project, "kMean[3] = {0.5, 0.4,", "kMean[3] = {0.5, 0.41,", "tensor")

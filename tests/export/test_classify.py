"""Export of classification models: all in XNNPACK, equal to predict; folders of Ultralytics."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import InputError, UnsupportedModelError, UsageError
from edgegen.base.quiet import quiet
from edgegen.commands.inspect import inspect_model
from edgegen.export.options import input_size
from edgegen.model.spec import CENTRE_CROP, InputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority, FolderAuthority, PteAuthority, authority_for
from edgegen.parity.pictures import draw_scene, drawn_pictures
from edgegen.runtimes.executorch.runtime import PteProgram
from edgegen.sources.ultralytics.checkpoint import load
from edgegen.tasks.classify import TASK
from edgegen.tasks.prepared import prepare
from tests.helpers import detection_heads
from tests.helpers.classifier_checks import check_equals_library, check_one_delegate
from tests.helpers.once import Once
from tests.helpers.places import ROOT
from tests.helpers.projects import generate
from tests.helpers.support import edgegen, metadata_of, rejects

TINY = ROOT / "tests" / "tiny" / "tiny-classify.pt"


@pytest.fixture(scope="module")
def classify_export(once: Once) -> Path:
    """Return the tiny checkpoint's export. Tests must not write into it."""

    def make(folder: Path) -> None:
        edgegen("export", "--model", TINY, "--output", folder / "exported").ok()

    return once("tiny-classify-export", make) / "exported"


def pictures() -> list[Any]:
    """Return pictures of many shapes, including some that the golden vectors do not have."""
    sizes = ((40, 61), (200, 70), (64, 64), (33, 170), (1, 1), (97, 131))
    return [each.rgb for each in drawn_pictures((64, 64))] + [
        draw_scene(max(h, 8), max(w, 8), seed=seed)[0][:h, :w] for seed, (h, w) in enumerate(sizes)
    ]


@pytest.mark.full
def test_ultralytics_classifier_on_a_torchvision_backbone(tmp_path: Path) -> None:
    """The layers of yolo11-cls-resnet18.yaml, without its download."""
    import torch
    from ultralytics.nn import tasks

    layers = {
        "nc": 5,
        "backbone": [[-1, 1, "TorchVision", [512, "resnet18", None, True, 2]]],
        "head": [[-1, 1, "Classify", ["nc"]]],
    }
    torch.manual_seed(3)
    with quiet(), torch.no_grad():
        model = tasks.ClassificationModel(layers, ch=3, nc=5, verbose=False)
        detection_heads.settle(model, detection_heads.drawn((64, 64)))
    detection_heads.save(tmp_path / "best.pt", model, "classify", (64, 64), 5)
    edgegen("export", "--model", tmp_path / "best.pt", "--output", tmp_path / "x").ok()
    spec = load_model_spec(tmp_path / "x" / "model.pte", tmp_path / "x" / "metadata.yaml")
    check_one_delegate(spec.pte)
    check_equals_library(spec, load(tmp_path / "best.pt").predictor(spec))


@pytest.mark.full
@pytest.mark.parametrize("contract", ["logits", "probabilities"])
def test_exported_classifier_equals_predict(
    classify_export: Path, once: Once, contract: str, tmp_path: Path
) -> None:
    """It is one subgraph without other operators; input bytes and tensor are equal in every bit."""
    folder = classify_export
    if contract != "logits":
        folder = once("tiny-classify-soft", lambda to: detection_heads.export(to, TINY, contract)) / "export"
    facts = inspect_model(str(folder))
    (method,) = facts["methods"]
    assert (method["backends"], method["operators"]) == ({"XnnpackBackend": 1}, {})
    assert (facts["task"], facts["contract"], facts["supported"]) == ("classify", contract, True)
    said = metadata_of(folder)
    assert (said["task"], said["head"], said["end2end"]) == ("classify", "Classify", False)
    assert said["edgegen"]["input"]["resize"] == CENTRE_CROP
    assert "pad_value" not in said["edgegen"]["input"]

    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    assert spec.input == InputSpec(64, 64, resize=CENTRE_CROP, shorter_side=64)
    program, authority = PteProgram(spec.pte), CheckpointAuthority(load(TINY), spec)
    for rgb in pictures():
        given = prepare(rgb, spec.input)
        if rgb.shape[0] <= 2 * rgb.shape[1]:  # an older Pillow resizes the others in another order
            np.testing.assert_array_equal(given.pixels, authority.letterboxed(rgb))
        outputs = program(given.tensor)
        (stage,) = TASK.decoder.compare_outputs(outputs, authority.outputs(given.tensor), spec.output)
        assert stage.passed, stage
        thresholds = Thresholds(max_det=300)
        ours = TASK.decoder.result(outputs, spec.output, given.plan, thresholds)
        compared = ours.compare(authority.result(rgb, thresholds), thresholds, spec.output)
        assert compared.passed and compared.first.compared == 3, str(compared)


@pytest.mark.full
def test_export_uses_the_checkpoints_transforms_as_predict_does(tmp_path: Path) -> None:
    """The mean applies at the size of the checkpoint's transforms; predict gets the same tensor."""
    import torch
    from ultralytics.data.augment import classify_transforms
    from ultralytics.nn.tasks import torch_safe_load

    from edgegen.base.quiet import quiet

    with quiet():
        record, _ = torch_safe_load(str(TINY), safe_only=True)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

    def saved(transforms: Any) -> Path:
        (record["ema"] or record["model"]).transforms = transforms
        torch.save(record, tmp_path / "own.pt")
        return tmp_path / "own.pt"

    own = load(saved(classify_transforms(64, mean, std))).facts.input
    assert own.size == (64, 64)
    np.testing.assert_allclose(own.mean, mean, atol=1e-7)
    np.testing.assert_allclose(own.std, std, atol=1e-7)
    larger = load(saved(classify_transforms(96, mean, std))).facts  # than the size of the training
    assert larger.input == InputSpec(64, 64, resize=CENTRE_CROP, shorter_side=64)
    assert TASK.input_spec(larger, 96, 96) == replace(own, height=96, width=96, shorter_side=96)
    fraction = classify_transforms(64, mean, std)  # as older versions make them with a crop_fraction
    fraction.transforms[0].size = 72
    assert load(saved(fraction)).facts.input == InputSpec(64, 64, resize=CENTRE_CROP, shorter_side=64)
    with pytest.raises(UsageError, match=r"--imgsz is 72, but own\.pt is for 64 only"):
        input_size(72, load(saved(fraction)))
    for transforms, says in (
        (classify_transforms(64, interpolation="BICUBIC"), "a bicubic resize"),
        (classify_transforms(64, (0.5, float("nan"), 0.5)), r"mean \[0.5, nan, 0.5\]"),
        (
            type(classify_transforms(64))(classify_transforms(64).transforms[:3]),
            "Resize, CenterCrop, ToTensor",
        ),
    ):
        with pytest.raises(UnsupportedModelError, match=says):
            load(saved(transforms))
    stretching = classify_transforms(64, mean, std)
    stretching.transforms[0].size = [64, 64]
    for transforms in (classify_transforms(64, mean, std), fraction, stretching):
        check_tensor_of_predict(saved(transforms), tmp_path / "out")


def check_tensor_of_predict(checkpoint: Path, folder: Path) -> None:
    """Compare the input tensor of an export with the one that predict gives to the checkpoint's model."""
    edgegen("export", "--model", checkpoint, "--output", folder, "--force").ok()
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    authority = CheckpointAuthority(load(checkpoint), spec)
    seen: list[Any] = []
    hook = authority._predictor.backend.model.register_forward_pre_hook(
        lambda _m, given: seen.append(given[0])
    )
    rgb = np.ascontiguousarray(drawn_pictures((64, 64))[1].rgb[:, :50])
    authority.result(rgb, Thresholds())
    hook.remove()
    ours = prepare(rgb, spec.input).tensor
    np.testing.assert_array_equal(ours.view(np.uint32), seen[-1].numpy().view(np.uint32))


@pytest.mark.full
def test_ultralytics_folder_crops_pictures_as_predict_does(ultralytics_folder: Callable[[str], Path]) -> None:
    """Uses more shapes of pictures than `test_folders`."""
    folder = ultralytics_folder("classify")
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    assert (spec.task, spec.output.contract, spec.num_classes) == ("classify", "probabilities", 3)
    assert spec.input == InputSpec(64, 64, resize=CENTRE_CROP, shorter_side=64)
    right, ours = authority_for(spec, None), PteAuthority(spec)
    assert type(right) is FolderAuthority
    for rgb in pictures():
        compared = ours.result(rgb, Thresholds()).compare(
            right.result(rgb, Thresholds()), Thresholds(), spec.output
        )
        assert compared.passed, str(compared)


@pytest.mark.full
def test_authority_of_exported_logits_is_the_pte(classify_export: Path) -> None:
    """Ultralytics' predict would read the logits as probabilities."""
    spec = load_model_spec(classify_export / "model.pte", classify_export / "metadata.yaml")
    assert type(authority_for(spec, None)) is PteAuthority


@pytest.mark.full
def test_classifier_metadata_with_a_letterbox_is_rejected(classify_export: Path, tmp_path: Path) -> None:
    """Pictures of a classifier are cropped, so a letterbox would give another input."""
    shutil.copytree(classify_export, tmp_path / "other")
    path = tmp_path / "other" / "metadata.yaml"
    path.write_text(path.read_text("utf-8").replace("resize: centre_crop", "resize: letterbox"), "utf-8")
    with pytest.raises(
        InputError, match=r"`edgegen.input.resize: letterbox` for a model of the task `classify`"
    ):
        load_model_spec(tmp_path / "other" / "model.pte", path)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--conf", "0.4"), ("--conf has no effect for a model for the task `classify`", "leave it out")),
        (("--iou", "0.4"), ("--iou has no effect",)),
        (("--head", "raw"), ("--head raw does not exist for the task classify", "logits, probabilities")),
        (("--imgsz", "50"), ("--imgsz is 50", "--imgsz 64")),
    ],
)
def test_new_rejects_options_that_do_not_apply_to_a_classifier(
    tmp_path: Path, options: tuple[str, ...], says: tuple[str, ...]
) -> None:
    """Before anything is exported; the message says what to do instead."""
    rejects(2, tmp_path, "new", "--model", TINY, "--target", "linux-cpp", *options, says=says)


@pytest.mark.proof("tasks")
@pytest.mark.full
def test_linux_project_of_a_classifier_verifies_every_stage(
    once: Once, classify_export: Path, tmp_path: Path
) -> None:
    """Uses the built app. A crop that is off by one pixel fails in the stages that it affects."""
    project = generate(tmp_path, classify_export)
    assert "classes" in (project / "README.md").read_text("utf-8")
    stages = ["constants", "letterbox", "tensor", "raw", "classes", "pte", "app"]
    answer = edgegen("verify", project, "--model", TINY, "--json")
    assert answer.code == 0, answer.err
    report = json.loads(answer.out)
    assert [stage["name"] for stage in report["stages"]] == stages
    assert all(stage["compared"] > 0 and stage["passed"] for stage in report["stages"])
    assert (report["images"], report["detections"]) == (5, 15)

    source = project / "src" / "vision" / "centre_crop.cpp"
    sound = source.read_text("utf-8")
    broken = sound.replace(
        "(plan.resized_width - input_width) / 2.0)", "(plan.resized_width - input_width) / 2.0 + 1)"
    )
    assert broken != sound
    source.write_text(broken, "utf-8")
    answer = edgegen("verify", project, "--model", TINY, "--json")
    assert answer.code == 7, answer.err
    failed = {stage["name"] for stage in json.loads(answer.out)["stages"] if not stage["passed"]}
    assert {"letterbox", "tensor", "raw", "classes", "app"} <= failed
    assert not failed & {"constants", "pte"}

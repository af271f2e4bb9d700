"""RF-DETR's detectors: opened, compared with the library's own `predict`, and exported."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edgegen import runtimes, tasks
from edgegen.artifacts.pte import read_pte
from edgegen.base.arrays import Float32
from edgegen.base.errors import InputError, MissingOptionsError, ToolchainError
from edgegen.base.progress import NoProgress
from edgegen.export.exporting import export_checkpoint
from edgegen.model.spec import InputSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.pictures import draw_scene, drawn_pictures
from edgegen.sources.description import Description
from edgegen.sources.identify import identify, open_model
from edgegen.tasks.prepared import prepare
from tests.helpers import rfdetr_models
from tests.helpers.rfdetr_models import NAMES, SIDE, SMALL
from tests.helpers.support import edgegen

pytestmark = pytest.mark.full

WEAK = Thresholds(0.02)


@dataclass(frozen=True)
class Spec:
    """The part of a ModelSpec that a predictor reads."""

    input: InputSpec


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    with rfdetr_models.small_encoder():
        yield


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the checkpoint of a small model, as a training writes it."""
    model, config = rfdetr_models.build(**SMALL)
    return rfdetr_models.save(tmp_path_factory.mktemp("rfdetr") / "checkpoint_best_total.pth", model, config)


def spec_of(model: Any, size: tuple[int, int] = (SIDE, SIDE)) -> Any:
    return Spec(tasks.find("detect").input_spec(model.facts, *size))


def picture_tensor(size: tuple[int, int] = (SIDE, SIDE)) -> Float32:
    coarse = torch.randn(1, 3, 9, 7, generator=torch.Generator().manual_seed(3))
    return torch.nn.functional.interpolate(coarse, size, mode="bilinear").numpy()


def assert_same_rows(ours: Float32, theirs: Float32) -> None:
    output = OutputSpec("detections", (ours.shape,), classes=len(NAMES))
    for stage in tasks.find("detect").decoder.compare_outputs([ours], [theirs], output):
        assert stage.passed, stage


def test_opened_checkpoint_has_the_facts_of_its_training(checkpoint: Path) -> None:
    facts = open_model(checkpoint).facts
    assert (facts.task, facts.class_names, facts.input.size) == ("detect", NAMES, (SIDE, SIDE))
    assert (facts.library, facts.library_version, facts.license) == ("rfdetr", "1.11.2", "Apache-2.0")
    assert (facts.architecture, facts.contracts, facts.stride) == ("RF-DETR Nano", ("detections",), 32)
    assert " MB in float32" in facts.notes[0]
    own = tasks.find("detect").input_spec(facts, 96, 160)
    assert (own.height, own.width, own.resize, own.mean[0]) == (96, 160, "stretch", 0.485)


def test_results_are_those_of_the_librarys_predict(checkpoint: Path) -> None:
    """The library's own object is made by its public constructor, and gets the bytes of the input."""
    from rfdetr import RFDETR

    library = RFDETR.from_checkpoint(str(checkpoint), device="cpu")
    spec = spec_of(open_model(checkpoint))
    predict = open_model(checkpoint).predictor(spec)
    shown = 0
    for picture in drawn_pictures((SIDE, SIDE)):
        theirs: Any = library.predict(prepare(picture.rgb, spec.input).pixels, threshold=WEAK.confidence)
        ours = predict(picture.rgb, WEAK)
        names = [NAMES[number] for number in ours.class_ids]
        assert names == list(theirs.data["class_name"])
        height, width = picture.rgb.shape[:2]
        expected = theirs.xyxy * np.array([width, height, width, height]) / SIDE
        np.testing.assert_allclose(ours.boxes, expected, atol=1e-4)
        np.testing.assert_array_equal(ours.scores, theirs.confidence)
        shown += len(ours)
    assert shown > 100


def test_picture_of_the_inputs_size_is_not_resized(checkpoint: Path) -> None:
    from rfdetr import RFDETR

    (rgb, _) = draw_scene(SIDE, SIDE, seed=4)
    theirs: Any = RFDETR.from_checkpoint(str(checkpoint), device="cpu").predict(rgb.copy(), threshold=0.3)
    ours = open_model(checkpoint).predictor(spec_of(open_model(checkpoint)))(rgb, Thresholds(0.3))
    np.testing.assert_array_equal(ours.boxes, theirs.xyxy)
    np.testing.assert_array_equal(ours.scores, theirs.confidence)
    assert len(ours)


def test_rows_are_those_of_the_librarys_postprocess(checkpoint: Path) -> None:
    from rfdetr.models import PostProcess

    model: Any = open_model(checkpoint)
    height, width = 96, 160
    tensor = picture_tensor((height, width))
    (rows,) = model.predictor(spec_of(model, (height, width))).outputs(tensor)[0]
    with torch.inference_mode():
        outputs = model.model(torch.from_numpy(tensor))
        (theirs,) = PostProcess(64)(outputs, torch.tensor([[height, width]]))
    inside = rows[:, :4].clip(0, [width, height, width, height])
    np.testing.assert_allclose(inside, theirs["boxes"].numpy(), atol=1e-4)
    np.testing.assert_array_equal(rows[:, 4], theirs["scores"].numpy())
    np.testing.assert_array_equal(rows[:, 5], theirs["labels"].numpy())


def test_predict_keeps_classes_and_the_most_confident_boxes(checkpoint: Path) -> None:
    model = open_model(checkpoint)
    predict, rgb = model.predictor(spec_of(model)), drawn_pictures((SIDE, SIDE))[0].rgb
    everything = predict(rgb, WEAK)
    one = predict(rgb, WEAK, [1])
    assert 0 < len(one) < len(everything)
    assert set(one.class_ids.tolist()) == {1}
    few = predict(rgb, Thresholds(WEAK.confidence, max_det=5))
    np.testing.assert_array_equal(few.scores, everything.scores[:5])


def test_resize_is_the_librarys_within_a_step(checkpoint: Path) -> None:
    model = open_model(checkpoint)
    spec = spec_of(model, (96, 160))
    for picture in drawn_pictures((96, 160)):
        theirs = model.predictor(spec).letterboxed(picture.rgb)
        ours = prepare(picture.rgb, spec.input).pixels
        assert np.abs(theirs.astype(int) - ours).max() <= 1


@pytest.mark.parametrize("size", [(SIDE, SIDE), (96, 160), (64, 64)])
def test_module_equals_the_eager_model_at_any_size(checkpoint: Path, size: tuple[int, int]) -> None:
    """|Position embeddings are interpolated for a size."""
    model = open_model(checkpoint)
    tensor = picture_tensor(size)
    with torch.inference_mode():
        ours = model.module("detections")(torch.from_numpy(tensor)).numpy()
    (theirs,) = model.predictor(spec_of(model, size)).outputs(tensor)
    assert ours.shape == (1, 64 if size != (64, 64) else ours.shape[1], 6)
    assert_same_rows(ours, theirs)


def test_old_file_gives_the_same_boxes_and_a_note(checkpoint: Path, tmp_path: Path) -> None:
    model, config = rfdetr_models.build(**SMALL)
    path = rfdetr_models.save_old(tmp_path / "checkpoint.pth", model)
    content = torch.load(path, weights_only=False)
    content["model_config"] = config.model_dump()  # the small sizes are no defaults
    torch.save(content, path)
    old, new = open_model(path), open_model(checkpoint)
    assert old.facts.class_names == NAMES
    assert "counted classes from 1" in old.facts.notes[1]
    tensor = picture_tensor()
    np.testing.assert_array_equal(
        old.predictor(spec_of(old)).outputs(tensor)[0], new.predictor(spec_of(new)).outputs(tensor)[0]
    )


def test_coco_weights_have_the_names_of_their_category_numbers(tmp_path: Path) -> None:
    """The library has 91 logits for 80 names, and no names in the file."""
    from rfdetr import RFDETR

    model, config = rfdetr_models.build(classes=90, **SMALL)
    path = rfdetr_models.save(tmp_path / "rf-detr-nano.pth", model, config, names=None)
    ours = open_model(path)
    assert len(ours.facts.class_names) == 80
    assert ours.facts.class_names[16] == "dog"
    (rgb, _) = draw_scene(SIDE, SIDE, seed=4)  # no resize
    theirs: Any = RFDETR.from_checkpoint(str(path), device="cpu").predict(rgb.copy(), threshold=0.1)
    expected = [name for name in theirs.data["class_name"] if name]
    shown = ours.predictor(spec_of(ours))(rgb, Thresholds(0.1))
    names = [ours.facts.class_names[number] for number in shown.class_ids]
    assert names[: len(expected)] == expected  # the library has fewer: logits without a name take places
    assert 32 < len(expected) <= len(names)
    with torch.inference_mode():
        (rows,) = ours.module("detections")(torch.from_numpy(picture_tensor())).numpy()
    assert rows[:, 5].max() < 80


def test_logits_without_a_name_take_no_place_among_the_best(tmp_path: Path) -> None:
    """A model with random weights gives each logit the same chance: of the best 64, 9 have no name."""
    model, config = rfdetr_models.build(classes=90, **SMALL)
    ours = open_model(rfdetr_models.save(tmp_path / "rf-detr-nano.pth", model, config, names=None))
    spec, rgb = spec_of(ours), draw_scene(SIDE, SIDE, seed=4)[0]
    predict, given = ours.predictor(spec), prepare(rgb, spec.input)
    outputs = predict.outputs(given.tensor)
    output = OutputSpec("detections", (outputs[0].shape,), classes=80)
    expected = tasks.find("detect").decoder.result(outputs, output, given.plan, WEAK)
    shown = predict(rgb, WEAK)
    assert len(shown) == len(expected) == 64
    compared = shown.compare(expected, WEAK, output)
    assert compared.passed, str(compared)


def test_names_are_asked_for_taken_and_counted(tmp_path: Path, checkpoint: Path) -> None:
    model, config = rfdetr_models.build(**SMALL)
    path = rfdetr_models.save(tmp_path / "x.pth", model, config, names=None)
    with pytest.raises(MissingOptionsError, match="3 classes without names"):
        open_model(path)
    given = identify(str(path), Description(class_names=("a", "b", "c")))
    assert not given.is_exported
    assert given.open(path).facts.class_names == ("a", "b", "c")
    with pytest.raises(InputError, match="has 3 classes, and there are 2 names for them"):
        open_model(path, Description(class_names=("a", "b")))
    with pytest.raises(InputError, match="names its classes itself: cat, dog, bird"):
        open_model(checkpoint, Description(class_names=("a", "b", "c")))
    wrong = rfdetr_models.save(tmp_path / "y.pth", model, config, names=("cat", "dog"))
    with pytest.raises(InputError, match="2 class names, a head for 3 classes"):
        open_model(wrong)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"num_queries": 63}, "80 rows of queries, 63 queries"),
        ({"num_queries": "many"}, "80 rows of queries, 'many' queries"),
        ({"resolution": 100}, "resolution is 100"),
        ({"resolution": "large"}, "resolution is 'large'"),
        ({"ca_nheads": 8}, "weights are missing or of another shape"),
        ({"sa_nheads": 7}, "contradicts itself"),
        ({"out_feature_indexes": [1, 9]}, "contradicts itself"),
    ],
)
def test_architecture_that_contradicts_the_weights_is_rejected(
    checkpoint: Path, tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    content = torch.load(checkpoint, weights_only=True)
    content["model_config"].update(change)
    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(InputError, match=says) as caught:
        open_model(tmp_path / "x.pth")
    assert "checkpoint_best_total.pth" in caught.value.hint


def test_missing_weight_is_named(checkpoint: Path, tmp_path: Path) -> None:
    content = torch.load(checkpoint, weights_only=True)
    del content["model"]["transformer.decoder.norm.weight"]
    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(InputError, match=r"1 weight is missing .*: transformer\.decoder\.norm\.weight"):
        open_model(tmp_path / "x.pth")


def test_nothing_is_downloaded(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even for a file with the name of published weights."""

    def fail(*_arguments: Any, **_options: Any) -> Any:
        raise AssertionError("a download")

    monkeypatch.setattr("rfdetr.assets.model_weights._download_file", fail)
    monkeypatch.setattr("socket.socket.connect", fail)
    path = tmp_path / "rf-detr-nano.pth"
    path.write_bytes(checkpoint.read_bytes())
    model = open_model(path)
    assert len(model.predictor(spec_of(model))(drawn_pictures((SIDE, SIDE))[0].rgb, WEAK))


def test_missing_library_is_an_error_with_the_extra(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rfdetr", None)
    with pytest.raises(ToolchainError) as caught:
        open_model(checkpoint)
    assert "edgegen[rfdetr]" in caught.value.hint


def test_options_that_do_not_fit_are_rejected_before_the_export(checkpoint: Path, tmp_path: Path) -> None:
    command = ("export", "--model", checkpoint, "--output", tmp_path / "out")
    wrong_size = edgegen(*command, "--imgsz", "100")
    assert wrong_size.code == 2
    assert "multiple of 32" in wrong_size.err
    head = edgegen(*command, "--head", "raw")
    assert head.code == 2
    assert "RF-DETR Nano" in head.err
    (tmp_path / "photos").mkdir()
    int8 = edgegen(*command, "--precision", "int8", "--calibration", tmp_path / "photos")
    assert int8.code == 2
    assert "cannot be int8" in int8.err
    assert edgegen(*command, "--mean", "0.5,0.5,0.5").code == 2


@pytest.mark.proof("export")
def test_export_runs_in_three_parts_with_pytorchs_results(checkpoint: Path, tmp_path: Path) -> None:
    spec = export_checkpoint(checkpoint, tmp_path / "exported", imgsz=(96, 160))
    (method,) = read_pte(spec.pte).methods
    assert sum(delegate.count for delegate in method.delegates) == 3
    assert sum(operator.count for operator in method.operators) <= 8
    assert (tmp_path / "exported" / "vectors" / "01.bin").is_file()


def test_onnx_program_gives_pytorchs_rows(checkpoint: Path, tmp_path: Path) -> None:
    model = open_model(checkpoint)
    backend = runtimes.find_backend("onnx")
    runtime = runtimes.find(backend.runtime)
    program, _ = runtime.lower(model.module("detections"), (96, 160), backend, NoProgress())
    (tmp_path / "model.onnx").write_bytes(program)
    tensor = picture_tensor((96, 160))
    (ours,) = runtime.load(tmp_path / "model.onnx")(tensor)
    assert_same_rows(ours, model.predictor(spec_of(model, (96, 160))).outputs(tensor)[0])


def test_core_ml_takes_all_of_the_program(checkpoint: Path, tmp_path: Path) -> None:
    """Its indices are integers: in float16, an index above 2048 would be rounded."""
    backend = runtimes.find_backend("coreml")
    module = open_model(checkpoint).module("detections")
    program, _ = runtimes.find(backend.runtime).lower(module, (SIDE, SIDE), backend, NoProgress())
    (tmp_path / "model.pte").write_bytes(program)
    (method,) = read_pte(tmp_path / "model.pte").methods
    assert sum(delegate.count for delegate in method.delegates) == 1
    assert not method.operators

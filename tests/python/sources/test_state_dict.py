"""Classifiers from a state dict: --arch, --names and the preprocessing that the user gives."""

import argparse
import collections
import datetime
import json
import os
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.base.errors import InputError, MissingOptionsError, UnsupportedModelError, UsageError
from edgegen.commands.request import ExportRequest
from edgegen.sources.description import Description
from edgegen.sources.identify import identify, open_model
from edgegen.sources.image_classifier import Classifier
from tests.helpers.published_weights import publish
from tests.helpers.support import rejects
from tests.helpers.trained_weights import ARCHITECTURE, FLOWERS, train, trained, write_names


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return train(tmp_path / "flowers.pth")


def opened(path: Path, **changes: Any) -> Classifier:
    description = Description(**({"architecture": ARCHITECTURE, "class_names": FLOWERS} | changes))
    model = open_model(path, description)
    assert isinstance(model, Classifier)
    return model


def test_state_dict_has_the_names_of_the_user_and_the_preprocessing_of_the_architecture(
    weights: Path,
) -> None:
    facts = opened(weights).facts
    assert facts.class_names == FLOWERS
    assert facts.given_architecture == ARCHITECTURE
    how = facts.input
    assert (how.size, how.shorter_side, how.interpolation) == ((224, 224), 256, "bilinear")
    assert how.mean == (0.485, 0.456, 0.406)


def test_given_preprocessing_replaces_the_architectures(weights: Path) -> None:
    model = opened(
        weights, crop=96, shorter_side=100, interpolation="bicubic", mean=(0.5,) * 3, std=(0.25,) * 3
    )
    how = model.facts.input
    assert model.facts.input.size == how.size == (96, 96)
    assert (how.shorter_side, how.interpolation, how.mean, how.std) == (
        100,
        "bicubic",
        (0.5,) * 3,
        (0.25,) * 3,
    )
    from PIL import Image

    white = model.transforms(Image.new("RGB", (300, 200), "white"))
    assert white.shape == (3, 96, 96)
    np.testing.assert_allclose(white, 2.0)  # (1 - 0.5) / 0.25


def nested(state: dict[str, Any]) -> Any:
    return {"epoch": 3, "model_state_dict": state, "optimizer": {"lr": 0.1}}


def parallel(state: dict[str, Any]) -> Any:
    return {f"module.{name}": tensor for name, tensor in state.items()}


def compiled(state: dict[str, Any]) -> Any:
    return {"state_dict": {f"_orig_mod.{name}": tensor for name, tensor in state.items()}}


@pytest.mark.parametrize("change", [nested, parallel, compiled])
def test_state_dict_in_a_training_checkpoint_has_the_same_weights(
    weights: Path, change: Callable[[dict[str, Any]], Any]
) -> None:
    import torch

    state = torch.load(weights, weights_only=True)
    changed = weights.with_name("run.pth")
    torch.save(change(state), changed)
    for name, tensor in opened(changed).model.state_dict().items():
        assert torch.equal(tensor, state[name]), name


@pytest.mark.parametrize("prefix", ["model.", "net.", "encoder._orig_mod.", "module.model.backbone."])
def test_prefix_of_all_tensors_is_removed_with_a_note(weights: Path, prefix: str) -> None:
    import torch

    state = torch.load(weights, weights_only=True)
    renamed = {f"{prefix}{name}": tensor for name, tensor in state.items()}
    torch.save({"state_dict": renamed | {"criterion.weight": torch.ones(5)}, "epoch": 3}, weights)
    model = opened(weights)
    for name, tensor in model.model.state_dict().items():
        assert torch.equal(tensor, state[name]), name
    unused, removed = model.facts.notes
    assert unused == "not used, because only the training needs it: criterion.weight"
    assert removed == f"the prefix {prefix} of all tensors' names is removed"


def test_tensors_beside_the_network_are_named(weights: Path) -> None:
    """They may be a part of it, such as a normalization: without them, the results would be others."""
    import torch

    state = torch.load(weights, weights_only=True)
    torch.save({f"net.{name}": tensor for name, tensor in state.items()} | {"mean": torch.ones(3)}, weights)
    with pytest.raises(InputError, match=r"has tensors beside those of net\.: mean$") as caught:
        opened(weights)
    assert "if they are, give the whole module" in caught.value.hint


def test_one_of_several_networks_of_a_training_must_be_chosen(weights: Path) -> None:
    """Such as a student and its teacher, in one module of Lightning."""
    import torch

    state = torch.load(weights, weights_only=True)
    both = {f"{prefix}{name}": each for prefix in ("student.", "teacher.") for name, each in state.items()}
    torch.save({"state_dict": both}, weights)
    with pytest.raises(InputError, match=r"has several networks: student\., teacher\.$") as caught:
        opened(weights)
    assert "torch.save(model.student.state_dict(), PATH)" in caught.value.hint


def test_network_of_other_names_gets_both_ways_out(weights: Path) -> None:
    """Layers of the architecture in a Sequential of the user's: no --arch fits."""
    import torch

    state = torch.load(weights, weights_only=True)
    torch.save({name.replace("features", "body"): each for name, each in state.items()}, weights)
    with pytest.raises(InputError, match=r"it has no features\.0\.0\.weight") as caught:
        opened(weights)
    assert "--arch" in caught.value.hint
    assert "ONNX file" in caught.value.hint


@pytest.mark.parametrize("name", ["ce.weight", "crit.weight", "val_acc.count", "focal_loss.alpha"])
def test_tensors_of_the_training_beside_the_network_are_not_used(weights: Path, name: str) -> None:
    import torch

    state = torch.load(weights, weights_only=True)
    lightning = {f"model.{each}": tensor for each, tensor in state.items()} | {name: torch.ones(5)}
    torch.save({"state_dict": lightning, "epoch": 3}, weights)
    assert torch.equal(opened(weights).model.classifier[3].bias, state["classifier.3.bias"])


def test_average_of_weights_is_taken_without_its_count(weights: Path) -> None:
    import torch

    state = torch.load(weights, weights_only=True)
    average = {"n_averaged": torch.tensor(7)} | {f"module.{name}": each for name, each in state.items()}
    torch.save({"epoch": 3, "model_ema": average}, weights)
    assert torch.equal(opened(weights).model.classifier[3].bias, state["classifier.3.bias"])


def changed_end(place: str, layers: Any) -> Any:
    """Return the trained network with other last layers."""
    module = trained().eval()
    parent, _, name = place.rpartition(".")
    module.get_submodule(parent).register_module(name, layers)
    return module


@pytest.mark.parametrize(
    ("place", "inputs", "notes"),
    [("classifier.3", 1024, ("classifier.3.1 is taken",)), ("classifier", 576, ("classifier.1 is taken",))],
)
@pytest.mark.parametrize("bias", [True, False])
def test_dropout_and_a_linear_layer_may_replace_the_last_layers(
    tmp_path: Path, place: str, inputs: int, bias: bool, notes: tuple[str, ...]
) -> None:
    import torch

    layers = torch.nn.Sequential(torch.nn.Dropout(0.4), torch.nn.Linear(inputs, 5, bias=bias))
    module = changed_end(place, layers)
    torch.save(module.state_dict(), tmp_path / "x.pth")
    model, picture = opened(tmp_path / "x.pth"), torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        torch.testing.assert_close(model.module("logits")(picture), module(picture), atol=1e-3, rtol=0)
    assert [note.startswith(begin) for note, begin in zip(model.facts.notes, notes, strict=True)] == [True]
    assert "another one than Dropout" in model.facts.notes[0]


@pytest.mark.parametrize("bias", [True, False])
def test_linear_layer_may_replace_all_last_layers(tmp_path: Path, bias: bool) -> None:
    import torch

    module = changed_end("classifier", torch.nn.Linear(576, 5, bias=bias))
    torch.save(module.state_dict(), tmp_path / "x.pth")
    model, picture = opened(tmp_path / "x.pth"), torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        torch.testing.assert_close(model.module("logits")(picture), module(picture), atol=1e-3, rtol=0)
    assert model.facts.notes == ()


@pytest.mark.parametrize(
    ("layers", "names"),
    [
        ([("Linear", 1024, 64), ("ReLU",), ("Linear", 64, 5)], "classifier.3.0.weight is unknown"),
        ([("BatchNorm1d", 1024), ("Linear", 1024, 5)], "classifier.3.0.weight is unknown"),
        ([("Flatten",), ("Linear", 512, 5)], "classifier.3.1.weight is unknown"),
    ],
)
def test_other_last_layers_are_rejected_with_their_tensors(
    tmp_path: Path, layers: list[tuple[Any, ...]], names: str
) -> None:
    import torch

    made = (getattr(torch.nn, kind)(*arguments) for kind, *arguments in layers)
    torch.save(changed_end("classifier.3", torch.nn.Sequential(*made)).state_dict(), tmp_path / "x.pth")
    with pytest.raises(InputError) as caught:
        opened(tmp_path / "x.pth")
    assert f"it has no classifier.3.weight; it has no classifier.3.bias; {names}" in caught.value.message
    assert "give the whole module" in caught.value.hint
    assert ".pt2" in caught.value.hint
    assert "--arch that" not in caught.value.hint


def test_one_output_is_rejected_with_a_way_out(tmp_path: Path) -> None:
    """Its probability after a softmax is always 1. As the outputs 0 and z it is exported."""
    import torch
    from torchvision import models

    module = models.resnet18(num_classes=1).eval()
    state = module.state_dict()
    torch.save(state, tmp_path / "x.pth")
    with pytest.raises(UnsupportedModelError, match="a classifier of one class") as caught:
        opened(tmp_path / "x.pth", architecture="torchvision:resnet18", class_names=("cat",))
    assert "put a row of zeros before the weight and the bias" in caught.value.hint
    for name in ("fc.weight", "fc.bias"):
        state[name] = torch.cat([torch.zeros_like(state[name]), state[name]])
    torch.save(state, tmp_path / "x.pth")
    model = opened(tmp_path / "x.pth", architecture="torchvision:resnet18", class_names=("no", "yes"))
    picture = torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        ours, expected = model.module("probabilities")(picture)[:, 1:], module(picture).sigmoid()
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=0)


def arguments_of_a_training() -> dict[str, Any]:
    """Return what training scripts save besides the weights."""
    import torch
    import torchvision

    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([parameter], momentum=0.9, lr=np.float64(0.1))
    parameter.sum().backward()
    optimizer.step()
    return {
        "args": argparse.Namespace(lr=0.1, output=Path("runs"), device=torch.device("cpu"), amp=None),
        "optimizer": optimizer,
        "optimizer_state": optimizer.state_dict(),
        "criterion": torch.nn.CrossEntropyLoss(),
        "best": np.float32(0.9),
        "losses": np.arange(3.0),
        "history": collections.defaultdict(list, {"loss": [1.0]}),
        "last": collections.deque([1, 2], maxlen=2),
        "date": datetime.datetime(2026, 11, 28),
        "transform": torchvision.transforms.Compose([torchvision.transforms.CenterCrop(224)]),
        "kind": types.SimpleNamespace(a=1),
        "dtype": torch.float32,
        "version": torch.__version__,
    }


@pytest.mark.parametrize("key", ["net", "model", "state_dict", "weights.of.network"])
@pytest.mark.parametrize("old", [False, True])
def test_state_dict_is_found_among_harmless_objects(weights: Path, key: str, old: bool) -> None:
    import torch

    state = torch.load(weights, weights_only=True)
    content: Any = state
    for name in reversed(key.split(".")):
        content = {name: content}
    content = arguments_of_a_training() | content
    torch.save(content, weights, _use_new_zipfile_serialization=not old)
    assert torch.equal(opened(weights).model.classifier[3].bias, state["classifier.3.bias"])


def test_constructor_of_a_harmless_name_does_not_run(weights: Path) -> None:
    """Only a stand-in is made, whatever the pickle calls it with."""
    import torch

    class Call:
        def __reduce__(self) -> Any:
            return torch.optim.SGD, ("no parameters",)

    state = torch.load(weights, weights_only=True)
    torch.save({"model": state, "optimizer": Call()}, weights)
    assert opened(weights).facts.class_names == FLOWERS


def test_one_of_several_state_dicts_must_be_chosen(weights: Path) -> None:
    import torch

    state = torch.load(weights, weights_only=True)
    torch.save({"ema": {"shadow": state}, "model": state, "other": {"mean": torch.ones(3)}}, weights)
    with pytest.raises(InputError, match=r"has several state dicts: ema\.shadow, model$") as caught:
        opened(weights)
    assert 'torch.save(torch.load(PATH)["ema"]["shadow"], "weights.pth")' in caught.value.hint


def test_counts_of_batches_may_be_missing(weights: Path) -> None:
    """Files of old versions of torch lack them."""
    import torch

    state = torch.load(weights, weights_only=True)
    torch.save({name: each for name, each in state.items() if "num_batches" not in name}, weights)
    assert opened(weights).facts.class_names == FLOWERS


def test_size_that_the_architecture_cannot_take_is_rejected(tmp_path: Path) -> None:
    import torch
    from torchvision import models

    torch.save(models.vit_b_32(num_classes=5, image_size=64).state_dict(), tmp_path / "vit.pth")
    with pytest.raises(InputError, match=r"vit_b_32: encoder\.pos_embedding has the shape"):
        opened(tmp_path / "vit.pth", architecture="torchvision:vit_b_32")


def test_tensors_that_are_not_plain_are_rejected(weights: Path) -> None:
    import torch

    state = torch.load(weights, weights_only=True)
    torch.save({**state, "features.0.0.weight": state["features.0.0.weight"].to_sparse()}, weights)
    with pytest.raises(InputError, match="no plain tensors"):
        opened(weights)


def test_arch_without_a_file_is_rejected() -> None:
    with pytest.raises(InputError, match=r"there is no file yolo11n\.pt"):
        identify("yolo11n.pt", Description(architecture=ARCHITECTURE))


def test_pruned_weights_are_taken_once_their_masks_are_removed(tmp_path: Path) -> None:
    import torch
    from torch.nn.utils import prune
    from torchvision import models

    model = models.mobilenet_v3_small(num_classes=5)
    prune.l1_unstructured(model.features[0][0], "weight", amount=0.5)
    torch.save(model.state_dict(), tmp_path / "pruned.pth")
    with pytest.raises(
        InputError, match=r"it has no features\.0\.0\.weight; features\.0\.0\.weight_orig is unknown"
    ):
        opened(tmp_path / "pruned.pth")
    prune.remove(model.features[0][0], "weight")
    torch.save(model.state_dict(), tmp_path / "pruned.pth")
    weight = opened(tmp_path / "pruned.pth").model.features[0][0].weight
    assert int((weight == 0).sum()) == weight.numel() // 2


def test_weights_of_a_distilled_student_are_those_of_its_architecture(tmp_path: Path) -> None:
    """One step towards the teacher's probabilities. The file has the student alone."""
    import torch
    from torchvision import models

    torch.manual_seed(2)
    teacher, student = models.resnet18(num_classes=5).eval(), models.mobilenet_v3_small(num_classes=5)
    pictures = torch.rand(4, 3, 64, 64)
    optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
    loss = torch.nn.functional.kl_div(
        student(pictures).log_softmax(1), teacher(pictures).softmax(1).detach(), reduction="batchmean"
    )
    loss.backward()
    optimizer.step()
    torch.save(student.state_dict(), tmp_path / "student.pth")
    ours, expected = opened(tmp_path / "student.pth").module("logits"), student.eval()
    torch.testing.assert_close(ours(pictures), expected(pictures))


def test_quantization_aware_model_is_taken_as_floats(tmp_path: Path) -> None:
    """Torchao's fake quantization is removed again; the trained weights stay."""
    import torch
    from torchao.quantization import quantize_
    from torchao.quantization.qat import FakeQuantizedLinear, IntxFakeQuantizeConfig, QATConfig
    from torchvision import models

    torch.manual_seed(2)
    model = models.mobilenet_v3_small(num_classes=5)
    weights = IntxFakeQuantizeConfig(torch.int8, "per_channel")
    quantize_(model.classifier, QATConfig(weight_config=weights, step="prepare"))
    assert isinstance(model.classifier[0], FakeQuantizedLinear)
    model(torch.rand(4, 3, 64, 64)).square().sum().backward()
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    trained = model.classifier[0].weight.detach().clone()
    for place in (0, 3):
        model.classifier[place] = model.classifier[place].to_linear()
    torch.save(model.state_dict(), tmp_path / "x.pth")
    opened_model = opened(tmp_path / "x.pth")
    assert torch.equal(opened_model.model.classifier[0].weight, trained)
    picture = torch.rand(1, 3, 224, 224)
    torch.testing.assert_close(opened_model.module("logits")(picture), model.eval()(picture))


def test_safetensors_have_the_same_weights(weights: Path) -> None:
    import torch
    from safetensors.torch import save_file

    state = torch.load(weights, weights_only=True)
    path = weights.with_name("flowers.safetensors")
    save_file(state, path)
    for name, tensor in opened(path).model.state_dict().items():
        assert torch.equal(tensor, state[name]), name


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"class_names": FLOWERS[:4]}, "has 5 classes, and there are 4 names"),
        ({"architecture": "torchvision:mobilenet_v3_smal"}, "did you mean mobilenet_v3_small"),
        ({"architecture": "torchvision:mobilenet_v3_large"}, "_large: it has no features.1.block.1.0.weight"),
        ({"architecture": "torchvision:resnet18"}, "no fc.bias; its first tensors are features.0.0.weight"),
        ({"architecture": "torchvision:inception_v3"}, "does not say whether the model normalizes its input"),
        ({"task": "detect"}, "the task `detect`"),
        ({"architecture": "torchvision:fasterrcnn_resnet50_fpn"}, "not a float32 classifier"),
    ],
)  # fmt: skip
def test_description_that_does_not_fit_is_rejected(weights: Path, changes: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        opened(weights, **changes)


def test_missing_names_are_an_option_that_only_the_user_can_give(weights: Path) -> None:
    with pytest.raises(MissingOptionsError, match="has 5 classes without names"):
        opened(weights, class_names=())


def test_error_names_the_first_three_tensors_that_differ(weights: Path) -> None:
    import torch

    state = torch.load(weights, weights_only=True)
    for name in list(state)[:4]:
        state[f"mine.{name}"] = state.pop(name)
    torch.save(state, weights)
    with pytest.raises(InputError) as caught:
        opened(weights)
    assert caught.value.message.endswith(
        "it has no features.0.0.weight; it has no features.0.1.weight; it has no features.0.1.bias"
    )


def test_damaged_file_is_rejected(weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"flowers\.pth is damaged"):
        opened(weights)


@pytest.mark.parametrize("content", [[1, 2], {}, {"epoch": 3}, {3: 4}])
def test_file_without_tensors_is_rejected(tmp_path: Path, content: object) -> None:
    import torch

    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(InputError, match="not a state dict: it has no plain tensors by name"):
        opened(tmp_path / "x.pth")


def test_file_with_code_is_rejected_without_running_it(tmp_path: Path) -> None:
    import torch

    class Code:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path}/ran",)

    torch.save({"state_dict": Code()}, tmp_path / "x.pth")
    with pytest.raises(InputError, match=r"not a state dict: it contains (posix|nt)\.system"):
        opened(tmp_path / "x.pth")
    assert not (tmp_path / "ran").exists()


def test_whole_module_is_no_state_dict(tmp_path: Path) -> None:
    import torch
    from torchvision import models

    torch.save(models.mobilenet_v3_small(), tmp_path / "x.pth")
    with pytest.raises(InputError, match=r"it contains torchvision\.models\.mobilenetv3"):
        opened(tmp_path / "x.pth")


def test_published_weights_can_have_other_names(tmp_path: Path) -> None:
    path = publish("mobilenet_v3_small", tmp_path)
    names = tuple(f"class {number}" for number in range(1000))
    assert open_model(path, Description(class_names=names)).facts.class_names == names
    with pytest.raises(InputError, match="has 1000 classes, and there are 5 names"):
        open_model(path, Description(class_names=FLOWERS))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("names.txt", "daisy\n\n  dandelion \nrose\nsunflower\r\ntulip"),
        ("names", "\ufeffdaisy\ndandelion\nrose\nsunflower\ntulip\n"),
        ("names.json", json.dumps(FLOWERS)),
        ("names.json", json.dumps({str(number): name for number, name in enumerate(FLOWERS)})),
        ("class_to_idx.json", json.dumps({name: number for number, name in enumerate(FLOWERS)})),
        ("data.yaml", f"path: /data\nnames: {json.dumps(FLOWERS)}\n"),
        ("names.yml", "- daisy\n- dandelion\n- rose\n- sunflower\n- tulip\n"),
    ],
)
def test_names_are_read_from_text_json_and_yaml(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert ExportRequest("x", names=path).description().class_names == FLOWERS


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("names.txt", "", "has no names"),
        ("names.json", "null", "has no names"),
        ("names.json", '{"0": "daisy", "2": "rose"}', "none with the number 1"),
        ("names.json", '{"daisy": 0, "rose": 1, "tulip": 0}', "'daisy' and 'tulip' have the number 0"),
        ("names.json", '["daisy", 3]', "the name of class 1 is 3"),
        ("names.yaml", "daisy", "must be a list, or a mapping"),
        ("names.yaml", "a: [", "not valid YAML"),
    ],
)
def test_wrong_names_are_rejected(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        ExportRequest("x", names=path).description()


def test_missing_names_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.txt cannot be read: No such file"):
        ExportRequest("x", names=tmp_path / "none.txt").description()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"arch": "resnet18"}, "--arch is 'resnet18'"),
        ({"arch": "keras:resnet18"}, "--arch is 'keras:resnet18'"),
        ({"resize": 5000}, "--resize is 5000"),
        ({"crop": 0}, "--crop is 0"),
        ({"task": "flowers"}, "--task is 'flowers'"),
        ({"arch": "ultralytics:yolo11n"}, "--arch is 'ultralytics:yolo11n'"),
        ({"mean": (123.675, 116.28, 103.53)}, r"--mean has 123\.675, and channels are from 0 to 1"),
        ({"mean": (-0.1, 0.9, 0.9)}, r"--mean has -0\.1, and channels are from 0 to 1"),
        ({"std": (0.1, 0.0, 0.1)}, "--std has 0, but must be above 0"),
    ],
)
def test_option_out_of_range_is_rejected(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ExportRequest("x", **values).description()


@pytest.mark.parametrize("changes", [{"shorter_side": 200}, {"crop": 300}])
def test_crop_that_is_larger_than_the_resized_picture_is_rejected(
    weights: Path, changes: dict[str, int]
) -> None:
    with pytest.raises(
        UsageError, match=r"the crop of (224|300) does not fit into a shorter side of (200|256)"
    ):
        opened(weights, **changes)


def test_description_of_a_model_that_says_it_itself_is_rejected(tiny_checkpoint: Path) -> None:
    with pytest.raises(UsageError, match=r"--names, --mean cannot be used: .* already records it"):
        identify(str(tiny_checkpoint), Description(class_names=("cat",), mean=(0.5,) * 3))


def test_description_of_several_models_is_rejected(tiny_checkpoint: Path, tmp_path: Path) -> None:
    names = write_names(tmp_path / "labels.txt")
    models = ("--model", tiny_checkpoint, "--model", train(tmp_path / "flowers.pth"))
    command = ("new", "--target", "linux-cpp", "--app", "studio", *models, "--names", names)
    rejects(2, tmp_path, *command, "--output", tmp_path / "app", says=("--names describes one model",))


def test_three_numbers_are_required(weights: Path, tmp_path: Path) -> None:
    command = ("export", "--model", weights, "--output", tmp_path / "x", "--mean")
    rejects(2, tmp_path, *command, "1,2", says=("'1,2' is not three numbers",))
    rejects(2, tmp_path, *command, "1,2,inf", says=("'1,2,inf' is not three numbers",))


def test_weights_for_grey_pictures_are_rejected_as_such(weights: Path) -> None:
    import torch

    state = torch.load(weights, weights_only=True)
    state["features.0.0.weight"] = state["features.0.0.weight"][:, :1].clone()
    torch.save(state, weights)
    with pytest.raises(UnsupportedModelError, match="models that take 1-channel pictures"):
        opened(weights)

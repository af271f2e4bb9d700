"""ONNX classifiers: what is read from the file, and what is rejected."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.base.errors import InputError, UnsupportedModelError, UsageError
from edgegen.model.spec import InputSpec, ModelSpec, OutputSpec, Program
from edgegen.model.thresholds import Thresholds
from edgegen.parity.pictures import draw_scene
from edgegen.sources.identify import open_model
from edgegen.sources.onnx import graph
from edgegen.sources.onnx.graph import read_graph, run_file
from edgegen.tasks.prepared import prepare
from tests.helpers.described import check_logits, opened
from tests.helpers.exported_programs import small_classifier
from tests.helpers.onnx_files import save_classifier, save_onnx, save_operator
from tests.helpers.trained_weights import FLOWERS


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a classifier of one picture of 64x64 pixels."""
    return save_classifier(tmp_path_factory.mktemp("onnx") / "flowers.onnx")


def test_dynamic_model_takes_the_size_of_the_crop(tmp_path: Path) -> None:
    axes = {"input_names": ["x"], "dynamic_axes": {"x": {0: "n", 2: "h", 3: "w"}}}
    path = save_classifier(tmp_path / "x.onnx", batch=2, **axes)
    check_logits(opened(path, crop=48), small_classifier(), 48)
    with pytest.raises(UsageError, match=r"there is no --crop$"):
        opened(path)


def test_authority_is_onnx_runtime_on_the_file(saved: Path) -> None:
    """The scores stay those of the file when the torch module is changed."""
    picture, _ = draw_scene(80, 90, seed=3)
    model = opened(saved)
    expected = model.predictor(spec_of(saved))(picture, Thresholds())
    tensor = prepare(picture, spec_of(saved).input).tensor
    before = model.predictor(spec_of(saved)).outputs(tensor)[0]
    for buffer in model.model.buffers():
        buffer.mul_(2)
    after = model.predictor(spec_of(saved)).outputs(tensor)[0]
    assert np.abs(before - after).max() > 0.01
    theirs = model.predictor(spec_of(saved))(picture, Thresholds())
    np.testing.assert_array_equal(theirs.scores, expected.scores)


def test_model_of_blue_first_gets_its_channels_swapped(saved: Path) -> None:
    """The program and the authority take red first."""
    import torch

    model, usual = opened(saved, color="bgr"), opened(saved)
    picture = torch.rand(1, 3, 64, 64)
    ours, expected = model.module("logits")(picture), usual.module("logits")(picture.flip(1))
    torch.testing.assert_close(ours, expected)
    assert not torch.allclose(ours, usual.module("logits")(picture), atol=1e-5)
    torch.testing.assert_close(model.authority()(picture), usual.authority()(picture.flip(1)))


def spec_of(path: Path) -> ModelSpec:
    output, programs = OutputSpec("logits", ((1, 5),)), (Program("model.pte", "xnnpack", "float32", ""),)
    return ModelSpec(
        pte=path,
        metadata=path,
        name="x",
        task="classify",
        class_names=FLOWERS,
        input=InputSpec(64, 64),
        output=output,
        programs=programs,
        delegates=(),
        executorch_version="",
    )


@pytest.mark.parametrize("changed", [1.01, 0.0])
def test_file_that_onnx_runtime_runs_differently_is_rejected(
    saved: Path, monkeypatch: pytest.MonkeyPatch, changed: float
) -> None:
    """Also if one logit differs by a hundredth: with many classes, probabilities would hide that."""

    def other(path: Path) -> Any:
        run = run_file(path)
        return lambda tensor: [run(tensor)[0] * np.float32([changed, 1, 1, 1, 1])]

    monkeypatch.setattr(graph, "run_file", other)
    with pytest.raises(UnsupportedModelError, match=r"edgegen and onnxruntime disagree about flowers\.onnx"):
        opened(saved)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("resnet18", {"opset_version": 11}),
        pytest.param("mobilenet_v3_small", {"dynamo": True}, marks=pytest.mark.full),
        pytest.param("swin_t", {"dynamo": True}, marks=pytest.mark.full),
        ("shufflenet_v2_x1_0", {"opset_version": 17}),
    ],
)
def test_architectures_give_their_own_logits(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    import torch
    from torchvision import models

    torch.manual_seed(4)
    module = models.get_model(name, num_classes=5).train()
    for layer in module.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None  # the statistics of this batch alone
    with torch.no_grad():
        module(torch.rand(8, 3, 64, 64))
    path = save_onnx(tmp_path / "x.onnx", module, **options)
    check_logits(opened(path), module, atol=1e-4)


def test_sigmoid_before_an_operator_that_keeps_its_values_is_rejected(tmp_path: Path) -> None:
    import torch

    layers = (torch.nn.Sigmoid(), torch.nn.Unflatten(1, (5, 1)), torch.nn.Flatten())
    with pytest.raises(UnsupportedModelError, match="several classes at once"):
        opened(save_classifier(tmp_path / "x.onnx", *layers))


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 1, 64, 64), r"the input \[1, 1, 64, 64\]"),
        ((1, 64, 64, 3), r"the input \[1, 64, 64, 3\]"),
        ((4, 3, 64, 64), "a batch of 4"),
        ((1, 3, 64, 48), "an input of 64x48"),
    ],
)
def test_input_that_is_no_square_colour_picture_is_rejected(
    tmp_path: Path, shape: tuple[int, ...], message: str
) -> None:
    with pytest.raises(UnsupportedModelError, match=message):
        opened(save_operator(tmp_path / "x.onnx", "Relu", shape=shape))


def test_size_of_minus_one_is_any_size(tmp_path: Path) -> None:
    """PaddlePaddle's exporter writes it."""
    graph = read_graph(save_operator(tmp_path / "x.onnx", "Relu", shape=(-1, 3, 64, -1)))
    assert graph.input_shape == (None, 3, 64, None)


def test_half_precision_is_rejected(tmp_path: Path) -> None:
    import torch

    class Half(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.mean((2, 3))

    path = tmp_path / "x.onnx"
    torch.onnx.export(Half(), torch.rand(1, 3, 64, 64).half(), path, dynamo=False)
    with pytest.raises(UnsupportedModelError, match="an input of float16"):
        opened(path)


def test_output_of_no_task_is_rejected_with_its_shape(tmp_path: Path) -> None:
    """A detector of another library is rejected before its preprocessing is asked for."""
    path = save_operator(tmp_path / "yolox.onnx", "Reshape", {}, np.array([1, 48, 256]), shape=(1, 3, 64, 64))
    with pytest.raises(UnsupportedModelError, match=r"the outputs \[1, 48, 256\]") as caught:
        open_model(path)
    assert "Ultralytics' exports of all tasks" in caught.value.hint


def test_unknown_operator_is_named(tmp_path: Path) -> None:
    path = save_operator(tmp_path / "x.onnx", "LpPool", {"kernel_shape": [64, 64]}, shape=(1, 3, 64, 64))
    graph = read_graph(path)
    with pytest.raises(UnsupportedModelError, match=r"the ONNX operators LpPool \(x.onnx\)"):
        graph.module(["y0"], (64, 64))


def test_custom_operator_is_rejected_with_its_domain(tmp_path: Path) -> None:
    path = save_operator(tmp_path / "x.onnx", "Blur", domain="com.example")
    with pytest.raises(UnsupportedModelError, match=r"operators of com\.example"):
        open_model(path)


@pytest.mark.parametrize("opset", [10, 25])
def test_other_opset_is_rejected(tmp_path: Path, opset: int) -> None:
    path = save_operator(tmp_path / "x.onnx", "Relu", opset=opset)
    with pytest.raises(UnsupportedModelError, match=f"ONNX opset {opset}") as caught:
        open_model(path)
    assert caught.value.hint == "export it with an opset of 11 to 24"


def test_external_weights_are_read_or_missed(tmp_path: Path) -> None:
    import onnx

    path = save_classifier(tmp_path / "x.onnx")
    stored = onnx.load(path)
    onnx.save(stored, path, save_as_external_data=True, location="x.onnx.data", size_threshold=0)
    check_logits(opened(path), small_classifier())
    before = opened(path).sha256
    weights = bytearray((tmp_path / "x.onnx.data").read_bytes())
    weights[4] ^= 1
    (tmp_path / "x.onnx.data").write_bytes(weights)
    assert opened(path).sha256 != before  # another model
    path.rename(tmp_path / "y.onnx")
    check_logits(opened(tmp_path / "y.onnx"), small_classifier(), atol=1)
    (tmp_path / "y.onnx").rename(path)
    (tmp_path / "x.onnx.data").unlink()
    with pytest.raises(
        InputError, match=r"has its weights in another file, 'x\.onnx\.data', which cannot be read: No such"
    ):
        opened(path)


def with_weights_in(path: Path, locations: Sequence[str]) -> Path:
    """Write the small classifier with its weights in these files, in turn, and return its path."""
    import onnx
    from onnx.external_data_helper import set_external_data

    model = onnx.load(save_classifier(path))
    for number, tensor in enumerate(model.graph.initializer):
        tensor.raw_data = onnx.numpy_helper.to_array(tensor).tobytes()
        location = locations[number % len(locations)]
        file = path.parent / location
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as stream:
            set_external_data(tensor, location, stream.tell(), len(tensor.raw_data))
            stream.write(tensor.raw_data)
        tensor.ClearField("raw_data")
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize(
    "locations", [["weights.bin"], ["a.bin", "b.bin"], ["data/weights.bin"], ["w" * 150], ["Gewichte ä"]]
)
def test_weights_in_files_of_any_name_are_read(tmp_path: Path, locations: list[str]) -> None:
    path = with_weights_in(tmp_path / "x.onnx", locations)
    check_logits(opened(path), small_classifier())
    before = opened(path).sha256
    for location in locations:
        weights = bytearray((tmp_path / location).read_bytes())
        weights[4] ^= 1
        (tmp_path / location).write_bytes(weights)
        after = opened(path).sha256
        assert after != before  # another model
        before = after


@pytest.mark.parametrize(
    "location", ["../weights.bin", "/weights.bin", "a/../../weights.bin", "C:\\w.bin", "..\\w"]
)
def test_weights_outside_of_the_folder_are_rejected(tmp_path: Path, location: str) -> None:
    import onnx

    folder = tmp_path / "model"
    folder.mkdir()
    path = with_weights_in(folder / "x.onnx", ["weights.bin"])
    (folder / "weights.bin").rename(tmp_path / "weights.bin")
    model = onnx.load(path, load_external_data=False)
    for tensor in model.graph.initializer:
        tensor.external_data[0].value = location.replace(
            "/weights", f"{tmp_path}/weights", location[0] == "/"
        )
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match="which is outside of its folder"):
        opened(path)


def test_link_to_weights_outside_of_the_folder_is_rejected(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    path = with_weights_in(folder / "x.onnx", ["weights.bin"])
    (folder / "weights.bin").rename(tmp_path / "weights.bin")
    (folder / "weights.bin").symlink_to(tmp_path / "weights.bin")
    with pytest.raises(InputError, match="which is outside of its folder"):
        opened(path)


def test_weights_that_are_too_short_are_rejected(tmp_path: Path) -> None:
    path = with_weights_in(tmp_path / "x.onnx", ["weights.bin"])
    weights = (tmp_path / "weights.bin").read_bytes()
    (tmp_path / "weights.bin").write_bytes(weights[:-1])
    with pytest.raises(InputError, match=r"'weights\.bin', which is too short"):
        opened(path)


@pytest.mark.parametrize(
    ("key", "value"), [("offset", 1 << 40), ("offset", 1 << 70), ("offset", -4), ("length", "x")]
)
def test_place_of_weights_outside_of_their_file_is_rejected(tmp_path: Path, key: str, value: object) -> None:
    import onnx

    path = with_weights_in(tmp_path / "x.onnx", ["weights.bin"])
    model = onnx.load(path, load_external_data=False)
    entries = {entry.key: entry for entry in model.graph.initializer[0].external_data}
    entries[key].value = str(value)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match=r"is too short|is damaged"):
        opened(path)


def test_tensor_that_is_larger_than_the_memory_is_rejected(tmp_path: Path) -> None:
    import onnx

    path = with_weights_in(tmp_path / "x.onnx", ["weights.bin"])
    model = onnx.load(path, load_external_data=False)
    tensor = model.graph.initializer[0]
    tensor.dims[:] = [1 << 30, 1 << 14]
    {entry.key: entry for entry in tensor.external_data}["length"].value = str(1 << 46)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match="is too short"):
        opened(path)


def test_pipe_is_no_file_of_weights(tmp_path: Path) -> None:
    path = with_weights_in(tmp_path / "x.onnx", ["weights.bin"])
    (tmp_path / "weights.bin").unlink()
    os.mkfifo(tmp_path / "weights.bin")
    with pytest.raises(InputError, match="is too short"):
        opened(path)


def test_weights_of_another_size_than_their_tensor_are_rejected(tmp_path: Path) -> None:
    import onnx

    path = with_weights_in(tmp_path / "x.onnx", ["weights.bin"])
    model = onnx.load(path, load_external_data=False)
    entries = {entry.key: entry for entry in model.graph.initializer[0].external_data}
    entries["length"].value = str(int(entries["length"].value) - 4)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match=r"is damaged: a tensor of \d+ bytes is \d+ bytes of 'weights\.bin'"):
        opened(path)


@pytest.mark.parametrize("kind", ["quantize_dynamic", "QLinearConv", "DequantizeLinear"])
def test_quantized_file_is_rejected(saved: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.onnx"
    if kind == "quantize_dynamic":
        from onnxruntime.quantization import quantize_dynamic

        quantize_dynamic(saved, path)
    else:
        save_operator(
            path, kind, {}, np.float32(1), np.uint8(0), domain="" if kind[0] == "D" else "com.microsoft"
        )
    with pytest.raises(UnsupportedModelError, match="quantized ONNX files"):
        opened(path)


def test_damaged_file_is_rejected(saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.onnx"
    path.write_bytes(saved.read_bytes()[:1000])
    with pytest.raises(InputError, match="is damaged"):
        opened(path)


def test_predictor_ranks_by_the_files_probabilities(saved: Path) -> None:
    """A mutated mean would be noticed: the scores differ by more than the tolerance."""
    picture, _ = draw_scene(80, 90, seed=3)
    spec = spec_of(saved)
    theirs = opened(saved).predictor(spec)(picture, Thresholds())
    others = opened(saved, mean=(0.4, 0.5, 0.5)).predictor(spec)(picture, Thresholds())
    assert np.abs(theirs.scores - others.scores).max() > 1e-4


def test_operators_in_a_cycle_are_rejected(saved: Path, tmp_path: Path) -> None:
    """The search for a softmax at the end ends, although the graph does not."""
    import onnx

    model = onnx.load(saved)
    output = model.graph.output[0].name
    del model.graph.node[:]
    model.graph.node.extend(
        [
            onnx.helper.make_node("Identity", ["loop"], [output]),
            onnx.helper.make_node("Identity", [output], ["loop"]),
        ]
    )
    onnx.save(model, tmp_path / "x.onnx")
    with pytest.raises(InputError, match="ONNX Runtime cannot load"):
        opened(tmp_path / "x.onnx")

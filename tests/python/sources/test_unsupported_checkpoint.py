"""Checkpoints of other programs, and of wrapped Ultralytics models: opened, or rejected by name."""

import pickle
import sys
import types
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.sources.description import Description
from edgegen.sources.identify import identify
from edgegen.sources.ultralytics.checkpoint import load
from tests.python.sources.refusing import refused, write_checkpoint


def naming(path: Path, names: Sequence[str], texts: Sequence[str] = ()) -> Path:
    """Write a checkpoint whose pickle contains these class names and texts."""
    stream = b"\x80\x02(" + b"".join(
        [f"c{module}\n{name}\n".encode() for module, _, name in (each.rpartition(".") for each in names)]
        + [b"X" + len(text).to_bytes(4, "little") + text.encode() for text in texts]
    )
    return write_checkpoint(path, stream + b"t.")


@pytest.mark.parametrize(
    ("names", "family"),
    [
        (["models.yolo.Model", "models.common.C3", "models.yolo.Detect"], "the original YOLOv5 repository's"),
        (["models.yolo.Model", "models.common.SPPCSPC", "models.yolo.IDetect"], "the original YOLOv7 "),
        (["models.yolo.Model", "models.common.SP", "models.yolo.Detect"], "the original YOLOv7 "),
        (["models.yolo.DetectionModel", "models.common.RepNCSPELAN4", "models.yolo.DualDDetect"], "YOLOv9 "),
        (["models.yolo.DetectionModel", "models.common.Conv", "models.yolo.TripleDDetect"], "YOLOv9 "),
        (["models.models.Darknet", "models.models.YOLOLayer"], "YOLOR "),
        (["yolov6.models.yolo.Model", "yolov6.layers.common.RepVGGBlock"], "YOLOv6 "),
        (["damo.detectors.detector.Detector"], "DAMO-YOLO "),
        (["super_gradients.training.models.YoloNAS_S"], "YOLO-NAS "),
        (["mmyolo.models.YOLODetector", "mmengine.config.Config"], "MMYOLO "),
        (["mmdet.models.RTMDet"], "MMDetection "),
    ],
)
def test_checkpoint_of_another_program_is_named(tmp_path: Path, names: list[str], family: str) -> None:
    """|The classes decide, and not the file name."""
    path = naming(tmp_path / "best.pt", names)
    with pytest.raises(UnsupportedModelError) as caught:
        load(path)
    assert family in caught.value.message
    assert "ultralytics package" in caught.value.hint


def test_whole_object_of_rfdetr_is_rejected_with_the_file_to_give(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError) as caught:
        load(naming(tmp_path / "best.pt", ["rfdetr.models.lwdetr.LWDETR"]))
    assert "whole objects" in caught.value.message
    assert "checkpoint_best_total.pth" in caught.value.hint


def test_pickled_module_of_yolox_is_told_to_save_its_weights(tmp_path: Path) -> None:
    path = naming(tmp_path / "best.pt", ["yolox.models.yolox.YOLOX"])
    with pytest.raises(UnsupportedModelError) as caught:
        load(path)
    assert "YOLOX models without a state dict" in caught.value.message
    assert "model.state_dict()" in caught.value.hint


@pytest.mark.parametrize(
    ("names", "texts", "family"),
    [
        (["argparse.Namespace"], ["model", "refpoint_embed.weight"], "LW-DETR "),
        (["mmengine.logging.history_buffer.HistoryBuffer"], ["_base_ = 'mmyolo::x.py'"], "MMYOLO "),
        (["mmengine.logging.history_buffer.HistoryBuffer"], ["bbox_head.cls.weight"], "MMDetection "),
        ([], ["model", "backbone.backbone.dark2.0.conv.weight"], "YOLOX "),
        ([], ["model", "decoder.pre_bbox_head.layers.0.weight"], "D-FINE "),
        ([], ["net", "heads.head1.cls_convs.0.seq.conv.weight"], "YOLO-NAS "),
        ([], ["model", "backbone.block_list.0.conv.weight"], "DAMO-YOLO "),
    ],
)
def test_weights_of_another_program_are_named(
    tmp_path: Path, names: list[str], texts: list[str], family: str
) -> None:
    """|Files without a model have the names of the weights, or the settings."""
    assert family in refused(naming(tmp_path / "best.pt", names, texts), UnsupportedModelError)


def test_harmful_name_is_reported_before_the_family(tmp_path: Path) -> None:
    path = naming(tmp_path / "best.pt", ["models.yolo.Model", "models.common.C3", "subprocess.Popen"])
    assert "subprocess.Popen, which edgegen does not load" in refused(path)


@pytest.mark.parametrize(
    "name",
    ["types.SimpleNamespace", "io.BytesIO", "tempfile.mkdtemp", "builtins.getattr", "operator.attrgetter"],
)
def test_harmless_name_does_not_hide_the_family(tmp_path: Path, name: str) -> None:
    """Other programs save such objects."""
    path = naming(tmp_path / "best.pt", ["models.yolo.Model", "models.common.C3", name])
    assert "YOLOv5" in refused(path, UnsupportedModelError)


FORKED = ["ultralytics.nn.extra_modules.block.C2f_Faster", "ultralytics.nn.modules.block.C3k2_Own"]


@pytest.mark.parametrize(
    ("names", "texts"),
    [
        (FORKED, []),
        ([f"ultralytics.nn.modules.block.Own{number}" for number in range(9)], ["version", "8.4.0"]),
        (["ultralytics.nn.modules.block.Own", "timm.utils.model_ema.ModelEma"], ["version", "8.3.9"]),
    ],
)
def test_modified_ultralytics_is_named_with_all_its_layers(
    tmp_path: Path, names: list[str], texts: list[str]
) -> None:
    """|The hint suggests no upgrade, because it would not help."""
    path = naming(tmp_path / "best.pt", ["ultralytics.nn.tasks.DetectionModel", *names], texts)
    with pytest.raises(UnsupportedModelError) as caught:
        load(path)
    assert "modified copy" in caught.value.message
    assert all(name in caught.value.message for name in names)
    assert "upgrade" not in caught.value.hint


def test_layer_of_a_newer_release_says_to_upgrade(tmp_path: Path) -> None:
    """|The version in the record distinguishes it from a modified copy."""
    path = naming(tmp_path / "best.pt", ["ultralytics.nn.modules.block.Next"], ["version", "99.0.0"])
    with pytest.raises(InputError) as caught:
        load(path)
    assert caught.value.hint == "pip install --upgrade ultralytics"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["ultralytics.data.augment.CenterCrop"], "the transforms of Ultralytics 8.0"),
        (["ultralytics.yolo.data.augment.ToTensor"], "the transforms of Ultralytics 8.0"),
        (["torch._dynamo.eval_frame.OptimizedModule", "contextlib.nullcontext"], "torch.compile"),
        (["torch.nn.parallel.distributed.DistributedDataParallel"], "wrapped for several devices"),
        (["torch.nn.utils.prune.L1Unstructured"], "pruned"),
        (["torch.ao.nn.quantized.modules.conv.Conv2d"], "PyTorch quantized"),
        (["dill._dill._create_function", "dill._dill._create_code"], "Python code saved by dill"),
        (["dill._dill._import_module"], "Python code saved by dill"),
    ],
)
def test_model_that_was_changed_before_saving_is_named(tmp_path: Path, names: list[str], said: str) -> None:
    """The message does not call it an attack, and says what to do."""
    path = naming(tmp_path / "best.pt", names)
    with pytest.raises(UnsupportedModelError) as caught:
        load(path)
    assert said in caught.value.message
    assert caught.value.hint


class Reduced:
    """Is pickled as a call; is callable, so it can be the function of another call."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.reduced

    def __call__(self) -> None:
        """Do nothing."""


@pytest.fixture(params=["dill._dill", "dill.dill"])
def load_type(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Return a function with the name of dill's, which is not installed."""

    def _load_type(name: str) -> object:
        raise AssertionError("not called: the stand-in is")

    _load_type.__module__, _load_type.__qualname__ = request.param, "_load_type"
    module = types.ModuleType(request.param)
    module._load_type = _load_type  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "dill", types.ModuleType("dill"))
    monkeypatch.setitem(sys.modules, request.param, module)
    return _load_type


def record_of(path: Path) -> dict[str, Any]:
    from ultralytics.nn.tasks import torch_safe_load

    return torch_safe_load(str(path), safe_only=True)[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("archived", [True, False])
def test_checkpoint_with_types_saved_by_dill_opens(
    tiny_checkpoint: Path, tmp_path: Path, load_type: Callable[[str], object], archived: bool
) -> None:
    """Dill writes a set as a call of its function for types; also in the old format."""
    import torch

    record = record_of(tiny_checkpoint)
    record["ema"].criterion = [
        Reduced(Reduced(load_type, "set"), [1, 2]),
        Reduced(Reduced(load_type, "frozenset"), [3]),
        Reduced(load_type, "dict"),
    ]
    torch.save(record, tmp_path / "dill.pt", _use_new_zipfile_serialization=archived)
    *sets, kind = load(tmp_path / "dill.pt").model.criterion
    assert sets == [{1, 2}, frozenset({3})]
    assert kind([("a", 1)]) == {"a": 1}


def calling(path: Path, function: str, argument: bytes) -> Path:
    """Write a checkpoint that calls a builtin type with an argument, which is given as opcodes."""
    return write_checkpoint(path, b"\x80\x02cbuiltins\n%s\n%s\x85R." % (function.encode(), argument))


LAYER = b"ctorch.nn.modules.container\nSequential\n)\x81"  # created without __init__


@pytest.mark.parametrize("function", ["str", "int", "bool", "list", "dict", "tuple", "frozenset", "bytes"])
def test_builtin_type_called_with_a_layer_is_rejected(tmp_path: Path, function: str) -> None:
    """|Otherwise a method of the layer would run."""
    path = calling(tmp_path / "call.pt", function, LAYER)
    assert f"it calls {function} with a value of type Sequential" in refused(path)


def test_bytes_of_a_large_number_are_rejected(tmp_path: Path) -> None:
    """|They would fill the memory."""
    path = calling(tmp_path / "call.pt", "bytes", b"\x8a\x06" + (1 << 40).to_bytes(6, "little"))
    assert "it calls bytes with a value of type int" in refused(path)


@pytest.mark.parametrize("name", ["FunctionType", "CodeType", "eval", "type"])
def test_code_that_dill_saved_is_rejected(
    tmp_path: Path, load_type: Callable[[str], object], name: str
) -> None:
    """|Only simple types are replaced."""
    import torch

    torch.save({"model": Reduced(load_type, name)}, tmp_path / "dill.pt")
    message = refused(tmp_path / "dill.pt", UnsupportedModelError)
    assert "Python code saved by dill" in message
    assert name in message


def weights_of(path: Path) -> dict[str, Any]:
    return load(path).model.state_dict()  # type: ignore[no-any-return]


@pytest.mark.full
def test_old_format_opens_with_the_same_weights(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """|Texts of the record that look like parts of the format are kept."""
    import torch

    path = tmp_path / "old.pt"
    record = record_of(tiny_checkpoint)
    record["train_args"] |= {"data": "module", "name": "storage"}
    torch.save(record, path, _use_new_zipfile_serialization=False)
    before, after = weights_of(tiny_checkpoint), weights_of(path)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert load(path).facts.data == "module"


@pytest.mark.parametrize("keep", [3000, -1000])
def test_truncated_old_format_is_damaged(tiny_checkpoint: Path, tmp_path: Path, keep: int) -> None:
    """In its pickle and in its weights."""
    import torch

    path = tmp_path / "old.pt"
    torch.save(record_of(tiny_checkpoint), path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:keep])
    assert "damaged" in refused(path)


@pytest.mark.parametrize("count", [b"\xff" * 8, b"\xff" * 5 + b"\0" * 3, b"\x04" + b"\0" * 7])
def test_old_format_with_a_wrong_count_is_damaged(tmp_path: Path, count: bytes) -> None:
    """Reading stops at the end of the file."""
    import torch

    path = tmp_path / "old.pt"
    torch.save({"model": torch.zeros(3)}, path, _use_new_zipfile_serialization=False)
    content = path.read_bytes()
    path.write_bytes(content[:-20] + count + content[-12:])
    assert "the file ends before its weights do" in refused(path)


def in_old_format(path: Path, stream: bytes, keys: Sequence[str] = ()) -> Path:
    """Write a checkpoint in the old format with these opcodes in its pickle."""
    magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    rest = pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2)
    path.write_bytes(magic + rest + b"\x80\x02" + stream + b"." + pickle.dumps(list(keys), 2))
    return path


def test_checkpoint_before_pytorch_0_4_says_to_save_it_again(tmp_path: Path) -> None:
    """|The last part of a storage is its position in another storage."""
    parts = [pickle.dumps(text, 2)[2:-1] for text in ("storage", "0", "cpu", "1")]
    start = b"(" + parts[0] + b"ctorch\nFloatStorage\n" + parts[1] + parts[2] + b"K\x02"
    for view in (parts[3] + b"K\x00K\x01\x87", b"(" + parts[3] + b"K\x00K\x01t", parts[3]):
        with pytest.raises(UnsupportedModelError) as caught:
            load(in_old_format(tmp_path / "old.pt", start + view + b"tQ"))
        assert "before 0.4 (old.pt)" in caught.value.message
        assert "torch.save" in caught.value.hint


@pytest.mark.parametrize(
    ("stream", "keys"),
    [
        (b"t", ()),
        (b")Q", ()),
        (b"(tQ", ()),
        (b"(K\x01tQ", ()),
        (b"Q", ()),
        (b"(X\x07\0\0\0storagectorch\nNoStorage\nX\x01\0\0\x000K\0K\0NtQ", ()),
        (b"\x8d" + b"\0" * 7 + b"\x01", ()),
        (b"N", ["7"]),
    ],
)
def test_old_format_with_a_broken_pickle_is_damaged(
    tmp_path: Path, stream: bytes, keys: Sequence[str]
) -> None:
    """|The message has no text of a Python exception."""
    message = refused(in_old_format(tmp_path / "old.pt", stream, keys))
    assert "is damaged or not a checkpoint: " in message
    assert "pop from" not in message
    assert "index out of range" not in message


@pytest.mark.parametrize("archived", [True, False])
def test_pickled_yolo_object_opens_with_the_default_size(
    tiny_checkpoint: Path, tmp_path: Path, archived: bool
) -> None:
    """It has no training arguments; predict uses the default size, too."""
    import torch
    from ultralytics import YOLO

    path = tmp_path / "object.pt"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOLO_OFFLINE", "true")
        torch.save(YOLO(str(tiny_checkpoint)), path, _use_new_zipfile_serialization=archived)
    facts = load(path).facts
    assert facts.class_names == ("circle", "square", "triangle")
    assert facts.input.size == (640, 640)


def test_functions_next_to_a_yolo_object_are_rejected(tmp_path: Path) -> None:
    """Only its callbacks are replaced."""
    names = ["ultralytics.models.yolo.model.YOLO", "ultralytics.utils.checks.check_requirements"]
    assert "check_requirements, which edgegen does not load" in refused(naming(tmp_path / "best.pt", names))


def test_replaced_types_are_removed_after_the_load(tmp_path: Path) -> None:
    """Torch's restricted loading must not accept them for another file."""
    import torch

    path = tmp_path / "plain.pt"
    torch.save({"model": None, "counts": defaultdict(list)}, path)
    assert "weights without their model" in refused(path, UnsupportedModelError)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)


def test_data_parallel_model_is_unwrapped(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """|As in predict."""
    import torch

    record = record_of(tiny_checkpoint)
    torch.save({"model": torch.nn.DataParallel(record["ema"])}, tmp_path / "parallel.pt")
    assert load(tmp_path / "parallel.pt").facts.class_names == ("circle", "square", "triangle")


def test_bare_model_is_rejected_without_its_record(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Predict does not run it either."""
    import torch

    torch.save(record_of(tiny_checkpoint)["ema"], tmp_path / "bare.pt")
    assert "without Ultralytics' record" in refused(tmp_path / "bare.pt", UnsupportedModelError)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_plain_pickle_is_named(tmp_path: Path, protocol: int) -> None:
    """The message does not pass on torch's advice to load it without restrictions."""
    path = tmp_path / "plain.pt"
    path.write_bytes(pickle.dumps({"names": ["a", "b"]}, protocol))
    message = refused(path)
    assert "is a plain pickle" in message
    assert "weights_only" not in message


def test_other_pickle_protocol_is_named(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """|Torch's restricted loading reads only protocol 2."""
    import torch

    torch.save(record_of(tiny_checkpoint), tmp_path / "four.pt", pickle_protocol=4)
    assert "pickle protocol 4" in refused(tmp_path / "four.pt")


class OwnNet:
    """A user's class."""


@pytest.mark.parametrize("content", [OwnNet(), {"model": OwnNet(), "epoch": 3}])
@pytest.mark.parametrize("is_described", [False, True])
def test_module_of_an_own_class_is_rejected_with_formats_that_need_no_class(
    tmp_path: Path, content: Any, is_described: bool
) -> None:
    """Also with the options of a classifier, which the file does not record."""
    import torch

    path = tmp_path / "flowers.pth"
    torch.save(content, path)
    description = (
        Description(task="classify", class_names=("a", "b"), crop=224) if is_described else Description()
    )
    with pytest.raises(InputError, match=r"it needs tests\..*OwnNet") as caught:
        identify(str(path), description).open(path)
    for line in ("torch.export.save(", "torch.jit.trace(", "torch.onnx.export("):
        assert f"\n    {line}" in caught.value.hint


def test_hint_for_a_pickle_that_runs_code_does_not_suggest_to_keep_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can execute code") as caught:
        load(naming(tmp_path / "x.pt", ["os.system", "own.Net"]))
    assert "torch.export" not in caught.value.hint

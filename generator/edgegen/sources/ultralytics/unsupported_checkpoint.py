"""Explain why a checkpoint cannot be opened: by the classes and texts in its pickle."""

import re
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.sources.pickles import PickleContents

_YOLOX: Final = "YOLOX"
# Training programs, by classes that only they have, tested in this order. Several repositories have layers in
# models/. YOLOv5 is the last of them: it has no layer that the others lack.
_IN_MODELS: Final = r"models\.(yolo|common|experimental|models)\."
_PROGRAMS: Final = (
    (
        _IN_MODELS
        + r"((D|Dual|DualD|Triple|TripleD)(Detect|Segment|Pose)|\w*Panoptic\w*|RepNCSP\w*|SPPELAN|ELAN1"
        r"|A(Down|Conv)|CB(Linear|Fuse)|RepConvN)",
        "the original YOLOv9 repository's",
    ),
    (
        _IN_MODELS
        + r"(I(Detect|AuxDetect|Bin|Keypoint|Segment)|\w*SPPCSPC\w*|MP|SP|ReOrg|DownC|RepConv\w*|Shortcut"
        r"|Foldcut|Chuncat|RepBottleneck\w*|RepRes\w*)",
        "the original YOLOv7 repository's",
    ),
    (
        _IN_MODELS
        + r"(Implicit(A|M|C)|Control\w*|BottleneckCSP(F|SE|SEA|SAM|L|LG)|Darknet|JDELayer|YOLOLayer)"
        r"|models\.Darknet",
        "the original YOLOR repository's",
    ),
    (_IN_MODELS + r"(BottleneckCSP2|SPPCSP|VoVCSP|HarDBlock)", "the original Scaled-YOLOv4 repository's"),
    (_IN_MODELS + r"\w+", "the original YOLOv5 repository's"),
    (r"yolov6\..*", "YOLOv6"),
    (r"gold_yolo\..*", "Gold-YOLO"),
    (r"yolox\..*", _YOLOX),
    (r"damo\..*", "DAMO-YOLO"),
    (r"super_gradients\..*", "YOLO-NAS (super-gradients)"),
    (r"mmyolo\..*", "MMYOLO"),
    (r"mmdet\..*", "MMDetection"),
    (r"rfdetr\..*", "RF-DETR"),
    (r"nanodet\..*", "NanoDet"),
    (r"detectron2\..*", "Detectron2"),
    (r"transformers\..*", "Hugging Face Transformers"),
    (r"(mmengine|mmcv)\..*", "OpenMMLab (MMYOLO, MMDetection, ...)"),
    (r"(pytorch_lightning|lightning|lightning_fabric)\..*", "PyTorch Lightning"),
)
# Training programs, by names of weights and other texts, for files without classes. Tested in this order.
_TEXTS: Final = (
    (r"refpoint_embed\.", "LW-DETR"),
    (r"(^|\.)backbone\.backbone\.(dark\d|stem)\.", _YOLOX),
    (r"(^|\.)backbone\.block_list\.|head\.gfl_cls\.", "DAMO-YOLO"),
    (r"(^|\.)heads\.head\d\.(bbox_stem|cls_convs|stem)\.", "YOLO-NAS (super-gradients)"),
    (r"mmyolo", "MMYOLO"),
    (r"mmdet|^bbox_head\.", "MMDetection"),
    (r"^(module\.)?(detect\.(stems|cls_convs|reg_convs)|backbone\.ERBlock_\d)\.", "YOLOv6"),
    (r"^(module\.|model\.)?decoder\.(lqe_layers|pre_bbox_head)\.", "D-FINE"),
    (r"^(module\.|model\.)?decoder\.dec_(score|bbox)_head\.", "the original RT-DETR, or one made from it"),
    (r"^module_list\.\d", "Darknet (YOLOv3, YOLOv4, YOLOR)"),
)
_SUCCESSORS: Final = {
    "YOLOv3": "yolov3u.yaml",
    "YOLOv5": "yolov5nu.pt",
    "YOLOv6": "yolov6n.yaml",
    "YOLOv9": "yolov9t.pt",
}
# Python names that execute code: reported before anything else.
_RUNS_CODE: Final = re.compile(
    r"(asyncio|commands|ctypes|importlib|marshal|multiprocessing|nt|os|pdb|pickle|pip|posix|pty|requests|runpy"
    r"|shutil|socket|subprocess|sys|timeit|urllib|webbrowser|_pickle|_posixsubprocess)\."
    r"|builtins\.(eval|exec|compile|open|input|breakpoint|__import__)$|code\.(interact|Interactive\w+)|(io|_io)\.(open|FileIO)|types\.(FunctionType|CodeType)$"
    r"|_?operator\.methodcaller$"
)
_ULTRALYTICS_ONLY: Final = (
    "use a checkpoint that the ultralytics package saved: weights/best.pt of a training that you trust"
)
# With three formats that need no class of the user.
_OWN_CLASS: Final = """\
for a YOLO model, give weights/best.pt as the ultralytics package saved it, of a training that you trust; \
for a classifier of your own class, save a .pt2, TorchScript or ONNX file with one of these lines
    torch.export.save(torch.export.export(model.eval(), (torch.rand(1, 3, 224, 224),)), "model.pt2")
    torch.jit.trace(model.eval(), torch.rand(1, 3, 224, 224)).save("model.torchscript")
    torch.onnx.export(model.eval(), (torch.rand(1, 3, 224, 224),), "model.onnx")"""
_SAVE_INSIDE: Final = 'save the model inside: torch.save({{"model": {}}}, "plain.pt")'
# Models that were wrapped or changed before they were saved: names, what it is, what to do.
_CHANGED: Final = (
    (
        r"torch\._dynamo\.|torch\._TorchCompile",
        "models compiled with torch.compile",
        _SAVE_INSIDE.format("model._orig_mod"),
    ),
    (
        r"torch\.nn\.parallel\.|torch\.distributed\.",
        "models wrapped for several devices",
        _SAVE_INSIDE.format("model.module"),
    ),
    (
        r"ultralytics\.utils\.torch_utils\.ModelEMA",
        "averaged weights inside a wrapper",
        _SAVE_INSIDE.format("ema.ema"),
    ),
    (
        r"torch\.nn\.utils\.prune\.",
        "pruned models that still have their masks",
        'call torch.nn.utils.prune.remove(layer, "weight") for each pruned layer, and save it again',
    ),
    (
        r"torch\.nn\.utils\.(parametriz|weight_norm|spectral_norm)",
        "models with parametrized weights",
        "remove the parametrization from each layer (torch.nn.utils) and save again",
    ),
    (
        r"torch\.(ao|quantization)\.|torch\.nn\.(quantized|intrinsic|qat)|torchao\.",
        "models that PyTorch quantized",
        "give the float checkpoint that it was made from; --precision int8 quantizes it",
    ),
    (r"torch\.fx\.", "traced models (torch.fx)", "give the checkpoint that it was made from"),
    (r"peft\.", "models with adapters (PEFT)", "merge the adapters into the model and save again"),
)


def explain(path: Path, rejected: Sequence[str], pickle: PickleContents) -> InputError | None:
    """Return the error that names the kind of checkpoint; None if no name in the pickle explains it.

    rejected: the classes and functions that the restricted unpickler rejects.
    """
    if any(_RUNS_CODE.match(name) for name in rejected):
        return _unsafe_error(path, rejected, _ULTRALYTICS_ONLY)
    return (
        _other_program(path, rejected, pickle)
        or _changed_model(path, rejected)
        or _modified(path, rejected, pickle)
        or (_unsafe_error(path, rejected, _OWN_CLASS) if rejected else None)
    )


def weights_only_error(path: Path, pickle: PickleContents) -> UnsupportedModelError:
    """Return the error for a file without a model of a library that edgegen knows."""
    family = _family_by_texts(pickle)
    if family:
        return _family_error(path, family)
    if any(name.startswith("torch.nn.modules.container.") for name in pickle.names):
        return UnsupportedModelError(f"whole modules of torch's own layers ({path.name})", _OWN_CLASS)
    return UnsupportedModelError(
        f"checkpoints that contain weights without their model ({path.name})",
        "name a classifier's architecture with --arch, such as torchvision:resnet18; save a YOLO model as a "
        "whole, as Ultralytics does in weights/best.pt",
    )


def code_error(path: Path, what: str) -> UnsupportedModelError:
    """Return the error for a checkpoint that contains Python functions or classes."""
    return UnsupportedModelError(
        f"checkpoints with Python code saved by dill ({path.name}: {what})",
        "on the machine that trained it, update ultralytics and save it again: "
        'YOLO("best.pt").save("clean.pt")',
    )


def _unsafe_error(path: Path, rejected: Sequence[str], hint: str) -> InputError:
    return InputError(
        f"{path} is rejected: it needs {', '.join(rejected)}, which edgegen does not load because it can"
        " execute code",
        hint,
    )


def _family_error(path: Path, family: str) -> UnsupportedModelError:
    if family == "RF-DETR":  # its source reads files of weights
        return UnsupportedModelError(
            f"RF-DETR models saved as whole objects ({path.name})",
            "give checkpoint_best_total.pth, as a training of rfdetr wrote it",
        )
    if family == _YOLOX:
        return UnsupportedModelError(
            f"YOLOX models without a state dict of backbone and head ({path.name})",
            'give the checkpoint of its training, or torch.save({"model": model.state_dict()}, PATH)',
        )
    like = next((name for start, name in _SUCCESSORS.items() if family.startswith(start)), "yolo11n.pt")
    return UnsupportedModelError(
        f"{family} checkpoints ({path.name}): edgegen takes detectors of Ultralytics, YOLOX, RF-DETR and "
        "Transformers",
        f"train one with the ultralytics package on the same data, for example starting from {like}",
    )


def _other_program(path: Path, rejected: Sequence[str], pickle: PickleContents) -> InputError | None:
    """Return the error for a checkpoint of another training program."""
    found = (
        program
        for pattern, program in _PROGRAMS
        if any(re.fullmatch(pattern, name, re.DOTALL) for name in rejected)
    )
    family = next(found, "")
    # Packages that many programs use say less than the texts.
    has_arguments = any(name.startswith("argparse.") for name in rejected)
    if family.startswith(("OpenMMLab", "PyTorch")) or (has_arguments and "repository" not in family):
        family = _family_by_texts(pickle) or family
    return _family_error(path, family) if family else None


def _family_by_texts(pickle: PickleContents) -> str:
    """Return the first training program that a text of the pickle shows; "" for none."""
    for pattern, family in _TEXTS:
        if any(re.search(pattern, text) for text in pickle.texts):
            return family
    return ""


def _changed_model(path: Path, rejected: Sequence[str]) -> InputError | None:
    """Return the error for an Ultralytics model that was wrapped or changed before it was saved."""
    by_dill = [name for name in rejected if name.startswith("dill.")]
    if by_dill:
        return code_error(path, ", ".join(by_dill))
    for pattern, what, hint in _CHANGED:
        if any(re.match(pattern, name) for name in rejected):
            return UnsupportedModelError(f"{what} ({path.name})", hint)
    return None


def _modified(path: Path, rejected: Sequence[str], pickle: PickleContents) -> InputError | None:
    """Return the error for layers that the installed Ultralytics lacks, or does not load safely."""
    missing = [name for name in rejected if is_missing_layer(name)]
    needed = ", ".join(rejected)
    if not missing:
        if not any(re.match(r"ultralytics\.(yolo\.)?data\.augment\.", name) for name in rejected):
            return None
        return UnsupportedModelError(
            f"classifiers with the transforms of Ultralytics 8.0 ({path.name}: {needed})",
            "train it again with a current ultralytics package",
        )
    import ultralytics

    installed, saved_by = ultralytics.__version__, _saved_by(pickle)
    elsewhere = any(not name.startswith("ultralytics.nn.modules.") for name in missing)
    if _numbers(saved_by) > _numbers(installed) or not (saved_by or elsewhere):
        return InputError(
            f"{path} needs {needed}, which the installed ultralytics {installed} does not have: a newer "
            "version or a modified copy saved it",
            "pip install --upgrade ultralytics",
        )
    return UnsupportedModelError(
        f"models of a modified copy of Ultralytics ({path.name}): ultralytics {installed} does not have "
        + needed,
        "train it with the ultralytics package, unmodified",
    )


def _saved_by(pickle: PickleContents) -> str:
    """Return the version of Ultralytics in the record; "" if there is none."""
    for key, value in zip(pickle.texts, pickle.texts[1:], strict=False):
        if key == "version" and re.match(r"\d+\.\d+\.\d+", value):
            return value
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def is_missing_layer(name: str) -> bool:
    """Return whether the name is an Ultralytics layer that the installed version lacks."""
    known: Any = sys.modules.get("ultralytics.nn")
    if known is None or not name.startswith("ultralytics.nn."):
        return False
    for part in name.split(".")[2:]:
        if not hasattr(known, part):
            within = getattr(known, "__path__", None)  # the module may exist without being imported
            return within is None or PathFinder.find_spec(f"{known.__name__}.{part}", within) is None
        known = getattr(known, part)
    return False

"""Says what a checkpoint is that edgegen cannot open: by the classes and texts in its pickle."""

import re
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.sources.ultralytics.pickle_names import Named

# Whole programs by the packages of their classes.
_PACKAGES: Final = {
    "yolov6": "YOLOv6",
    "gold_yolo": "Gold-YOLO",
    "yolox": "YOLOX",
    "damo": "DAMO-YOLO",
    "super_gradients": "YOLO-NAS (super-gradients)",
    "mmyolo": "MMYOLO",
    "mmdet": "MMDetection",
    "rfdetr": "RF-DETR",
    "nanodet": "NanoDet",
    "detectron2": "Detectron2",
    "transformers": "Hugging Face Transformers",
    "mmengine": "OpenMMLab (MMYOLO, MMDetection, ...)",
    "mmcv": "OpenMMLab (MMYOLO, MMDetection, ...)",
    "pytorch_lightning": "PyTorch Lightning",
    "lightning": "PyTorch Lightning",
    "lightning_fabric": "PyTorch Lightning",
}
# The same by the names of weights and other texts, for files that have no classes. Tested in this order.
_TEXTS: Final = (
    (r"refpoint_embed\.|rfdetr", "RF-DETR"),
    (r"(^|\.)backbone\.backbone\.(dark\d|stem)\.", "YOLOX"),
    (r"(^|\.)backbone\.block_list\.|head\.gfl_cls\.", "DAMO-YOLO"),
    (r"(^|\.)heads\.head\d\.(bbox_stem|cls_convs|stem)\.", "YOLO-NAS (super-gradients)"),
    (r"mmyolo", "MMYOLO"),
    (r"mmdet|^bbox_head\.", "MMDetection"),
    (r"^(module\.)?(detect\.(stems|cls_convs|reg_convs)|backbone\.ERBlock_\d)\.", "YOLOv6"),
    (r"^(module\.|model\.)?decoder\.dec_(score|bbox)_head\.", "the original RT-DETR, or one made from it"),
    (r"^module_list\.\d", "Darknet (YOLOv3, YOLOv4, YOLOR)"),
)
# Repositories that keep their layers in models/: by those that only they have, in this order.
_LAYERS: Final = (
    (
        "YOLOv9",
        r"(D|Dual|DualD|Triple|TripleD)(Detect|Segment|Pose)|\w*Panoptic\w*|RepNCSP\w*|SPPELAN|ELAN1|A(Down|Conv)"
        r"|CB(Linear|Fuse)|RepConvN",
    ),
    (
        "YOLOv7",
        r"I(Detect|AuxDetect|Bin|Keypoint|Segment)|\w*SPPCSPC\w*|MP|SP|ReOrg|DownC|RepConv\w*|Shortcut|Foldcut"
        r"|Chuncat|RepBottleneck\w*|RepRes\w*",
    ),
    ("YOLOR", r"Implicit(A|M|C)|Control\w*|BottleneckCSP(F|SE|SEA|SAM|L|LG)|Darknet|JDELayer|YOLOLayer"),
    ("Scaled-YOLOv4", r"BottleneckCSP2|SPPCSP|VoVCSP|HarDBlock"),
)
_IN_MODELS: Final = re.compile(r"models\.((yolo|common|experimental|models)\.\w+|Darknet)")
_SUCCESSORS: Final = {
    "YOLOv3": "yolov3u.yaml",
    "YOLOv5": "yolov5nu.pt",
    "YOLOv6": "yolov6n.yaml",
    "YOLOv9": "yolov9t.pt",
}
# Names of Python that run something: reported first, whatever else is in the file.
_RUNS_CODE: Final = re.compile(
    r"(asyncio|commands|ctypes|importlib|marshal|multiprocessing|nt|os|pdb|pickle|pip|posix|pty|requests|runpy"
    r"|shutil|socket|subprocess|sys|timeit|urllib|webbrowser|_pickle|_posixsubprocess)\."
    r"|builtins\.(eval|exec|compile|open|input|breakpoint|__import__)$|code\.(interact|Interactive\w+)|(io|_io)\.(open|FileIO)|types\.(FunctionType|CodeType)$"
    r"|_?operator\.methodcaller$"
)
# Wrappers of models, and how to get the model out.
_WRAPPED: Final = (
    (r"torch\._dynamo\.|torch\._TorchCompile", "models compiled with torch.compile", "model._orig_mod"),
    (r"torch\.nn\.parallel\.|torch\.distributed\.", "models wrapped for several devices", "model.module"),
    (r"ultralytics\.utils\.torch_utils\.ModelEMA", "averaged weights in their wrapper", "ema.ema"),
)
_CHANGED: Final = (
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
        "give the float one it was made from; --precision int8 quantizes it",
    ),
    (r"torch\.fx\.", "traced models (torch.fx)", "give the checkpoint that it was made from"),
    (r"peft\.", "models with adapters (PEFT)", "merge the adapters into the model and save again"),
)


def error_of(path: Path, rejected: Sequence[str], named: Named) -> InputError | None:
    """Return the error that names the kind of a checkpoint; None if no name in it explains anything.

    rejected: the classes and functions that the restricted loading does not take.
    """
    if any(_RUNS_CODE.match(name) for name in rejected):
        return _unsafe(path, rejected)
    return (
        _of_another_program(path, rejected, named)
        or _saved_otherwise(path, rejected)
        or _of_another_ultralytics(path, rejected, named)
        or (_unsafe(path, rejected) if rejected else None)
    )


def weights_alone(path: Path, named: Named) -> UnsupportedModelError:
    """Return the error for a file without a model."""
    family = _by_texts(named)
    if family:
        return _family(path, family)
    return UnsupportedModelError(
        f"checkpoints that hold weights without their model ({path.name})",
        "save the whole model: Ultralytics does it in weights/best.pt",
    )


def carries_code(path: Path, what: str) -> UnsupportedModelError:
    """Return the error for a checkpoint with Python functions or classes in it."""
    return UnsupportedModelError(
        f"checkpoints in which dill carries Python code ({path.name}: {what})",
        "on the machine that trained it, update ultralytics and save it again: "
        'YOLO("best.pt").save("clean.pt")',
    )


def _unsafe(path: Path, rejected: Sequence[str]) -> InputError:
    return InputError(
        f"{path} is rejected: it needs {', '.join(rejected)}, which edgegen does not load,"
        " because it can run code",
        "use a checkpoint that the ultralytics package saved: weights/best.pt of a training that you trust",
    )


def _family(path: Path, family: str) -> UnsupportedModelError:
    like = next((name for start, name in _SUCCESSORS.items() if family.startswith(start)), "yolo11n.pt")
    return UnsupportedModelError(
        f"{family} checkpoints ({path.name}): only models of the ultralytics package can be exported",
        f"train one with the ultralytics package on the same data, starting from {like} for example",
    )


def _of_another_program(path: Path, rejected: Sequence[str], named: Named) -> InputError | None:
    packages = {name.partition(".")[0] for name in rejected}
    known = next((family for package, family in _PACKAGES.items() if package in packages), "")
    layers = [name.rpartition(".")[2] for name in rejected if _IN_MODELS.fullmatch(name)]
    if layers:
        known = next(
            (family for family, own in _LAYERS if any(re.fullmatch(own, layer) for layer in layers)), "YOLOv5"
        )
        return _family(path, f"the original {known} repository's")
    if known.startswith(("OpenMMLab", "PyTorch")) or "argparse" in packages:
        known = _by_texts(named) or known
    return _family(path, known) if known else None


def _by_texts(named: Named) -> str:
    for pattern, family in _TEXTS:
        if any(re.search(pattern, text) for text in named.texts):
            return family
    return ""


def _saved_otherwise(path: Path, rejected: Sequence[str]) -> InputError | None:
    """Name what someone did to an Ultralytics model before it was saved."""
    carried = [name for name in rejected if name.startswith("dill.")]
    if carried:
        return carries_code(path, ", ".join(carried))
    for pattern, what, inner in _WRAPPED:
        if any(re.match(pattern, name) for name in rejected):
            return UnsupportedModelError(
                f"{what} ({path.name})",
                f'save the model inside: torch.save({{"model": {inner}}}, "plain.pt")',
            )
    for pattern, what, hint in _CHANGED:
        if any(re.match(pattern, name) for name in rejected):
            return UnsupportedModelError(f"{what} ({path.name})", hint)
    return None


def _of_another_ultralytics(path: Path, rejected: Sequence[str], named: Named) -> InputError | None:
    """Name layers and transforms that the installed Ultralytics lacks, or has and does not load safely."""
    missing = [name for name in rejected if is_missing_layer(name)]
    if missing:
        return _modified(path, rejected, missing, named)
    if any(re.match(r"ultralytics\.(yolo\.)?data\.augment\.", name) for name in rejected):
        return UnsupportedModelError(
            f"classifiers with the transforms of Ultralytics 8.0 ({path.name}: {', '.join(rejected)})",
            "train it again with a current ultralytics package",
        )
    backbones = sorted({name.split(".")[2] for name in rejected if name.startswith("torchvision.models.")})
    if backbones and any(name.startswith("ultralytics.nn.tasks.") for name in named.names):
        return UnsupportedModelError(
            f"Ultralytics models with a backbone of torchvision ({path.name}: {', '.join(backbones)})",
            "train one with Ultralytics' own layers, such as yolo11n-cls.pt",
        )
    if backbones:
        return _family(path, "torchvision's own")
    return None


def _modified(path: Path, rejected: Sequence[str], missing: Sequence[str], named: Named) -> InputError:
    import ultralytics

    installed = ultralytics.__version__
    saved_by = _saved_by(named)
    elsewhere = any(not name.startswith("ultralytics.nn.modules.") for name in missing)
    if _numbers(saved_by) > _numbers(installed) or not (saved_by or elsewhere):
        return InputError(
            f"{path} needs {', '.join(rejected)}, which this version of ultralytics ({installed}) does not"
            " have: a newer one saved it, or a modified copy of Ultralytics",
            "pip install --upgrade ultralytics",
        )
    return UnsupportedModelError(
        f"models of a modified copy of Ultralytics ({path.name}): ultralytics {installed} does not have "
        + ", ".join(rejected),
        "train it with the ultralytics package, unmodified",
    )


def _saved_by(named: Named) -> str:
    """Return the version of Ultralytics that a record names; "" if there is none."""
    for key, value in zip(named.texts, named.texts[1:], strict=False):
        if key == "version" and re.match(r"\d+\.\d+\.\d+", value):
            return value
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def is_missing_layer(name: str) -> bool:
    """Return whether a name is that of an Ultralytics layer which the installed version lacks."""
    known: Any = sys.modules.get("ultralytics.nn")
    if known is None or not name.startswith("ultralytics.nn."):
        return False
    for part in name.split(".")[2:]:
        if not hasattr(known, part):
            within = getattr(known, "__path__", None)  # a module may be there without being imported
            return within is None or PathFinder.find_spec(f"{known.__name__}.{part}", within) is None
        known = getattr(known, part)
    return False

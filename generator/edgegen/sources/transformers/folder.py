"""Read and check the files of a Transformers folder, without torch.

Nothing of the folder is executed. The library would only warn about most of these problems.
"""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from edgegen.base.errors import InputError, NotFetchedError, UnsupportedModelError, UsageError
from edgegen.base.text import how_many, plain, shorten
from edgegen.model.spec import CENTRE_CROP, InputSpec

CONFIG: Final = "config.json"
PREPROCESSOR: Final = "preprocessor_config.json"
WEIGHTS: Final = "model.safetensors"
INDEX: Final = "model.safetensors.index.json"
_PICKLED: Final = "pytorch_model*.bin"
SUPPORTED: Final = "edgegen exports D-FINE, RT-DETRv2 and DEIMv2 (Atto, Femto, Pico and N) of Transformers"

STRIDE: Final = 32  # of the coarsest level of all these models
_BILINEAR: Final = 2  # Pillow's number
_MOST_JSON: Final = 8 << 20  # bytes of a file, and of the header of the weights
_LFS: Final = b"version https://git-lfs"
_DEFAULT_NAME: Final = re.compile(r"LABEL_\d+")
_CLASS_WEIGHTS: Final = "enc_score_head.weight"  # [classes, d_model]
_LICENSE: Final = re.compile(r"^license:\s*[\"']?([\w.+-]+)", re.MULTILINE)
_HAS_RIGHT_SIZE: Final = "download it again with `hf download`, or save it again with save_pretrained"


class Architecture(NamedTuple):
    """A supported `model_type` of Transformers."""

    title: str  # "D-FINE"
    model: str  # the class of Transformers
    backbones: tuple[str, ...]  # the supported `model_type`s of its backbone, the default first


ARCHITECTURES: Final[Mapping[str, Architecture]] = {
    "d_fine": Architecture("D-FINE", "DFineForObjectDetection", ("hgnet_v2",)),
    "rt_detr_v2": Architecture("RT-DETRv2", "RTDetrV2ForObjectDetection", ("rt_detr_resnet", "hgnet_v2")),
    "deimv2": Architecture("DEIMv2", "Deimv2ForObjectDetection", ("hgnet_v2",)),
}
_PROCESSORS: Final = re.compile(r"(RTDetr|DFine|Deimv2)ImageProcessor(Fast|Pil)?")


def is_folder(path: Path) -> bool:
    """Return whether a folder has a config.json that names an architecture of Transformers."""
    if not (path / CONFIG).is_file():
        return False
    config = read_json(path / CONFIG)
    return any(key in config for key in ("model_type", "architectures", "transformers_version"))


def check_folder(path: Path) -> None:
    """Raise InputError for another architecture, code in the folder, and missing or broken weights."""
    config = read_json(path / CONFIG)
    for name in (CONFIG, PREPROCESSOR):
        if (path / name).is_file() and read_json(path / name).get("auto_map"):
            raise UnsupportedModelError(
                f"models that bring their own code: {path / name} has `auto_map`, for trust_remote_code",
                SUPPORTED,
            )
    _check_architecture(path, config)
    _check_weights(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the object of a JSON file within bounds."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_JSON + 1)
    except FileNotFoundError:
        raise InputError(f"there is no {path.name} in {path.parent}", _HAS_RIGHT_SIZE) from None
    if content.startswith(_LFS):
        raise NotFetchedError(f"{path} is a Git LFS pointer, not the file itself", "run `git lfs pull`")
    if len(content) > _MOST_JSON:
        raise InputError(f"{path} is larger than {_MOST_JSON >> 20} MB", "give the folder of a detector")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}", _HAS_RIGHT_SIZE) from None
    if not isinstance(value, dict):
        raise InputError(f"{path} is not an object of JSON, but {shorten(value)}", _HAS_RIGHT_SIZE)
    return value


def _check_architecture(path: Path, config: Mapping[str, Any]) -> None:
    kind, listed = config.get("model_type"), config.get("architectures")
    named = plain(str(listed[0])) if isinstance(listed, list) and listed else ""
    if not isinstance(kind, str) or kind not in ARCHITECTURES:
        what = f"{named or 'a model'} (model_type {shorten(kind)}) of Transformers"
        raise UnsupportedModelError(f"{what} in {path}", SUPPORTED)
    known = ARCHITECTURES[kind]
    if named and named != known.model:
        raise UnsupportedModelError(
            f"{named} in {path}, which is a {known.title} model without its detection head",
            f"save the whole detector: {known.model}.save_pretrained(FOLDER)",
        )
    backbone = config.get("backbone_config")
    backbone = backbone if isinstance(backbone, dict) else {}
    inner = backbone.get("model_type", known.backbones[0])
    if kind == "deimv2" and str(inner).startswith("dinov3"):
        raise UnsupportedModelError(
            f"DEIMv2 of the sizes S to X ({path}): their DINOv3 backbone has Meta's DINOv3 licence and not "
            "Apache-2.0, and is several times as large",
            "use DEIMv2 Atto, Femto, Pico or N, or D-FINE",
        )
    if inner not in known.backbones or config.get("backbone") or config.get("use_timm_backbone"):
        given = config.get("backbone") or inner
        raise UnsupportedModelError(
            f"{known.title} with the backbone {shorten(given)} ({path})",
            f"edgegen takes the backbone {' or '.join(known.backbones)} of Transformers",
        )


def _check_weights(path: Path) -> None:
    file = path / WEIGHTS
    if file.is_file():
        count_classes(file)
        return
    if (path / INDEX).is_file():
        raise UnsupportedModelError(
            f"weights in several files ({path / INDEX})",
            "save them in one: model.save_pretrained(FOLDER, max_shard_size='10GB')",
        )
    pickled = next(path.glob(_PICKLED), None)
    if pickled is not None:
        raise UnsupportedModelError(
            f"pickled weights ({pickled}), which can run code when they are loaded",
            f"save them as {WEIGHTS}: model.save_pretrained(FOLDER) of a current Transformers does",
        )
    raise InputError(
        f"{path} has a {CONFIG}, but no weights: there is no {WEIGHTS}",
        "download the whole folder with `hf download`, or save it with model.save_pretrained(FOLDER)",
    )


def count_classes(file: Path) -> int:
    """Return the number of classes of a safetensors file, 0 without a head; InputError if it is damaged."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(8)
        if len(start) == 8 and _LFS.startswith(start):
            raise NotFetchedError(f"{file} is a Git LFS pointer, not the file itself", "run `git lfs pull`")
        length = int.from_bytes(start, "little")
        header = stream.read(min(length, _MOST_JSON))
    damaged = InputError(f"{file} is not a safetensors file, or damaged", _HAS_RIGHT_SIZE)
    if len(start) < 8 or length > _MOST_JSON:
        raise damaged
    if len(header) < length:
        raise _incomplete(file, size, 8 + length)
    try:
        tensors = {name: each for name, each in json.loads(header).items() if name != "__metadata__"}
        end = max((int(each["data_offsets"][1]) for each in tensors.values()), default=0)
        heads = [int(each["shape"][0]) for name, each in tensors.items() if name.endswith(_CLASS_WEIGHTS)]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError):
        raise damaged from None
    if size < 8 + length + end:
        raise _incomplete(file, size, 8 + length + end)
    return heads[0] if heads else 0


def _incomplete(file: Path, size: int, expected: int) -> InputError:
    return InputError(f"{file} is incomplete: it has {size} of {expected} bytes", _HAS_RIGHT_SIZE)


class Names(NamedTuple):
    """The class names of a folder."""

    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def class_names(path: Path, config: Mapping[str, Any], classes: int, given: tuple[str, ...]) -> Names:
    """Return the names of the classes from id2label, or those that the user gives if it has none.

    given: the user's names; () for none.
    """
    recorded = _recorded_names(path, config)
    is_default = all(_DEFAULT_NAME.fullmatch(name) for name in recorded)
    hint = f"write one name for each class into id2label of {CONFIG}, or give --names FILE"
    if given:
        if not is_default and given != recorded:
            raise UsageError(f"--names cannot be used: {path} already has names", "leave it out")
        recorded, is_default = given, False
    if not recorded:
        raise InputError(f"{path / CONFIG} has no names for {how_many(classes, 'class')}: no id2label", hint)
    if len(recorded) != classes:
        raise InputError(
            f"{path} contradicts itself: there are {how_many(len(recorded), 'name')}, and the weights have "
            f"{how_many(classes, 'class')}",
            hint,
        )
    note = f"its classes have Transformers' default names, {recorded[0]} and so on: {hint}"
    return Names(recorded, (note,) if is_default else ())


def _recorded_names(path: Path, config: Mapping[str, Any]) -> tuple[str, ...]:
    labels = config.get("id2label")
    if labels is None:
        return ()
    try:
        by_number = {int(key): name for key, name in labels.items()}
    except (AttributeError, TypeError, ValueError):
        by_number = {-1: ""}
    is_numbered = sorted(by_number) == list(range(len(by_number)))
    if not is_numbered or not all(isinstance(name, str) for name in by_number.values()):
        raise InputError(
            f"id2label in {path / CONFIG} does not name the classes from 0: {shorten(labels)}",
            'write it as {"0": "cat", "1": "dog"}',
        )
    names = (by_number[number] for number in range(len(by_number)))
    return tuple(name.encode("utf-8", "replace").decode() for name in names)


def preprocessing(path: Path) -> InputSpec:
    """Return the preprocessing of preprocessor_config.json: a stretch of the whole picture by Pillow."""
    file = path / PREPROCESSOR
    if not file.is_file():
        raise InputError(
            f"there is no {PREPROCESSOR} in {path}, so the preprocessing of pictures is unknown",
            "save it next to the weights: image_processor.save_pretrained(FOLDER)",
        )
    given = read_json(file)
    kind = given.get("image_processor_type", given.get("feature_extractor_type", "RTDetrImageProcessor"))
    if not _PROCESSORS.fullmatch(str(kind)):
        raise _other_preprocessing(file, f"the image processor {shorten(kind)}")
    size = given.get("size", {"height": 640, "width": 640})
    if not isinstance(size, dict) or set(size) != {"height", "width"}:
        raise _other_preprocessing(file, f"a resize to {shorten(size)}")
    if not given.get("do_resize", True):
        raise _other_preprocessing(file, "no resize")
    if given.get("resample", _BILINEAR) not in (None, _BILINEAR):
        raise _other_preprocessing(file, f"the filter {shorten(given['resample'])}")
    if given.get("do_pad"):
        raise _other_preprocessing(file, "padding")
    if given.get("do_center_crop"):
        raise _other_preprocessing(file, "a crop")
    height, width = (_side(file, size[name]) for name in ("height", "width"))
    zeros, ones = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    is_normalized = bool(given.get("do_normalize"))
    return InputSpec(
        height,
        width,
        mean=_channels(file, given, "image_mean") if is_normalized else zeros,
        std=_channels(file, given, "image_std") if is_normalized else ones,
        scale=_number(file, given.get("rescale_factor", 1 / 255)) if given.get("do_rescale", True) else 1.0,
        resize=CENTRE_CROP,
    )


def _other_preprocessing(file: Path, what: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        f"preprocessing by {what} ({file})",
        'edgegen takes detectors whose pictures are resized to {"height": ..., "width": ...} by the bilinear '
        "filter, without padding",
    )


def _side(file: Path, side: Any) -> int:
    if type(side) is not int or side < STRIDE or side % STRIDE:
        raise _other_preprocessing(file, f"a resize to a side of {shorten(side)}, not a multiple of {STRIDE}")
    return side


def _number(file: Path, value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or value <= 0:
        raise _other_preprocessing(file, f"the factor {shorten(value)}")
    return float(value)


def _channels(file: Path, given: Mapping[str, Any], key: str) -> tuple[float, ...]:
    listed = given.get(key)
    values = listed if isinstance(listed, list) else []
    are_numbers = all(type(each) in (int, float) and math.isfinite(each) for each in values)
    if len(values) != 3 or not are_numbers or (key == "image_std" and min(values) <= 0):
        raise _other_preprocessing(file, f"{key} {shorten(listed)}")
    return tuple(float(each) for each in values)


def license_of(path: Path) -> str:
    """Return the licence in the front matter of the folder's README.md; "" if there is none."""
    file = path / "README.md"
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        text = stream.read(1 << 16).decode("utf-8", "replace").replace("\r\n", "\n")
    start, _, rest = text.partition("---\n")
    found = _LICENSE.search(rest.partition("\n---")[0]) if not start.strip() else None
    return found[1] if found else ""

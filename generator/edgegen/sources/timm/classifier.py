"""Find the weights of timm's classifiers, download them, and open them.

Files are in torch's cache or in the cache of the Hugging Face Hub. The authority is the eager module with
timm's own transforms.
"""

import math
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.files import link_or_copy
from edgegen.base.progress import Progress
from edgegen.base.text import did_you_mean
from edgegen.model.spec import CENTRE_CROP, INTERPOLATIONS, WHOLE_PICTURE, CheckpointFacts, InputSpec
from edgegen.sources.description import Description
from edgegen.sources.image_classifier import Classifier, check_task, for_inference
from edgegen.sources.library import download_unless_pretended, import_library
from edgegen.sources.state_dict import load_trained

_FILE: Final = "model.safetensors"  # of a model on the Hugging Face Hub
_LISTS: Final = "timm.list_pretrained() lists the names"


def load(path: Path, description: Description) -> Classifier:
    """Open a state dict of the architecture that the description names.

    The preprocessing is that of timm's data configuration, with the description's values instead.
    """
    check_task(description, path)
    name = description.architecture_name
    config = pretrained_config(name)
    import timm
    from timm.data import create_transform, resolve_model_data_config

    class_layer = config.classifier if isinstance(config.classifier, str) else config.classifier[0]
    model, names, notes = load_trained(
        path,
        description,
        f"{class_layer}.weight",
        lambda classes: timm.create_model(name, pretrained=False, num_classes=classes),
    )
    data = resolve_model_data_config(model)
    default = _default_preprocessing(name, data)
    preprocessing = description.applied_to(default)
    facts = CheckpointFacts(
        task="classify",
        class_names=names,
        input=preprocessing,
        given_color=description.given_color,
        is_fixed_size=True,
        library="timm",
        description=f"timm {name}",
        docs="https://huggingface.co/docs/timm",
        architecture=name,
        library_version=timm.__version__,
        license=config.license or "",
        given_architecture=description.architecture,
        notes=notes,
    )
    is_default = preprocessing == default and not facts.given_color
    return Classifier.of(
        path,
        facts,
        for_inference(path, model, preprocessing.height),
        transforms=create_transform(**data, is_training=False) if is_default else None,
    )


def pretrained_config(name: str) -> Any:
    """Return timm's configuration of a name: an architecture with or without a tag, resnet18.a1_in1k."""
    timm = import_library("timm")
    if "/" in name or ":" in name:
        raise InputError(f"{name!r} is not a name of timm's own", _LISTS)
    architecture = name.partition(".")[0]
    if not timm.is_model(architecture):
        near = did_you_mean(architecture, timm.list_models())
        raise InputError(f"timm has no architecture {architecture!r}{near}", _LISTS)
    try:
        config = timm.get_pretrained_cfg(name, allow_unregistered=False)
    except RuntimeError as error:
        tags = [each.partition(".")[2] for each in timm.list_pretrained(f"{architecture}.*")]
        raise InputError(
            f"timm has no weights {name!r}; {architecture} has: {', '.join(tags) or 'none'}", _LISTS
        ) from error
    channels, height, width = config.input_size
    if not config.num_classes or channels != 3 or height != width:
        raise UnsupportedModelError(
            f"timm's {name}, with the input {channels}x{height}x{width} and {config.num_classes} classes",
            "edgegen exports timm's classifiers of square colour pictures",
        )
    return config


def class_names(name: str) -> tuple[str, ...]:
    """Return the names of the published weights' classes; none if timm does not know them."""
    from timm.data import ImageNetInfo, infer_imagenet_subset

    config = pretrained_config(name)
    if config.label_names:
        return tuple(config.label_names)
    subset = infer_imagenet_subset(config)
    return tuple(ImageNetInfo(subset).label_descriptions()) if subset else ()


def cached_file(name: str) -> Path | None:
    """Return the file of the weights, from torch's cache or the Hugging Face cache; None if in neither."""
    own = _cache_place(name)
    if own.is_file():
        return own
    import huggingface_hub

    repository = pretrained_config(name).hf_hub_id
    found = huggingface_hub.try_to_load_from_cache(repository, _FILE) if repository else None
    return Path(found) if isinstance(found, str) else None


def find_or_fetch(name: str, progress: Progress, *, fetch: bool) -> Path:
    """Return the file of the weights; download it into torch's cache if necessary."""
    config = pretrained_config(name)
    path, own = cached_file(name), _cache_place(name)
    if path is not None:
        progress.note(f"the weights of {name} are in {path.parent}")
        if path != own:  # in the Hugging Face cache, every file is model.safetensors
            own.parent.mkdir(parents=True, exist_ok=True)
            link_or_copy(path, own)
        return own
    if not config.hf_hub_id:
        raise UnsupportedModelError(f"timm's {name}: its weights are not on the Hugging Face Hub", _LISTS)
    import huggingface_hub

    address = huggingface_hub.hf_hub_url(config.hf_hub_id, _FILE)
    download_unless_pretended(address, own, progress, fetch=fetch)
    return own


def _default_preprocessing(name: str, data: dict[str, Any]) -> InputSpec:
    """Return the preprocessing of a data configuration of timm."""
    side = data["input_size"][1]
    shorter = math.floor(side / data["crop_pct"])
    is_stretched = data["crop_mode"] == "squash" and shorter == side
    if not (is_stretched or data["crop_mode"] == "center") or data["interpolation"] not in INTERPOLATIONS:
        raise UnsupportedModelError(
            f"timm's {name}: a {data['interpolation']} resize with the crop mode {data['crop_mode']!r}",
            "use another architecture",
        )
    return InputSpec(
        side,
        side,
        mean=tuple(data["mean"]),
        std=tuple(data["std"]),
        resize=CENTRE_CROP,
        shorter_side=WHOLE_PICTURE if is_stretched else shorter,
        interpolation=data["interpolation"],
    )


def _cache_place(name: str) -> Path:
    import torch

    tag = pretrained_config(name).tag
    full = f"{name.partition('.')[0]}.{tag}" if tag else name
    return Path(torch.hub.get_dir()) / "checkpoints" / f"{full}.safetensors"

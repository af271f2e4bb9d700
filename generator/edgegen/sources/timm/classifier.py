"""Open classifiers of timm. The authority is the eager module with timm's own transforms."""

import math
from pathlib import Path
from typing import Any

from edgegen.base.errors import UnsupportedModelError
from edgegen.model.facts import Preprocessing
from edgegen.model.spec import INTERPOLATIONS, WHOLE_PICTURE
from edgegen.sources.description import Description
from edgegen.sources.image_classifier import (
    Classifier,
    Origin,
    check_task,
    for_inference,
    load_trained,
)
from edgegen.sources.timm.weights import pretrained_config


def load(path: Path, description: Description) -> Classifier:
    """Open a state dict of the architecture that the description names.

    The preprocessing is that of timm's data configuration, with the description's values instead.

    Raises:
        InputError: The file is no state dict, does not fit the architecture, or its classes have no names.
        UnsupportedModelError: The architecture is no classifier, or its preprocessing is not supported.
        ToolchainError: timm is missing.
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
    usual = _usual_preprocessing(name, data)
    preprocessing = description.applied_to(usual)
    origin = Origin(
        library="timm",
        description=f"timm {name}",
        docs="https://huggingface.co/docs/timm",
        architecture=name,
        library_version=timm.__version__,
        license=config.license or "",
        given_architecture=description.architecture,
        notes=notes,
    )
    return Classifier.of(
        path,
        origin.facts(names, preprocessing),
        for_inference(path, model, preprocessing.size[0]),
        transforms=create_transform(**data, is_training=False) if preprocessing == usual else None,
    )


def _usual_preprocessing(name: str, data: dict[str, Any]) -> Preprocessing:
    """Return the preprocessing of a data configuration of timm.

    Raises:
        UnsupportedModelError: It has a crop or an interpolation that apps do not have.
    """
    side = data["input_size"][1]
    shorter = math.floor(side / data["crop_pct"])
    is_stretched = data["crop_mode"] == "squash" and shorter == side
    if not (is_stretched or data["crop_mode"] == "center") or data["interpolation"] not in INTERPOLATIONS:
        raise UnsupportedModelError(
            f"timm's {name}: a {data['interpolation']} resize with the crop mode {data['crop_mode']!r}",
            "use another architecture",
        )
    return Preprocessing(
        (side, side),
        tuple(data["mean"]),
        tuple(data["std"]),
        WHOLE_PICTURE if is_stretched else shorter,
        data["interpolation"],
    )

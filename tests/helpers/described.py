"""What a user says about a classifier with five classes whose file does not say it."""

from pathlib import Path
from typing import Any

from edgegen.sources.description import Description
from edgegen.sources.identify import open_model
from edgegen.sources.image_classifier import Classifier
from tests.helpers.trained_weights import FLOWERS

SAID: dict[str, Any] = {
    "task": "classify",
    "class_names": FLOWERS,
    "shorter_side": 72,
    "mean": (0.5, 0.5, 0.5),
    "std": (0.25, 0.25, 0.25),
}


def opened(path: Path, **changes: Any) -> Classifier:
    """Open a file with this description, changed."""
    model = open_model(path, Description(**(SAID | changes)))
    assert isinstance(model, Classifier)
    return model

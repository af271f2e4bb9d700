"""Exports of detectors with the resizes of other libraries, made from an export of a YOLO checkpoint."""

import shutil
from pathlib import Path
from typing import Any, Final

import yaml

from edgegen.model.spec import CENTRE_CROP, LETTERBOX_TOP_LEFT

# The standard deviation keeps the range of values that the model was trained with.
_INPUTS: Final[dict[str, dict[str, Any]]] = {
    LETTERBOX_TOP_LEFT: {"color": "BGR", "scale": 1.0, "std": [255.0, 255.0, 255.0]},
    CENTRE_CROP: {"shorter_side": 0, "interpolation": "bilinear"},
}
OTHER_RESIZES: Final = tuple(_INPUTS)


def with_resize(export_folder: Path, tmp_path: Path, resize: str) -> Path:
    """Copy a detector's export and change its preprocessing to a resize of OTHER_RESIZES. Return the copy.

    The copy has no golden vectors: `edgegen new` makes them with the .pte and numpy.
    """
    copy = tmp_path / f"export-{resize}"
    shutil.copytree(export_folder, copy, ignore=shutil.ignore_patterns("vectors", ".edgegen.yml"))
    path = copy / "metadata.yaml"
    metadata = yaml.safe_load(path.read_text(encoding="utf-8"))
    metadata["edgegen"]["library"] = "another"
    metadata["edgegen"]["input"] |= {"resize": resize, **_INPUTS[resize]}
    path.write_text(yaml.safe_dump(metadata, sort_keys=False), encoding="utf-8")
    return copy

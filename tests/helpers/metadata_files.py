"""metadata.yaml as Ultralytics and edgegen write it, whole and in its smallest form."""

from pathlib import Path
from typing import Any

import yaml

from edgegen.artifacts.metadata import Metadata, read_metadata

ULTRALYTICS = """\
description: Ultralytics YOLO11n model trained on birds.yaml
author: Ultralytics
date: '2026-11-20T10:09:27.715787+00:00'
version: 8.4.190
license: AGPL-3.0 License (https://ultralytics.com/license)
docs: https://docs.ultralytics.com
stride: 32
task: detect
head: Detect
batch: 1
imgsz:
- 480
- 640
names:
  0: gull
  1: 'no'
  2: red, round
args:
  batch: 1
channels: 3
end2end: false
"""
OWN: dict[str, Any] = {
    "schema": 1,
    "edgegen": "0.1.0",
    "executorch": "1.5.1",
    "torch": "2.13.0",
    "input": {
        "layout": "NCHW",
        "color": "BGR",
        "scale": 1.0,
        "mean": [103.5, 116.25, 123],
        "std": [57.0, 57, 58],
        "resize": "letterbox",
        "pad_value": 0,
    },
    "output": {
        "contract": "raw",
        "reg_max": 16,
        "strides": [8, 16],
        "shapes": [[1, 64, 60, 80], [1, 3, 60, 80]],
    },
    "programs": [
        {"file": "model.pte", "backend": "xnnpack", "precision": "float32", "sha256": "AB" * 32},
        {
            "file": "model.coreml.pte",
            "backend": "coreml",
            "precision": "float16",
            "sha256": "ef" * 32,
            "tolerances": {"score": 0.02},
            "pictures": ["bus"],
        },
    ],
    "checkpoint": {"name": "birds.pt", "sha256": "cd" * 32},
}
SMALLEST: dict[str, Any] = {"task": "detect", "names": ["a"]}


def read(folder: Path, content: str | bytes | dict[Any, Any]) -> Metadata:
    """Read content as a metadata.yaml."""
    path = folder / "metadata.yaml"
    if isinstance(content, dict):
        content = yaml.safe_dump(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_metadata(path)

"""Files that Ultralytics' exporter makes of a checkpoint: ONNX and TorchScript."""

import shutil
from pathlib import Path
from typing import Any

FORMATS = ("onnx", "torchscript")


def export_file(checkpoint: Path, path: Path, **options: Any) -> Path:
    """Export a checkpoint as `yolo export` does. The suffix of the path is the format."""
    from edgegen.base.quiet import quiet
    from edgegen.sources.ultralytics.library import require_ultralytics

    copy = path.with_suffix(".pt")  # Ultralytics exports into the checkpoint's folder
    shutil.copyfile(checkpoint, copy)
    with quiet():
        require_ultralytics()
        from ultralytics.models import YOLO

        YOLO(str(copy)).export(format=path.suffix[1:], device="cpu", **options)
    copy.unlink()
    return path

"""An export of a detector that selects its detections itself, with the contract `detections`."""

import hashlib
import shutil
from pathlib import Path
from typing import Any, Final

import yaml

from edgegen import runtimes
from edgegen.base.progress import NoProgress
from edgegen.model.spec import CENTRE_CROP
from edgegen.runtimes.onnxruntime import backend as onnx
from edgegen.sources.identify import open_model
from tests.helpers.other_resizes import with_resize
from tests.helpers.places import TINY

SELECTING: Final = "selecting"  # the name of its project
SIZE: Final = (160, 160)
ROWS: Final = 100


def _selecting(decoded: Any) -> Any:
    """Return a module that gives the ROWS best boxes of a module with the contract `decoded`, best first."""
    import torch

    class Selecting(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.decoded = decoded

        def forward(self, picture: torch.Tensor) -> torch.Tensor:
            rows = self.decoded(picture)
            best, classes = rows[:, 4:].transpose(1, 2).max(2)
            scores, places = best.topk(ROWS)
            boxes = rows[:, :4].transpose(1, 2)
            centres, sizes = (
                part.gather(1, places[..., None].expand(1, ROWS, 2)) for part in boxes.split(2, 2)
            )
            numbers = classes.gather(1, places).float()
            corners = [centres - sizes / 2, centres + sizes / 2]
            return torch.cat([*corners, scores[..., None], numbers[..., None]], 2)

    return Selecting().eval()


def write_export(web_export: Path, folder: Path) -> Path:
    """Write an export of the tiny checkpoint for the web, with the resize CENTRE_CROP. Return its folder."""
    export = Path(shutil.move(with_resize(web_export, folder, CENTRE_CROP), folder / "selecting"))
    path = export / "metadata.yaml"
    described = yaml.safe_load(path.read_text(encoding="utf-8"))
    described["end2end"] = True
    mapping = described["edgegen"]
    del mapping["ultralytics"]  # whose predict knows no such model
    mapping["output"] = {"contract": "detections", "shapes": [[1, ROWS, 6]]}
    module = _selecting(open_model(TINY).module("decoded"))
    for program, (runtime, backend) in zip(
        mapping["programs"],
        (
            (runtimes.default(), runtimes.default_backend()),
            (runtimes.find("onnxruntime"), onnx.BACKEND),
        ),
        strict=True,
    ):
        content, _ = runtime.lower(module, SIZE, backend, NoProgress())
        (export / program["file"]).write_bytes(content)
        program |= {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    path.write_text(yaml.safe_dump(described, sort_keys=False), encoding="utf-8")
    return export

"""Every detection head of Ultralytics, with random weights that see something, exported once for all."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from tests.helpers.places import ROOT
from tests.helpers.support import edgegen

SIZE: Final = (64, 96)  # height, width
CLASSES: Final = 4
# The smallest of each family; those with two branches are exported with both.
FAMILIES: Final = (
    "yolov3-tiny",
    "yolov5n",
    "yolov6n",
    "yolov8n",
    "yolov9t",
    "yolov10n",
    "yolo11n",
    "yolo12n",
    "yolo26n",
)
HEADS: Final = (
    *((family, "raw") for family in FAMILIES),
    ("yolov10n", "end2end"),
    ("yolo26n", "end2end"),
)
# family, contract -> the checkpoint, and a folder as `edgegen export` makes it
HeadExport = Callable[[str, str], tuple[Path, Path]]


def write_checkpoint(path: Path, family: str) -> None:
    """Write an untrained checkpoint of a family, always the same, whose head shows some boxes."""
    import torch
    from ultralytics.nn.tasks import DetectionModel

    from edgegen.base.quiet import quiet

    torch.manual_seed(FAMILIES.index(family))
    pictures = drawn(SIZE)
    with quiet(), torch.no_grad():
        model = DetectionModel(f"{family}.yaml", ch=3, nc=CLASSES, verbose=False)
        settle(model, pictures)
        spread_boxes(model, pictures)
    save(path, model, "detect", SIZE, CLASSES)


def drawn(size: tuple[int, int]) -> Any:
    """Return pictures of this size as a tensor [n, 3, h, w]."""
    import torch

    from edgegen.parity.pictures import draw_scene, drawn_pictures
    from edgegen.reference import letterbox

    scenes = [draw_scene(*size, seed=seed)[0] for seed in range(8)]
    scenes += [letterbox(drawn.rgb, size) for drawn in drawn_pictures(size)]
    return torch.stack([torch.from_numpy(rgb).permute(2, 0, 1) for rgb in scenes]).float() / 255


def save(path: Path, model: Any, task: str, size: tuple[int, int], classes: int) -> None:
    """Write a checkpoint as Ultralytics' training does."""
    import torch

    model.names = {number: f"class {number}" for number in range(classes)}
    torch.save({"model": model.half(), "train_args": {"imgsz": list(size), "task": task}}, path)


def settle(model: Any, pictures: Any) -> None:
    """Let normalization see the pictures, so that untrained layers pass something on."""
    import torch

    layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    before = [layer.momentum for layer in layers]
    for layer in layers:
        layer.momentum = 1.0
    model.train()(pictures)
    for layer, momentum in zip(layers, before, strict=True):
        layer.momentum = momentum
    model.eval()


def spread_boxes(model: Any, pictures: Any) -> None:
    """Let a head's boxes be of some size, in both branches, and some of them be seen."""
    head = model.model[-1]
    for prefix in ("", "one2one_"):
        if getattr(head, f"{prefix}cv2", None) is not None:
            boxes, classes = getattr(head, f"{prefix}cv2"), getattr(head, f"{prefix}cv3")
            near = 1.5 if head.reg_max == 1 else 0.0  # distances, or logits
            for level in range(head.nl):
                spread(model, boxes[level][-1], pictures, mean=near, deviation=0.8)
                spread(model, classes[level][-1], pictures, mean=-3.0, deviation=1.3)


def spread(model: Any, last: Any, pictures: Any, *, mean: float, deviation: float) -> None:
    """Draw a last layer's weights anew, so that over the pictures each of its outputs spreads as asked."""
    import torch

    torch.nn.init.normal_(last.weight)
    last.bias.zero_()
    seen: list[torch.Tensor] = []
    hook = last.register_forward_hook(lambda _layer, _inputs, output: seen.append(output))
    model(pictures)
    hook.remove()
    channels = seen[0].transpose(0, 1).flatten(1)
    gain = deviation / channels.std(dim=1).clamp(min=1e-6)
    last.weight.mul_(gain.reshape(-1, *[1] * (last.weight.ndim - 1)))
    last.bias.copy_(mean - gain * channels.mean(dim=1))


def export(folder: Path, checkpoint: Path, contract: str, *options: object) -> None:
    """Export into folder/export, in this process: half of an export's time is what it needs only once."""
    edgegen("export", "--model", checkpoint, "--head", contract, "--output", folder / "export", *options).ok()


def untrained(once: Any, family: str, write: Callable[[Path, str], None] = write_checkpoint) -> Path:
    """Return a family's random checkpoint, written once for all tests."""
    folder: Path = once(f"untrained-{family}", lambda folder: write(folder / "best.pt", family))
    return folder / "best.pt"


def keep_one_to_one(checkpoint: Path, path: Path) -> None:
    """Save a checkpoint again after its fusion with the one-to-one branch, which is all that is left then."""
    import torch
    from ultralytics.nn.tasks import torch_safe_load

    from edgegen.base.quiet import quiet

    with quiet():
        record, _ = torch_safe_load(str(checkpoint), safe_only=True)  # type: ignore[no-untyped-call]
        model = (record.get("ema") or record["model"]).float().eval()
        model.end2end = True
        torch.save({**record, "ema": None, "model": model.fuse(verbose=False)}, path)


def export_by_ultralytics(checkpoint: Path, size: tuple[int, int] | None = None) -> None:
    """Let Ultralytics' own exporter make `<name>_executorch_model` beside a checkpoint, in this process."""
    from edgegen.base.quiet import quiet
    from edgegen.runtimes.executorch.fast_lowering import fast_lowering
    from edgegen.sources.ultralytics.library import require_ultralytics

    with quiet(), fast_lowering():
        require_ultralytics()
        from ultralytics.models import YOLO

        YOLO(str(checkpoint)).export(format="executorch", **({"imgsz": list(size)} if size else {}))


def export_poses_by_ultralytics(checkpoints: Sequence[Path], size: tuple[int, int]) -> None:
    """Do that to checkpoints for poses, in a process of its own: it changes classes of Ultralytics."""
    code = (
        "import sys, pathlib; from tests.helpers import detection_heads;"
        "size = (int(sys.argv[1]), int(sys.argv[2]));"
        "[detection_heads.export_by_ultralytics(pathlib.Path(each), size) for each in sys.argv[3:]]"
    )
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *map(str, size), *map(str, checkpoints)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        capture_output=True,
        check=True,
    )

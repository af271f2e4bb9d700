"""Open a detector of Transformers, and run the library's own inference on it.

The contract is `detections`: the library's post-processing (sigmoid, and the best of all queries and classes)
is a part of the program.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from edgegen.base.arrays import Float32, Uint8
from edgegen.base.errors import InputError, UsageError, first_line
from edgegen.base.model_files import model_sha256
from edgegen.base.quiet import captured_stderr, environment, quiet
from edgegen.base.text import first_of
from edgegen.model.spec import CheckpointFacts, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.sources import state_dict
from edgegen.sources.best_rows import best_rows
from edgegen.sources.description import Description
from edgegen.sources.library import import_library, licenses
from edgegen.sources.source import OpenedModel
from edgegen.sources.transformers.folder import (
    ARCHITECTURES,
    CONFIG,
    STRIDE,
    WEIGHTS,
    Architecture,
    class_names,
    count_classes,
    license_of,
    preprocessing,
    read_json,
)
from edgegen.tasks.detect.result import Detections

CONTRACT: Final = "detections"
_DOCS: Final = "https://huggingface.co/docs/transformers/model_doc/{}"
_OFFLINE: Final = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
_NO_CHECKS: Final = {"TRANSFORMERS_DISABLE_TORCH_CHECK": "1"}  # they would split the program
_FROZEN: Final = "FrozenBatchNorm2d"  # the end of the class's name
_FROZEN_EPS: Final = 1e-5  # as in its forward


@dataclass(frozen=True)
class Detector(OpenedModel):
    """A detector of Transformers. `model` is the library's module: float32, evaluation mode."""

    model: Any

    def module(self, contract: str) -> Any:
        """Return the module from [1, 3, H, W] to [1, queries, 6]."""
        assert contract == CONTRACT  # noqa: S101 - the facts have no other
        return _WithSelection(_with_plain_norms(copy.deepcopy(self.model)))

    def predictor(self, spec: ModelSpec) -> "TransformersPredictor":
        """Return the library's image processor, eager model and post-processing."""
        return TransformersPredictor(self, spec)


def load(path: Path, description: Description) -> Detector:
    """Open a folder that `check_folder` accepts."""
    config, classes = read_json(path / CONFIG), count_classes(path / WEIGHTS)
    kind, input_spec = ARCHITECTURES[config["model_type"]], preprocessing(path)
    if not classes:
        raise InputError(
            f"{path / WEIGHTS} has no detection head",
            f"save the whole detector: {kind.model}.save_pretrained",
        )
    names = class_names(path, config, classes, description.class_names)
    model = _load_model(path, kind, classes)
    millions = sum(each.numel() for each in model.parameters()) / 1e6
    facts = CheckpointFacts(
        task="detect",
        class_names=names.names,
        input=input_spec,
        library="transformers",
        description=f"{kind.title} model of Transformers, {millions:.1f} million parameters",
        docs=_DOCS.format(config["model_type"]),
        architecture=kind.title,
        library_version=str(config.get("transformers_version", "")),
        license=licenses("Transformers", license_of(path)),
        contracts=(CONTRACT,),
        stride=STRIDE,
        is_fixed_size=bool(getattr(model.config, "anchor_image_size", None)),
        notes=names.notes,
    )
    return Detector(path, model_sha256(path), facts, model)


def _load_model(path: Path, kind: Architecture, classes: int) -> Any:
    """Return the library's module with the weights of the folder; InputError unless all of them fit."""
    with environment(_OFFLINE):
        library = import_library("transformers")
        with quiet(), captured_stderr():  # it draws progress bars
            try:
                model, report = getattr(library, kind.model).from_pretrained(
                    str(path),
                    num_labels=classes,
                    local_files_only=True,
                    use_safetensors=True,
                    trust_remote_code=False,
                    ignore_mismatched_sizes=True,
                    output_loading_info=True,
                    dtype=torch.float32,
                )
            except Exception as error:  # a config of other values raises many types
                raise InputError(
                    f"Transformers cannot open {path}: {first_line(error)}",
                    f"save it again with save_pretrained: {CONFIG} may have other values than the training",
                ) from error
    _check_report(path, report)
    state_dict.check_finite(path, dict(model.named_parameters()))
    return model.float().eval().requires_grad_(False)


def _check_report(path: Path, report: dict[str, Any]) -> None:
    """Raise InputError if the config and the weights contradict each other: the library only warns."""
    problems = list[str]()
    for key, what in (
        ("mismatched_keys", "have another shape"),
        ("missing_keys", "are missing"),
        ("unexpected_keys", "are unknown"),
    ):
        names = sorted(each if isinstance(each, str) else str(each[0]) for each in report.get(key) or ())
        names = [name for name in names if not name.endswith("num_batches_tracked")]
        if names:
            problems.append(f"{first_of(names, 2)} {what}")
    problems += [str(each) for each in report.get("error_msgs") or ()]
    if problems:
        raise InputError(
            f"{path / CONFIG} contradicts the weights: {'; '.join(problems)}",
            "give the config.json that was saved with the weights, by one save_pretrained",
        )


def _with_plain_norms(model: Any) -> Any:
    """Replace frozen batch normalizations by torch's own, which become a part of the convolutions."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child).__name__.endswith(_FROZEN):
                norm = torch.nn.BatchNorm2d(len(child.weight), eps=_FROZEN_EPS).eval().requires_grad_(False)
                norm.load_state_dict({**norm.state_dict(), **child.state_dict()})
                setattr(module, name, norm)
    return model


class _WithSelection(torch.nn.Module):
    """A detector with the library's selection, from [1, 3, H, W] to [1, queries, 6].

    A row is x1 y1 x2 y2 in input pixels, score, class. Rows have falling scores.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = x.shape[2:]
        _check_cells(self.model.config, height, width)
        with environment(_NO_CHECKS):
            outputs = self.model(pixel_values=x, return_dict=True)
        queries = outputs.logits.shape[1]
        return best_rows(outputs.logits, outputs.pred_boxes, (height, width), queries)


def _check_cells(config: Any, height: int, width: int) -> None:
    """Raise UsageError for an input with fewer cells than the model has queries."""
    strides = [int(each) for each in config.feat_strides]
    while len(strides) < config.num_feature_levels:
        strides.append(2 * strides[-1])
    cells = sum((height // stride) * (width // stride) for stride in strides[: config.num_feature_levels])
    if cells < config.num_queries:
        raise UsageError(
            f"an input of {height}x{width} has {cells} cells, fewer than the {config.num_queries} queries of "
            "the model",
            "give a larger --imgsz",
        )


class TransformersPredictor:
    """The library's inference: its image processor by Pillow, the eager model, its post-processing."""

    def __init__(self, detector: Detector, spec: ModelSpec) -> None:
        self._model = detector.model
        self._selected = _WithSelection(detector.model)
        self._size = {"height": spec.input.height, "width": spec.input.width}
        with environment(_OFFLINE), quiet():
            from transformers.models.rt_detr.image_processing_pil_rt_detr import RTDetrImageProcessorPil

            self._processor = RTDetrImageProcessorPil.from_pretrained(
                str(detector.path), local_files_only=True
            )

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Return the output [1, queries, 6] of the eager model for the input tensor [1, 3, H, W]."""
        with quiet(), torch.inference_mode():
            return [self._selected(torch.from_numpy(tensor)).numpy()]

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Return the input's bytes [H, W, 3], by the library's resize."""
        pixels = self._prepared(rgb, do_rescale=False, do_normalize=False)[0]
        return np.ascontiguousarray(pixels.permute(1, 2, 0).numpy().astype(np.uint8))

    def __call__(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Detections:
        """Return the library's result for a picture [h, w, 3]; only of keep_classes, unless empty.

        Boxes are clipped to the picture: the library leaves them as they are, apps show them so.
        """
        with quiet(), torch.inference_mode():
            outputs = self._model(pixel_values=self._prepared(rgb), return_dict=True)
            (found,) = self._processor.post_process_object_detection(
                outputs, threshold=thresholds.confidence, target_sizes=[rgb.shape[:2]]
            )
        boxes = np.asarray(found["boxes"].numpy(), np.float32).reshape(-1, 4)
        boxes = boxes.clip(0, np.array([rgb.shape[1], rgb.shape[0]] * 2, dtype=np.float32))
        scores = np.asarray(found["scores"].numpy(), np.float32)
        classes = found["labels"].numpy().astype(np.int64)
        kept = np.isin(classes, list(keep_classes)) if keep_classes else np.ones(len(classes), dtype=bool)
        places = np.flatnonzero(kept)[: thresholds.max_det]
        return Detections(boxes[places], scores[places], classes[places])

    def _prepared(self, rgb: Uint8, **options: Any) -> Any:
        from PIL import Image

        with quiet():
            inputs = self._processor(
                images=Image.fromarray(rgb), size=self._size, return_tensors="pt", **options
            )
        return inputs["pixel_values"]

"""Open RF-DETR's detectors: the library's model with a checkpoint's weights, and its `predict`."""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import torch

from edgegen.base.arrays import Float32, Uint8
from edgegen.base.errors import InputError, first_line, other_channels
from edgegen.base.files import file_sha256
from edgegen.base.quiet import quiet
from edgegen.base.text import first_of, shorten
from edgegen.model.spec import STRETCH, CheckpointFacts, InputSpec, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.sources import state_dict
from edgegen.sources.best_rows import best_rows
from edgegen.sources.description import Description
from edgegen.sources.library import import_library
from edgegen.sources.rfdetr.checkpoint import (
    Classes,
    Record,
    Variant,
    WeightShapes,
    classes_of,
    find_variant,
    read,
)
from edgegen.sources.source import OpenedModel
from edgegen.tasks.detect.result import Detections
from edgegen.tasks.prepared import prepare

# Fields of rfdetr's ModelConfig that decide about the network. The others are for the training.
_ARCHITECTURE: Final = (
    *("encoder", "out_feature_indexes", "two_stage", "projector_scale", "num_windows", "sa_nheads"),
    *("ca_nheads", "dec_n_points", "num_queries", "num_select", "bbox_reparam", "lite_refpoint_refine"),
    *("layer_norm", "resolution", "num_decoder_registers"),
)
_EMPTY: Final = "_kp_active_mask"  # of keypoints: files of old versions lack it
_OTHER_GROUPS: Final = re.compile(r"enc_out\w*\.[1-9]")  # heads of the groups that only trainings use
_CONTRACT: Final = "detections"
_NO_WEIGHTS: Final = "checkpoint.pth"  # any name: the library fetches DINOv2's weights if there is none
_PER_MEGABYTE: Final = 4 / 1e6  # bytes of a float32 weight
_TIMES: Final = "on a CPU it takes several times as long as YOLO11n"
_OLD: Final = (
    "the file is of an rfdetr before 1.7, and some of those counted classes from 1: if the names are wrong "
    "by one, train again with a new rfdetr"
)


@dataclass(frozen=True)
class RfDetr(OpenedModel):
    """A detector. `model` is the library's: float32, evaluation mode."""

    model: Any
    config: Any  # the library's ModelConfig
    variant: Variant
    classes: Classes

    def module(self, contract: str) -> Any:
        """Return the module from [1, 3, H, W] to [1, k, 6]. Its first run fixes the input's size."""
        model = copy.deepcopy(self.model)
        kept, head = list(self.classes.columns), model.class_embed
        model.class_embed = torch.nn.Linear(head.in_features, len(kept))
        model.class_embed.weight = torch.nn.Parameter(head.weight[kept].detach(), requires_grad=False)
        model.class_embed.bias = torch.nn.Parameter(head.bias[kept].detach(), requires_grad=False)
        return _Exportable(model, self.config.num_select).eval()

    def predictor(self, spec: ModelSpec) -> "RfDetrPredictor":
        """Return the library's predict."""
        return RfDetrPredictor(self, spec)


class _Exportable(torch.nn.Module):
    """The model in the library's form for exports, which computes the same without masks."""

    def __init__(self, model: Any, most: int) -> None:
        super().__init__()
        self.model, self._most = model, most
        self._size: tuple[int, int] | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self._size is None:
            # The position embeddings are interpolated for this size, as in the eager model.
            self._size = (x.shape[2], x.shape[3])
            self.model.backbone[0].encoder.shape = self._size
            self.model.export()
        boxes, logits = self.model(x)
        return best_rows(logits, boxes, self._size, self._most)


class RfDetrPredictor:
    """The library's `predict`, without its constructor's downloads.

    It gets the resized picture in bytes, as apps do. The library resizes floats. The half step of rounding
    exchanges places among the queries, and each place has its own weights: scores differ by up to 0.03 then.
    """

    def __init__(self, detector: RfDetr, spec: ModelSpec) -> None:
        self._model, self._most = detector.model, detector.config.num_select
        self._columns = list(detector.classes.columns)
        self._class_ids = {column: number for number, column in enumerate(self._columns)}
        self._input, self._size = spec.input, (spec.input.height, spec.input.width)
        with quiet():
            self._library = _library_object(detector)

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Run the eager module, and select as the contract does."""
        with quiet(), torch.inference_mode():
            found = self._model(torch.from_numpy(tensor))
            kept = found["pred_logits"][..., self._columns]
            return [best_rows(kept, found["pred_boxes"], self._size, self._most).numpy()]

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Return the picture in the library's resize, rounded to bytes."""
        from torchvision.transforms import functional

        with quiet():
            resized = functional.resize(functional.to_tensor(rgb.copy()), list(self._size), antialias=False)
        return np.ascontiguousarray((resized * 255).round().to(torch.uint8).permute(1, 2, 0).numpy())

    def __call__(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Detections:
        """Return predict's boxes, without those of the logits that belong to no class."""
        with quiet():
            found = self._library.predict(
                prepare(rgb, self._input).pixels,
                threshold=thresholds.confidence,
                shape=self._size,
                include_source_image=False,
            )
        class_ids = [self._class_ids.get(int(each), -1) for each in found.class_id]
        named = [place for place, number in enumerate(class_ids) if number >= 0][: self._most]
        shown = [place for place in named if not keep_classes or class_ids[place] in keep_classes]
        shown = shown[: thresholds.max_det]
        height, width = rgb.shape[:2]
        scale = np.array([width / self._size[1], height / self._size[0]] * 2, np.float32)
        return Detections(
            np.asarray(found.xyxy, np.float32).reshape(-1, 4)[shown] * scale,
            np.asarray(found.confidence, np.float32)[shown],
            np.asarray(class_ids, np.int64)[shown],
        )


def load(path: Path, description: Description) -> RfDetr:
    """Open a checkpoint that edgegen can export."""
    digest, record = file_sha256(path), read(path)
    license_name = record.architecture.get("license")
    license_name = license_name if isinstance(license_name, str) else "Apache-2.0"
    variant, shapes = find_variant(
        path,
        record.weights,
        model_name=record.model_name,
        start=record.text("pretrain_weights"),
        license_name=license_name,
    )
    if shapes.channels != 3:
        raise other_channels(shapes.channels)
    import_library("rfdetr")
    with quiet():
        config = _config(path, record, shapes, variant)
        model = _build(path, record.weights, config)
    side = config.resolution
    classes = classes_of(path, record.arguments.get("class_names"), description.class_names, shapes.outputs)
    facts = _facts(record, variant, classes, side, config, license_name, model)
    return RfDetr(path, digest, facts, model, config, variant, classes)


def _config(path: Path, record: Record, shapes: WeightShapes, variant: Variant) -> Any:
    """Return the library's configuration: the file's fields, and the shapes of its weights."""
    from pydantic import ValidationError
    from rfdetr import config as library

    kind = getattr(library, f"{variant.model_name}Config")
    fields = {name: record.architecture[name] for name in _ARCHITECTURE if name in record.architecture}
    fields.setdefault("resolution", shapes.grid * shapes.patch)
    queries = fields.get("num_queries", kind.model_fields["num_queries"].default)
    whole_groups = isinstance(queries, int) and queries > 0 and shapes.query_rows % queries == 0
    if not whole_groups:
        raise _contradiction(path, f"{shapes.query_rows} rows of queries, {shorten(queries)} queries")
    try:
        config = kind(
            **fields,
            device="cpu",
            pretrain_weights=_NO_WEIGHTS,
            hidden_dim=shapes.width,
            dec_layers=shapes.layers,
            patch_size=shapes.patch,
            positional_encoding_size=shapes.grid,
            num_classes=shapes.outputs - 1,
            group_detr=shapes.query_rows // queries,
        )
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(map(str, problem["loc"])) or "model_config"
        raise _contradiction(path, f"{name} is {shorten(problem.get('input'))}") from error
    step = config.patch_size * config.num_windows
    if config.resolution < step or config.resolution % step:
        raise _contradiction(path, f"resolution is {config.resolution}, which is no multiple of {step}")
    return config


def _build(path: Path, weights: Mapping[str, Any], config: Any) -> Any:
    """Return the library's model with the weights, which must fit."""
    from rfdetr.models.lwdetr import build_model_from_config

    try:
        model = build_model_from_config(config)
    except (AssertionError, ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise _contradiction(path, first_line(error)) from error
    wanted = model.state_dict()
    different = [
        name
        for name, tensor in wanted.items()
        if name != _EMPTY and (name not in weights or weights[name].shape != tensor.shape)
    ]
    if different:
        count = "1 weight is" if len(different) == 1 else f"{len(different)} weights are"
        raise _contradiction(path, f"{count} missing or of another shape: {first_of(different)}")
    state_dict.check_finite(path, weights)
    model.load_state_dict({name: weights[name].float() for name in wanted if name != _EMPTY}, strict=False)
    for parameter in model.parameters():
        parameter.requires_grad = False
    return model.eval()


def _facts(
    record: Record,
    variant: Variant,
    classes: Classes,
    side: int,
    config: Any,
    license_name: str,
    model: Any,
) -> CheckpointFacts:
    from rfdetr.detr import RFDETR

    # Trainings use many groups of queries, inference the first one.
    groups = config.group_detr
    size = sum(
        parameter.numel() / (groups if "refpoint_embed" in name or "query_feat" in name else 1)
        for name, parameter in model.named_parameters()
        if not _OTHER_GROUPS.search(name)
    )
    notes = [f"{size * _PER_MEGABYTE:.0f} MB in float32, and {_TIMES}"]
    if record.is_old:
        notes.append(_OLD)
    return CheckpointFacts(
        task="detect",
        class_names=classes.names,
        # The library resizes floats without antialiasing, apps resize bytes: they differ by rounding.
        input=InputSpec(side, side, mean=tuple(RFDETR.means), std=tuple(RFDETR.stds), resize=STRETCH),
        library="rfdetr",
        library_version=record.version,
        architecture=f"RF-DETR {variant.size}",
        description=f"RF-DETR {variant.size} model",
        docs="https://rfdetr.roboflow.com",
        license=license_name,
        contracts=(_CONTRACT,),
        stride=config.patch_size * config.num_windows,
        notes=tuple(notes),
    )


def _library_object(detector: RfDetr) -> Any:
    """Return the library's object for inference, around the loaded model."""
    import rfdetr
    from rfdetr.inference import ModelContext
    from rfdetr.models import PostProcess

    config, side = detector.config, detector.facts.input.height
    # Logits without a name must not take places among the best.
    unnamed = config.num_classes + 1 - len(detector.classes.columns)
    most = config.num_select + config.num_queries * unnamed

    class Loaded(getattr(rfdetr, detector.variant.model_name)):  # type: ignore[misc]
        """Has a model already: it fetches no weights."""

        def get_model_config(self, **_fields: Any) -> Any:
            return config

        def maybe_download_pretrain_weights(self) -> None:
            pass

        def get_model(self, *_arguments: Any, **_named: Any) -> Any:
            return ModelContext(
                detector.model,
                PostProcess(most),
                torch.device("cpu"),
                side,
                SimpleNamespace(num_classes=config.num_classes),
                list(detector.classes.names),
            )

    return Loaded()


def _contradiction(path: Path, what: str) -> InputError:
    return InputError(
        f"{path} contradicts itself: {what}",
        "give checkpoint_best_total.pth, as a training of rfdetr wrote it",
    )

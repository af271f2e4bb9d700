"""The loss of int8: how it is counted, and how the limit is applied."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgegen import runtimes
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import ExportError, InputError, UsageError
from edgegen.export import int8
from edgegen.export.int8 import make_judge
from edgegen.model.int8 import Certificate, Int8Options
from edgegen.model.spec import ModelSpec
from edgegen.parity.average_precision import Score
from edgegen.parity.calibration import Calibration
from edgegen.parity.dataset import LabelledPicture, read_dataset
from edgegen.parity.label_files import Columns
from edgegen.parity.picture_files import read_picture
from edgegen.tasks.detect.decoder import DetectDecoder
from edgegen.tasks.detect.result import Detections
from tests.helpers import labelled


@pytest.fixture
def spec(tiny_export: Path) -> ModelSpec:
    return load_model_spec(tiny_export / "model.pte", tiny_export / "metadata.yaml")


@pytest.fixture
def pictures(spec: ModelSpec, tmp_path: Path) -> list[LabelledPicture]:
    """Return drawn pictures with labels of all three classes."""
    return read_dataset(labelled.write(tmp_path / "drawn", "detect"), "val", Columns.of(spec))


def right(picture: LabelledPicture, but: Sequence[int] = ()) -> Detections:
    """Return a picture's labels as detections, without the classes `but`."""
    height, width = read_picture(picture.path).rgb.shape[:2]
    boxes = picture.labels.boxes * np.array([width, height, width, height], np.float32)
    shown = ~np.isin(picture.labels.class_ids, but)
    scores = np.full(int(shown.sum()), 0.9, np.float32)
    return Detections(boxes[shown], scores, picture.labels.class_ids[shown])


def lost(
    spec: ModelSpec,
    pictures: list[LabelledPicture],
    monkeypatch: pytest.MonkeyPatch,
    float32: Callable[[LabelledPicture], Detections],
    in_int8: Callable[[LabelledPicture], Detections],
) -> float:
    """Return the loss of int8 for the given results of float32 and int8."""
    shown: Iterator[LabelledPicture] = iter([*pictures, *pictures])
    authority: Any = SimpleNamespace(result=lambda *_: float32(next(shown)))
    monkeypatch.setattr(DetectDecoder, "result", lambda _decoder, outputs, *_: outputs)
    paths = tuple(each.path for each in pictures)
    judge = make_judge(spec, authority, Calibration((), paths, tuple(pictures), ()))
    forward: Any = lambda _: in_int8(next(shown))  # noqa: E731
    return judge.loss(forward)


@pytest.mark.full
def test_loss_is_the_difference_in_map_points(
    spec: ModelSpec, pictures: list[LabelledPicture], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Additional detections are a gain."""
    assert lost(spec, pictures, monkeypatch, right, right) == 0
    half = {each.path for each in pictures[::2]}

    def some(picture: LabelledPicture) -> Detections:
        return right(picture, but=(0, 1, 2) if picture.path in half else ())

    worse = lost(spec, pictures, monkeypatch, right, some)
    assert 20 < worse < 80
    assert lost(spec, pictures, monkeypatch, some, right) == pytest.approx(-worse)


@pytest.mark.full
def test_loss_of_a_whole_class_counts_its_share_of_the_classes(
    spec: ModelSpec, pictures: list[LabelledPicture], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Float32 finds few objects of the class, so the mean loses few points; the class is a third of all."""
    seen = [each for each in pictures if 2 in each.labels.class_ids]
    few = {each.path for each in seen[: max(1, len(seen) // 4)]}

    def rarely(picture: LabelledPicture) -> Detections:
        return right(picture, but=() if picture.path in few else (2,))

    never = lost(spec, pictures, monkeypatch, rarely, lambda picture: right(picture, but=(2,)))
    assert never == pytest.approx(100 / 3)


@pytest.mark.full
def test_loss_of_one_class_among_1000_is_2_points(
    spec: ModelSpec, pictures: list[LabelledPicture], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the default limit of one point never allows it."""
    classes = [dict.fromkeys(range(1000), 1.0), dict.fromkeys(range(999), 1.0)]
    found = [({"boxes": Score(1.0, 0.9, each)}, Counter()) for each in classes]
    monkeypatch.setattr(int8._ByLabels, "_evaluate", lambda *_: found.pop(0))
    assert lost(spec, pictures, monkeypatch, right, right) == 2


@pytest.mark.full
def test_loss_counts_scores_that_all_fall(
    spec: ModelSpec, pictures: list[LabelledPicture], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mAP does not change, because the order stays, but an app would show none of the objects."""

    def fallen(picture: LabelledPicture) -> Detections:
        found = right(picture)
        return replace(found, scores=found.scores - 0.7)

    assert lost(spec, pictures, monkeypatch, right, fallen) == 100
    assert lost(spec, pictures, monkeypatch, fallen, fallen) == 0


@pytest.mark.full
@pytest.mark.parametrize("kind", ["boxes", "masks"])
def test_loss_is_that_of_the_worse_of_boxes_and_masks(
    spec: ModelSpec, pictures: list[LabelledPicture], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A mean would hide lost masks behind good boxes. Lost classes of masks count, too."""
    whole = {each: Score(0.9, 0.8, {0: 0.8, 1: 0.8}) for each in ("boxes", "masks")}
    for worse, points in ((Score(0.9, 0.77, {0: 0.74, 1: 0.8}), 3), (Score(0.9, 0.8, {0: 0.8}), 50)):
        found = [(each, Counter()) for each in (whole, {**whole, kind: worse})]
        monkeypatch.setattr(int8._ByLabels, "_evaluate", lambda *_, found=found: found.pop(0))
        assert lost(spec, pictures, monkeypatch, right, right) == pytest.approx(points)


@dataclass
class Quantizer:
    """Replaces a traced model of ten layers; its programs name the layers that stay float32."""

    layers: tuple[str, ...] = tuple(f"layer{number}" for number in range(10))
    float_layers: tuple[str, ...] = ("attention",)
    output_ranges: tuple[tuple[float, float], ...] = ((-1.0, 1.0),)
    lowered: list[list[str]] = field(default_factory=list)

    def observe(self, *_: object) -> None: ...

    def costs(self, *_: object) -> dict[str, float]:
        return {name: float(number) for number, name in enumerate(self.layers)}

    def lower(self, kept: list[str], *_: object) -> tuple[bytes, tuple[tuple[int, ...], ...]]:
        self.lowered.append(kept)
        return " ".join(kept).encode(), ((1,),)


@dataclass
class Notes:
    """Keeps the notes of an export."""

    said: list[str] = field(default_factory=list)

    def step(self, name: str) -> None: ...

    def status(self, text: str) -> None: ...

    def note(self, text: str) -> None:
        self.said.append(text)


@dataclass
class Promise:
    """Requests int8 for a model that loses less with each layer in float32."""

    spec: ModelSpec
    pictures: list[LabelledPicture]
    monkeypatch: pytest.MonkeyPatch
    folder: Path
    quantizer: Quantizer = field(default_factory=Quantizer)
    notes: Notes = field(default_factory=Notes)
    float32_score: float = 60.0
    speedup: float = 2.0
    least: float = -1.0  # the loss that remains with all layers in float32

    def keep(self, **asked: Any) -> tuple[bytes, Certificate]:
        runtime = SimpleNamespace(load=lambda path: lambda _: len(path.read_bytes().split()))
        judge = SimpleNamespace(
            measure="map",
            object_count=30,
            float32_score=self.float32_score,
            loss=lambda layers: max(5.0 - layers(None), self.least),
            describe=lambda loss: f"loses {loss:g}",
        )
        self.monkeypatch.setattr(runtimes, "default", lambda: runtime)
        self.monkeypatch.setattr(int8, "make_judge", lambda *_: judge)
        self.monkeypatch.setattr(int8, "_speedup", lambda *_: self.speedup)
        paths = tuple(each.path for each in self.pictures)
        calibration = Calibration(paths[:3], paths[3:], (), ())
        self.folder.mkdir(exist_ok=True)
        nobody: Any = None
        wanted = Int8Options(self.folder, **asked)
        return int8.quantize(self.quantizer, self.spec, nobody, wanted, calibration, self.folder, self.notes)


@pytest.fixture
def promise(
    spec: ModelSpec, pictures: list[LabelledPicture], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Promise:
    return Promise(spec, pictures, monkeypatch, tmp_path / "programs")


@pytest.mark.full
def test_quantized_restores_layers_until_the_loss_is_within_the_limit(promise: Promise) -> None:
    """Layers that the runtime has only in float32 are in the certificate, too."""
    program, certificate = promise.keep(max_loss=1.5)
    assert promise.quantizer.lowered == [[], ["layer9", "layer8"], ["layer9", "layer8", "layer7", "layer6"]]
    assert program == b"layer9 layer8 layer7 layer6"
    assert (certificate.loss, certificate.max_loss, certificate.speedup) == (1.0, 1.5, 2.0)
    assert certificate.float_layers == ("attention", "layer9", "layer8", "layer7", "layer6")
    assert certificate.layers == 11
    assert "attention stays float32, because the runtime has no int8 for it" in promise.notes.said
    assert not [note for note in promise.notes.said if "slower" in note]


@pytest.mark.full
def test_quantized_fails_with_the_least_loss_if_no_attempt_is_within_the_limit(promise: Promise) -> None:
    promise.least = 0.75
    with pytest.raises(ExportError, match=r"int8 loses 0\.75, but --max-loss allows 0\.5"):
        promise.keep(max_loss=0.5)
    assert [len(kept) for kept in promise.quantizer.lowered] == [
        0,
        2,
        5,
    ]  # far above the limit: half of the layers next


@pytest.mark.full
def test_quantized_keeps_the_requested_layers_in_float32(promise: Promise) -> None:
    """A layer that is always float32 may be named; an unknown one is rejected before anything runs."""
    _, certificate = promise.keep(max_loss=4.5, keep_float=("layer3", "attention"))
    assert promise.quantizer.lowered == [["layer3"]]
    assert certificate.float_layers == ("attention", "layer3")
    with pytest.raises(UsageError, match="--keep-float layer10: the model has no layer") as caught:
        promise.keep(keep_float=("layer10",))
    assert "from layer0 to layer9" in caught.value.hint


@pytest.mark.full
def test_quantized_rejects_a_float32_model_with_less_map_than_the_limit(promise: Promise) -> None:
    """Any int8 model would be within the limit."""
    promise.float32_score = 0.9
    with pytest.raises(InputError, match=r"float32 model has only 0\.90 points of mAP50-95"):
        promise.keep()
    assert promise.quantizer.lowered == []


@pytest.mark.full
def test_quantized_notes_an_int8_model_that_is_slower(promise: Promise) -> None:
    """It is still written, because it is smaller."""
    promise.speedup = 0.8
    _, certificate = promise.keep(max_loss=10.0)
    assert certificate.speedup == 0.8
    assert "int8 is slower than float32 on this machine: it takes 1.25 times as long" in promise.notes.said


def test_int8_program_that_fails_to_load_or_run_is_an_export_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> None:
        raise InputError("broken", "")

    monkeypatch.setattr(runtimes.default(), "load", lambda _: fails)
    judge: Any = SimpleNamespace(loss=lambda forward: forward(np.zeros(1, np.float32)))
    with pytest.raises(ExportError, match="the int8 program does not run: broken"):
        int8._measure_loss(judge, tmp_path / "int8.pte")
    monkeypatch.setattr(runtimes.default(), "load", fails)
    with pytest.raises(ExportError, match="the int8 program does not run: broken"):
        int8._measure_loss(judge, tmp_path / "int8.pte")

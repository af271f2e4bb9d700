"""torchvision's SSDlite: its files, their classes, and its own boxes."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch

from edgegen.base.errors import (
    EdgegenError,
    InputError,
    MissingOptionsError,
    UnsupportedModelError,
    UsageError,
)
from edgegen.model.thresholds import Thresholds
from edgegen.parity.pictures import KINDS, drawn_pictures
from edgegen.sources.description import Description
from edgegen.sources.torchvision import ssdlite
from edgegen.tasks import find
from edgegen.tasks.detect.decode import decode_multilabel
from edgegen.tasks.prepared import prepare
from tests.helpers import ssdlite_models
from tests.helpers.specs import spec_of

SIDES: Final = (ssdlite_models.SIDE, ssdlite_models.SIDE)
CLASSES: Final = "head.classification_head.module_list.0.1.bias"


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkpoint of a training, with KINDS as its classes. Not to be changed."""
    return ssdlite_models.save(tmp_path_factory.mktemp("ssdlite") / "model_25.pth")


def described(*names: str, **more: Any) -> Description:
    return Description(architecture=ssdlite_models.ARCHITECTURE, class_names=names, **more)


@pytest.fixture(scope="module")
def opened(checkpoint: Path) -> ssdlite.Ssdlite:
    return ssdlite.load(checkpoint, described(*KINDS))


def failure(kind: type[EdgegenError], path: Path, description: Description) -> str:
    with pytest.raises(kind) as caught:
        ssdlite.load(path, description)
    return str(caught.value)


def test_facts_are_those_of_the_network(opened: ssdlite.Ssdlite) -> None:
    facts = opened.facts
    assert facts.class_names == KINDS
    assert (facts.input.size, facts.contracts, facts.is_fixed_size) == (SIDES, ("multilabel",), True)
    assert (facts.input.mean, facts.input.std) == ((0.5,) * 3, (0.5,) * 3)


@pytest.mark.parametrize("confidence", [0.25, 0.05])
@pytest.mark.parametrize("agnostic", [False, True])
def test_decoding_gives_the_librarys_boxes(
    opened: ssdlite.Ssdlite, confidence: float, agnostic: bool
) -> None:
    """Many boxes have several classes."""
    thresholds = Thresholds(confidence, 0.55, 100, agnostic)
    spec = spec_of(opened, "multilabel")
    predictor, decoder = opened.predictor(spec), find(spec.task).decoder
    shown = several = 0
    for picture in drawn_pictures(SIDES, spec.input.resize):
        prepared = prepare(picture.rgb, spec.input)
        outputs = predictor.outputs(prepared.tensor)
        ours = decoder.result(outputs, spec.output, prepared.plan, thresholds)
        compared = ours.compare(predictor(picture.rgb, thresholds), thresholds, spec.output)
        assert compared.passed, str(compared)
        shown += len(ours)
        found = decode_multilabel(outputs[0], confidence)
        several += len(found) - len(np.unique(found.index))
    assert shown > 100
    assert several > 100


def test_all_candidates_of_a_class_take_part_in_nms(opened: ssdlite.Ssdlite) -> None:
    """Torchvision's own limit is 300. Apps have none."""
    spec = spec_of(opened, "multilabel")
    predictor, decoder, thresholds = (
        opened.predictor(spec),
        find(spec.task).decoder,
        Thresholds(0.01, 1.0, 3000),
    )
    (picture, *_) = drawn_pictures(SIDES)
    prepared = prepare(picture.rgb, spec.input)
    ours = decoder.result(predictor.outputs(prepared.tensor), spec.output, prepared.plan, thresholds)
    assert np.bincount(ours.class_ids).max() > 400
    assert len(predictor(picture.rgb, thresholds)) == len(ours)


def test_kept_classes_are_chosen_before_the_limit(opened: ssdlite.Ssdlite) -> None:
    predictor = opened.predictor(spec_of(opened, "multilabel"))
    (picture, *_) = drawn_pictures(SIDES)
    both = predictor(picture.rgb, Thresholds(0.25, 0.55, 300, False), (1, 2))
    assert set(both.class_ids) == {1, 2}
    few = predictor(picture.rgb, Thresholds(0.25, 0.55, 5, False), (2,))
    np.testing.assert_array_equal(few.scores, both.scores[both.class_ids == 2][:5])


def test_network_of_a_training_that_began_with_imagenets_weights(tmp_path: Path) -> None:
    """Its last stage is larger. torchvision builds it only with a download."""
    model = ssdlite_models.build(is_reduced=False)
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    opened = ssdlite.load(tmp_path / "weights.pth", described(*KINDS))
    picture = torch.rand(1, 3, *SIDES)
    with torch.inference_mode():
        ours, theirs = (each.backbone(picture)["0"] for each in (opened.model, model))
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_cocos_numbers_without_a_class_are_left_out(tmp_path: Path) -> None:
    """Files of 91 labels get COCO's names. torchvision's numbers have gaps."""
    path = ssdlite_models.save(tmp_path / "coco.pth", classes=90)
    opened = ssdlite.load(path, described())
    assert len(opened.facts.class_names) == 80
    assert opened.facts.class_names[11:13] == ("stop sign", "parking meter")
    assert opened.labels[11:13] == (13, 14)
    picture = torch.rand(1, 3, *SIDES)
    with torch.inference_mode():
        scores = opened.module("multilabel")(picture)[0, 4:]
        found = opened.model.head(list(opened.model.backbone(picture).values()))
    everything = found["cls_logits"].softmax(dim=-1)[0].T
    torch.testing.assert_close(scores, everything[list(opened.labels)])


def test_names_may_begin_with_the_background(checkpoint: Path) -> None:
    opened = ssdlite.load(checkpoint, described("__background__", *KINDS))
    assert opened.facts.class_names == KINDS


def test_bad_files_and_options_are_named(checkpoint: Path, tmp_path: Path) -> None:
    assert "has 3 classes without names" in failure(MissingOptionsError, checkpoint, described())
    assert "and there are 2 names" in failure(InputError, checkpoint, described("cat", "dog"))
    said = failure(UsageError, checkpoint, described(*KINDS, crop=300, color="bgr"))
    assert "--crop, --color cannot be used" in said
    assert "--task is classify" in failure(UsageError, checkpoint, described(*KINDS, task="classify"))

    state = torch.load(checkpoint, weights_only=True)["model"]
    torch.save({name: value for name, value in state.items() if "extra.3" not in name}, tmp_path / "cut.pth")
    assert "it has no backbone.extra.3" in failure(
        UnsupportedModelError, tmp_path / "cut.pth", described(*KINDS)
    )
    torch.save({"fc.weight": torch.zeros(3, 3), "fc.bias": torch.zeros(3)}, tmp_path / "other.pth")
    failure(UnsupportedModelError, tmp_path / "other.pth", described(*KINDS))
    torch.save({**state, CLASSES: state[CLASSES] * float("nan")}, tmp_path / "diverged.pth")
    assert "not finite" in failure(InputError, tmp_path / "diverged.pth", described(*KINDS))

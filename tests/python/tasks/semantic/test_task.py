"""The semantic segmentation task: contract, JSON, comparison."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from PIL import Image

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.model.thresholds import Thresholds
from edgegen.reference import plan_letterbox
from edgegen.tasks.semantic import TASK
from edgegen.tasks.semantic.decode import ClassMap, of_runs, only_classes, runs_of
from edgegen.tasks.task import Signature

NAMES: Final = ("sky", "road", "car")


def signature(shapes: Any, contract: str = "", names: tuple[str, ...] = NAMES) -> Signature:
    return Signature(Path("model.pte"), 64, 96, shapes, Path("metadata.yaml"), names, contract=contract)


@pytest.mark.parametrize("contract", ["", "logits"])
@pytest.mark.parametrize("shape", [(1, 3, 8, 12), (1, 3, 64, 96)])
def test_read_outputs_accepts_coarse_and_full_resolution_maps(shape: tuple[int, ...], contract: str) -> None:
    """Coarse maps are exported by edgegen, maps of the input's resolution by Ultralytics."""
    output = TASK.read_outputs(signature((shape,), contract))
    assert (output.contract, output.shapes) == ("logits", (shape,))
    assert TASK.describe_outputs(output)["names"] == ["logits"]


@pytest.mark.parametrize(
    ("shapes", "error"),
    [
        (((1, 2, 8, 12),), InputError),
        (((1, 3, 128, 96),), InputError),
        (((1, 3, 8),), UnsupportedModelError),
        (((1, 3, 8, 12), (1, 3, 8, 12)), UnsupportedModelError),
    ],
)
def test_read_outputs_rejects_a_wrong_shape_or_contract(shapes: Any, error: type[InputError]) -> None:
    """Wrong number of classes, a map larger than the input, a wrong number of tensors."""
    with pytest.raises(error):
        TASK.read_outputs(signature(shapes))
    with pytest.raises(InputError, match="not one of logits"):
        TASK.read_outputs(signature(((1, 3, 8, 12),), "raw"))


def test_read_outputs_rejects_more_than_255_classes() -> None:
    """The value 255 of a class map means no class."""
    names = tuple(f"class {number}" for number in range(256))
    assert TASK.read_outputs(signature(((1, 255, 8, 12),), names=names[:255])).contract == "logits"
    with pytest.raises(UnsupportedModelError, match="256 classes") as refused:
        TASK.read_outputs(signature(((1, 256, 8, 12),), names=names))
    assert "at most 255" in str(refused.value.hint)


def random_map(seed: int) -> tuple[ClassMap, ClassMap]:
    """Return a picture's map, with and without its logits."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 3, (1, 3, 8, 12)).astype(np.float32)
    size = (int(random.integers(20, 90)), int(random.integers(20, 90)))
    output = TASK.read_outputs(signature((logits.shape,)))
    whole = TASK.decoder.result([logits], output, plan_letterbox(size, (64, 96)), Thresholds())
    return whole, ClassMap(whole.classes)


def test_json_and_png_round_trip_keeps_the_class_of_every_pixel(tmp_path: Path) -> None:
    """The shares are sorted, the largest first, and add up to 1."""
    whole, _ = random_map(3)
    (said,) = whole.to_json(NAMES)
    np.testing.assert_array_equal(TASK.decoder.from_json([said]).classes, whole.classes)
    shares = [each["share"] for each in said["classes"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    Image.fromarray(whole.classes.astype(np.uint8)).save(tmp_path / "map.png")
    read = TASK.decoder.from_json([{"classes": [], "file": str(tmp_path / "map.png")}])
    np.testing.assert_array_equal(read.classes, whole.classes)
    assert whole.spoken_text(NAMES) == ", ".join(each["class_name"] for each in said["classes"])
    lengths, values = runs_of(whole.classes)
    np.testing.assert_array_equal(of_runs(lengths, values, whole.classes.shape), whole.classes)


def test_compare_tolerates_a_pixel_only_between_two_nearly_equal_classes() -> None:
    """One other wrong pixel fails. Either side may have the logits."""
    passed = 0
    for seed in range(40):
        whole, bare = random_map(seed)
        height, width = whole.classes.shape
        rows, columns = (each.reshape(-1) for each in np.mgrid[:height, :width])
        off = np.stack(
            [whole.logit_deficits(rows, columns, np.full(rows.shape, number)) for number in range(3)]
        )
        np.testing.assert_array_equal(off.argmin(axis=0).reshape(height, width), whole.classes)
        assert (off.min(axis=0) == 0).all()  # at the picture's size, as the map is
        order = np.sort(off, axis=0)
        np.testing.assert_array_equal(whole.logit_deficits(rows, columns, np.full(rows.shape, 255)), order[1])
        for place, rank in ((order[1].argmin(), 1), (order[1].argmin(), 2), (order[1].argmax(), 1)):
            other = whole.classes.copy()
            other.reshape(-1)[place] = np.argsort(off[:, place], kind="stable")[rank]
            passes = bool(order[rank, place] <= 1e-3)
            passed += passes
            for ours, theirs in ((ClassMap(other), whole), (whole, ClassMap(other))):
                compared = ours.compare(theirs, Thresholds(), None)  # type: ignore[arg-type]
                assert compared.passed == passes
                assert str(compared).startswith("1 pixels of another class")
        assert bare.compare(bare, Thresholds(), None).passed  # type: ignore[arg-type]
    assert 10 < passed < 60


def test_compare_rejects_a_map_of_another_size() -> None:
    """The message has both sizes. A map without shown classes has 255 in every pixel."""
    whole, _ = random_map(1)
    smaller = ClassMap(whole.classes[:-1])
    assert smaller.compare(whole, Thresholds(), None).problems  # type: ignore[arg-type]
    none = ClassMap(only_classes(whole.classes, []))
    assert (none.classes == 255).all()
    assert none.compare(none, Thresholds(), None).passed  # type: ignore[arg-type]

"""Golden vectors: layout, values, number of rows, and the errors if authority and reference disagree."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.base.errors import ExportError
from edgegen.base.progress import NoProgress
from edgegen.model.spec import CONTRACTS, LETTERBOX_TOP_LEFT, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.picture_files import Picture
from edgegen.parity.pictures import drawn_pictures
from edgegen.parity.vectors import make_vectors
from edgegen.reference import letterbox, nms, plan_letterbox, to_tensor
from edgegen.tasks.detect.decode import decode
from edgegen.tasks.detect.decoder import gather_rows
from edgegen.tasks.prepared import prepare
from tests.helpers.places import ROOT
from tests.python.parity.made import MODEL_ARRAYS, REG_MAX, Float32, Made, Vectors, model, put_back


@pytest.fixture(params=CONTRACTS)
def spec(request: pytest.FixtureRequest) -> ModelSpec:
    """Return a model of each contract."""
    return model(request.param)


def test_index_describes_the_model(tmp_path: Path, spec: ModelSpec) -> None:
    """|As README.md describes it."""
    make_vectors(tmp_path / "vectors", spec, authority=Made(spec))
    index = Vectors(tmp_path / "vectors").index
    assert index["schema"] == 1
    assert index["source"] == "pytorch"
    assert index["model_sha256"] == spec.sha256
    assert index["contract"] == spec.output.contract
    assert index["input"] == [96, 160]
    assert index["classes"] == 5
    assert index["reg_max"] == REG_MAX.get(spec.output.contract, 0)
    assert index["strides"] == ([8, 16, 32] if spec.output.has_levels else [])
    assert index["outputs"] == [list(shape) for shape in spec.output.shapes]
    assert index["tolerances"] == {
        "letterbox": 1.0, "tensor": 1e-06, "raw": 0.015, "score": 0.005, "corner": 0.5,
        "confidence_margin": 0.005, "iou_margin": 0.01,
    }  # fmt: skip
    assert [entry["name"] for entry in index["pictures"]] == [
        "portrait",
        "landscape",
        "half",
        "strip",
        "small",
    ]


def test_vectors_hold_the_references_input_stages(tmp_path: Path, spec: ModelSpec) -> None:
    """Picture, letterboxed bytes and tensor; the samples are taken from them."""
    make_vectors(tmp_path / "vectors", spec, authority=Made(spec))
    vectors = Vectors(tmp_path / "vectors")
    for entry, drawn in zip(vectors.index["pictures"], drawn_pictures((96, 160)), strict=True):
        arrays = vectors.arrays(entry)
        np.testing.assert_array_equal(arrays["picture"], drawn.rgb)
        assert [entry["height"], entry["width"], 3] == list(drawn.rgb.shape)
        boxed = letterbox(drawn.rgb, (96, 160))
        tensor = to_tensor(boxed, spec.input)
        plan = plan_letterbox(drawn.rgb.shape[:2], (96, 160))
        assert entry["letterbox"]["resized"] == [plan.resized_height, plan.resized_width]
        assert [entry["letterbox"]["left"], entry["letterbox"]["top"]] == [plan.left, plan.top]
        assert entry["letterbox"]["sha256"] == hashlib.sha256(boxed.tobytes()).hexdigest()
        assert entry["tensor"]["sha256"] == hashlib.sha256(tensor.tobytes()).hexdigest()
        assert arrays["letterbox.index"].shape == arrays["tensor.index"].shape == (512,)
        np.testing.assert_array_equal(arrays["letterbox.value"], boxed.reshape(-1)[arrays["letterbox.index"]])
        np.testing.assert_array_equal(arrays["tensor.value"], tensor.reshape(-1)[arrays["tensor.index"]])
        inside = np.unravel_index(arrays["letterbox.index"], boxed.shape)[0]
        assert ((inside >= plan.top) & (inside < plan.top + plan.resized_height))[256:].all()


def test_bytes_of_a_bgr_input_are_in_the_tensors_order(tmp_path: Path) -> None:
    """As apps have them: a byte and the value of the tensor at the same place belong together."""
    spec = model("raw")
    spec = replace(spec, input=replace(spec.input, color="BGR", scale=1.0, resize=LETTERBOX_TOP_LEFT))
    make_vectors(tmp_path / "vectors", spec)
    vectors = Vectors(tmp_path / "vectors")
    for entry in vectors.index["pictures"]:
        arrays, prepared = vectors.arrays(entry), prepare(vectors.arrays(entry)["picture"], spec.input)
        boxed = prepared.tensor[0].transpose(1, 2, 0).astype(np.uint8)
        np.testing.assert_array_equal(boxed[..., ::-1], prepared.pixels)
        assert entry["letterbox"]["sha256"] == hashlib.sha256(boxed.tobytes()).hexdigest()
        np.testing.assert_array_equal(arrays["letterbox.value"], arrays["tensor.value"])


def test_vectors_hold_consistent_model_stages(tmp_path: Path, spec: ModelSpec) -> None:
    """Samples, rows, decoding, NMS and boxes, compared with the model's outputs."""
    authority = Made(spec)
    make_vectors(tmp_path / "vectors", spec, authority=authority)
    vectors = Vectors(tmp_path / "vectors")
    outputs = authority.outputs(np.zeros(0, np.float32))
    for entry in vectors.index["pictures"]:
        arrays = vectors.arrays(entry)
        candidate, class_id = (
            arrays[f"raw.sample.{name}"].astype(np.int64) for name in ("candidate", "class")
        )
        sampled = gather_rows(outputs, spec.output, candidate).cls
        np.testing.assert_array_equal(arrays["raw.sample.value"], sampled[range(len(sampled)), class_id])
        rows = gather_rows(outputs, spec.output, arrays["raw.row.candidate"].astype(np.int64))
        assert (np.diff(arrays["raw.row.candidate"].astype(int)) > 0).all()
        np.testing.assert_array_equal(arrays["raw.row.box"], rows.box)
        np.testing.assert_array_equal(arrays["raw.row.class"], rows.cls)
        whole = put_back(arrays, spec)
        decoded = decode(
            whole if spec.output.contract == "end2end" else outputs, spec.output, Thresholds(0.001)
        )
        assert 10 < len(rows.candidate) <= len(decoded) <= 300
        np.testing.assert_array_equal(arrays["raw.row.candidate"], np.unique(decoded.index))
        np.testing.assert_array_equal(arrays["decode.candidate"], decoded.index)
        np.testing.assert_array_equal(arrays["decode.box"], decoded.boxes)
        np.testing.assert_array_equal(arrays["decode.score"], decoded.scores)
        np.testing.assert_array_equal(arrays["decode.class"], decoded.class_ids)
        if spec.output.needs_nms:
            kept = nms(decoded.boxes, decoded.scores, decoded.class_ids, entry["iou"], entry["max_det"])
            assert 0 < len(kept) < len(decoded)
        else:
            kept = np.lexsort((np.arange(len(decoded)), -decoded.scores))
        np.testing.assert_array_equal(arrays["nms.keep"], kept)
        shown = authority.result(arrays["picture"], Thresholds(entry["confidence"]))
        np.testing.assert_array_equal(arrays["boxes.box"], shown.boxes)
        np.testing.assert_array_equal(arrays["boxes.score"], shown.scores)
        np.testing.assert_array_equal(arrays["boxes.class"], shown.class_ids)


def test_vectors_keep_the_best_rows_if_not_all_fit(tmp_path: Path) -> None:
    spec = model("raw")
    make_vectors(tmp_path / "all", spec, authority=Made(spec), max_bytes=None)
    fixed = sum(p.rgb.nbytes for p in drawn_pictures((96, 160))) + 5 * (3_000 + 512 * 25 + 300 * 24)
    make_vectors(tmp_path / "few", spec, authority=Made(spec), max_bytes=fixed + 5 * 20 * 340)
    every, few = Vectors(tmp_path / "all"), Vectors(tmp_path / "few")
    for one, other in zip(every.index["pictures"], few.index["pictures"], strict=True):
        best = every.arrays(one)["raw.row.class"].max(axis=1)
        kept = few.arrays(other)["raw.row.class"].max(axis=1)
        assert 15 <= len(kept) <= 25 < len(best)
        np.testing.assert_array_equal(np.sort(kept), np.sort(best)[-len(kept) :])


@pytest.mark.parametrize("classes", [1, 80, 1000, 10_000])
@pytest.mark.parametrize("contract", CONTRACTS)
def test_vectors_keep_at_least_one_row_for_any_class_count(
    tmp_path: Path, contract: str, classes: int
) -> None:
    """The more classes, the fewer rows fit."""
    spec = model(contract, classes, (160, 160))
    for name, authority in (("model", Made(spec)), ("reference", None)):
        make_vectors(tmp_path / name, spec, authority=authority)
        vectors = Vectors(tmp_path / name)
        for entry in vectors.index["pictures"]:
            assert vectors.arrays(entry)["raw.row.class"].shape[0] >= 1


def test_vectors_record_at_most_300_boxes(tmp_path: Path) -> None:
    """The app may show 30,000 boxes."""
    spec = model("raw", 80, (640, 640))
    make_vectors(tmp_path / "v", spec, authority=Made(spec), thresholds=Thresholds(0.001, 1.0, 30_000))
    assert {entry["max_det"] for entry in Vectors(tmp_path / "v").index["pictures"]} == {300}


@pytest.mark.parametrize("with_model", [True, False])
def test_vectors_are_reproducible_in_every_byte(tmp_path: Path, spec: ModelSpec, with_model: bool) -> None:
    for name in ("one", "two"):
        make_vectors(tmp_path / name, spec, authority=Made(spec) if with_model else None)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["01.bin", "02.bin", "03.bin", "04.bin", "05.bin", "index.json"]
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_vectors_without_a_model_have_random_candidates(tmp_path: Path, spec: ModelSpec) -> None:
    """They still exercise decoding and NMS."""
    make_vectors(tmp_path / "vectors", spec)
    vectors = Vectors(tmp_path / "vectors")
    assert vectors.index["source"] == "reference"
    for entry in vectors.index["pictures"]:
        arrays = vectors.arrays(entry)
        assert not MODEL_ARRAYS & arrays.keys()
        decoded, kept = arrays["decode.score"], arrays["nms.keep"]
        if spec.output.contract == "end2end":
            assert 50 < len(arrays["raw.row.candidate"]) < len(decoded) == len(kept)
        elif spec.output.contract == "detections":
            assert 50 < len(arrays["raw.row.candidate"]) == len(decoded) == len(kept)
        else:
            assert len(arrays["raw.row.candidate"]) == len(decoded) > len(kept) > 3
        assert arrays["raw.row.candidate"].max() < spec.output.candidates
        if spec.output.contract != "detections":
            assert len(set(decoded.tolist())) < len(decoded), "ties are part of the exercise"
        assert len(set(arrays["decode.class"].tolist())) > 1


def test_random_rows_decode_to_the_recorded_candidates(tmp_path: Path, spec: ModelSpec) -> None:
    """With the class IDs of the model."""
    spec = replace(spec, class_names=tuple(map(str, range(200))))
    shapes = [(1, 200, *s[2:]) if len(s) == 4 and s[1] == 5 else s for s in spec.output.shapes]
    if spec.output.contract == "decoded":
        shapes = [(1, 204, shapes[0][2])]
    spec = replace(spec, output=replace(spec.output, shapes=tuple(shapes)))
    if spec.output.contract == "detections":
        spec = replace(spec, output=replace(spec.output, classes=200))
    make_vectors(tmp_path / "vectors", spec)
    vectors = Vectors(tmp_path / "vectors")
    arrays = vectors.arrays(vectors.index["pictures"][0])
    decoded = decode(put_back(arrays, spec), spec.output, Thresholds(vectors.index["row_confidence"]))
    np.testing.assert_array_equal(arrays["decode.candidate"], decoded.index)
    np.testing.assert_array_equal(arrays["decode.class"], decoded.class_ids)
    np.testing.assert_array_equal(arrays["decode.score"], decoded.scores)
    np.testing.assert_array_equal(arrays["decode.box"], decoded.boxes)
    assert arrays["decode.class"].max() > 64


def test_vectors_lower_the_confidence_for_a_picture_without_detections(tmp_path: Path) -> None:
    """The entry records the lower confidence."""
    spec = model("raw")
    authority = Made(spec, gain=-6)  # the best logit is near -2: a score of 0.1
    make_vectors(tmp_path / "lower", spec, authority=authority)
    entry = Vectors(tmp_path / "lower").index["pictures"][0]
    assert 0.001 < entry["confidence"] < 0.25
    assert entry["arrays"]["boxes.score"]["shape"][0] > 0
    make_vectors(tmp_path / "asked", spec, authority=authority, lower_confidence=False)
    entry = Vectors(tmp_path / "asked").index["pictures"][0]
    assert entry["confidence"] == 0.25
    assert entry["arrays"]["boxes.score"]["shape"] == [0]


@pytest.mark.parametrize("confidence", [0, 0.0005, 1])
def test_vectors_accept_any_confidence(tmp_path: Path, spec: ModelSpec, confidence: float) -> None:
    make_vectors(tmp_path / "v", spec, authority=Made(spec), thresholds=Thresholds(confidence))
    vectors = Vectors(tmp_path / "v")
    for entry in vectors.index["pictures"]:
        assert len(vectors.arrays(entry)["decode.score"]) > 0


WRONG: list[tuple[str, Callable[[Made], None], str]] = [
    ("corner", lambda a: setattr(a, "shift", 0.7), "corners"),
    ("score", lambda a: setattr(a, "dim", 0.02), "a score differs"),
    ("missing box", lambda a: setattr(a, "drop", 3), "only here"),
    ("pixels", lambda a: setattr(a, "pixel", 2), "letterboxed bytes"),
]


@pytest.mark.parametrize(("spoil", "said"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_make_vectors_fails_if_reference_and_authority_disagree(
    tmp_path: Path, spoil: Callable[[Made], None], said: str
) -> None:
    """The message names the picture."""
    spec = model("raw")
    authority = Made(spec)
    spoil(authority)
    with pytest.raises(ExportError, match=said) as caught:
        make_vectors(tmp_path / "vectors", spec, authority=authority)
    assert "portrait" in caught.value.message


def test_make_vectors_accepts_differences_within_the_tolerances(tmp_path: Path) -> None:
    spec = model("raw")
    make_vectors(tmp_path / "vectors", spec, authority=Made(spec, shift=0.3, dim=0.003, pixel=1))


class Unlearned(Made):
    """One box is clearly the best; the scores of the others differ in their last bits from run to run."""

    best = 2.0

    def outputs(self, tensor: Float32) -> list[Float32]:
        self.seen.append(tensor)
        random = np.random.RandomState(len(self.seen))
        outputs = [np.zeros(shape, np.float32) for shape in self.spec.output.shapes]
        for cls in outputs[1::2]:
            cls[:] = random.uniform(-1e-6, 1e-6, cls.shape)
        outputs[1][0, 2, 1, 1] = self.best
        return outputs


def test_make_vectors_accepts_boxes_that_rounding_decides(tmp_path: Path) -> None:
    """The picture's confidence is so close to their scores that any of them may be missing."""
    spec = model("raw")
    make_vectors(tmp_path / "v", spec, authority=Unlearned(spec))
    vectors = Vectors(tmp_path / "v")
    for entry in vectors.index["pictures"]:
        assert 0.49 < entry["confidence"] < 0.51
        assert vectors.arrays(entry)["boxes.class"][0] == 2


class Untrained(Unlearned):
    """All scores differ in their last bits from run to run."""

    best = 0.0


class Notes(NoProgress):
    """Keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def test_make_vectors_notes_a_raised_confidence_once_per_picture(tmp_path: Path) -> None:
    spec = model("raw")
    progress = Notes()
    make_vectors(tmp_path / "raised", spec, authority=Unlearned(spec), progress=progress)
    assert len(progress.notes) == 5
    assert "portrait: confidence 0.5" in progress.notes[0]
    make_vectors(tmp_path / "asked", spec, authority=Made(spec), progress=progress)
    assert len(progress.notes) == 5


def test_make_vectors_accepts_an_untrained_model(tmp_path: Path) -> None:
    """Rounding decides on almost all of its boxes."""
    spec = model("raw")
    make_vectors(tmp_path / "v", spec, authority=Untrained(spec), pictures=drawn_pictures((96, 160))[:1])
    entry = Vectors(tmp_path / "v").index["pictures"][0]
    assert entry["arrays"]["boxes.score"]["shape"][0] > 0


WRONG_DECODE = [{"shift": 1}, {"shift": -1}, {"shift": 40}, {"turn": 1}, {"drop": 10_000}]


@pytest.mark.parametrize("lower_confidence", [True, False])
@pytest.mark.parametrize(
    ("authority", "wrong"),
    [
        *((authority, wrong) for authority in (Made, Unlearned) for wrong in WRONG_DECODE),
        *((Untrained, wrong) for wrong in WRONG_DECODE if "turn" not in wrong),  # its classes are all equal
    ],
)
def test_make_vectors_rejects_wrong_decoding_despite_rounding(
    tmp_path: Path, authority: type[Made], wrong: dict[str, Any], lower_confidence: bool
) -> None:
    """The raised confidence always leaves boxes to compare."""
    spec = model("raw")
    with pytest.raises(ExportError, match="disagree on the picture") as caught:
        made, one = authority(spec, **wrong), drawn_pictures((96, 160))[:1]
        make_vectors(tmp_path / "v", spec, authority=made, pictures=one, lower_confidence=lower_confidence)
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("wrong", [{"shift": 0.7}, {"drop": 1}])
def test_make_vectors_rejects_a_wrong_box_above_the_rounded_ones(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    spec = model("raw")
    with pytest.raises(ExportError, match="disagree on the picture"):
        make_vectors(tmp_path / "v", spec, authority=Unlearned(spec, **wrong))


def test_vectors_take_the_users_pictures_with_any_name(tmp_path: Path) -> None:
    spec = model("raw")
    names = ['größe "x".jpg', "{brace}.png"]
    pictures = [Picture(name, np.full((30, 40, 3), 99, np.uint8)) for name in names]
    make_vectors(tmp_path / "v", spec, authority=Made(spec), pictures=pictures, max_bytes=None)
    vectors = Vectors(tmp_path / "v")
    assert [entry["name"] for entry in vectors.index["pictures"]] == names
    assert [entry["file"] for entry in vectors.index["pictures"]] == ["01.bin", "02.bin"]


def test_vectors_without_a_model_import_no_torch(tmp_path: Path) -> None:
    """`new` from an exported folder stays fast."""
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.python.parity.made import model
from edgegen.parity.vectors import make_vectors
from pathlib import Path
make_vectors(Path({str(tmp_path / "v")!r}), model("decoded"))
print(sorted(name for name in sys.modules if name in ("torch", "ultralytics", "cv2", "executorch")))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"

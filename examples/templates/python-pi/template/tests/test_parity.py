"""Compare the program with PyTorch's results in the golden vectors (vectors/README.md)."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from detector import Detector, picture
from detector.detector import MODEL

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
INDEX = json.loads((VECTORS / "index.json").read_text(encoding="utf-8"))
DTYPES = {"u8": "u1", "u32": "<u4", "f32": "<f4"}


def array(entry, name):
    """Return one of a picture's arrays."""
    header = entry["arrays"][name]
    dtype, count = np.dtype(DTYPES[header["dtype"]]), int(np.prod(header["shape"]))
    content = (VECTORS / entry["file"]).read_bytes()
    return np.frombuffer(content, dtype, count, header["offset"]).reshape(header["shape"])


@pytest.fixture(scope="module")
def detector():
    """Load the model once."""
    return Detector()


def test_the_vectors_belong_to_the_model():
    """Otherwise every other comparison is meaningless."""
    assert hashlib.sha256(MODEL.read_bytes()).hexdigest() == INDEX["model_sha256"]


@pytest.mark.parametrize("entry", INDEX["pictures"], ids=lambda entry: entry["name"])
def test_the_input_is_the_same(entry):
    """Within the tolerance, in levels of 0 to 255."""
    boxed, where = picture.letterbox(array(entry, "picture"))
    assert [where.resized_height, where.resized_width] == entry["letterbox"]["resized"]
    assert (where.left, where.top) == (entry["letterbox"]["left"], entry["letterbox"]["top"])
    seen = boxed.reshape(-1)[array(entry, "letterbox.index")].astype(int)
    assert np.abs(seen - array(entry, "letterbox.value")).max() <= INDEX["tolerances"]["letterbox"]


@pytest.mark.skipif(INDEX["source"] == "reference", reason="`edgegen verify` adds PyTorch's boxes")
@pytest.mark.parametrize("entry", INDEX["pictures"], ids=lambda entry: entry["name"])
def test_the_boxes_are_pytorchs(entry, detector):
    """Same classes, scores and corners. A detection near the threshold may be missing on one side."""
    margin, confidence = INDEX["tolerances"]["confidence_margin"], entry["confidence"]
    found = detector(array(entry, "picture"), confidence, entry["iou"], entry["max_det"])
    ours = [(box.class_id, box.score, box.corners) for box in found]
    theirs = list(zip(*(array(entry, f"boxes.{name}") for name in ("class", "score", "box")), strict=True))
    for one, other in ((ours, theirs), (theirs, ours)):
        for number, score, corners in one:
            if score > confidence + margin:
                assert any(
                    number == its_number
                    and abs(score - its_score) <= INDEX["tolerances"]["score"]
                    and np.abs(np.subtract(corners, its_corners)).max() <= INDEX["tolerances"]["corner"]
                    for its_number, its_score, its_corners in other
                ), (number, score, corners)

"""The sample of the golden vectors of a model without NMS."""

from pathlib import Path

import numpy as np
import pytest

from edgegen.artifacts import vector_files
from edgegen.model.thresholds import Thresholds
from edgegen.parity.goldens import write_sample
from edgegen.parity.vectors import make_vectors
from edgegen.tasks.detect.decode import choose, decode
from tests.python.parity.made import Made, Vectors, model, put_back


@pytest.mark.parametrize("contract", ["end2end", "detections"])
@pytest.mark.parametrize(("most", "rows"), [(60_000, 100), (1_000, 1)])
def test_sample_rows_decode_to_the_recorded_result(
    tmp_path: Path, contract: str, most: int, rows: int
) -> None:
    """A cell keeps all its classes; the best max_det of the remaining candidates are selected."""
    spec = model(contract)
    make_vectors(tmp_path / "vectors", spec, authority=Made(spec))
    write_sample(vector_files.read(tmp_path / "vectors", ""), tmp_path / "sample", most)
    sample = Vectors(tmp_path / "sample")
    left = [len(sample.arrays(entry)["raw.row.candidate"]) for entry in sample.index["pictures"]]
    assert 0 < min(left) <= max(left) <= rows
    for entry in sample.index["pictures"]:
        arrays = sample.arrays(entry)
        decoded = decode(put_back(arrays, spec), spec.output, Thresholds(sample.index["row_confidence"]))
        np.testing.assert_array_equal(arrays["decode.candidate"], decoded.index)
        np.testing.assert_array_equal(arrays["decode.class"], decoded.class_ids)
        np.testing.assert_array_equal(arrays["decode.score"], decoded.scores)
        np.testing.assert_array_equal(arrays["decode.box"], decoded.boxes)
        kept = choose(decoded, spec.output, Thresholds(0, entry["iou"], entry["max_det"]))
        np.testing.assert_array_equal(arrays["nms.keep"], kept)

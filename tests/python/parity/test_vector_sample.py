"""The sample of the golden vectors that an app contains for its self-check."""

import json
import shutil
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.artifacts import vector_files
from edgegen.parity.goldens import write_sample
from edgegen.reference import nms
from tests.helpers.hard_android import ANDROID, many_project, project, sample_of
from tests.helpers.support import rejects

__all__ = ["many_project", "project"]


def deflated(folder: Path) -> int:
    return sum(len(zlib.compress(path.read_bytes())) for path in folder.iterdir())


def pictures_of(folder: Path) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """Return the entry and the arrays of every picture."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    types = {"u8": np.uint8, "u32": np.uint32, "f32": np.float32}
    found = []
    for entry in index["pictures"]:
        data = (folder / entry["file"]).read_bytes()
        arrays = {
            name: np.frombuffer(
                data, types[place["dtype"]], int(np.prod(place["shape"])), place["offset"]
            ).reshape(place["shape"])
            for name, place in entry["arrays"].items()
        }
        found.append((entry, arrays))
    return found


def hold_against_the_whole(sample: Path, vectors: Path) -> int:
    """Compare a sample with the whole vectors; return the number of candidates left out."""
    whole = {entry["file"]: arrays for entry, arrays in pictures_of(vectors)}
    left_out = 0
    for entry, arrays in pictures_of(sample):
        full = whole[entry["file"]]
        assert arrays.keys() == full.keys()
        chosen = np.isin(full["decode.candidate"], arrays["decode.candidate"])
        left_out += np.count_nonzero(~chosen)
        assert full["decode.score"][~chosen].max(initial=0) <= arrays["decode.score"].min()
        for name, array in arrays.items():
            if name.startswith("decode."):
                np.testing.assert_array_equal(array, full[name][chosen])
            elif name.startswith("raw.row."):
                rows = np.isin(full["raw.row.candidate"], arrays["raw.row.candidate"])
                np.testing.assert_array_equal(array, full[name][rows])
            elif name != "nms.keep":
                np.testing.assert_array_equal(array, full[name])
        kept = nms(
            arrays["decode.box"], arrays["decode.score"], arrays["decode.class"].astype(np.int64),
            entry["iou"], entry["max_det"], entry["agnostic"],
        )  # fmt: skip
        np.testing.assert_array_equal(arrays["nms.keep"], kept)
        assert len(kept) > 0
    return left_out


@pytest.mark.full
@pytest.mark.parametrize("which", ["project", "many_project"])
def test_sample_is_a_valid_part_of_the_vectors(which: str, request: pytest.FixtureRequest) -> None:
    """It has at least three pictures, and some with boxes if there are any."""
    project = request.getfixturevalue(which)
    assert deflated(sample_of(project)) > 0
    hold_against_the_whole(sample_of(project), project / "vectors")
    sample, whole = pictures_of(sample_of(project)), pictures_of(project / "vectors")
    assert len(sample) >= 3
    with_boxes = [any(len(arrays.get("boxes.class", ())) for _, arrays in each) for each in (sample, whole)]
    assert with_boxes[0] == with_boxes[1]


@pytest.mark.full
@pytest.mark.parametrize("most", [90_000, 75_000, 60_000, 40_000])
def test_sample_keeps_to_its_size_and_to_the_best_candidates(
    project: Path, tmp_path: Path, most: int
) -> None:
    """NMS in numpy on the remaining candidates gives the recorded result."""
    write_sample(vector_files.read(project / "vectors", ""), tmp_path / "sample", most)
    assert 0 < deflated(tmp_path / "sample") <= most
    assert hold_against_the_whole(tmp_path / "sample", project / "vectors") > 0


@pytest.mark.full
def test_sample_prefers_pictures_with_boxes(project: Path, tmp_path: Path) -> None:
    """Also to a smaller picture without boxes."""
    vectors = Path(shutil.copytree(project / "vectors", tmp_path / "vectors"))
    index = json.loads((vectors / "index.json").read_text(encoding="utf-8"))
    smallest = min(index["pictures"], key=lambda entry: (vectors / entry["file"]).stat().st_size)
    for name in ("box", "score", "class"):
        smallest["arrays"][f"boxes.{name}"]["shape"][0] = 0
    (vectors / "index.json").write_text(json.dumps(index), encoding="utf-8")
    write_sample(vector_files.read(vectors, ""), tmp_path / "sample", 1)
    ((entry, arrays),) = pictures_of(tmp_path / "sample")
    assert entry["file"] != smallest["file"]
    assert len(arrays["boxes.class"]) > 0


@pytest.mark.full
def test_sample_has_at_least_one_picture_with_a_candidate(project: Path, tmp_path: Path) -> None:
    write_sample(vector_files.read(project / "vectors", ""), tmp_path / "sample", 1)
    ((_, arrays),) = pictures_of(tmp_path / "sample")
    assert len(arrays["decode.score"]) == 1
    assert len(arrays["boxes.class"]) > 0


@pytest.mark.full
@pytest.mark.parametrize("damage", ["shape", "dtype", "cut"])
def test_new_rejects_damaged_vectors_and_writes_no_files(exported: Path, tmp_path: Path, damage: str) -> None:
    """Exit code 3."""
    index = exported / "vectors" / "index.json"
    content = json.loads(index.read_text())
    place = content["pictures"][0]["arrays"]["nms.keep"]
    if damage == "cut":
        content["pictures"][0]["arrays"]["decode.score"]["offset"] = 10**9
    else:
        place[damage] = {"shape": "many", "dtype": "f99"}[damage]
    index.write_text(json.dumps(content))
    rejects(3, tmp_path, "new", *ANDROID, "--model", exported, "--output", "app", says=("golden vectors",))

"""The small part of the golden vectors that an app carries for its self-check."""

import json
import shutil
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.artifacts import vector_files
from edgegen.parity.vector_sample import write_sample
from edgegen.reference import nms
from tests.helpers.hard_android import ANDROID, many_classes, many_project, project, sample_of
from tests.helpers.support import refused

__all__ = ["many_classes", "many_project", "project"]


def deflated(folder: Path) -> int:
    return sum(len(zlib.compress(path.read_bytes())) for path in folder.iterdir())


def pictures_of(folder: Path) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """Return every picture's entry and its arrays."""
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
    """Find every number of a sample in the whole vectors; return how many candidates are left out."""
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


@pytest.mark.parametrize("which", ["project", "many_project"])
def test_the_sample_is_small_and_sound(which: str, request: pytest.FixtureRequest) -> None:
    """At most 128 KB in an APK, three pictures or more, and some with boxes if there are any."""
    project = request.getfixturevalue(which)
    assert 0 < deflated(sample_of(project)) <= 128 * 1024
    hold_against_the_whole(sample_of(project), project / "vectors")
    sample, whole = pictures_of(sample_of(project)), pictures_of(project / "vectors")
    assert len(sample) >= 3
    with_boxes = [any(len(arrays.get("boxes.class", ())) for _, arrays in each) for each in (sample, whole)]
    assert with_boxes[0] == with_boxes[1]


@pytest.mark.full
@pytest.mark.parametrize("most", [90_000, 75_000, 60_000, 40_000])
def test_a_smaller_sample_is_sound_too(project: Path, tmp_path: Path, most: int) -> None:
    """Of fewer candidates, the best ones: NMS in numpy keeps of them what the sample says."""
    write_sample(vector_files.read(project / "vectors", ""), tmp_path / "sample", most)
    assert 0 < deflated(tmp_path / "sample") <= most
    assert hold_against_the_whole(tmp_path / "sample", project / "vectors") > 0


@pytest.mark.full
def test_pictures_with_boxes_come_first(project: Path, tmp_path: Path) -> None:
    """Also where the smallest picture shows nothing."""
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
def test_the_sample_has_a_picture_however_small_it_is_to_be(project: Path, tmp_path: Path) -> None:
    """The smallest one that shows something, with its best candidate."""
    write_sample(vector_files.read(project / "vectors", ""), tmp_path / "sample", 1)
    ((_, arrays),) = pictures_of(tmp_path / "sample")
    assert len(arrays["decode.score"]) == 1
    assert len(arrays["boxes.class"]) > 0


@pytest.mark.full
@pytest.mark.parametrize("damage", ["shape", "dtype", "cut"])
def test_damaged_vectors_are_no_bug(exported: Path, tmp_path: Path, damage: str) -> None:
    """Exit code 3, and nothing is written."""
    index = exported / "vectors" / "index.json"
    content = json.loads(index.read_text())
    place = content["pictures"][0]["arrays"]["nms.keep"]
    if damage == "cut":
        content["pictures"][0]["arrays"]["decode.score"]["offset"] = 10**9
    else:
        place[damage] = {"shape": "many", "dtype": "f99"}[damage]
    index.write_text(json.dumps(content))
    refused(3, tmp_path, "new", *ANDROID, "--model", exported, "--output", "app", says=("golden vectors",))

"""The source of Transformers' folders: what it recognizes, what it rejects, and the library's own result."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegen.base.errors import EdgegenError, InputError, NotFetchedError, UnsupportedModelError, UsageError
from edgegen.base.model_files import model_sha256
from edgegen.commands.batch_list import models_below
from edgegen.model.spec import InputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.sources.description import Description
from edgegen.sources.identify import identify, open_model
from edgegen.sources.transformers import Folder
from edgegen.sources.transformers.folder import class_names, license_of, preprocessing
from tests.helpers.once import Once
from tests.helpers.support import edgegen
from tests.helpers.transformers_folders import HEIGHT, QUERIES, SHAPES, WIDTH, edit_json, save_detector

CONFIG = {
    "architectures": ["DFineForObjectDetection"],
    "model_type": "d_fine",
    "backbone_config": {"model_type": "hgnet_v2"},
    "id2label": dict(enumerate(SHAPES)),
    "transformers_version": "5.24.0",
}
PROCESSOR = {
    "image_processor_type": "RTDetrImageProcessor",
    "do_normalize": False,
    "do_pad": False,
    "resample": 2,
    "rescale_factor": 1 / 255,
    "size": {"height": HEIGHT, "width": WIDTH},
}
HEAD = "model.enc_score_head.weight"


def weights(classes: int = 3) -> bytes:
    """Return a safetensors file with the weights of the class scores alone."""
    content = bytes(4 * classes)
    tensor = {"dtype": "F32", "shape": [classes, 1], "data_offsets": [0, len(content)]}
    header = json.dumps({"__metadata__": {"format": "pt"}, HEAD: tensor}).encode()
    return len(header).to_bytes(8, "little") + header + content


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that is sound but for the values of its weights."""
    path = tmp_path / "my-dfine"
    path.mkdir()
    (path / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (path / "preprocessor_config.json").write_text(json.dumps(PROCESSOR), encoding="utf-8")
    (path / "model.safetensors").write_bytes(weights())
    return path


def rejected(argument: Path | str, kind: type[EdgegenError] = InputError) -> EdgegenError:
    """Return the error with which MODEL is rejected."""
    with pytest.raises(kind) as caught:
        identify(str(argument))
    assert type(caught.value) is kind
    assert caught.value.hint
    return caught.value


def test_folder_is_recognized_by_its_config(folder: Path) -> None:
    source = identify(str(folder))
    assert type(source) is Folder
    assert source.path_on_disk == folder


def test_folder_of_models_lists_the_folder(folder: Path, tmp_path: Path) -> None:
    """`edgegen batch FOLDER` finds it as one model, beside checkpoints."""
    (tmp_path / "best.pt").write_bytes(b"PK")
    assert sorted(models_below(tmp_path, [])) == [tmp_path / "best.pt", folder]


@pytest.mark.parametrize(("model_type", "model"), [("rt_detr_v2", "RTDetrV2"), ("deimv2", "Deimv2")])
def test_other_families_are_recognized(folder: Path, model_type: str, model: str) -> None:
    changes = {"model_type": model_type, "architectures": [f"{model}ForObjectDetection"]}
    edit_json(folder / "config.json", lambda config: config.update(changes))
    assert type(identify(str(folder))) is Folder


def test_digest_is_of_all_files_that_decide(folder: Path) -> None:
    digests = [model_sha256(folder)]
    for name in ("config.json", "preprocessor_config.json", "model.safetensors"):
        (folder / name).write_bytes((folder / name).read_bytes() + b" ")
        digests.append(model_sha256(folder))
    (folder / "README.md").write_text("more", encoding="utf-8")
    assert len(set(digests)) == len(digests)
    assert model_sha256(folder) == digests[-1]


@pytest.mark.parametrize(
    "name", ["ustc-community/dfine-nano-coco", "PekingU/rtdetr_v2_r18vd", "a/D-FINE-1.0"]
)
def test_name_of_the_hub_must_be_downloaded_first(name: str) -> None:
    error = rejected(name)
    assert error.message == f"there is no folder {name}"
    assert f"`hf download {name} --local-dir {name.rpartition('/')[2]}`" in error.hint


@pytest.mark.parametrize("name", ["runs/best.pt", "runs/model.safetensors", "a/b/c", "/missing/folder"])
def test_missing_file_is_no_name_of_the_hub(name: str) -> None:
    assert "hf download" not in rejected(name).hint


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "preprocessor_config.json"])
def test_file_of_a_folder_is_no_model(folder: Path, name: str) -> None:
    assert str(folder) in rejected(folder / name).hint


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"model_type": "detr", "architectures": ["DetrForObjectDetection"]}, "DetrForObjectDetection"),
        ({"model_type": "vit", "architectures": None}, "model_type 'vit'"),
        ({"model_type": None}, "model_type None"),
        ({"model_type": ["d_fine"]}, "model_type"),
        ({"architectures": ["DFineModel"]}, "without its detection head"),
        ({"backbone_config": {"model_type": "timm_backbone"}}, "timm_backbone"),
        ({"backbone": "microsoft/resnet-50"}, "microsoft/resnet-50"),
        ({"auto_map": {"AutoModel": "modeling.Model"}}, "auto_map"),
    ],
)
def test_other_models_are_named(folder: Path, changes: dict[str, Any], named: str) -> None:
    edit_json(folder / "config.json", lambda config: config.update(changes))
    assert named in rejected(folder, UnsupportedModelError).message


def test_deimv2_with_dinov3_is_rejected_with_licence_and_size(folder: Path) -> None:
    changes = {
        "model_type": "deimv2",
        "architectures": ["Deimv2ForObjectDetection"],
        "backbone_config": {"model_type": "dinov3_vit"},
    }
    edit_json(folder / "config.json", lambda config: config.update(changes))
    message = rejected(folder, UnsupportedModelError).message
    assert "DINOv3 licence" in message
    assert "as large" in message


def test_code_for_the_preprocessing_is_rejected(folder: Path) -> None:
    edit_json(folder / "preprocessor_config.json", lambda given: given.update(auto_map={"A": "b.C"}))
    assert "auto_map" in rejected(folder, UnsupportedModelError).message


@pytest.mark.parametrize("content", ["{", "[]", '"text"', "[" * 100_000, ""])
def test_config_that_is_no_object_is_rejected(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content, encoding="utf-8")
    assert "config.json" in rejected(folder).message


def test_folder_without_weights_is_rejected(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert "no model.safetensors" in rejected(folder).message


@pytest.mark.parametrize(
    ("name", "named"),
    [("model.safetensors.index.json", "several files"), ("pytorch_model.bin", "can run code")],
)
def test_other_weights_are_rejected(folder: Path, name: str, named: str) -> None:
    (folder / "model.safetensors").rename(folder / name)
    assert named in rejected(folder, UnsupportedModelError).message


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (weights()[:-1], "incomplete"),
        (weights()[:40], "incomplete"),
        (b"", "not a safetensors file"),
        (b"\xff" * 99, "not a safetensors file"),
        ((4).to_bytes(8, "little") + b"null", "not a safetensors file"),
        ((2).to_bytes(8, "little") + b"[]", "not a safetensors file"),
        ((12).to_bytes(8, "little") + b'{"a": {"b":1', "not a safetensors file"),
    ],
)
def test_damaged_weights_are_rejected(folder: Path, content: bytes, named: str) -> None:
    (folder / "model.safetensors").write_bytes(content)
    assert named in rejected(folder).message


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_pointer_of_git_lfs_is_named(folder: Path, name: str) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 15000000\n"
    (folder / name).write_text(pointer, encoding="utf-8")
    assert "Git LFS pointer" in rejected(folder, NotFetchedError).message


def test_names_come_from_the_config(folder: Path) -> None:
    assert class_names(folder, CONFIG, 3, ()) == (SHAPES, ())


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (None, "no id2label"),
        ({"0": "cat"}, "1 name, and the weights have 3 classes"),
        ({"1": "a", "2": "b", "3": "c"}, "from 0"),
        ({"0": "a", "1": None, "2": "c"}, "from 0"),
        (["a", "b", "c"], "from 0"),
        ({"x": "a"}, "from 0"),
    ],
)
def test_wrong_names_are_rejected(folder: Path, labels: Any, named: str) -> None:
    with pytest.raises(InputError, match=named):
        class_names(folder, {**CONFIG, "id2label": labels}, 3, ())


def test_default_names_are_noted_and_the_user_may_give_others(folder: Path) -> None:
    labels = {str(number): f"LABEL_{number}" for number in range(3)}
    config = {**CONFIG, "id2label": labels}
    names = class_names(folder, config, 3, ())
    assert names.names == tuple(labels.values())
    assert "LABEL_0" in names.notes[0]
    assert class_names(folder, config, 3, SHAPES) == (SHAPES, ())
    assert class_names(folder, {**CONFIG, "id2label": None}, 3, SHAPES) == (SHAPES, ())
    assert class_names(folder, CONFIG, 3, SHAPES) == (SHAPES, ())
    with pytest.raises(UsageError, match="already has names"):
        class_names(folder, CONFIG, 3, ("a", "b", "c"))


def test_names_are_the_only_option_that_describes_a_folder(folder: Path) -> None:
    assert identify(str(folder), Description(class_names=SHAPES)).description.class_names == SHAPES
    with pytest.raises(EdgegenError):
        identify(str(folder), Description(class_names=SHAPES, mean=(0.5, 0.5, 0.5)))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"size": {"shortest_edge": 480, "longest_edge": 640}}, "shortest_edge"),
        ({"size": {"height": 96, "width": 100}}, "100, not a multiple of 32"),
        ({"size": {"height": 96.0, "width": 96}}, "96.0"),
        ({"size": 640}, "a resize to 640"),
        ({"do_resize": False}, "no resize"),
        ({"do_pad": True}, "padding"),
        ({"do_center_crop": True}, "a crop"),
        ({"resample": 3}, "filter 3"),
        ({"rescale_factor": 0}, "factor 0"),
        ({"do_normalize": True, "image_mean": [0.5], "image_std": [1, 1, 1]}, "image_mean"),
        ({"do_normalize": True, "image_mean": [0, 0, 0], "image_std": [1, 1, 0]}, "image_std"),
        ({"image_processor_type": "DetrImageProcessor"}, "DetrImageProcessor"),
    ],
)
def test_other_preprocessing_is_rejected(folder: Path, changes: dict[str, Any], named: str) -> None:
    edit_json(folder / "preprocessor_config.json", lambda given: given.update(changes))
    with pytest.raises(UnsupportedModelError, match=named):
        preprocessing(folder)


def test_missing_preprocessing_is_rejected(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(InputError, match=r"no preprocessor_config\.json"):
        preprocessing(folder)


def test_preprocessing_keeps_a_normalization(folder: Path) -> None:
    changes = {"do_normalize": True, "image_mean": [0.4, 0.5, 0.6], "image_std": [0.1, 0.2, 0.3]}
    edit_json(folder / "preprocessor_config.json", lambda given: given.update(changes))
    found = preprocessing(folder)
    assert (found.mean, found.std, found.size) == ((0.4, 0.5, 0.6), (0.1, 0.2, 0.3), (HEIGHT, WIDTH))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\nlibrary_name: transformers\nlicense: apache-2.0\n---\n# D-FINE\n", "apache-2.0"),
        ('---\r\nlicense: "cc-by-nc-4.0"\r\n---\r\n', "cc-by-nc-4.0"),
        ("# D-FINE\n---\nlicense: mit\n---\n", ""),
        ("---\ntags: []\n---\nlicense: mit\n", ""),
        ("", ""),
    ],
)
def test_licence_is_that_of_the_front_matter(folder: Path, text: str, expected: str) -> None:
    (folder / "README.md").write_bytes(text.encode())
    assert license_of(folder) == expected


FAMILIES = ("d_fine", "rt_detr_v2", "deimv2")


@pytest.fixture
def saved(once: Once) -> Callable[[str], Path]:
    """Return a function that saves a family's tiny detector. Not to be written into."""
    return lambda kind: once(f"transformers-{kind}", lambda folder: save_detector(folder, kind))


def spec_of(height: int, width: int) -> Any:
    """Return what a predictor needs of an export."""

    class Spec:
        input = InputSpec(height, width)

    return Spec()


def drawn() -> Any:
    from edgegen.parity.pictures import draw_scene

    return draw_scene(121, 173, seed=8)[0]


@pytest.mark.full
@pytest.mark.parametrize("kind", FAMILIES)
def test_module_gives_the_result_of_the_library(saved: Callable[[str], Path], kind: str) -> None:
    """Its rows, mapped to a picture, are those of post_process_object_detection."""
    import torch

    from edgegen.tasks.detect.decode import points_to_picture
    from edgegen.tasks.prepared import prepare

    opened = open_model(saved(kind))
    facts = opened.facts
    assert (facts.class_names, facts.input.size) == (SHAPES, (HEIGHT, WIDTH))
    assert facts.contracts == ("detections",)
    rgb = drawn()
    given = prepare(rgb, InputSpec(HEIGHT, WIDTH, resize="centre_crop", shorter_side=0))
    predictor = opened.predictor(spec_of(HEIGHT, WIDTH))
    assert np.abs(predictor.letterboxed(rgb).astype(int) - given.pixels).max() <= 1
    (theirs,) = predictor.outputs(given.tensor)
    assert theirs.shape == (1, QUERIES, 6)
    with torch.inference_mode():
        ours = opened.module("detections")(torch.from_numpy(given.tensor)).numpy()
    assert np.abs(ours - theirs).max() < 1e-2
    shown: Any = predictor(rgb, Thresholds(confidence=0.0))
    corners = points_to_picture(theirs[0, :, :4].reshape(-1, 2, 2), given.plan).reshape(-1, 4)
    assert np.abs(shown.boxes - corners).max() < 0.05
    assert np.abs(shown.scores - theirs[0, :, 4]).max() < 1e-3
    assert shown.class_ids.tolist() == theirs[0, :, 5].astype(int).tolist()


@pytest.mark.full
def test_predictor_keeps_confidence_classes_and_number(saved: Callable[[str], Path]) -> None:
    predictor, rgb = open_model(saved("d_fine")).predictor(spec_of(HEIGHT, WIDTH)), drawn()
    everything: Any = predictor(rgb, Thresholds(confidence=0.0))
    middle = float(everything.scores[QUERIES // 2])
    confident: Any = predictor(rgb, Thresholds(confidence=middle))
    assert len(confident) == QUERIES // 2
    of_class: Any = predictor(rgb, Thresholds(confidence=0.0, max_det=3), [1])
    assert of_class.scores.tolist() == everything.scores[everything.class_ids == 1][:3].tolist()


@pytest.mark.full
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"decoder_layers": 3}, "are missing"),
        ({"encoder_layers": 0, "use_gateway": False}, "cannot open|are unknown"),
        ({"encoder_ffn_dim": 48}, "have another shape"),
        ({"d_model": 31}, "cannot open"),
    ],
)
def test_config_that_contradicts_the_weights_is_rejected(
    saved: Callable[[str], Path], tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    folder = shutil.copytree(saved("d_fine"), tmp_path / "changed")
    edit_json(folder / "config.json", lambda config: config.update(changes))
    with pytest.raises(InputError, match=named) as caught:
        open_model(folder)
    assert "config.json" in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.proof("export")
@pytest.mark.full
def test_export_of_a_folder_makes_a_project(saved: Callable[[str], Path], tmp_path: Path) -> None:
    """Another size than that of the training, and a project of the export."""
    exported = tmp_path / "exported"
    edgegen("export", "--model", saved("d_fine"), "--imgsz", "128,96", "--output", exported).ok()
    facts = json.loads(edgegen("inspect", exported, "--json").ok().out)
    assert (facts["contract"], facts["imgsz"], facts["supported"]) == ("detections", [128, 96], True)
    assert sum(facts["methods"][0]["backends"].values()) <= 5
    project = tmp_path / "project"
    edgegen("new", "--model", exported, "--target", "linux-cpp", "--output", project).ok()
    assert list(project.rglob("model.pte"))


@pytest.mark.full
@pytest.mark.parametrize(
    ("options", "code", "named"),
    [
        (("--imgsz", "100"), 2, "multiple of 32"),
        (("--imgsz", "64"), 2, "cells, fewer than the 30 queries"),
        (("--head", "raw"), 2, "--head raw does not exist"),
    ],
)
def test_options_that_do_not_fit_are_rejected(
    saved: Callable[[str], Path], tmp_path: Path, options: tuple[str, ...], code: int, named: str
) -> None:
    answer = edgegen("export", "--model", saved("d_fine"), *options, "--output", tmp_path / "exported")
    assert (answer.code, named in answer.err) == (code, True), answer.err


@pytest.mark.full
def test_int8_is_rejected_with_the_reason(saved: Callable[[str], Path], tmp_path: Path) -> None:
    options = ("--precision", "int8", "--calibration", tmp_path)
    answer = edgegen("export", "--model", saved("d_fine"), *options, "--output", tmp_path / "exported")
    assert (answer.code, "selects its boxes itself" in answer.err) == (2, True), answer.err

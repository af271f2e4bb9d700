"""Export of a checkpoint: the result equals PyTorch, and a failure leaves no files."""

import hashlib
import importlib.metadata
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from edgegen import runtimes
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.artifacts.pte import read_pte
from edgegen.base.errors import EdgegenError, ExportError, InputError, RenderError, ToolchainError, UsageError
from edgegen.export import options
from edgegen.export.exporting import export_checkpoint
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority, FolderAuthority, PteAuthority, authority_for
from edgegen.parity.picture_files import read_picture
from edgegen.reference import letterbox, to_tensor
from edgegen.sources.ultralytics.checkpoint import load
from edgegen.tasks.detect.result import compare_boxes
from tests.helpers.once import Once
from tests.helpers.support import STEP

pytestmark = pytest.mark.full

FILES = ["metadata.yaml", "model.pte", "vectors"]


@pytest.fixture(scope="session")
def raw_export(once: Once, tiny_checkpoint: Path) -> Path:
    """Return the tiny checkpoint exported with its defaults."""
    folder = once("tiny-raw", lambda folder: export_checkpoint(tiny_checkpoint, folder / "export"))
    return folder / "export"


@pytest.fixture(scope="session")
def decoded_export(once: Once, tiny_checkpoint: Path) -> Path:
    """Return the tiny checkpoint exported with the decoded head, for an input that is not square."""

    def make(folder: Path) -> None:
        export_checkpoint(tiny_checkpoint, folder / "export", imgsz=(160, 224), head="decoded")

    return once("tiny-decoded", make) / "export"


def read(folder: Path) -> ModelSpec:
    return load_model_spec(folder / "model.pte", folder / "metadata.yaml")


def index(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "vectors" / "index.json").read_text(encoding="utf-8"))
    return found


def test_export_writes_program_metadata_and_vectors(raw_export: Path, tiny_checkpoint: Path) -> None:
    """They refer to each other by digest."""
    assert sorted(path.name for path in raw_export.iterdir()) == FILES
    content = (raw_export / "model.pte").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    own = yaml.safe_load((raw_export / "metadata.yaml").read_text())["edgegen"]
    (program,) = own["programs"]
    assert (program["file"], program["backend"], program["precision"]) == ("model.pte", "xnnpack", "float32")
    assert (program["sha256"], program["size"]) == (digest, len(content))
    assert index(raw_export)["model_sha256"] == digest
    assert own["checkpoint"] == {
        "name": "tiny.pt",
        "sha256": hashlib.sha256(tiny_checkpoint.read_bytes()).hexdigest(),
    }


def test_export_without_options_uses_the_raw_head_and_the_trained_size(raw_export: Path) -> None:
    spec = read(raw_export)
    assert spec.output.contract == "raw"
    assert spec.output.strides == (8, 16, 32)
    assert spec.output.reg_max == 16
    assert (spec.input.height, spec.input.width) == (160, 160)
    assert spec.class_names == ("circle", "square", "triangle")
    assert spec.license == "Apache-2.0"
    assert spec.delegates == ("XnnpackBackend",)


def test_export_takes_the_decoded_head_and_a_rectangular_input(decoded_export: Path) -> None:
    spec = read(decoded_export)
    assert spec.output.contract == "decoded"
    assert spec.output.shapes == ((1, 7, 20 * 28 + 10 * 14 + 5 * 7),)
    assert (spec.input.height, spec.input.width) == (160, 224)


def test_exported_program_agrees_with_its_metadata(raw_export: Path) -> None:
    """The .pte has one method, forward, with float32 inputs, and uses XNNPACK."""
    program = read_pte(raw_export / "model.pte")
    (method,) = program.methods
    assert method.name == "forward"
    assert [value.shape for value in method.inputs] == [(1, 3, 160, 160)]
    assert [value.shape for value in method.outputs] == list(read(raw_export).output.shapes)
    assert {value.dtype for value in (*method.inputs, *method.outputs)} == {"float32"}
    assert [each.backend for each in method.delegates] == ["XnnpackBackend"]


@pytest.mark.parametrize("name", ["raw_export", "decoded_export"])
def test_vectors_of_the_tiny_checkpoint_have_boxes_in_every_picture(
    request: pytest.FixtureRequest, name: str
) -> None:
    """So the other tests compare something, mostly at the default confidence."""
    found = index(request.getfixturevalue(name))
    assert found["source"] == "pytorch"
    shown = [entry["arrays"]["boxes.score"]["shape"][0] for entry in found["pictures"]]
    assert all(shown)
    assert sum(shown) >= 10
    assert sum(entry["confidence"] == 0.25 for entry in found["pictures"]) >= 4


@pytest.mark.parametrize("name", ["raw_export", "decoded_export"])
def test_all_authorities_give_the_same_boxes(
    request: pytest.FixtureRequest, tiny_checkpoint: Path, name: str
) -> None:
    """Ultralytics on the checkpoint, Ultralytics on the folder, and the .pte alone."""
    spec = read(request.getfixturevalue(name))
    checkpoint = load(tiny_checkpoint)
    right = CheckpointAuthority(checkpoint, spec)
    alone = authority_for(spec, None)
    assert type(alone) is (PteAuthority if spec.output.contract == "raw" else FolderAuthority)
    others = [alone, PteAuthority(spec)]
    assert type(authority_for(spec, checkpoint)) is CheckpointAuthority
    for picture in ("landscape.png", "portrait.png"):
        rgb = read_picture(tiny_checkpoint.with_name(picture)).rgb
        tensor = to_tensor(letterbox(rgb, (spec.input.height, spec.input.width)), spec.input)
        for thresholds in (
            Thresholds(),
            Thresholds(0.01, 0.5, 20),
            Thresholds(0.05, 0.7, 300, agnostic=True),
        ):
            expected = right.result(rgb, thresholds)
            assert len(expected) >= 3
            for other in others:
                result = compare_boxes(other.result(rgb, thresholds), expected, thresholds)
                assert result.passed, result
                assert result.first.worst < 0.05
        for other in others:
            np.testing.assert_array_equal(other.letterboxed(rgb), right.letterboxed(rgb))
            for one, its in zip(other.outputs(tensor), right.outputs(tensor), strict=True):
                np.testing.assert_allclose(one, its, atol=2e-3, rtol=1e-3)


def test_authority_rejects_the_checkpoint_of_another_model(raw_export: Path, shared_data: Path) -> None:
    """It has other classes."""
    with pytest.raises(InputError, match="is not the checkpoint of this model"):
        CheckpointAuthority(load(shared_data / "weights" / "yolov8n-person.pt"), read(raw_export))


def test_export_is_reproducible_in_every_byte(raw_export: Path, tiny_export: Path) -> None:
    """Two processes export to two folders."""
    names = sorted(
        path.relative_to(raw_export).as_posix() for path in raw_export.rglob("*") if path.is_file()
    )
    assert len(names) == 8
    for name in names:
        assert (tiny_export / name).read_bytes() == (raw_export / name).read_bytes(), name


def test_export_adds_the_users_photo_to_the_vectors(shared_data: Path, tmp_path: Path) -> None:
    """The checkpoint is a real one-class YOLOv8; the photo is made smaller."""
    exported = export_checkpoint(
        shared_data / "weights" / "yolov8n-person.pt",
        tmp_path / "out",
        images=[shared_data / "images" / "parity" / "bus.jpg"],
    )
    assert exported == read(tmp_path / "out")
    pictures = index(tmp_path / "out")["pictures"]
    assert len(pictures) == 6
    photo = pictures[-1]
    assert photo["name"] == "bus.jpg"
    assert photo["width"] * photo["height"] * 3 <= 120_000
    assert photo["arrays"]["boxes.score"]["shape"][0] >= 1


@pytest.fixture
def nothing_kept(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use an empty cache of programs."""
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if a program is lowered: the test ends before, or does not need it."""

    def no_lowering(*_: object) -> tuple[bytes, tuple[tuple[int, ...], ...]]:
        raise AssertionError("nothing should be lowered")

    monkeypatch.setattr(runtimes.default(), "lower", no_lowering)


def failure(kind: type[EdgegenError], *arguments: Any, **options: Any) -> EdgegenError:
    with pytest.raises(kind) as caught:
        export_checkpoint(*arguments, **options)
    assert type(caught.value) is kind
    return caught.value


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("imgsz", "fits"), [(100, "128"), ((100, 160), "128,160"), ((160, 161), "160,192"), (33, "64")]
)
def test_export_rejects_a_size_that_is_no_multiple_of_the_stride(
    tiny_checkpoint: Path, tmp_path: Path, imgsz: int | tuple[int, int], fits: str
) -> None:
    """The size is never rounded silently; the message has the next size that fits."""
    error = failure(UsageError, tiny_checkpoint, tmp_path / "out", imgsz=imgsz)
    assert "multiple of 32" in error.message
    assert error.hint == f"use the next valid size: --imgsz {fits}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("imgsz", [0, -32, 16, (32, 0), 8224, (160, 100_000)])
def test_export_rejects_a_size_below_32_or_too_large(
    tiny_checkpoint: Path, tmp_path: Path, imgsz: int | tuple[int, int]
) -> None:
    error = failure(UsageError, tiny_checkpoint, tmp_path / "out", imgsz=imgsz)
    assert "between 32" in error.message


@pytest.mark.usefixtures("quick")
def test_export_names_the_heads_if_the_head_is_unknown(tiny_checkpoint: Path, tmp_path: Path) -> None:
    error = failure(UsageError, tiny_checkpoint, tmp_path / "out", head="flat")
    assert "raw, end2end, decoded" in error.hint


@pytest.mark.usefixtures("quick")
def test_export_rejects_end2end_for_a_model_without_that_branch(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """YOLO11 has no one-to-one branch; the message says which branch it has."""
    error = failure(UsageError, tiny_checkpoint, tmp_path / "out", head="end2end")
    assert "--head end2end needs the one-to-one branch" in error.message
    assert "tiny.pt has only the one-to-many one" in error.message
    assert "YOLO26 and YOLOv10 have both" in error.hint


@pytest.mark.usefixtures("quick")
def test_export_rejects_more_than_16_pictures(tiny_checkpoint: Path, tmp_path: Path) -> None:
    images = [tiny_checkpoint.with_name("portrait.png")] * 17
    assert "at most 16" in failure(UsageError, tiny_checkpoint, tmp_path / "out", images=images).message


@pytest.mark.usefixtures("quick")
def test_export_rejects_an_unreadable_picture_before_lowering(tiny_checkpoint: Path, tmp_path: Path) -> None:
    error = failure(InputError, tiny_checkpoint, tmp_path / "out", images=[tiny_checkpoint])
    assert "tiny.pt" in error.message


@pytest.mark.usefixtures("quick")
def test_export_keeps_an_output_that_is_a_file_or_not_empty(tiny_checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine.txt").write_text("mine")
    assert "is not empty" in failure(InputError, tiny_checkpoint, tmp_path / "folder").message
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["mine.txt"]
    assert "is a file" in failure(InputError, tiny_checkpoint, tmp_path / "folder" / "mine.txt").message


@pytest.mark.usefixtures("quick")
@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not restrict this user")
def test_export_into_a_read_only_folder_fails(tiny_checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    failure(RenderError, tiny_checkpoint, tmp_path / "locked" / "out")


@pytest.mark.usefixtures("quick")
def test_export_into_a_path_below_a_file_fails(tiny_checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    failure(RenderError, tiny_checkpoint, tmp_path / "file" / "out")


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (
            RuntimeError("Could not guard on u0\n\nlong story"),
            ExportError,
            "RuntimeError: Could not guard on u0",
        ),
        (MemoryError(), ExportError, "out of memory"),
        (OSError(28, "No space left on device"), RenderError, "No space left on device"),
    ],
)
@pytest.mark.usefixtures("nothing_kept")
def test_failed_export_leaves_no_files_and_a_message_of_one_line(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    raised: Exception, kind: type[EdgegenError], said: str,
) -> None:  # fmt: skip
    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(runtimes.default(), "lower", fail)
    error = failure(kind, tiny_checkpoint, tmp_path / "out")
    assert said in error.message
    assert "\n" not in error.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("nothing_kept")
def test_interrupted_export_leaves_the_empty_output_folder(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runtimes.default(), "lower", interrupt)
    (tmp_path / "out").mkdir()
    with pytest.raises(KeyboardInterrupt):
        export_checkpoint(tiny_checkpoint, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.usefixtures("nothing_kept")
def test_export_fails_if_the_program_disagrees_with_pytorch(
    raw_export: Path, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (raw_export / "model.pte").read_bytes()
    shapes = read(raw_export).output.shapes
    monkeypatch.setattr(runtimes.default(), "lower", lambda *_: (program, shapes))
    export_checkpoint(tiny_checkpoint, tmp_path / "right")

    checkpoint = load(tiny_checkpoint)
    checkpoint.model.model[-1].cv3[0][-1].bias.add_(0.1)
    error = failure(ExportError, tiny_checkpoint, tmp_path / "wrong", opener=lambda _: checkpoint)
    assert "disagrees with PyTorch (pte): a number differs" in error.message
    assert [path.name for path in tmp_path.iterdir()] == ["right"]


@pytest.mark.usefixtures("nothing_kept")
def test_export_fails_if_the_program_does_not_run(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an error of the export and not of the user's input."""
    monkeypatch.setattr(
        runtimes.default(), "lower", lambda *_: (b"\0\0\0\0ET12" + bytes(200), ((1, 7, 525),))
    )
    error = failure(ExportError, tiny_checkpoint, tmp_path / "out", head="decoded")
    assert "does not run" in error.message


@pytest.mark.parametrize(
    ("version", "fits"), [("1.4.1", False), ("1.5.0", True), ("2.5.1", False), ("1.50.0", False)]
)
def test_export_requires_an_executorch_of_the_same_minor_release(
    monkeypatch: pytest.MonkeyPatch, version: str, fits: bool
) -> None:
    real = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: version if name == "executorch" else real(name)
    )
    if fits:
        assert options.exporter_versions()["executorch"] == version
        return
    with pytest.raises(ToolchainError, match=version.replace(".", r"\.")) as caught:
        options.exporter_versions()
    assert caught.value.hint == "pip install executorch==1.5.1"


def test_missing_package_is_named_with_its_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    with pytest.raises(ToolchainError, match="executorch") as caught:
        options.exporter_versions()
    assert caught.value.hint == 'pip install "edgegen"'


def test_version_is_that_of_the_distribution_that_installed_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Onnxruntime's modules are installed by onnxruntime-gpu, and by others."""
    about = tmp_path / "onnxruntime_gpu-1.23.4.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: onnxruntime-gpu\nVersion: 1.23.4\n")
    (about / "RECORD").write_text("onnxruntime/__init__.py,,\n")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    assert options.package_version("onnxruntime") == "1.23.4"
    with pytest.raises(ToolchainError, match="exporting needs timm"):
        options.package_version("timm")
    (about / "RECORD").write_text("")
    with pytest.raises(ToolchainError, match="exporting needs onnxruntime") as caught:
        options.package_version("onnxruntime")
    assert caught.value.hint == 'pip install "edgegen[onnx]"'


def test_export_prints_no_output_of_libraries(tiny_export_run: Path) -> None:
    """In a new process; stdout has only the JSON, stderr only the steps."""
    out, err = ((tiny_export_run / name).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
    assert out == json.dumps(json.loads(out), indent=2, ensure_ascii=False) + "\n"
    assert len(err.splitlines()) > 3
    assert [line for line in err.splitlines() if not STEP.fullmatch(line)] == []

"""Identification of the MODEL argument by its content."""

import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.base.errors import InputError, NotFetchedError, UnsupportedModelError
from edgegen.sources.description import Description
from edgegen.sources.exported import ExportedSource
from edgegen.sources.identify import identify
from edgegen.sources.ultralytics import CheckpointSource, OfficialSource

PTE = b"\x34\0\0\0ET12" + b"eh00" + bytes(100)


def archive(path: Path, *members: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for member in members:
            file.writestr(member, b"x")
    return path


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def exported(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        write(folder / name, PTE)
    write(folder / "metadata.yaml", b"task: detect\n")
    return folder


def refusal(argument: object, metadata: Path | None = None) -> str:
    with pytest.raises(InputError) as caught:
        identify(str(argument), Description(metadata))
    assert caught.value.exit_code == 3
    return caught.value.message


@pytest.mark.parametrize("name", ["best.pt", "best.onnx", "best", "best.zip"])
def test_zip_with_a_data_pkl_is_a_checkpoint_under_any_name(tmp_path: Path, name: str) -> None:
    path = archive(tmp_path / name, "best/data.pkl", "best/data/0", "best/version")
    assert identify(str(path)) == CheckpointSource(path)


@pytest.mark.parametrize("protocol", range(6))
def test_bare_pickle_is_a_checkpoint(tmp_path: Path, protocol: int) -> None:
    """|Old checkpoints have no archive; protocols 0 and 1 have no magic number."""
    path = write(tmp_path / "old.pt", pickle.dumps({"model": [1.5, "x"], "f": len}, protocol))
    assert identify(str(path)) == CheckpointSource(path)


def test_folder_with_one_pte_and_metadata_is_an_export(tmp_path: Path) -> None:
    """The .pte may have any name."""
    folder = exported(tmp_path / "yolo11n_executorch_model", "yolo11n.pte")
    source = identify(str(folder))
    assert source == ExportedSource(folder / "yolo11n.pte", folder / "metadata.yaml", folder)
    assert source.name_path == folder
    assert source.vectors is None


def test_golden_vectors_in_an_export_are_found(tmp_path: Path) -> None:
    folder = exported(tmp_path / "export", "model.pte")
    (folder / "vectors").mkdir()
    write(folder / "vectors" / "index.json", b"{}")
    source = identify(str(folder))
    assert isinstance(source, ExportedSource)
    assert source.vectors == folder / "vectors"


def test_pte_with_metadata_in_its_folder_is_an_export(tmp_path: Path) -> None:
    """The .pte may have any suffix."""
    folder = exported(tmp_path, "model.bin")
    source = identify(str(folder / "model.bin"))
    assert source == ExportedSource(folder / "model.bin", folder / "metadata.yaml", None)
    assert source.name_path == folder / "model.bin"


def test_metadata_option_overrides_the_file_next_to_the_pte(tmp_path: Path) -> None:
    folder = exported(tmp_path, "model.pte")
    other = write(tmp_path / "other.yaml", b"task: detect\n")
    source = identify(str(folder / "model.pte"), Description(other))
    assert isinstance(source, ExportedSource)
    assert source.metadata == other


@pytest.mark.parametrize(
    "name",
    [
        "yolo11n.pt",
        "yolov8s",
        "yolov9c.pt",
        "yolov5nu.pt",
        "yolo12x.pt",
        "YOLO11n",
        "yolo_nas_s",
        "sam2.1_b",
        "mobile_sam",
        "yolov8n-oiv7",
        "rtdetr-l",
    ],
)
def test_official_name_without_a_file_is_an_official_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The suffix .pt is added."""
    monkeypatch.chdir(tmp_path)
    assert identify(name) == OfficialSource(Path(name if name.endswith(".pt") else f"{name}.pt"))


def test_existing_file_is_preferred_to_an_official_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    archive(tmp_path / "yolo11n.pt", "a/data.pkl")
    assert identify("yolo11n.pt") == CheckpointSource(Path("yolo11n.pt"))


@pytest.mark.parametrize(
    "argument",
    [
        "weights/yolo11n.pt", "best.pt", "./yolo11n.pt", "nowhere/", "yolo11n_executorch_model",
        "yolo11n.pte", "yolo11n.onnx", "yolo26n-exported", "YOLO11n.torchscript",
    ],
)  # fmt: skip
def test_missing_path_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str) -> None:
    """An official name has no folder."""
    monkeypatch.chdir(tmp_path)
    assert argument in refusal(argument)


@pytest.mark.parametrize("argument", ["", "  ", "a\0b"])
def test_empty_or_invalid_path_is_rejected(argument: str) -> None:
    """An unset shell variable gives an empty argument."""
    assert "MODEL is not a path" in refusal(argument)


def test_dangling_link_names_its_target(tmp_path: Path) -> None:
    (tmp_path / "best.pt").symlink_to(tmp_path / "gone.pt")
    assert "gone.pt" in refusal(tmp_path / "best.pt")


CONTENTS: list[tuple[str, Callable[[Path], object], str, type[InputError]]] = [
    ("empty", lambda p: write(p, b""), "is empty", InputError),
    ("text", lambda p: write(p, b"hello world\nthis is text"), "text file", InputError),
    ("latin text", lambda p: write(p, "Größe: 3\n".encode()), "begins with 'Größe: 3'", InputError),
    ("lfs", lambda p: write(p, b"version https://git-lfs.github.com/spec/v1\n"), "LFS", NotFetchedError),
    ("cut zip", lambda p: write(p, archive(p, "a/data.pkl").read_bytes()[:-30]), "truncated", InputError),
    ("other zip", lambda p: archive(p, "word/document.xml"), "without data.pkl", InputError),
    ("pt2", lambda p: archive(p, "m/archive_format", "m/data/aotinductor/m/x.so"), "torch.export",
     UnsupportedModelError),
    ("safetensors", lambda p: write(p, b'\x20\0\0\0\0\0\0\0{"a":1}' + bytes(40)), "safetensors",
     UnsupportedModelError),
    ("tflite", lambda p: write(p, b"\x1c\0\0\0TFL3" + bytes(40)), "TensorFlow Lite", InputError),
    ("hdf5", lambda p: write(p, b"\x89HDF\r\n\x1a\n" + bytes(40)), "HDF5", InputError),
    ("tensorrt", lambda p: write(p, b"\x10\0\0\0{" + bytes(40)), "TensorRT", InputError),
    ("jpeg", lambda p: write(p, b"\xff\xd8\xff\xe0" + bytes(40)), "JPEG", InputError),
    ("noise", lambda p: write(p, bytes(range(200, 256)) * 3), "unknown format", InputError),
    ("two bytes", lambda p: write(p, b"\x08\x08"), "unknown format", InputError),
    ("one byte", lambda p: write(p, b"\x80"), "unknown format", InputError),
    ("older pte", lambda p: write(p, b"\x34\0\0\0ET11" + bytes(40)), "another version", InputError),
]  # fmt: skip


@pytest.mark.parametrize(("make", "said", "kind"), [c[1:] for c in CONTENTS], ids=[c[0] for c in CONTENTS])
def test_file_of_another_kind_is_named(
    tmp_path: Path, make: Callable[[Path], object], said: str, kind: type[InputError]
) -> None:
    """The file has the suffix .pt."""
    path = tmp_path / "best.pt"
    make(path)
    with pytest.raises(kind) as caught:
        identify(str(path))
    assert type(caught.value) is kind
    assert said in caught.value.message
    assert "best.pt" in caught.value.message


def test_folder_without_a_pte_is_rejected(tmp_path: Path) -> None:
    assert "has no .pte" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("saved_model.pb", "TensorFlow SavedModel"),
        ("Manifest.json", "Core ML"),
        ("best.xml", "OpenVINO"),
        ("model.ncnn.param", "ncnn"),
    ],
)
def test_folder_of_another_exporter_is_named(tmp_path: Path, file: str, said: str) -> None:
    (tmp_path / file).touch()
    (tmp_path / "metadata.yaml").touch()
    assert said in refusal(tmp_path)


def test_folder_with_two_ptes_names_both(tmp_path: Path) -> None:
    message = refusal(exported(tmp_path / "two", "a.pte", "b.pte"))
    assert "a.pte" in message
    assert "b.pte" in message


def test_folder_with_a_pte_but_no_metadata_is_rejected(tmp_path: Path) -> None:
    write(tmp_path / "model.pte", PTE)
    assert "no metadata.yaml next to" in refusal(tmp_path)


def test_folder_with_a_damaged_pte_is_rejected(tmp_path: Path) -> None:
    folder = exported(tmp_path / "x")
    write(folder / "model.pte", b"hello, this is text")
    assert "is not a .pte file" in refusal(folder)
    write(folder / "model.pte", b"")
    assert "is empty" in refusal(folder)


def test_missing_metadata_option_is_named(tmp_path: Path) -> None:
    folder = exported(tmp_path / "x", "model.pte")
    assert "nowhere.yaml" in refusal(folder, tmp_path / "nowhere.yaml")


def test_metadata_option_with_a_checkpoint_is_rejected(tmp_path: Path) -> None:
    path = archive(tmp_path / "best.pt", "best/data.pkl")
    yaml = write(tmp_path / "metadata.yaml", b"task: detect\n")
    assert "--metadata was given" in refusal(path, yaml)


def test_identification_imports_no_torch(tmp_path: Path) -> None:
    """So it stays fast."""
    path = archive(tmp_path / "best.pt", "best/data.pkl")
    code = f"""
import sys
from edgegen.sources.description import Description
from edgegen.sources.identify import identify
identify({str(path)!r})
print("torch" in sys.modules)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"

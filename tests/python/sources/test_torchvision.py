"""The source of torchvision's classifiers: what it recognizes and what it rejects."""

import os
import sys
from pathlib import Path

import pytest

from edgegen.base.errors import InputError, ToolchainError, UnsupportedModelError
from edgegen.base.naming import name_from_path
from edgegen.base.progress import NoProgress
from edgegen.sources.description import NOTHING_SAID
from edgegen.sources.identify import identify
from edgegen.sources.torchvision import NamedClassifier, PublishedFile, classifier
from tests.helpers.published_weights import publish
from tests.helpers.support import rejects

RESNET18 = "resnet18-f37072fd.pth"


@pytest.fixture
def torch_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that torch uses as its cache."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "torch"


def test_name_with_the_prefix_is_a_torchvision_architecture() -> None:
    source = identify("torchvision:resnet18")
    assert isinstance(source, NamedClassifier)
    assert name_from_path(source.name_path) == "resnet18"


def test_file_named_like_published_weights_is_recognized_and_named_after_its_architecture(
    tmp_path: Path,
) -> None:
    path = tmp_path / RESNET18
    path.write_bytes(b"anything")
    source = identify(str(path))
    assert type(source) is PublishedFile
    assert name_from_path(source.name_path) == "resnet18"


def test_unknown_architecture_is_rejected_with_similar_names() -> None:
    with pytest.raises(InputError, match=r"no architecture 'resnet19'; did you mean .*resnet18"):
        classifier.default_weights("resnet19")


@pytest.mark.parametrize("name", ["quantized_resnet18", "fasterrcnn_resnet50_fpn", "r3d_18"])
def test_architecture_that_is_no_float_classifier_is_rejected(name: str) -> None:
    with pytest.raises(UnsupportedModelError, match=name):
        classifier.default_weights(name)


def test_file_of_weights_that_torchvision_does_not_publish_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match=r"resnet18-00000000\.pth"):
        classifier.weights_of_file(tmp_path / "resnet18-00000000.pth")


def test_missing_torchvision_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)  # an import of it fails
    with pytest.raises(ToolchainError, match="needs torchvision"):
        classifier.load_published(tmp_path / RESNET18, NOTHING_SAID)


def test_damaged_weights_are_rejected(torch_home: Path) -> None:
    path = publish("mobilenet_v3_small", torch_home)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match="damaged, or not torchvision's weights of mobilenet_v3_small"):
        classifier.load_published(path, NOTHING_SAID)


def test_weights_of_another_architecture_are_rejected(torch_home: Path) -> None:
    path = publish("mobilenet_v3_small", torch_home)
    other = path.with_name(RESNET18)
    path.rename(other)
    with pytest.raises(InputError, match="not torchvision's weights of resnet18"):
        classifier.load_published(other, NOTHING_SAID)


def test_file_with_code_is_rejected_without_running_it(tmp_path: Path) -> None:
    import torch

    class Code:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path}/ran",)

    path = tmp_path / RESNET18
    torch.save(Code(), path)
    with pytest.raises(InputError, match="damaged, or not torchvision's weights"):
        classifier.load_published(path, NOTHING_SAID)
    assert not (tmp_path / "ran").exists()


def test_loading_changes_neither_the_environment_nor_the_cache(torch_home: Path) -> None:
    import torch

    path = publish("mobilenet_v3_small", torch_home)
    before = dict(os.environ), torch.hub.get_dir(), sorted(torch_home.rglob("*"))
    classifier.load_published(path, NOTHING_SAID)
    assert (dict(os.environ), torch.hub.get_dir(), sorted(torch_home.rglob("*"))) == before


def test_weights_that_are_not_on_disk_are_not_downloaded_by_pretend(
    torch_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ("new", "--target", "linux-cpp", "--model", "torchvision:resnet18", "--pretend")
    rejects(3, tmp_path, *command, says=(f"{RESNET18} is not on disk",))
    assert not torch_home.exists()


def test_download_of_other_bytes_is_rejected_and_deleted(
    torch_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "edgegen.sources.library.download", lambda url, path, progress: path.write_bytes(b"a login page")
    )
    with pytest.raises(InputError, match="does not begin with f37072fd"):
        classifier.find_or_fetch("resnet18", NoProgress(), fetch=True)
    assert not any(torch_home.rglob("*.pth"))


def test_another_input_size_is_rejected(torch_home: Path, tmp_path: Path) -> None:
    publish("mobilenet_v3_small", torch_home)
    command = ("export", "--model", "torchvision:mobilenet_v3_small", "--imgsz", 192)
    rejects(2, tmp_path, *command, "--output", tmp_path / "x", says=("--imgsz is 192", "224"))

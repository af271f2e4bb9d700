"""The source of timm's classifiers: names, weights, classes and preprocessing."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgegen.base.errors import InputError, ToolchainError, UnsupportedModelError
from edgegen.base.progress import NoProgress
from edgegen.model.spec import WHOLE_PICTURE
from edgegen.parity.pictures import drawn_pictures
from edgegen.sources.description import Description
from edgegen.sources.identify import identify
from edgegen.sources.image_classifier import Classifier, torchvision_transforms
from edgegen.sources.timm import NamedClassifier, TrainedFile, classifier
from tests.helpers.published_weights import publish_timm
from tests.helpers.support import rejects

NAME = "mobilenetv4_conv_small.e2400_r224_in1k"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return torch's cache with random weights under the published name."""
    home = tmp_path_factory.mktemp("torch")
    publish_timm(NAME, home)
    return home


@pytest.fixture
def torch_home(published: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(published))
    return published


@pytest.fixture
def no_torch_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "torch"


def opened(name: str = NAME, description: Description | None = None) -> Classifier:
    source = identify(f"timm:{name}", description or Description())
    assert isinstance(source, NamedClassifier)
    model = source.open(source.file(NoProgress(), fetch=False))
    assert isinstance(model, Classifier)
    return model


def test_named_classifier_has_timms_classes_and_preprocessing(torch_home: Path) -> None:
    facts = opened().facts
    assert facts.class_names[:2] == ("tench, Tinca tinca", "goldfish, Carassius auratus")
    assert facts.given_architecture == f"timm:{NAME}"
    assert facts.license == "apache-2.0"
    how = facts.input
    assert (how.size, how.shorter_side, how.interpolation) == ((224, 224), 256, "bicubic")


def test_name_without_a_tag_is_that_of_the_default_weights(torch_home: Path) -> None:
    assert (
        identify("timm:mobilenetv4_conv_small").path_on_disk
        == identify(f"timm:{NAME}").path_on_disk
        is not None
    )


def test_preprocessing_equals_timms_transforms(torch_home: Path) -> None:
    model = opened()
    ours = torchvision_transforms(model.facts.input)
    from PIL import Image

    for picture in drawn_pictures((224, 224)):
        image = Image.fromarray(picture.rgb)
        np.testing.assert_array_equal(ours(image), model.transforms(image))


def test_weights_file_with_arch_is_a_state_dict(torch_home: Path) -> None:
    path = identify(f"timm:{NAME}").path_on_disk
    description = Description(architecture=f"timm:{NAME}", class_names=tuple(map(str, range(1000))))
    source = identify(str(path), description)
    assert type(source) is TrainedFile
    assert path is not None
    assert source.open(path).facts.class_names[999] == "999"


def test_dropout_and_a_linear_layer_may_replace_timms_last_layer(tmp_path: Path) -> None:
    """The last layer of some architectures is a class of timm's, derived from Linear."""
    import timm
    import torch

    module = timm.create_model("mobilenetv3_small_050", num_classes=7).eval()
    module.classifier = torch.nn.Sequential(torch.nn.Dropout(0.4), torch.nn.Linear(1024, 3)).eval()
    torch.save(module.state_dict(), tmp_path / "x.pth")
    source = identify(
        str(tmp_path / "x.pth"),
        Description(architecture="timm:mobilenetv3_small_050", class_names=("a", "b", "c")),
    )
    assert isinstance(source, TrainedFile)
    picture = torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        ours = source.open(source.path).module("logits")(picture)
        torch.testing.assert_close(ours, module(picture), atol=1e-4, rtol=0)


def test_weights_in_the_hugging_face_cache_are_found(
    published: Path, no_torch_home: Path, tmp_path: Path
) -> None:
    commit = "0" * 40
    repository = tmp_path / "hub" / f"models--timm--{NAME}"
    snapshot = repository / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    (file,) = published.rglob("*.safetensors")
    (snapshot / "model.safetensors").write_bytes(file.read_bytes())
    assert identify(f"timm:{NAME}").path_on_disk == snapshot / "model.safetensors"
    linked = classifier.find_or_fetch(NAME, NoProgress(), fetch=False)  # under a name that tells the model
    assert linked.name == f"{NAME}.safetensors"
    assert linked.samefile(snapshot / "model.safetensors")


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("resnet19", InputError, r"no architecture 'resnet19'; did you mean .*resnet18"),
        ("resnet18.mine", InputError, r"no weights 'resnet18\.mine'; resnet18 has: a1_in1k, "),
        ("hf-hub:timm/resnet18", InputError, "is not a name of timm's own"),
        ("vit_base_patch16_224.mae", UnsupportedModelError, "and 0 classes"),
    ],
)
def test_name_without_a_classifier_is_rejected(name: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        classifier.pretrained_config(name)


def test_missing_timm_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)  # an import of it fails
    with pytest.raises(ToolchainError, match="needs timm") as caught:
        classifier.pretrained_config(NAME)
    assert caught.value.hint == 'pip install "edgegen[timm]"'


def test_weights_that_are_not_on_disk_are_not_downloaded_by_pretend(
    no_torch_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ("new", "--target", "linux-cpp", "--model", f"timm:{NAME}", "--pretend")
    rejects(3, tmp_path, *command, says=("not on disk", "--pretend"))
    assert not no_torch_home.exists()


def test_weights_are_downloaded_from_the_hub_under_their_own_name(
    no_torch_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(
        "edgegen.sources.library.download", lambda url, path, progress: asked.append((url, path.name))
    )
    classifier.find_or_fetch(NAME, NoProgress(), fetch=True)
    (url, name) = asked[0]
    assert url.endswith(f"/timm/{NAME}/resolve/main/model.safetensors")
    assert name == f"{NAME}.safetensors"


@pytest.fixture
def configured(torch_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that changes timm's data configuration."""
    import timm.data

    usual = timm.data.resolve_model_data_config

    def configure(**changes: object) -> None:
        monkeypatch.setattr(timm.data, "resolve_model_data_config", lambda model: usual(model) | changes)

    return configure


def test_squashed_pictures_are_stretched(configured: Callable[..., None]) -> None:
    from PIL import Image

    configured(crop_mode="squash", crop_pct=1.0)
    model = opened()
    how = model.facts.input
    assert how.shorter_side == WHOLE_PICTURE
    image = Image.fromarray(drawn_pictures((150, 400))[0].rgb)
    np.testing.assert_array_equal(torchvision_transforms(how)(image), model.transforms(image))


@pytest.mark.parametrize(("mode", "share"), [("squash", 0.875), ("border", 1.0)])
def test_other_crops_are_rejected(configured: Callable[..., None], mode: str, share: float) -> None:
    configured(crop_mode=mode, crop_pct=share)
    with pytest.raises(UnsupportedModelError, match=f"crop mode '{mode}'"):
        opened()

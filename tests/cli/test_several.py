"""Several models in one app: `edgegen new --model a --model b`, `update --add-model`, `--remove-model`."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgegen import targets
from edgegen.base.errors import UsageError
from edgegen.commands.multi_model import check_target
from edgegen_kits.ios.bundle_check import check_bundle
from edgegen_kits.ios.project_check import check_project
from tests.cli.updates import files_of
from tests.helpers.places import TINY
from tests.helpers.projects import Built, build
from tests.helpers.several_models import CLASSES, keys_of, renamed
from tests.helpers.support import LINUX, edgegen, make, model_info, record_of, rejects
from tests.helpers.tools import missing

STUDIO = ("--app", "studio")  # the app that can switch between models


# --- new ---


@pytest.mark.full
def test_project_of_two_models_has_constants_files_and_vectors_of_each(night: str) -> None:
    """The first model's files are the same as in a project of this model alone."""
    alone = make(*STUDIO, "--output", "alone", "--name", "birds")
    both = make(*STUDIO, "--model", night, "--output", "both", "--name", "birds")
    first, second = keys_of(both)
    assert json.loads(edgegen("inspect", both, "--json").ok().out)["models"] == [first, second]
    for name in ("model/model.pte", "model/metadata.yaml", "vectors/index.json"):
        assert (both / name).read_bytes() == (alone / name).read_bytes()
    source = Path(night)
    for folder, of in (("model", source), ("vectors", source / "vectors")):
        for path in (both / folder / second).iterdir():
            assert path.read_bytes() == (of / path.name).read_bytes()
    assert "owl" in (both / "src/models" / second / "model_info.h").read_text(encoding="utf-8")
    assert "owl" not in (both / "src/model_info.h").read_text(encoding="utf-8")
    ours, theirs = model_info(both), model_info(alone)
    differ = {name for name in theirs if ours[name] != theirs[name]}
    assert differ <= {"kModelName"}
    assert f"add_test(NAME parity_{second} " in (both / "CMakeLists.txt").read_text(encoding="utf-8")
    assert first != second
    if shutil.which("clang-format") is None:
        missing("clang-format")
    switched = ("app/camera", "app/main", "app/options", "app/pictures", "app/stream", "edgegen/app_model")
    sources = [project / f"src/{name}.cpp" for project in (alone, both) for name in switched]
    command = ["clang-format", "--dry-run", "-Werror", *map(str, sources)]
    formatted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert formatted.returncode == 0, formatted.stderr


@pytest.mark.full
def test_project_of_one_model_has_no_code_for_switching(exported: Path) -> None:
    alone = make(*STUDIO, "--output", "alone")
    assert "models" not in record_of(alone)["options"]
    told = b"".join(files_of(alone).values())
    for word in (b"kModels", b"app_models", b"--use", b"--list-models", b"## Several models"):
        assert word not in told


@pytest.mark.full
@pytest.mark.parametrize("target", ["linux-cpp", "android", "ios"])
def test_readme_of_two_models_replaces_one_with_remove_and_add_model(night: str, target: str) -> None:
    """`update --model` is rejected there, and `new` with one model would drop the others."""
    models = ("--model", "exported", "--model", night)
    edgegen("new", "--target", target, *STUDIO, *models, "--output", "both").ok()
    readme = Path("both/README.md").read_text(encoding="utf-8")
    assert "edgegen update . --model" not in readme
    assert "edgegen new --model" not in readme
    assert f"edgegen update . --remove-model {keys_of(Path('both'))[0]} --add-model best.pt\n" in readme


@pytest.mark.full
def test_thresholds_and_classes_apply_to_every_model(night: str) -> None:
    both = make(*STUDIO, "--model", night, "--output", "both", "--conf", "0.4", "--classes", "0,2")
    headers = [both / "src/model_info.h", both / "src/models" / keys_of(both)[1] / "model_info.h"]
    for path in headers:
        text = path.read_text(encoding="utf-8")
        assert "kConfidence = 0.4;" in text
        assert "kKeptClasses = {0, 2}" in text


@pytest.mark.full
def test_models_that_do_not_fit_together_are_refused(
    night: str, tmp_path: Path, task_export: Callable[[str], Path]
) -> None:
    """Another task, the same model twice, or classes that one model lacks."""
    pair = ("new", *STUDIO, "--model", "exported", "--model", night)
    rejects(2, tmp_path, "new", *LINUX, *STUDIO, "--model", night, "--model", "./night", says=("repeated",))
    twice = [shutil.copy(TINY, each) for each in ("a.pt", "b.pt")]
    copied = [word for path in twice for word in ("--model", path)]
    rejects(3, tmp_path, "new", *LINUX, *STUDIO, *copied, says=("the app has the model b.pt already",))
    official = ("--model", "yolo11n", "--model", "yolo11n.pt")
    rejects(
        3, tmp_path, "new", *LINUX, *STUDIO, *official, says=("the app has the model yolo11n.pt already",)
    )
    backends = ("--target", "ios", "--backend", "xnnpack", "--backend", "coreml")
    rejects(2, tmp_path, *pair, *backends, says=("--backend coreml is for an app with one model",))
    for one in ("exported", night):
        shutil.copytree(one, f"{one}-copy")
        copied = (*pair, "--model", f"{one}-copy", *LINUX)
        rejects(3, tmp_path, *copied, says=(f"the app has the model {one}-copy already",))
    rejects(2, tmp_path, *pair, *LINUX, "--metadata", "night/metadata.yaml", says=("--metadata",))
    rejects(2, tmp_path, *pair, *LINUX, "--classes", "owl", says=("exported: ", "'owl'"))
    rejects(2, tmp_path, *pair, *LINUX, "--classes", "circle", says=("night: ", "'circle'"))
    rejects(
        3, tmp_path, "new", *LINUX, *STUDIO, "--model", "exported", "--model", "none.pt", says=("none.pt",)
    )
    rejects(2, tmp_path, "new", "exported", *LINUX, *STUDIO, "--model", night, says=("each with --model",))
    other = ("--model", "exported", "--model", task_export("obb"))
    rejects(3, tmp_path, "new", *LINUX, *STUDIO, *other, says=("`obb`", "`detect`"))


def test_target_that_shows_one_model_is_refused_for_two() -> None:
    """A third-party target. The hint names the targets that can."""
    other = replace(targets.find("ios"), name="watch", multi_model=None)
    with pytest.raises(UsageError, match="watch shows one model") as refusal:
        check_target([targets.find("ios"), other], "studio")
    assert "android, ios, linux-cpp" in refusal.value.hint


@pytest.mark.full
def test_ios_project_of_two_models_has_constants_files_and_vectors_of_each(night: str) -> None:
    """The Xcode project copies the whole folder of models."""
    alone, both = Path("alone"), Path("both")
    new = ("new", *STUDIO, "--model", "exported", "--target", "ios", "--name", "birds", "--output")
    edgegen(*new, alone).ok()
    edgegen(*new, both, "--model", night).ok()
    second = keys_of(both)[1]
    assert (both / "Model/model.pte").read_bytes() == (alone / "Model/model.pte").read_bytes()
    assert (both / "Model" / second / "metadata.yaml").read_bytes() == Path(
        night, "metadata.yaml"
    ).read_bytes()
    assert "owl" in (both / "Core/models" / second / "model_info.h").read_text(encoding="utf-8")
    assert (both / "vectors" / second / "index.json").is_file()
    for project, is_whole in ((alone, False), (both, True)):
        assert check_project(project) == []
        assert check_bundle(project) == []
        listed = (project / "App.xcodeproj/project.pbxproj").read_text(encoding="utf-8")
        assert ("lastKnownFileType = folder; path = Model;" in listed) == is_whole
        assert ("model.pte in Resources" in listed) != is_whole  # two files of that name cannot be resources
    told = b"".join(files_of(alone).values())
    for word in (
        b"kModels",
        b"app_models",
        b"model_choice",
        b"ModelSwitch",
        b"BundledModel",
        b"Several models",
    ):
        assert word not in told
        assert word in b"".join(files_of(both).values())


# --- update, status ---


@pytest.mark.full
def test_update_that_adds_a_model_equals_new_with_two_models(night: str) -> None:
    """The owner's edits stay. After the model is removed, the project is the same as before."""
    app = make(*STUDIO, "--output", "app", "--name", "birds")
    before = files_of(app)
    both = make(*STUDIO, "--model", night, "--output", "both", "--name", "birds")
    (app / "src/app/processor.h").write_bytes(before["src/app/processor.h"] + b"// mine\n")
    edgegen("update", app, "--add-model", night, "--no-verify").ok()
    mine = {"src/app/processor.h": before["src/app/processor.h"] + b"// mine\n"}
    assert files_of(app) == files_of(both) | mine
    said = json.loads(edgegen("status", app, "--json").ok().out)
    assert [each["key"] for each in said["models"]] == keys_of(both)
    assert not said["brings"]
    edgegen("update", app, "--remove-model", keys_of(both)[1], "--no-verify").ok()
    assert files_of(app) == before | mine
    assert not (app / "model" / keys_of(both)[1]).exists()


@pytest.mark.full
def test_removing_the_first_model_equals_new_with_the_second(night: str) -> None:
    both = make(*STUDIO, "--model", night, "--output", "both", "--name", "birds")
    edgegen("update", both, "--remove-model", keys_of(both)[0], "--no-verify").ok()
    alone = make(*STUDIO, "--output", "alone", "--name", "birds", model=night)
    assert files_of(both) == files_of(alone)
    assert "models" not in record_of(both)["options"]


@pytest.mark.full
def test_removing_a_first_model_with_deleted_files_moves_the_second_there(night: str) -> None:
    both = make(*STUDIO, "--model", night, "--output", "both", "--name", "birds")
    first, second = keys_of(both)
    model = (both / "model" / second / "model.pte").read_bytes()
    for name in ("model.pte", "metadata.yaml"):
        (both / "model" / name).unlink()
    answer = edgegen("update", both, "--remove-model", first, "--no-verify").ok()
    assert "stay deleted" not in answer.out
    assert (both / "model/model.pte").read_bytes() == model
    assert files_of(both) == files_of(make(*STUDIO, "--output", "alone", "--name", "birds", model=night))


@pytest.mark.full
def test_missing_model_files_are_restored_with_add_model(night: str, tmp_path: Path) -> None:
    """Git often holds no .pte. The error names each option."""
    both = make(*STUDIO, "--model", night, "--output", "both", "--name", "birds")
    before, record, (first, second) = files_of(both), record_of(both), keys_of(both)
    update = ("update", "both", "--no-verify")
    (both / "model" / second / "model.pte").unlink()
    says = (second, "the same model with --add-model FILE", f"--remove-model {second} --add-model FILE")
    rejects(3, tmp_path, *update, "--conf", 0.4, says=says)
    edgegen(*update, "--add-model", night).ok()
    assert files_of(both) == before
    for folder in ("model", f"model/{second}"):
        for name in ("model.pte", "metadata.yaml"):
            (both / folder / name).unlink()
    rejects(3, tmp_path, *update, "--add-model", night, says=(f"--remove-model {first} --add-model FILE",))
    edgegen(*update, "--add-model", night, "--add-model", "exported").ok()
    assert files_of(both) == before
    assert record_of(both) == record
    rejects(3, tmp_path, *update, "--add-model", night, says=("the app has the model",))


@pytest.mark.full
def test_missing_model_file_is_exported_again_from_a_moved_checkpoint(
    night: str, no_export: Path, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """The model keeps its key and its place."""
    shutil.copy(tiny_checkpoint, "best.pt")
    both = make(*STUDIO, "--model", "best.pt", "--output", "both", model=night)
    before, (first, second) = files_of(both), keys_of(both)
    Path("best.pt").rename("moved.pt")
    (both / "model" / second / "model.pte").unlink()
    rejects(3, tmp_path, "update", "both", "--no-verify", says=(second, "--add-model FILE"))
    edgegen("update", both, "--add-model", "moved.pt", "--no-verify").ok()
    assert files_of(both) == before
    assert keys_of(both) == [first, second]
    assert record_of(both)["options"]["models"][1]["checkpoint"]["path"] == "../moved.pt"


@pytest.mark.full
def test_update_applies_options_to_every_model(night: str) -> None:
    """An update without options changes nothing."""
    both = make(*STUDIO, "--model", night, "--output", "both")
    before = files_of(both)
    edgegen("update", both, "--no-verify").ok()
    assert files_of(both) == before
    edgegen("update", both, "--conf", "0.5", "--no-verify").ok()
    again = make(*STUDIO, "--model", night, "--output", "again", "--conf", "0.5")
    assert files_of(both) == files_of(again)


@pytest.mark.full
def test_update_with_an_ambiguous_or_unknown_model_is_refused(night: str, tmp_path: Path) -> None:
    """The message lists the models."""
    both = make(*STUDIO, "--model", night, "--output", "both")
    first, second = keys_of(both)
    update = ("update", "both", "--no-verify")
    rejects(3, tmp_path, *update, "--remove-model", "moon", says=("'moon'", first, second))
    rejects(2, tmp_path, *update, "--remove-model", first, "--remove-model", second, says=(second,))
    rejects(2, tmp_path, *update, "--model", night, says=("--remove-model",))
    rejects(2, tmp_path, *update, "--head", "decoded", says=(first, "--head"))
    rejects(3, tmp_path, *update, "--add-model", "none.pt", says=("none.pt",))
    shutil.copytree(night, "copy")
    rejects(3, tmp_path, *update, "--add-model", "copy", says=("the app has the model copy already",))
    rejects(2, tmp_path, "verify", "both", "--model", "exported/model.pte", says=(first, second))


@pytest.mark.full
def test_manifest_with_a_model_key_outside_the_project_is_refused(night: str, tmp_path: Path) -> None:
    both = make(*STUDIO, "--model", night, "--output", "both")
    path = both / ".edgegen.yml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(f"key: {keys_of(both)[1]}", "key: ../../exported")
    )
    rejects(3, tmp_path, "status", "both", says=(".edgegen.yml",))


# --- built ---


@pytest.fixture(scope="module")
def built(once: Callable[[str, Callable[[Path], Any]], Path], export_of: Callable[..., Path]) -> Path:
    """Return a folder with `project`, verified, and `report.json`: two models of two contracts."""

    def write(folder: Path) -> None:
        second = renamed(export_of(TINY, (160, 160), "decoded"), folder / "night")
        models = ("--model", TINY, "--model", second)
        edgegen("new", *LINUX, *STUDIO, *models, "--output", folder / "project").ok()
        answer = edgegen("verify", folder / "project", "--json").ok()
        (folder / "report.json").write_text(answer.out, encoding="utf-8")
        build(folder / "project", "models_test")  # built here, because CMake records this path
        install = ["cmake", "--install", folder / "project" / "build" / "release", "--prefix", folder / "sdk"]
        subprocess.run(install, check=True, capture_output=True)

    return once("several-linux", write)


@pytest.mark.full
def test_verify_compares_every_model(built: Path) -> None:
    """The first is compared with PyTorch on its checkpoint, the second with its export."""
    report = json.loads((built / "report.json").read_text(encoding="utf-8"))
    keys = keys_of(built / "project")
    stages = [each["name"] for each in report["stages"]]
    for key in keys:
        assert {f"{key}: constants", f"{key}: boxes", f"{key}: app"} <= set(stages)
    assert report["passed"]
    assert "tiny.pt" in report["authority"]


@pytest.mark.full
def test_app_uses_the_model_of_the_use_option(built: Path, tmp_path: Path) -> None:
    """In detections and in the JSON of pictures and frames. The default is the first model."""
    app = Built(built / "project")
    first, second = keys_of(app.project)
    listed = json.loads(app.run("--list-models", "--json").stdout)["models"]
    assert [each["use"] for each in listed] == [first, second]
    assert [each["contract"] for each in listed] == ["raw", "decoded"]
    picture = TINY.with_name("landscape.png")
    for use, classes in (((), {"circle", "square", "triangle"}), (("--use", second), set(CLASSES))):
        said = json.loads(app.run(picture, "--json", *use).stdout)
        found = {row["class_name"] for row in said["images"][0]["detections"]}
        assert found
        assert found <= classes
        assert said["images"][0]["model"] == said["model"]["name"]
    video = cv2.VideoWriter(str(tmp_path / "v.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 30, (64, 48))
    for level in range(3):
        video.write(np.full((48, 64, 3), 10 * level, np.uint8))
    video.release()
    frames = app.run("--camera", tmp_path / "v.avi", "--headless", "--json", "--use", second).stdout
    assert {json.loads(line)["model"] for line in frames.splitlines()} == {listed[1]["name"]}
    answer = app.run(picture, "--use", "moon")
    assert answer.returncode == 2
    assert f"'moon', but must be one of {first}, {second}" in answer.stderr


@pytest.mark.full
def test_wrong_constant_of_the_second_model_fails_only_its_stages(built: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(built / "project", tmp_path / "project"))
    _, second = keys_of(project)
    header = project / "src/models" / second / "model_info.h"
    text = header.read_text(encoding="utf-8")
    assert "kPadValue = 114" in text
    header.write_text(text.replace("kPadValue = 114", "kPadValue = 0"), encoding="utf-8")
    answer = edgegen("verify", project, "--json")
    assert answer.code == 7
    failed = [each["name"] for each in json.loads(answer.out)["stages"] if not each["passed"]]
    assert failed
    assert all(name.startswith(f"{second}: ") for name in failed)


@pytest.mark.full
def test_generated_models_test_passes(built: Path) -> None:
    """After a switch, results are the same as alone. A missing model keeps the previous one active."""
    answer = Built(built / "project").run(program="models_test")
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.count("passed") == 5

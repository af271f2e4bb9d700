"""The commands and links of README work, with the tiny checkpoint instead of the official one."""

import re
import shutil
from pathlib import Path

import pytest

from edgegen.parity.pictures import KINDS
from tests.cli.batches import export_called
from tests.helpers import ssdlite_models
from tests.helpers.places import ROOT, TINY
from tests.helpers.projects import run
from tests.helpers.trained_weights import train, write_names
from tests.helpers.transformers_folders import save_detector

README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(page: str = README) -> list[str]:
    """Return the lines of a page's first shell block."""
    block = re.search(r"```sh\n(.*?)```", page, re.DOTALL)
    assert block is not None
    return block.group(1).strip().splitlines()


@pytest.mark.proof("readme")
def test_commands_of_readmes_use_section_run(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """In order and in one folder. `verify` finds PyTorch's boxes."""
    shutil.copy(tiny_checkpoint, tmp_path / "yolo11n.pt")
    for command in commands():
        answer = run(["sh", "-c", command], tmp_path)
        assert answer.returncode == 0, f"{command}\n{answer.stdout}{answer.stderr}"
        if command.startswith("edgegen verify"):
            assert "the same boxes as PyTorch on" in answer.stdout
    assert (tmp_path / "birds-ios" / "App.xcodeproj").is_dir()


def test_files_linked_from_readme_exist() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert len(links) > 5
    missing = [link for link in links if not (ROOT / link).exists()]
    assert missing == []


@pytest.mark.full
@pytest.mark.parametrize(
    ("target", "title", "fewest"),
    [("android", "**Android**", 5), ("web", "**Web**", 7), ("linux-cpp", "**Embedded Linux**", 7)],
)
def test_files_in_readmes_project_tree_exist_in_a_project(
    tiny_checkpoint: Path, tiny_export: Path, tmp_path: Path, target: str, title: str, fewest: int
) -> None:
    """The trees are under "What you get"."""
    tree = README.split(title)[1].split("\n    cd birds")[0].split("\n    edgegen serve")[0]
    entries = [line[:31].replace("/...", "") for line in tree.splitlines() if line.startswith(" " * 6)]
    names = re.findall(r"[\w./]+(?:/|\.html|\.json|\.js|\.h|\.md)", " ".join(entries))
    assert len(names) >= fewest
    model = tiny_checkpoint if target == "web" else tiny_export  # which has no model.onnx
    run(["edgegen", "new", "--model", model, "--target", target, "--output", "it"], tmp_path)
    assert [name for name in names if not (tmp_path / "it" / name).exists()] == []


def test_readme_begins_with_one_command_for_all_targets() -> None:
    """Most readers want it first. The block under "Use" runs it."""
    assert "--target all" in README.split("## Try it")[0]
    assert any("--target all" in command for command in commands())


@pytest.mark.full
def test_thresholds_in_a_cpp_projects_readme_are_constants_in_model_info(
    tiny_ios: Path, tiny_linux: Path, tmp_path: Path
) -> None:
    """No other header defines them."""
    linux = Path(shutil.copytree(tiny_linux, tmp_path / "linux", ignore=shutil.ignore_patterns("build")))
    for project, folder in ((tiny_ios, "Core"), (linux, "src")):
        readme = (project / "README.md").read_text(encoding="utf-8")
        sentence = readme.split("Thresholds may be changed there:")[1].split(". ")[0]
        named = re.findall(r"`(k[A-Z]\w+)`", sentence)
        assert named == ["kConfidence", "kIou", "kMaxDetections", "kKeptClasses"]
        for name in named:
            holders = [path for path in project.rglob("*.h") if f" {name} =" in path.read_text("utf-8")]
            assert holders == [project / folder / "model_info.h"]


@pytest.mark.full
def test_thresholds_in_an_android_projects_readme_are_in_the_named_file(tiny_android: Path) -> None:
    readme = (tiny_android / "README.md").read_text(encoding="utf-8")
    sentence = readme.split("Thresholds may be changed:")[1].split("\n\n")[0]
    both, one = (re.findall(r"`(k[A-Z]\w+|[A-Za-z]+)`", part) for part in sentence.split("; which classes"))
    (constants,) = (
        path
        for path in tiny_android.rglob("TheModel.kt")
        if path.relative_to(tiny_android).as_posix() in sentence
    )
    assert len(both) == 3
    assert len(one) == 1
    text = constants.read_text(encoding="utf-8")
    assert [name for name in both if f"{name} =" not in text] == []
    assert f"{one[0]} =" in text


@pytest.mark.parametrize("target", ["demo", "test"])
def test_readmes_first_make_commands_are_makefile_targets(target: str) -> None:
    assert f"make {target}" in README.split("## Install")[0]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.proof("readme")
@pytest.mark.full
def test_commands_of_the_workshop_page_run(tiny_export: Path, tmp_path: Path) -> None:
    """In order, with models that are already exported. The report shows both apps."""
    page = (ROOT / "docs" / "workshop.md").read_text(encoding="utf-8")
    for name in ("birds", "cats"):
        export_called(name, tiny_export, tmp_path / "runs" / "detect" / name / "exported")
    for command in commands(page):
        answer = run(["sh", "-c", command], tmp_path)
        assert answer.returncode == 0, f"{command}\n{answer.stdout}{answer.stderr}"
    assert "Report of 2 apps" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.full
def test_commands_of_the_classifiers_page_run(tmp_path: Path) -> None:
    """With random weights. `verify` finds the probabilities of torchvision's module."""
    page = (ROOT / "docs" / "classifiers.md").read_text(encoding="utf-8")
    train(tmp_path / "flowers.pth")
    write_names(tmp_path / "labels.txt")
    for command in commands(page):
        answer = run(["sh", "-c", command], tmp_path)
        assert answer.returncode == 0, f"{command}\n{answer.stdout}{answer.stderr}"
    assert "the same classes as" in answer.stdout


@pytest.mark.full
def test_commands_of_the_detectors_page_run(tmp_path: Path) -> None:
    """All but one, with small models or random weights. RF-DETR's needs a checkpoint of 107 MB."""
    page = (ROOT / "docs" / "detectors.md").read_text(encoding="utf-8")
    save_detector(tmp_path / "my-dfine")
    shutil.copy(TINY.with_name("tiny-yolox.pth"), tmp_path / "best_ckpt.pth")
    (tmp_path / "classes.txt").write_text("\n".join(KINDS))
    ssdlite_models.save(tmp_path / "ssdlite.pth")
    for command in commands(page):
        if "checkpoint_best_total.pth" in command:
            continue
        answer = run(["sh", "-c", command], tmp_path)
        assert answer.returncode == 0, f"{command}\n{answer.stdout}{answer.stderr}"
    assert (tmp_path / "ships" / "src" / "vision" / "letterbox_top_left.cpp").is_file()

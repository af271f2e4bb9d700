"""Metadata and golden vectors that do not fit the .pte are rejected: exit code 3, a next step, no files."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.support import LINUX, metadata_of, rejects, write_metadata

pytestmark = [pytest.mark.full, pytest.mark.usefixtures("current_folder")]


def test_missing_metadata_is_refused_with_a_hint_at_the_option(exported: Path, tmp_path: Path) -> None:
    """The folder has none, and then the file of --metadata does not exist."""
    (exported / "metadata.yaml").unlink()
    for model in (exported, exported / "model.pte"):
        says = ("no metadata.yaml next to exported/model.pte", "--metadata")
        rejects(3, tmp_path, "new", *LINUX, "--model", model, says=says)
    arguments = ("--model", exported, "--metadata", "gone.yaml")
    rejects(3, tmp_path, "new", *LINUX, *arguments, says=("there is no metadata file gone.yaml",))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"{",
        b"names: [a, b",
        b"\tnames: a",
        b"- 1\n- 2\n",
        b"just text",
        b"\xff\xfe\x00",
        b"names: !!python/object/apply:os.system ['touch was_run']",
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nnames: *c\n",
        b"[" * 5000,
        b"names: {0: a}\n",
        b"task: detect\nnames: {0: a, 0: b}\n",
    ],
)
def test_invalid_metadata_is_refused(exported: Path, tmp_path: Path, content: bytes) -> None:
    """Not YAML, not a mapping, code in a tag, deep nesting, a missing or repeated key."""
    (exported / "metadata.yaml").write_bytes(content)
    rejects(3, tmp_path, "new", *LINUX, "--model", exported, says=("exported/metadata.yaml",))
    rejects(3, tmp_path, "inspect", exported, says=("exported/metadata.yaml",))
    assert not (tmp_path / "was_run").exists()


def plain_ultralytics(metadata: dict[str, Any]) -> None:
    del metadata["edgegen"]


def without_programs(metadata: dict[str, Any]) -> None:
    del metadata["edgegen"]["programs"]


CONTRADICTIONS: list[tuple[dict[str, object], str]] = [
    ({"names": {0: "circle", 1: "square"}}, "2 classes in `names`, the .pte has 3"),
    ({"names": {0: "a", 1: "b", 2: "c", 3: "d"}}, "4 classes in `names`, the .pte has 3"),
    ({"imgsz": [640, 640]}, "`imgsz` is [640, 640], the .pte has [160, 160]"),
    ({"imgsz": [160, 192]}, "`imgsz` is [160, 192], the .pte has [160, 160]"),
    ({"stride": 16}, "`stride` is 16, the .pte has 32"),
    ({"stride": 64}, "`stride` is 64"),
]


@pytest.mark.parametrize("edit", [plain_ultralytics, without_programs])
@pytest.mark.parametrize(("change", "says"), CONTRADICTIONS)
def test_metadata_that_contradicts_the_pte_is_refused(
    exported: Path,
    tmp_path: Path,
    edit: Callable[[dict[str, Any]], None],
    change: dict[str, object],
    says: str,
) -> None:
    """The message names both values, for exports of edgegen and of Ultralytics."""
    metadata = metadata_of(exported)
    edit(metadata)
    write_metadata(exported, metadata | change)
    says_all = ("exported/metadata.yaml and exported/model.pte contradict each other", says)
    rejects(3, tmp_path, "new", *LINUX, "--model", exported, says=says_all)


def in_output(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda metadata: metadata["edgegen"]["output"].update(changes)


def at_the_top(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda metadata: metadata.update(changes)


def as_ultralytics(**changes: object) -> Callable[[dict[str, Any]], None]:
    def edit(metadata: dict[str, Any]) -> None:
        plain_ultralytics(metadata)
        metadata.update(changes)

    return edit


OF_TASKS: list[tuple[str, Callable[[dict[str, Any]], None], str]] = [
    ("pose", at_the_top(kpt_shape=[6, 2]), "`kpt_shape` is [6, 2], `edgegen.output.kpt_shape` [4, 3]"),
    ("pose", in_output(kpt_shape=[17, 3]), "`kpt_shape` is [4, 3], `edgegen.output.kpt_shape` [17, 3]"),
    ("pose", at_the_top(kpt_shape=None), "`kpt_shape` is missing, `edgegen.output.kpt_shape` [4, 3]"),
    ("pose", as_ultralytics(kpt_shape=[17, 3]), "3 classes in `names` and 51 more numbers for each box"),
    ("pose", as_ultralytics(kpt_shape=None), "the key `kpt_shape` is missing"),
    ("pose", in_output(keypoint_shift=0.25), "are 2 and 0.25, not 2 and -0.5 or"),
    ("segment", in_output(coefficients=32), "`edgegen.output.coefficients` is 32, the .pte has 16"),
    ("segment", in_output(coefficients="many"), "`edgegen.output.coefficients` must be an integer"),
    ("segment", at_the_top(names={0: "a"}), "1 class in `names`, the .pte has 3"),
    ("segment", at_the_top(task="detect"), "which are not levels of a 160x160 input"),
    ("obb", in_output(angle="degrees"), "`edgegen.output.angle` is 'degrees', not one of sigmoid, logit"),
    ("obb", at_the_top(names={0: "a"}), "1 class in `names`, the .pte has 2"),
    ("obb", at_the_top(task="pose", kpt_shape=[1, 2]), "2 more numbers for each box"),
    ("classify", at_the_top(names={0: "a", 1: "b"}), "2 classes in `names`, the .pte has 3"),
    ("classify", as_ultralytics(names={0: "a"}), "1 class in `names`, the .pte has 3"),
    ("classify", at_the_top(imgsz=[32, 32]), "`imgsz` is [32, 32], the .pte has [64, 64]"),
    ("classify", at_the_top(task="semantic"), "the outputs [1, 3]"),
]


@pytest.mark.parametrize(("task", "edit", "says"), OF_TASKS)
def test_task_metadata_that_contradicts_the_pte_is_refused(
    task_export: Callable[[str], Path],
    tmp_path: Path,
    task: str,
    edit: Callable[[dict[str, Any]], None],
    says: str,
) -> None:
    """Keypoints, mask coefficients, angles and classes. The message names both values."""
    exported = shutil.copytree(task_export(task), tmp_path / "exported")
    metadata = metadata_of(exported)
    edit(metadata)
    write_metadata(exported, metadata)
    rejects(3, tmp_path, "new", *LINUX, "--model", "exported", says=("exported/m", says))


@pytest.mark.parametrize("names", [{}, []])
def test_model_without_classes_is_refused(exported: Path, tmp_path: Path, names: object) -> None:
    write_metadata(exported, metadata_of(exported) | {"names": names})
    rejects(3, tmp_path, "new", *LINUX, "--model", exported, says=("0 classes: `names` is empty",))


def test_metadata_of_another_export_is_refused(exported: Path, tmp_path: Path) -> None:
    """The shapes are the same and the weights differ, so only the digest shows it."""
    metadata: dict[str, Any] = metadata_of(exported)
    metadata["edgegen"]["programs"][0]["sha256"] = "0" * 64
    write_metadata(exported, metadata)
    rejects(3, tmp_path, "new", *LINUX, "--model", exported, says=("edgegen.programs.0.sha256", "contradict"))


def test_golden_vectors_of_another_model_are_refused(exported: Path, tmp_path: Path) -> None:
    """As when the .pte and metadata.yaml were replaced, but not the vectors."""
    index = exported / "vectors" / "index.json"
    sha256 = metadata_of(exported)["edgegen"]["programs"][0]["sha256"]  # type: ignore[index]
    index.write_text(index.read_text().replace(sha256, "0" * 64))
    rejects(3, tmp_path, "new", *LINUX, "--model", exported, says=("made for another model",))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"model_sha256": 1}', "[" * 5000, "\0"])
def test_damaged_golden_vectors_are_refused(exported: Path, tmp_path: Path, content: str) -> None:
    (exported / "vectors" / "index.json").write_text(content)
    rejects(3, tmp_path, "new", *LINUX, "--model", exported, says=("exported/vectors cannot be read",))


@pytest.mark.parametrize("name", ["/etc/hostname", "../metadata.yaml", "sub/01.bin", "gone.bin", "", ".."])
def test_golden_vectors_that_name_other_files_are_refused(exported: Path, tmp_path: Path, name: str) -> None:
    """An index must not copy a file of this machine into a project."""
    index = exported / "vectors" / "index.json"
    index.write_text(index.read_text().replace('"01.bin"', f'"{name}"'))
    rejects(3, tmp_path, "new", *LINUX, "--model", exported, says=("exported/vectors cannot be read",))

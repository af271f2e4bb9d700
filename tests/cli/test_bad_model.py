"""A MODEL that is missing, damaged or of another kind is rejected: exit code 3, a next step, no files."""

import os
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.artifacts import pte
from tests.helpers.support import LINUX, edgegen, message_is_complete, rejects, snapshot

pytestmark = pytest.mark.usefixtures("current_folder")

PROTOCOLS = range(6)
COMMANDS = (
    ("new", *LINUX, "--model"),
    ("export", "--model"),
    ("inspect",),
)


# --- MODEL ---


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("gone.pt", None, "there is no file or folder gone.pt"),
        ("~nobody-of-this-name/best.pt", None, "there is no file or folder ~nobody-of-this-name/best.pt"),
        ("runs/gone/weights/best.pt", None, "there is no file or folder runs/gone/weights/best.pt"),
        ("empty.pt", b"", "empty.pt is empty"),
        ("empty.pte", b"", "empty.pte is empty"),
        ("notes.pt", b"epoch 1\nmAP 0.5\n", "notes.pt is a text file, not a model: it begins with 'epoch 1'"),
        ("page.pt", b"<!DOCTYPE html><title>404", "page.pt is a text file"),
        ("lfs.pt", b"version https://git-lfs.github.com/spec/v1\n", "lfs.pt is a Git LFS pointer"),
        ("noise.pt", bytes(range(255, 127, -1)) * 9, "noise.pt has an unknown format"),
        ("zeros.pt", bytes(5000), "zeros.pt has an unknown format"),
        ("cut.pt", b"PK\x03\x04" + bytes(200), "cut.pt begins like a checkpoint but is truncated"),
    ],
)
def test_each_command_rejects_a_file_that_is_no_model_by_its_content(
    tmp_path: Path, command: tuple[str, ...], name: str, content: bytes | None, says: str
) -> None:
    """The message names the actual kind: empty, text, Git LFS pointer, cut download."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    rejects(3, tmp_path, *command, name, says=(says,))


def test_mistyped_model_path_is_answered_with_names_like_it(tmp_path: Path) -> None:
    for name in ("yolo11n-coco128.pt", "yolov8n-person.pt", "notes.txt"):
        (tmp_path / name).touch()
    rejects(3, tmp_path, "inspect", "./yolo11n.pt", says=("yolo11n.pt; did you mean yolo11n-coco128.pt",))
    rejects(3, tmp_path, "inspect", "./other.pt", says=("there is no file or folder ./other.pt\n",))


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: Path(path).symlink_to("gone"), os.mkdir])
def test_model_path_that_is_no_regular_file_is_refused(tmp_path: Path, make: Callable[[str], object]) -> None:
    """A pipe (reading it would block), a dangling link and an empty folder."""
    make("odd")
    rejects(3, tmp_path, "new", *LINUX, "--model", "odd", says=("odd",))


@pytest.mark.parametrize("model", ["", " ", "\0", "a\nb"])
def test_model_with_an_invalid_path_is_refused(tmp_path: Path, model: str) -> None:
    """A shell passes an empty MODEL if a variable is not set."""
    answer = edgegen("new", *LINUX, "--model", model)
    assert answer.code == 3
    assert snapshot(tmp_path) == {}


class Runs:
    """Call a function when unpickled, as every pickle attack does."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


def in_archive(content: bytes) -> Callable[[Path], None]:
    """Write a checkpoint in the format of torch.save since 1.6."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("best/data.pkl", content)
            archive.writestr("best/byteorder", "little")
            archive.writestr("best/version", "3\n")

    return write


def alone(content: bytes) -> Callable[[Path], None]:
    """Write the format of torch.save before 1.6: magic number, protocol, system, then the object."""

    def write(path: Path) -> None:
        head = (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True})
        path.write_bytes(b"".join(pickle.dumps(part, 2) for part in head) + content + pickle.dumps([], 2))

    return write


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize(
    "layout", [in_archive, alone, lambda content: lambda path: path.write_bytes(content)]
)
@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (os.system, ("touch was_run",), "system"),
        (eval, ("open('was_run', 'w')",), "eval"),
        (__import__("subprocess").call, (["touch", "was_run"],), "call"),
        (Path.touch, (Path("was_run"),), "pathlib.Path"),
    ],
    ids=["os.system", "eval", "subprocess.call", "Path.touch"],
)
def test_checkpoint_with_a_malicious_pickle_is_refused_without_running_it(
    tmp_path: Path,
    command: tuple[str, ...],
    layout: Callable[[bytes], Callable[[Path], None]],
    function: Callable[..., object],
    arguments: tuple[object, ...],
    name: str,
) -> None:
    """In each layout that torch can load. The message names the function."""
    content = pickle.dumps({"model": Runs(function, *arguments)}, 2)
    pickle.loads(content)  # noqa: S301 - our own pickle: shows that it would do harm
    assert (tmp_path / "was_run").exists()
    (tmp_path / "was_run").unlink()

    layout(content)(tmp_path / "best.pt")
    message = rejects(3, tmp_path, *command, "best.pt", says=("best.pt is rejected", name))
    assert "a training that you trust" in message
    assert not (tmp_path / "was_run").exists()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_pickle_without_a_model_is_refused(tmp_path: Path, protocol: int) -> None:
    """It holds only weights."""
    (tmp_path / "best.pt").write_bytes(pickle.dumps({"epoch": 3, "weights": [1.0] * 40}, protocol))
    rejects(3, tmp_path, "new", *LINUX, "--model", "best.pt", says=("best.pt",))


@pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
def test_truncated_checkpoint_is_refused(tmp_path: Path, tiny_checkpoint: Path, part: float) -> None:
    """An interrupted download lacks the zip archive's central directory."""
    whole = tiny_checkpoint.read_bytes()
    (tmp_path / "best.pt").write_bytes(whole[: int(len(whole) * part)])
    rejects(3, tmp_path, "export", "--model", "best.pt", says=("best.pt", "truncated or damaged"))


@pytest.mark.full
def test_rtdetr_checkpoint_is_refused_as_unsupported(tmp_path: Path) -> None:
    import torch
    from ultralytics.nn.tasks import RTDETRDetectionModel

    from edgegen.base.quiet import quiet

    with quiet():
        model = RTDETRDetectionModel("rtdetr-l.yaml", ch=3, nc=2, verbose=False)
    torch.save({"model": model.half()}, tmp_path / "other.pt")
    for command in COMMANDS:
        says = ("not supported yet: RT-DETR models",)
        rejects(3, tmp_path, *command, tmp_path / "other.pt", says=says)


# --- the .pte ---


@pytest.mark.full
def test_a_pte_of_another_format_version_is_refused(exported: Path, tmp_path: Path) -> None:
    """The identifier at byte 4 must be ET12. The message names both versions."""
    pte = exported / "model.pte"
    content = pte.read_bytes()
    for identifier in (b"ET11", b"ET13"):
        pte.write_bytes(content[:4] + identifier + content[8:])
        says = (identifier.decode(), "ET12", "another version", "export the model again")
        for model in (exported, pte):
            rejects(3, tmp_path, "new", *LINUX, "--model", model, says=says)
        rejects(3, tmp_path, "inspect", exported, says=says)


@pytest.mark.full
@pytest.mark.parametrize("part", [0.0001, 0.001, 0.005, 0.1, 0.5, 0.999])
def test_truncated_pte_is_refused(exported: Path, tmp_path: Path, part: float) -> None:
    """The header holds the length of the program and of the segments."""
    pte = exported / "model.pte"
    content = pte.read_bytes()
    pte.write_bytes(content[: int(len(content) * part)])
    for command in (("new", *LINUX, "--model"), ("inspect",)):
        rejects(3, tmp_path, *command, exported, says=("model.pte",))


@pytest.mark.full
@pytest.mark.parametrize(
    ("begin", "end"), [(0, 64), (4, 8), (64, 4096), (1000, 14000), (100_000, 104_096), (-1, None)]
)
def test_pte_with_an_overwritten_block_is_refused(
    exported: Path, tmp_path: Path, begin: int, end: int | None
) -> None:
    """In the header, in the program, or in weights that still load and run."""
    pte = exported / "model.pte"
    content = bytearray(pte.read_bytes())
    content[begin:end] = b"\x55" if begin < 0 else bytes(end - begin)
    pte.write_bytes(content)
    rejects(3, tmp_path, "new", *LINUX, "--model", exported, says=("model.pte",))


@pytest.mark.full
def test_folder_with_two_ptes_is_refused(exported: Path, tmp_path: Path) -> None:
    """The message names both, and naming one of them works."""
    shutil.copy(exported / "model.pte", exported / "other.pte")
    rejects(3, tmp_path, "new", *LINUX, "--model", exported, says=("model.pte, other.pte", "name one"))
    edgegen("new", *LINUX, "--model", exported / "other.pte", "--pretend").ok()


@pytest.mark.full
def test_folder_without_a_pte_is_refused(exported: Path, tmp_path: Path) -> None:
    (exported / "model.pte").rename(exported / "model.onnx")
    rejects(3, tmp_path, "new", *LINUX, "--model", exported, says=("exported has no .pte", "export"))


# --- the format identifier ---


@pytest.mark.full
def test_pte_identifier_is_at_the_offset_that_these_tests_patch(tiny_export: Path) -> None:
    """Otherwise the tests of other format versions would test nothing."""
    head = (tiny_export / "model.pte").read_bytes()[:8]
    assert struct.unpack("<I4s", head)[1] == pte.IDENTIFIER
    message_is_complete("edgegen: wrong\n  do this\n")
    with pytest.raises(AssertionError):
        message_is_complete("edgegen: wrong\n")

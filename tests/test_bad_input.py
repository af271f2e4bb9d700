"""What goes wrong on the way in is refused: its own exit code, a word on what next, and no trace."""

import os
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegen import sources
from support import LINUX, edgegen, message_is_complete, metadata_of, refused, snapshot, write_metadata

PROTOCOLS = range(6)
COMMANDS = (
    ("new", *LINUX, "--model"),
    ("export", "--model"),
    ("inspect",),
)


@pytest.fixture(autouse=True)
def _current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


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
        ("notes.pt", b"epoch 1\nmAP 0.5\n", "notes.pt is a text file, not a model; it begins with 'epoch 1'"),
        ("page.pt", b"<!DOCTYPE html><title>404", "page.pt is a text file"),
        ("lfs.pt", b"version https://git-lfs.github.com/spec/v1\n", "lfs.pt is a Git LFS pointer"),
        ("noise.pt", bytes(range(255, 127, -1)) * 9, "noise.pt is of no kind that edgegen knows"),
        ("zeros.pt", bytes(5000), "zeros.pt is of no kind that edgegen knows"),
        ("cut.pt", b"PK\x03\x04" + bytes(200), "cut.pt begins like a checkpoint, but is cut short"),
    ],
)
def test_what_is_no_model_is_told_from_its_content(
    tmp_path: Path, command: tuple[str, ...], name: str, content: bytes | None, says: str
) -> None:
    """Nothing there, an empty file, a text file called .pt, half a download: exit code 3 in each command."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    refused(3, tmp_path, *command, name, says=(says,))


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: Path(path).symlink_to("gone"), os.mkdir])
def test_what_is_no_file_is_no_model(tmp_path: Path, make: Callable[[str], object]) -> None:
    """A pipe (which would wait for ever), a link that leads nowhere and an empty folder are refused."""
    make("odd")
    refused(3, tmp_path, "new", *LINUX, "--model", "odd", says=("odd",))


@pytest.mark.parametrize("model", ["", " ", "\0", "a\nb"])
def test_a_model_that_is_no_path_is_refused(tmp_path: Path, model: str) -> None:
    """An empty MODEL is what a shell makes of a variable that is not set."""
    answer = edgegen("new", *LINUX, "--model", model)
    assert answer.code == 3
    assert snapshot(tmp_path) == {}


class Runs:
    """Unpickled, calls a function: what every attack by pickle is."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


def in_archive(content: bytes) -> Callable[[Path], None]:
    """As torch.save writes since 1.6."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("best/data.pkl", content)
            archive.writestr("best/byteorder", "little")
            archive.writestr("best/version", "3\n")

    return write


def alone(content: bytes) -> Callable[[Path], None]:
    """As torch.save wrote before: magic number, protocol, system, then the object."""

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
def test_a_checkpoint_that_runs_something_is_refused_before_it_does(
    tmp_path: Path,
    command: tuple[str, ...],
    layout: Callable[[bytes], Callable[[Path], None]],
    function: Callable[..., object],
    arguments: tuple[object, ...],
    name: str,
) -> None:
    """A pickle that wants os.system is named and never obeyed, whichever way torch stores it."""
    content = pickle.dumps({"model": Runs(function, *arguments)}, 2)
    pickle.loads(content)  # noqa: S301 - our own: to see that it would do harm
    assert (tmp_path / "was_run").exists()
    (tmp_path / "was_run").unlink()

    layout(content)(tmp_path / "best.pt")
    message = refused(3, tmp_path, *command, "best.pt", says=("best.pt is refused", name))
    assert "source you trust" in message
    assert not (tmp_path / "was_run").exists()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pickle_without_a_model_is_refused(tmp_path: Path, protocol: int) -> None:
    """Weights alone, or anything else that a pickle may hold: sound, but no model."""
    (tmp_path / "best.pt").write_bytes(pickle.dumps({"epoch": 3, "weights": [1.0] * 40}, protocol))
    refused(3, tmp_path, "new", *LINUX, "--model", "best.pt", says=("best.pt",))


@pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
def test_half_a_checkpoint_is_refused(tmp_path: Path, tiny_checkpoint: Path, part: float) -> None:
    """An interrupted download: the zip archive's table of contents, at its end, is missing."""
    whole = tiny_checkpoint.read_bytes()
    (tmp_path / "best.pt").write_bytes(whole[: int(len(whole) * part)])
    refused(3, tmp_path, "export", "--model", "best.pt", says=("best.pt", "cut short or damaged"))


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ("yolo11n-seg-coco8.pt", "segmentation models"),
        ("yolo11n-pose-coco8.pt", "pose models"),
        ("yolo11n-obb-dota8.pt", "oriented-box (OBB) models"),
        ("yolo26n-coco8.pt", "end-to-end heads"),
    ],
)
def test_other_kinds_of_checkpoint_are_not_supported_yet(
    tmp_path: Path, shared_data: Path, weights: str, says: str
) -> None:
    """Real checkpoints of other tasks and heads get a clear word and exit code 3, not a failing export."""
    model = shared_data / "weights" / weights
    for command in COMMANDS:
        refused(3, tmp_path, *command, model, says=(f"not supported yet: {says}",))


# --- the .pte ---


def test_a_pte_of_another_format_version_is_refused(exported: Path, tmp_path: Path) -> None:
    """The identifier at byte 4 says ET12; both versions are named, and what to do."""
    pte = exported / "model.pte"
    content = pte.read_bytes()
    for identifier in (b"ET11", b"ET13"):
        pte.write_bytes(content[:4] + identifier + content[8:])
        says = (identifier.decode(), "ET12", "another version", "export the model again")
        for model in (exported, pte):
            refused(3, tmp_path, "new", *LINUX, "--model", model, says=says)
        refused(3, tmp_path, "inspect", exported, says=says)


@pytest.mark.parametrize("part", [0.0001, 0.001, 0.005, 0.1, 0.5, 0.999])
def test_a_pte_that_was_cut_is_refused(exported: Path, tmp_path: Path, part: float) -> None:
    """The header says how long program and segments are."""
    pte = exported / "model.pte"
    content = pte.read_bytes()
    pte.write_bytes(content[: int(len(content) * part)])
    for command in (("new", *LINUX, "--model"), ("inspect",)):
        refused(3, tmp_path, *command, exported, says=("model.pte",))


@pytest.mark.parametrize(
    ("begin", "end"), [(0, 64), (4, 8), (64, 4096), (1000, 14000), (100_000, 104_096), (-1, None)]
)
def test_a_pte_with_zeros_in_it_is_refused(
    exported: Path, tmp_path: Path, begin: int, end: int | None
) -> None:
    """A block that was never written: in the header, in the program, or in weights that load and run."""
    pte = exported / "model.pte"
    content = bytearray(pte.read_bytes())
    content[begin:end] = b"\x55" if begin < 0 else bytes(end - begin)
    pte.write_bytes(content)
    refused(3, tmp_path, "new", *LINUX, "--model", exported, says=("model.pte",))


def test_two_ptes_in_a_folder_are_one_too_many(exported: Path, tmp_path: Path) -> None:
    """Which one is meant is for the user to say: both are named."""
    shutil.copy(exported / "model.pte", exported / "other.pte")
    refused(3, tmp_path, "new", *LINUX, "--model", exported, says=("model.pte, other.pte", "name one"))
    edgegen("new", *LINUX, "--model", exported / "other.pte", "--pretend").ok()


def test_no_pte_in_a_folder_is_none(exported: Path, tmp_path: Path) -> None:
    """An export of another format, or a folder by mistake."""
    (exported / "model.pte").rename(exported / "model.onnx")
    refused(3, tmp_path, "new", *LINUX, "--model", exported, says=("exported holds no .pte", "export"))


# --- metadata.yaml ---


def test_missing_metadata_is_asked_for(exported: Path, tmp_path: Path) -> None:
    """Beside the .pte or by --metadata, and a --metadata that is not there is named."""
    (exported / "metadata.yaml").unlink()
    for model in (exported, exported / "model.pte"):
        says = ("no metadata.yaml beside exported/model.pte", "--metadata")
        refused(3, tmp_path, "new", *LINUX, "--model", model, says=says)
    arguments = ("--model", exported, "--metadata", "gone.yaml")
    refused(3, tmp_path, "new", *LINUX, *arguments, says=("there is no metadata file gone.yaml",))


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
def test_metadata_that_is_no_metadata_is_refused(exported: Path, tmp_path: Path, content: bytes) -> None:
    """Not YAML, not a mapping, code in a tag, endless nesting, a key that is missing or stands twice."""
    (exported / "metadata.yaml").write_bytes(content)
    refused(3, tmp_path, "new", *LINUX, "--model", exported, says=("exported/metadata.yaml",))
    refused(3, tmp_path, "inspect", exported, says=("exported/metadata.yaml",))
    assert not (tmp_path / "was_run").exists()


def plain_ultralytics(metadata: dict[str, Any]) -> None:
    del metadata["edgegen"]


def without_sha256(metadata: dict[str, Any]) -> None:
    del metadata["edgegen"]["sha256"]


CONTRADICTIONS: list[tuple[dict[str, object], str]] = [
    ({"names": {0: "circle", 1: "square"}}, "2 classes in `names`, the .pte has 3"),
    ({"names": {0: "a", 1: "b", 2: "c", 3: "d"}}, "4 classes in `names`, the .pte has 3"),
    ({"imgsz": [640, 640]}, "`imgsz` is [640, 640], the .pte has [160, 160]"),
    ({"imgsz": [160, 192]}, "`imgsz` is [160, 192], the .pte has [160, 160]"),
    ({"stride": 16}, "`stride` is 16, the .pte has 32"),
    ({"stride": 64}, "`stride` is 64"),
]


@pytest.mark.parametrize("edit", [plain_ultralytics, without_sha256])
@pytest.mark.parametrize(("change", "says"), CONTRADICTIONS)
def test_metadata_that_contradicts_the_pte_is_refused(
    exported: Path,
    tmp_path: Path,
    edit: Callable[[dict[str, Any]], None],
    change: dict[str, object],
    says: str,
) -> None:
    """Class count, size and stride: both numbers are named, whoever exported."""
    metadata = metadata_of(exported)
    edit(metadata)
    write_metadata(exported, metadata | change)
    says_all = ("exported/metadata.yaml and exported/model.pte contradict each other", says)
    refused(3, tmp_path, "new", *LINUX, "--model", exported, says=says_all)


@pytest.mark.parametrize("names", [{}, []])
def test_a_model_of_no_classes_is_refused(exported: Path, tmp_path: Path, names: object) -> None:
    """0 classes: there is nothing that such an app could show."""
    write_metadata(exported, metadata_of(exported) | {"names": names})
    refused(3, tmp_path, "new", *LINUX, "--model", exported, says=("0 classes: `names` is empty",))


def test_metadata_of_another_export_is_refused(exported: Path, tmp_path: Path) -> None:
    """Same shapes, other weights: only the digest tells."""
    metadata: dict[str, Any] = metadata_of(exported)
    metadata["edgegen"]["sha256"] = "0" * 64
    write_metadata(exported, metadata)
    refused(3, tmp_path, "new", *LINUX, "--model", exported, says=("edgegen.sha256", "contradict"))


def test_golden_vectors_of_another_model_are_refused(exported: Path, tmp_path: Path) -> None:
    """A .pte that was exchanged with its metadata.yaml: the old vectors would prove nothing."""
    index = exported / "vectors" / "index.json"
    sha256 = metadata_of(exported)["edgegen"]["sha256"]  # type: ignore[index]
    index.write_text(index.read_text().replace(sha256, "0" * 64))
    refused(3, tmp_path, "new", *LINUX, "--model", exported, says=("made for another model",))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"model_sha256": 1}', "[" * 5000, "\0"])
def test_damaged_golden_vectors_are_refused(exported: Path, tmp_path: Path, content: str) -> None:
    """The index is cut, or is none."""
    (exported / "vectors" / "index.json").write_text(content)
    refused(3, tmp_path, "new", *LINUX, "--model", exported, says=("exported/vectors cannot be read",))


@pytest.mark.parametrize("name", ["/etc/hostname", "../metadata.yaml", "sub/01.bin", "gone.bin", "", ".."])
def test_golden_vectors_cannot_fetch_other_files(exported: Path, tmp_path: Path, name: str) -> None:
    """An index from anywhere may not carry a file of this machine into a project."""
    index = exported / "vectors" / "index.json"
    index.write_text(index.read_text().replace('"01.bin"', f'"{name}"'))
    refused(3, tmp_path, "new", *LINUX, "--model", exported, says=("exported/vectors cannot be read",))


# --- options ---


@pytest.mark.parametrize(
    ("given", "fitting"),
    [
        ("100", "--imgsz 128"),
        ("161", "--imgsz 192"),
        ("100,200", "--imgsz 128,224"),
        ("160,33", "--imgsz 160,64"),
    ],
)
def test_an_image_size_off_the_stride_is_refused_and_the_next_one_named(
    tmp_path: Path, tiny_checkpoint: Path, given: str, fitting: str
) -> None:
    """Ultralytics rounds up silently; a size that nobody asked for is no kindness."""
    for command in (("new", *LINUX), ("export",)):
        arguments = (*command, "--model", tiny_checkpoint, "--imgsz", given)
        message = refused(2, tmp_path, *arguments, says=(f"--imgsz is {given}", "multiple of 32"))
        assert message.endswith(f"{fitting}\n")


@pytest.mark.parametrize("given", ["16", "31,64", "8224", "999999999"])
def test_an_image_size_that_no_model_takes_is_refused(
    tmp_path: Path, tiny_checkpoint: Path, given: str
) -> None:
    """Smaller than the stride, or larger than memory."""
    arguments = ("--model", tiny_checkpoint, "--imgsz", given)
    says = (f"--imgsz is {given}", "between 32", "8192")
    message = refused(2, tmp_path, "new", *LINUX, *arguments, says=says)
    assert message.count("\n") >= 2


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "abc",
        "0",
        "-32",
        "-32,32",
        "1e3",
        "640.0",
        "640,",
        ",640",
        "1,2,3",
        "x",
        "640x",
        "6_40",
        "+640",
        "nan",
        "٦٤٠",
    ],
)
def test_an_image_size_that_is_none_is_refused(tmp_path: Path, given: str) -> None:
    """The message shows what was typed and what to type; the model is not even looked at."""
    arguments = ("--model", "gone.pt", f"--imgsz={given}")
    refused(2, tmp_path, "new", *LINUX, *arguments, says=(repr(given), "640", "480,640"))


@pytest.mark.parametrize("option", ["--conf", "--iou"])
@pytest.mark.parametrize("given", ["nan", "inf", "-inf", "1e999", "-0.1", "1.0001", "25", "-1e-30"])
def test_a_threshold_out_of_range_is_refused(exported: Path, tmp_path: Path, option: str, given: str) -> None:
    """Before anything is made; the value is named."""
    arguments = ("--model", exported, f"{option}={given}")
    refused(2, tmp_path, "new", *LINUX, *arguments, says=(f"{option} is {float(given):g}", "between 0 and 1"))


@pytest.mark.parametrize("given", ["0", "-1", "30001", "99999999999999999999"])
def test_a_number_of_boxes_out_of_range_is_refused(exported: Path, tmp_path: Path, given: str) -> None:
    """NMS sees no more candidates than 30,000, and an app that shows none is no app."""
    arguments = ("--model", exported, f"--max-det={given}")
    refused(2, tmp_path, "new", *LINUX, *arguments, says=(f"--max-det is {given}", "between 1 and 30000"))


@pytest.mark.parametrize(
    ("option", "given"), [("--conf", "half"), ("--iou", ""), ("--max-det", "1.5"), ("--max-det", "many")]
)
def test_a_threshold_that_is_no_number_is_refused(
    exported: Path, tmp_path: Path, option: str, given: str
) -> None:
    """The message shows what was typed."""
    refused(2, tmp_path, "new", *LINUX, "--model", exported, option, given, says=(option, repr(given)))


@pytest.mark.parametrize(
    "name",
    [
        "", "  ", "a/b", "../x", "/etc/passwd", "a\\b", "..\\x", "n" * 201, "犬" * 201, "line\nbreak",
        "tab\there", "bell\a", "\x1b[31mred", "del\x7f", "nul\0", "c1\x85x", "rtl\u202ename",
        "a\u2028x", "\ufeff", "\u200d", "\ud800",
    ],
)  # fmt: skip
def test_an_app_name_that_no_screen_shows_is_refused(exported: Path, tmp_path: Path, name: str) -> None:
    """Empty, a path, over 200 characters, control characters: exit code 2 and the rule."""
    message = refused(2, tmp_path, "new", *LINUX, "--model", exported, "--name", name, says=("the app name",))
    assert message.endswith("--name takes 1 to 200 printable characters, no slash and no backslash\n")


@pytest.mark.parametrize("target", ["linux", "Linux-cpp", "windows", "", "../linux-cpp", "_shared"])
def test_an_unknown_target_is_refused(exported: Path, tmp_path: Path, target: str) -> None:
    """The ones that there are are named."""
    arguments = ("--model", exported, "--target", target)
    refused(2, tmp_path, "new", *arguments, says=(f"no target {target!r}", "linux-cpp"))
    refused(2, tmp_path, "new", *LINUX, *arguments, says=(f"no target {target!r}",))
    refused(2, tmp_path, "doctor", "--target", target, says=(f"no target {target!r}", "linux-cpp"))


@pytest.mark.parametrize(
    ("classes", "says"),
    [
        ("circel", "did you mean 'circle'?"),
        ("circle,squares", "did you mean 'square'?"),
        ("dog", "its classes are 'circle', 'square', 'triangle'"),
        ("3", "the numbers are 0 to 2\n  its classes are 'circle'"),
        ("-1", "no class '-1'"),
        ("", "empty entry"),
        ("circle,", "empty entry"),
        ('"circle', "no counterpart"),
    ],
)
def test_an_unknown_class_is_refused(exported: Path, tmp_path: Path, classes: str, says: str) -> None:
    """The nearest name is offered; without one, all are listed."""
    refused(2, tmp_path, "new", *LINUX, "--model", exported, f"--classes={classes}", says=(says,))


def test_an_unknown_class_is_refused_before_the_export(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typo does not cost the time of an export."""

    def no_export(*_: object) -> None:
        raise AssertionError("exported all the same")

    monkeypatch.setattr("edgegen.export._export_model", no_export)
    arguments = ("new", *LINUX, "--model", tiny_checkpoint, "--classes=circel")
    refused(2, tmp_path, *arguments, says=("did you mean 'circle'?",))


@pytest.mark.parametrize(
    ("option", "value"), [("--imgsz", "320"), ("--head", "raw"), ("--head", "decoded"), ("--image", "a.jpg")]
)
def test_export_options_are_refused_for_what_is_exported(
    exported: Path, tmp_path: Path, option: str, value: str
) -> None:
    """A .pte has one size and one head for good; an option that does nothing would be a lie."""
    for model in (exported, exported / "model.pte"):
        arguments = ("new", *LINUX, "--model", model, option, value)
        refused(2, tmp_path, *arguments, says=(option, "exported already", "checkpoint"))


def test_metadata_is_refused_for_a_checkpoint(exported: Path, tmp_path: Path, tiny_checkpoint: Path) -> None:
    """A checkpoint knows its classes itself."""
    arguments = ("--model", tiny_checkpoint, "--metadata", exported / "metadata.yaml")
    refused(3, tmp_path, "new", *LINUX, *arguments, says=("--metadata", "tiny.pt"))


def test_an_export_is_not_exported_again(exported: Path, tmp_path: Path) -> None:
    """The next step is named: edgegen new."""
    refused(2, tmp_path, "export", "--model", exported, says=("exported already", "edgegen new"))


@pytest.mark.parametrize("content", [None, b"", b"text", b"\xff\xd8\xff half a JPEG"])
def test_a_picture_that_cannot_be_read_is_refused(
    tmp_path: Path, tiny_checkpoint: Path, content: bytes | None
) -> None:
    """Before the export, which takes much longer."""
    if content is not None:
        (tmp_path / "photo.jpg").write_bytes(content)
    arguments = ("export", "--model", tiny_checkpoint, "--image", "photo.jpg")
    refused(3, tmp_path, *arguments, says=("photo.jpg",))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--output", ""),
        ("--output", "~nobody-of-this-name/app"),
        ("--metadata", ""),
        ("--head", "best"),
        ("--nonsense", "1"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(
    exported: Path, tmp_path: Path, option: str, value: str
) -> None:
    """An empty path is what a shell makes of a variable that is not set, and never this folder."""
    arguments = ("new", "--model", exported, *LINUX, option, value)
    refused(2, tmp_path, *arguments, says=(option, "edgegen new --help"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("new",),
        ("new", "--model", "x"),
        ("export",),
        ("inspect",),
        ("verify",),
        ("nonsense",),
        ("--nonsense",),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A command line that lacks something it needs: exit code 2."""
    refused(2, tmp_path, *arguments)


def test_verify_wants_a_project(exported: Path, tmp_path: Path) -> None:
    """Nothing there, a file, a folder of somebody else, an export: exit code 3 and what to give."""
    (tmp_path / "photos").mkdir()
    for project in ("gone", "exported/model.pte", "photos"):
        refused(3, tmp_path, "verify", project, says=(project, "edgegen new"))
    refused(3, tmp_path, "verify", exported, says=("exported",))


# --- the output folder ---


def make_new(output: object, *more: object) -> tuple[object, ...]:
    return ("new", *LINUX, "--model", "exported", "--output", output, *more)


def test_an_output_folder_of_somebody_else_is_refused(exported: Path, tmp_path: Path) -> None:
    """Whatever is in it is named, and stays; an empty folder is welcome, a hidden file is not nothing."""
    for name, holds in (("photos", "cat.jpg"), ("repository", ".git"), ("linked", "link")):
        (tmp_path / name).mkdir()
        (tmp_path / name / holds).symlink_to("gone")
        refused(3, tmp_path, *make_new(name), says=(name, f"(it holds {holds})", "--force"))
    (tmp_path / "empty").mkdir()
    edgegen(*make_new("empty")).ok()


def test_a_file_in_the_output_folders_place_is_refused(exported: Path, tmp_path: Path) -> None:
    """Also with --force, also when it is a pipe, and also where one of its parents should be."""
    (tmp_path / "file").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    for name in ("file", "pipe", "file/app", "file/deep/app"):
        for force in ((), ("--force",)):
            refused(3, tmp_path, *make_new(name, *force), says=(f"output folder {name}", "--output"))


def test_a_link_in_the_output_folders_place(exported: Path, tmp_path: Path) -> None:
    """One that leads nowhere, or in a circle, is refused; one to an empty folder is followed."""
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / "circle").symlink_to("circle")
    for name in ("nowhere", "circle"):
        refused(3, tmp_path, *make_new(name), says=(name, "leads nowhere"))
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    edgegen(*make_new("link")).ok()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "CMakeLists.txt").is_file()


def test_an_edited_project_is_refused(exported: Path, tmp_path: Path) -> None:
    """The edited file is named; --force overwrites it."""
    edgegen(*make_new("app")).ok()
    (tmp_path / "app" / "CMakeLists.txt").write_text("mine")
    refused(3, tmp_path, *make_new("app"), says=("app was edited: CMakeLists.txt", "--force"))
    edgegen(*make_new("app", "--force")).ok()
    assert (tmp_path / "app" / "CMakeLists.txt").read_text() != "mine"


def test_a_damaged_manifest_is_refused_and_mended_by_force(exported: Path, tmp_path: Path) -> None:
    """What was edited cannot be told any more; the way out that the message names is one."""
    edgegen(*make_new("app")).ok()
    (tmp_path / "app" / "mine.txt").write_text("mine")
    for content in ("", "{", "schema: 9", "[" * 5000, "\udcff"):
        (tmp_path / "app" / ".edgegen.yml").write_text(content, errors="surrogateescape")
        refused(3, tmp_path, *make_new("app"), says=("app/.edgegen.yml", "--force"))
        edgegen(*make_new("app", "--force")).ok()
    edgegen(*make_new("app")).ok()
    assert (tmp_path / "app" / "mine.txt").read_text() == "mine"


def test_the_models_own_folder_is_no_output_folder(exported: Path, tmp_path: Path) -> None:
    """It is edgegen's own and unedited, but a project in its place would be made of nothing."""
    (tmp_path / "link").symlink_to("exported")
    for output in ("exported", "./exported/", "link", tmp_path / "exported"):
        for model in ("exported", "exported/model.pte"):
            arguments = ("new", *LINUX, "--model", model, "--output", output)
            refused(3, tmp_path, *arguments, says=("holds the model", "--output"))
            refused(3, tmp_path, *arguments, "--force", says=("holds the model", "--output"))


@pytest.mark.parametrize("output", ["a" * 300, "犬" * 100, "deep/" + "a" * 256])
def test_an_output_folder_with_too_long_a_name_is_refused(
    exported: Path, tmp_path: Path, output: str
) -> None:
    """No file system takes more than 255 bytes."""
    refused(5, tmp_path, *make_new(output), says=("cannot write to", "File name too long", "--output"))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody may write to")
@pytest.mark.parametrize("output", ["/proc/edgegen", "/proc/edgegen/deep/app"])
def test_an_output_folder_that_nobody_can_make_is_refused(
    exported: Path, tmp_path: Path, output: str
) -> None:
    """Not even root may write there: exit code 5, before anything is made."""
    refused(5, tmp_path, *make_new(output), says=(f"cannot write to {output}", "--output"))


# --- what identify knows must stay what the runtime knows ---


def test_the_identifier_is_where_the_tests_patch_it(tiny_export: Path) -> None:
    """Otherwise the tests of other versions would test nothing."""
    head = (tiny_export / "model.pte").read_bytes()[:8]
    assert struct.unpack("<I4s", head)[1] == sources.PTE_MAGIC
    message_is_complete("edgegen: wrong\n  do this\n")
    with pytest.raises(AssertionError):
        message_is_complete("edgegen: wrong\n")

"""Invalid options are rejected: exit code 2, a next step, no files."""

from pathlib import Path

import pytest

from edgegen.base.errors import UsageError
from edgegen.commands.prepare_model import check_options
from edgegen.commands.request import Request
from edgegen.model.spec import NO_EXTRAS, Facts, InputSpec
from tests.helpers.support import LINUX, rejects

pytestmark = pytest.mark.usefixtures("current_folder")


@pytest.mark.parametrize(
    ("given", "fitting"),
    [
        ("100", "--imgsz 128"),
        ("161", "--imgsz 192"),
        ("100,200", "--imgsz 128,224"),
        ("160,33", "--imgsz 160,64"),
    ],
)
def test_image_size_off_the_stride_is_refused_and_the_next_valid_one_named(
    tmp_path: Path, tiny_checkpoint: Path, given: str, fitting: str
) -> None:
    """Ultralytics rounds up silently."""
    for command in (("new", *LINUX), ("export",)):
        arguments = (*command, "--model", tiny_checkpoint, "--imgsz", given)
        message = rejects(2, tmp_path, *arguments, says=(f"--imgsz is {given}", "multiple of 32"))
        assert message.endswith(f"{fitting}\n")


@pytest.mark.parametrize("given", ["16", "31,64", "8224", "999999999"])
def test_image_size_out_of_range_is_refused(tmp_path: Path, tiny_checkpoint: Path, given: str) -> None:
    """The range is 32 to 8192."""
    arguments = ("--model", tiny_checkpoint, "--imgsz", given)
    says = (f"--imgsz is {given}", "between 32", "8192")
    message = rejects(2, tmp_path, "new", *LINUX, *arguments, says=says)
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
def test_malformed_image_size_is_refused(tmp_path: Path, given: str) -> None:
    """The message shows the value and valid examples. The model is not read."""
    arguments = ("--model", "gone.pt", f"--imgsz={given}")
    rejects(2, tmp_path, "new", *LINUX, *arguments, says=(repr(given), "640", "480,640"))


@pytest.mark.parametrize("given", ["640x480", "640X480", "640*480", "640\u00d7480"])
def test_image_size_that_can_be_read_in_two_ways_is_refused_with_both(tmp_path: Path, given: str) -> None:
    says = (repr(given), "640,480 for height 640 and width 480", "480,640 for height 480 and width 640")
    rejects(2, tmp_path, "new", *LINUX, "--model", "gone.pt", f"--imgsz={given}", says=says)


@pytest.mark.full
@pytest.mark.parametrize("option", ["--conf", "--iou"])
@pytest.mark.parametrize("given", ["nan", "inf", "-inf", "1e999", "-0.1", "1.0001", "25", "-1e-30"])
def test_a_threshold_out_of_range_is_refused(exported: Path, tmp_path: Path, option: str, given: str) -> None:
    arguments = ("--model", exported, f"{option}={given}")
    rejects(2, tmp_path, "new", *LINUX, *arguments, says=(f"{option} is {float(given):g}", "between 0 and 1"))


@pytest.mark.full
@pytest.mark.parametrize("given", ["0", "-1", "30001", "99999999999999999999"])
def test_max_det_out_of_range_is_refused(exported: Path, tmp_path: Path, given: str) -> None:
    """NMS takes at most 30,000 candidates."""
    arguments = ("--model", exported, f"--max-det={given}")
    rejects(2, tmp_path, "new", *LINUX, *arguments, says=(f"--max-det is {given}", "between 1 and 30000"))


@pytest.mark.full
@pytest.mark.parametrize(
    ("option", "given"), [("--conf", "half"), ("--iou", ""), ("--max-det", "1.5"), ("--max-det", "many")]
)
def test_a_threshold_that_is_no_number_is_refused(
    exported: Path, tmp_path: Path, option: str, given: str
) -> None:
    rejects(2, tmp_path, "new", *LINUX, "--model", exported, option, given, says=(option, repr(given)))


@pytest.mark.full
@pytest.mark.parametrize(
    "name",
    [
        "", "  ", "a/b", "../x", "/etc/passwd", "a\\b", "..\\x", "n" * 201, "犬" * 201, "line\nbreak",
        "tab\there", "bell\a", "\x1b[31mred", "del\x7f", "nul\0", "c1\x85x", "rtl\u202ename",
        "a\u2028x", "\ufeff", "\u200d", "\ud800",
    ],
)  # fmt: skip
def test_invalid_app_name_is_refused(exported: Path, tmp_path: Path, name: str) -> None:
    """Empty, a path, over 200 characters, or with control characters."""
    message = rejects(2, tmp_path, "new", *LINUX, "--model", exported, "--name", name, says=("the app name",))
    assert message.endswith("--name takes 1 to 200 printable characters, no slash and no backslash\n")


@pytest.mark.full
@pytest.mark.parametrize("target", ["linux", "Linux-cpp", "windows", "", "../linux-cpp", "_shared"])
def test_an_unknown_target_is_refused(exported: Path, tmp_path: Path, target: str) -> None:
    """The message lists the targets."""
    arguments = ("--model", exported, "--target", target)
    rejects(2, tmp_path, "new", *arguments, says=(f"no target {target!r}", "linux-cpp"))
    rejects(2, tmp_path, "new", *LINUX, *arguments, says=(f"no target {target!r}",))
    rejects(2, tmp_path, "doctor", "--target", target, says=(f"no target {target!r}", "linux-cpp"))


@pytest.mark.full
@pytest.mark.parametrize(
    ("classes", "says"),
    [
        ("circel", "did you mean 'circle'?"),
        ("circle,squares", "did you mean 'square'?"),
        ("dog", "its classes are 'circle', 'square', 'triangle'"),
        ("3", "the numbers are 0 to 2\n  its classes are 'circle'"),
        ("-1", "no class '-1'"),
        ("", "an entry is empty"),
        ("circle,", "an entry is empty"),
        ('"circle', "not closed"),
    ],
)
def test_an_unknown_class_is_refused(exported: Path, tmp_path: Path, classes: str, says: str) -> None:
    """The message suggests the nearest name, or lists all classes."""
    rejects(2, tmp_path, "new", *LINUX, "--model", exported, f"--classes={classes}", says=(says,))


def test_an_unknown_class_is_refused_before_the_export(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typo must not cost the time of an export."""

    def no_export(*_: object) -> None:
        raise AssertionError("exported all the same")

    monkeypatch.setattr("edgegen.export.exporting._export_float32", no_export)
    arguments = ("new", *LINUX, "--model", tiny_checkpoint, "--classes=circel")
    rejects(2, tmp_path, *arguments, says=("did you mean 'circle'?",))


@pytest.mark.full
@pytest.mark.parametrize(
    ("option", "value"), [("--imgsz", "320"), ("--head", "raw"), ("--head", "decoded"), ("--image", "a.jpg")]
)
def test_export_options_are_refused_for_an_exported_model(
    exported: Path, tmp_path: Path, option: str, value: str
) -> None:
    """The size and the head of a .pte are fixed."""
    for model in (exported, exported / "model.pte"):
        arguments = ("new", *LINUX, "--model", model, option, value)
        rejects(2, tmp_path, *arguments, says=(option, "exported already", "checkpoint"))


@pytest.mark.full
def test_metadata_option_is_refused_for_a_checkpoint(
    exported: Path, tmp_path: Path, tiny_checkpoint: Path
) -> None:
    """A checkpoint holds its own class names."""
    arguments = ("--model", tiny_checkpoint, "--metadata", exported / "metadata.yaml")
    rejects(3, tmp_path, "new", *LINUX, *arguments, says=("--metadata", "tiny.pt"))


@pytest.mark.full
def test_export_refuses_an_exported_model(exported: Path, tmp_path: Path) -> None:
    """The message names `edgegen new` as the next step."""
    rejects(2, tmp_path, "export", "--model", exported, says=("exported already", "edgegen new"))


@pytest.mark.parametrize("content", [None, b"", b"text", b"\xff\xd8\xff half a JPEG"])
def test_unreadable_photo_is_refused(tmp_path: Path, tiny_checkpoint: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "photo.jpg").write_bytes(content)
    arguments = ("export", "--model", tiny_checkpoint, "--image", "photo.jpg")
    rejects(3, tmp_path, *arguments, says=("photo.jpg",))


@pytest.mark.full
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
def test_unknown_option_or_invalid_value_is_refused(
    exported: Path, tmp_path: Path, option: str, value: str
) -> None:
    """A shell passes an empty path if a variable is not set. It must not mean this folder."""
    arguments = ("new", "--model", exported, *LINUX, option, value)
    rejects(2, tmp_path, *arguments, says=(option, "edgegen new --help"))


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
def test_incomplete_or_unknown_command_line_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    rejects(2, tmp_path, *arguments)


@pytest.mark.full
def test_verify_refuses_paths_that_are_no_project(exported: Path, tmp_path: Path) -> None:
    """A missing path, a file, another folder, and an export."""
    (tmp_path / "photos").mkdir()
    for project in ("gone", "exported/model.pte", "photos"):
        rejects(3, tmp_path, "verify", project, says=(project, "edgegen new"))
    rejects(3, tmp_path, "verify", exported, says=("exported",))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--target", "linux-cpp", "--backend", "coreml"), ("--backend coreml", "linux-cpp")),
        (("--target", "ios", "--backend", "vulkan"), ("--backend vulkan", "ios")),
        (
            ("--target", "ios", "--backend", "metal"),
            ("no --backend 'metal'", "vulkan-float32, webgpu, xnnpack"),
        ),
        (("--target", "ios", "--backend", "coreml", "--head", "decoded"), ("--head decoded", "coreml")),
        (
            ("--target", "android", "--app", "studio", "--model", "two.pt", "--backend", "vulkan"),
            ("one model",),
        ),
    ],
)
def test_backend_that_the_project_cannot_use_is_refused(
    tmp_path: Path, tiny_checkpoint: Path, options: tuple[str, ...], says: tuple[str, ...]
) -> None:
    rejects(2, tmp_path, "new", "--model", tiny_checkpoint, *options, says=says)


def test_missing_calibration_photos_of_a_benchmark_are_refused_at_once(
    tmp_path: Path, tiny_checkpoint: Path
) -> None:
    says = ("the calibration photos nowhere do not exist",)
    said = rejects(3, tmp_path, "benchmark", tiny_checkpoint, "--calibration", "nowhere", says=says)
    assert "Load" not in said


def check(request: Request, *, has_nms: bool = True, is_int8: bool = False) -> None:
    """Check the options of a detector's request."""
    facts = Facts(task="detect", class_names=("bird",), input=InputSpec(64, 64))
    check_options(request, [], facts, NO_EXTRAS, has_nms=has_nms, is_int8=is_int8)


def test_iou_is_refused_for_a_model_without_nms() -> None:
    """The default value is accepted."""
    with pytest.raises(UsageError, match="--iou has no effect: this model needs no NMS"):
        check(Request("best.pt", iou=0.5), has_nms=False)
    check(Request("best.pt", iou=0.5), has_nms=True)
    check(Request("best.pt"), has_nms=False)


def test_confidence_below_the_lowest_score_in_int8_is_refused_before_the_export() -> None:
    with pytest.raises(UsageError, match="the lowest score in int8"):
        check(Request("best.pt", confidence=0.0001), is_int8=True)
    check(Request("best.pt", confidence=0.0001))

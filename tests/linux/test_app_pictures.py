"""The app, edgegen and Ultralytics' predict read the same picture files, and the same pixels from them."""

import io
import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from ultralytics.utils.patches import imread

from edgegen.artifacts.capture import read_capture
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import InputError
from edgegen.base.progress import NoProgress
from edgegen.model.thresholds import Thresholds
from edgegen.parity.picture_files import Picture, read_picture
from edgegen.parity.pictures import draw_scene
from edgegen.project import manifest
from edgegen.reference import turn_upright
from edgegen.targets.linux_cpp.runner import LinuxRunner
from edgegen.targets.runner import Job, PictureInput, RunInput, UnreadableError
from tests.helpers.explaining import PHOTO, explained
from tests.helpers.photos import EXIF_ORIENTATION
from tests.helpers.projects import Built, build
from tests.helpers.support import edgegen

INVERSE = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}  # by EXIF orientation: the one that undoes it


@pytest.fixture(scope="module")
def app(tiny_linux: Path) -> Built:
    return build(tiny_linux, "app")


@pytest.fixture(params=["starter", "studio"])
def each_app(
    request: pytest.FixtureRequest, starter_project: Callable[[str], Path], tiny_linux: Path
) -> Built:
    """Return the starter and the studio."""
    return build(starter_project("detect") if request.param == "starter" else tiny_linux, "app")


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def sound_files() -> Iterator[tuple[str, bytes]]:
    """Give a small picture in the kinds of files that every OpenCV reads."""
    picture = Image.fromarray(draw_scene(60, 44, seed=3)[0])
    alpha = picture.copy()
    alpha.putalpha(Image.linear_gradient("L").resize(picture.size))
    yield "baseline.jpg", encoded(picture, "JPEG")
    yield "progressive.jpg", encoded(picture, "JPEG", progressive=True)
    yield "cmyk.jpg", encoded(picture.convert("CMYK"), "JPEG")
    yield "rgb.png", encoded(picture, "PNG")
    yield "alpha.png", encoded(alpha, "PNG")
    yield "lossy.webp", encoded(picture, "WEBP")
    yield "alpha.webp", encoded(alpha, "WEBP", lossless=True)
    yield "raw.tif", encoded(picture, "TIFF")
    yield "lzw.tif", encoded(picture, "TIFF", compression="tiff_lzw")
    yield "rgb.bmp", encoded(picture, "BMP")
    yield "palette.bmp", encoded(picture.quantize(64), "BMP")
    yield "rgb.jp2", encoded(picture, "JPEG2000")


def damaged(sound: bytes) -> Iterator[tuple[str, bytes]]:
    """Give a file cut at many places, with a byte flipped, and with stray bytes between its own."""
    for count in (1, 2, 5, 16):
        yield f"without-{count}", sound[:-count]
    for part in (5, 20, 40, 60, 80, 95):
        yield f"cut-{part}", sound[: len(sound) * part // 100]
    yield "behind", sound + b"\0more"
    places = random.Random(len(sound))
    for _ in range(3):
        place = places.randrange(len(sound) // 2, len(sound) - 4)
        yield f"flip-{place}", sound[:place] + bytes([sound[place] ^ 0x55]) + sound[place + 1 :]
        yield f"stray-{place}", sound[:place] + b"\xff" + sound[place:]


@pytest.mark.full
def test_app_and_edgegen_read_a_damaged_picture_if_and_only_if_predict_reads_it(
    each_app: Built, tmp_path: Path
) -> None:
    """The pixels are equal too."""
    files = list[Path]()
    for name, sound in sound_files():
        for what, data in (("whole", sound), *damaged(sound)):
            files.append(tmp_path / f"{what}-{name}")
            files[-1].write_bytes(data)
    answer = each_app.run(*files, "--json", "--conf", 0.9)
    found = json.loads(answer.stdout)
    assert all(line.startswith("error: ") for line in answer.stderr.splitlines())  # none is of a library
    ours = {each["path"]: (each["height"], each["width"]) for each in found["images"]}
    right = {str(path): picture for path in files if (picture := imread(path)) is not None}
    assert 70 < len(right) < len(files) - 70
    assert ours == {path: picture.shape[:2] for path, picture in right.items()}
    for path in files:
        if str(path) in right:
            assert np.array_equal(read_picture(path).rgb, right[str(path)][..., ::-1]), path
        else:
            with pytest.raises(InputError):
                read_picture(path)


def written(folder: Path, orientation: int, suffix: str, **options: object) -> Path:
    """Write the photo as a camera stores it at this EXIF orientation."""
    with Image.open(PHOTO) as photo:
        stored = turn_upright(np.asarray(photo.convert("RGB")), INVERSE[orientation])
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    path = folder / f"{orientation}{suffix}"
    Image.fromarray(stored).save(path, exif=exif, **options)
    return path


@pytest.mark.parametrize("suffix", [".webp", ".png", ".tif", ".avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_edgegen_applies_the_exif_orientation_as_predict_does(
    tmp_path: Path, orientation: int, suffix: str
) -> None:
    options = {"lossless": True} if suffix == ".webp" else {}
    path = written(tmp_path, orientation, suffix, **options)
    ours = read_picture(path).rgb
    assert np.array_equal(ours, imread(path)[..., ::-1])
    assert np.abs(ours.astype(int) - read_picture(PHOTO).rgb).mean() < 8  # AVIF loses something


@pytest.mark.full
def test_app_applies_the_exif_orientation_of_png_tiff_and_webp(each_app: Built, tmp_path: Path) -> None:
    """The detections are equal for all eight orientations."""
    files = [
        written(tmp_path, orientation, suffix, **({"lossless": True} if suffix == ".webp" else {}))
        for suffix in (".png", ".tif", ".webp")
        for orientation in range(1, 9)
    ]
    right, *found = each_app.detect([PHOTO, *files], "--conf", 0.05)
    assert len(right) > 2
    for path, each in zip(files, found, strict=True):
        assert np.array_equal(each.boxes, right.boxes), path
        assert np.array_equal(each.scores, right.scores), path


@pytest.mark.full
def test_app_turns_a_webp_with_unusual_exif_as_predict_does(each_app: Built, tmp_path: Path) -> None:
    """The chunk may be unannounced, behind the end, before the pixels, twice, or with the prefix of JPEG."""
    data = written(tmp_path, 6, ".webp", lossless=True).read_bytes()
    place = data.index(b"EXIF")
    size = int.from_bytes(data[place + 4 : place + 8], "little")
    chunk, payload = data[place : place + 8 + size + size % 2], data[place + 8 : place + 8 + size]

    def file(name: str, body: bytes, *, announced: bool = True, behind: bytes = b"") -> Path:
        head = bytearray(data[8:30])
        head[12] = 8 if announced else 0  # flags of VP8X
        path = tmp_path / f"{name}.webp"
        content = bytes(head) + body
        path.write_bytes(b"RIFF" + len(content).to_bytes(4, "little") + content + behind)
        return path

    def exif(content: bytes) -> bytes:
        return b"EXIF" + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)

    pixels = data[30:place]
    upright = exif(payload.replace(b"\x00\x06\x00\x00", b"\x00\x01\x00\x00"))
    files = [
        file("unannounced", pixels + chunk, announced=False),
        file("behind", pixels, behind=chunk),
        file("before", chunk + pixels),
        file("twice", pixels + upright + chunk),
        file("prefixed", pixels + exif(b"Exif\0\0" + payload)),
    ]
    report = json.loads(each_app.run(*files, "--json").stdout)
    right = {str(path): imread(path).shape[:2] for path in files}
    assert len(set(right.values())) == 2
    assert {each["path"]: (each["height"], each["width"]) for each in report["images"]} == right


@pytest.mark.full
def test_app_turns_a_jpeg_whose_exif_is_not_its_first_segment_as_predict_does(
    each_app: Built, tmp_path: Path
) -> None:
    """Before it may be XMP, profiles, comments, bytes that fill, and tables of the picture."""
    data = written(tmp_path, 6, ".jpg").read_bytes()
    place = data.index(b"\xff\xe1")
    size = 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    exif, others = data[place : place + size], data[2:place] + data[place + size :]

    def segment(marker: int, content: bytes) -> bytes:
        return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content

    tables = others.index(b"\xff\xdb")
    after = tables + 2 + int.from_bytes(others[tables + 2 : tables + 4], "big")
    upright = exif.replace(b"\x00\x06\x00\x00", b"\x00\x01\x00\x00")
    assert upright != exif
    bodies = {
        "xmp": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + bytes(60000)) + exif + others,
        "profiles": 5 * segment(0xE2, b"ICC_PROFILE\0" + bytes(65521)) + exif + others,
        "comment": segment(0xFE, data) + exif + others,
        "filled": b"\xff\xff\xff" + exif + others,
        "tables": others[:after] + exif + others[after:],
        "twice": exif + upright + others,
        "none": others,
    }
    files = [tmp_path / f"{name}.jpg" for name in bodies]
    for path, body in zip(files, bodies.values(), strict=True):
        path.write_bytes(data[:2] + body)
    report = json.loads(each_app.run(*files, "--json").stdout)
    right = {str(path): imread(path).shape[:2] for path in files}
    assert len(set(right.values())) == 2
    assert {each["path"]: (each["height"], each["width"]) for each in report["images"]} == right


@pytest.mark.full
def test_folder_reports_each_unreadable_picture_and_writes_the_others(
    each_app: Built, tmp_path: Path
) -> None:
    """One name is so long that no file may have a longer one. Folders and pipes are passed over."""
    folder, output = tmp_path / "photos", tmp_path / "out"
    (folder / "folder.jpg").mkdir(parents=True)
    os.mkfifo(folder / "pipe.jpg")
    long = "n" * 251 + ".png"
    (folder / long).write_bytes(PHOTO.read_bytes())
    (folder / "empty.jpg").touch()
    (folder / "other.webp").write_bytes(b"no picture")
    (folder / "link.jpg").symlink_to("nowhere.jpg")
    (folder / "link.mp4").symlink_to("nowhere.mp4")
    answer = each_app.run(folder, "--output", output)
    assert answer.returncode == 1
    lines = [line.removeprefix("error: ").removeprefix(f"{folder}/") for line in answer.stderr.splitlines()]
    assert [line.partition(": ")[0] for line in lines] == ["empty.jpg", "link.jpg", "link.mp4", "other.webp"]
    assert all("damaged" in lines[number] for number in (0, 3))
    assert lines[1:3] == [f"link.{kind}: there is no such file" for kind in ("jpg", "mp4")]
    assert [path.name for path in output.iterdir()] == [long]


@pytest.mark.full
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_explain_finds_no_input_difference_for_a_rotated_picture(
    app: Built, tmp_path: Path, suffix: str
) -> None:
    """The capture has PNG and WebP pixels as they are stored, and TIFF pixels upright."""
    path = written(tmp_path, 6, suffix, **({"lossless": True} if suffix == ".webp" else {}))
    capture = tmp_path / "capture.tar"
    assert app.run(path, "--capture", capture).returncode == 0
    assert read_capture(capture, tmp_path).orientation == (1 if suffix == ".tif" else 6)
    for image in ([], ["--image", path]):
        assert explained(capture, *image)["stages"][0]["same"] is True


@pytest.mark.full
def test_explain_rejects_a_truncated_picture(app: Built, tmp_path: Path) -> None:
    capture, cut = tmp_path / "capture.tar", tmp_path / "cut.jpg"
    assert app.run(PHOTO, "--capture", capture).returncode == 0
    cut.write_bytes(encoded(Image.open(PHOTO).convert("RGB"), "JPEG")[:-2])
    answer = edgegen("explain", capture, "--image", cut)
    assert (answer.code, "truncated" in answer.err) == (3, True), answer.err
    assert "Corrupt" not in answer.err  # OpenCV's own words


@pytest.mark.full
def test_runner_reports_an_unreadable_picture_and_reads_the_next(app: Built, tmp_path: Path) -> None:
    """The error has exit code 3, the file's name and the app's reason."""
    sound = encoded(Image.open(PHOTO).convert("RGB"), "JPEG")
    files = {"cut.jpg": sound[:-2], "film.gif": encoded(Image.open(PHOTO), "GIF"), "sound.jpg": sound}
    shown = []
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        shown.append(
            PictureInput(tmp_path / name, Picture(name, np.zeros((1, 1, 3), np.uint8)), Thresholds())
        )
    known = manifest.read(app.project)
    assert known is not None
    job = Job(
        app.project,
        known,
        load_model_spec(app.project / "model/model.pte", app.project / "model/metadata.yaml"),
        NoProgress(),
    )
    runner = LinuxRunner(app.app.parent, job, str(tmp_path))
    answers = iter(runner.run(RunInput((), tuple(shown))).results)
    with pytest.raises(UnreadableError, match=r"cut\.jpg: the picture is cut short") as error:
        next(answers)
    assert error.value.exit_code == 3
    with pytest.raises(UnreadableError, match=r"film\.gif as a video"):
        next(answers)
    assert len(next(answers)) > 0
    assert next(answers, None) is None

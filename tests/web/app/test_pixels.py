"""The pixels of photos in the app: the same bytes as OpenCV's."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgegen.parity.picture_files import read_picture
from tests.helpers.photos import variants
from tests.web.app.conftest import LANDSCAPE, App, SharedApp
from tests.web.picture_bytes import BYTES_OF, SHOWN_PHOTO, rgb_of
from tests.web.turned_photos import write_odd, write_turned

pytestmark = pytest.mark.full

# Returns the picture that the app reads from the chosen file.
READ = f"""async () => {{
  const {{ readPixels }} = await import('./app/pixels.js');
  const {{ picture, isExact }} = await readPixels(document.querySelector('#file').files[0]);
  return {{ ...({BYTES_OF})(picture), isExact }};
}}"""
READ_SHOWN = f"() => ({BYTES_OF})(({SHOWN_PHOTO})(document.querySelector('#photo')))"
KEEP_FILE = """() => document.querySelector('#file')
  .addEventListener('change', (event) => event.stopImmediatePropagation(), { capture: true, once: true })"""


def read(app: App, path: Path) -> tuple[Any, bool]:
    """Return the RGB bytes that the app reads from a file, and whether it calls them exact."""
    app.page.evaluate(KEEP_FILE)
    app.page.set_input_files("#file", path)
    answer = app.page.evaluate(READ)
    return rgb_of(answer), answer["isExact"]


def test_photos_of_every_form_have_the_bytes_of_opencv(shared_app: SharedApp, tmp_path: Path) -> None:
    app = shared_app()
    compared = 0
    for path in variants(LANDSCAPE, tmp_path):
        expected = read_picture(path).rgb
        pixels, is_exact = read(app, path)
        assert pixels.shape == expected.shape, path.name
        assert is_exact, path.name
        assert np.array_equal(pixels, expected), (path.name, np.abs(pixels - expected).max())
        compared += 1
    assert compared > 15


def test_photos_are_upright_by_their_orientation_as_in_opencv(shared_app: SharedApp, tmp_path: Path) -> None:
    """JPEG, PNG, WebP and AVIF. Chromium turns an AVIF itself; it has nearly the same bytes."""
    app = shared_app()
    for path in (*write_turned(LANDSCAPE, tmp_path), *write_odd(LANDSCAPE, tmp_path)):
        expected = read_picture(path).rgb
        pixels, is_exact = read(app, path)
        assert pixels.shape == expected.shape, path.name
        assert is_exact, path.name
        difference = np.abs(pixels - expected)
        assert difference.mean() < 2 if path.suffix == ".avif" else difference.max() == 0, path.name


def test_shown_photo_is_turned_like_its_pixels(shared_app: SharedApp, tmp_path: Path) -> None:
    app = shared_app()
    for path in (*write_turned(LANDSCAPE, tmp_path), *write_odd(LANDSCAPE, tmp_path)):
        app.open_file(path)
        expected, pixels = read_picture(path).rgb, rgb_of(app.page.evaluate(READ_SHOWN))
        assert pixels.shape == expected.shape, path.name
        assert np.abs(pixels - expected).mean() < 2, path.name


def test_photo_with_a_colour_profile_has_the_bytes_of_its_file(shared_app: SharedApp, tmp_path: Path) -> None:
    app = shared_app()
    from PIL import Image, ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for name in ("photo.jpg", "photo.png", "photo.webp"):
        Image.open(LANDSCAPE).convert("RGB").save(tmp_path / name, icc_profile=profile, lossless=True)
        pixels, _ = read(app, tmp_path / name)
        assert np.array_equal(pixels, cv2.imread(str(tmp_path / name))[..., ::-1]), name


def test_colour_profiles_are_cut_out_and_nothing_else(shared_app: SharedApp, tmp_path: Path) -> None:
    app = shared_app()
    from PIL import Image, ImageCms

    picture = Image.open(LANDSCAPE).convert("RGB")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    script = """async () => {
      const { withoutMetadata } = await import('./app/pixels.js');
      const bytes = new Uint8Array(await document.querySelector('#file').files[0].arrayBuffer());
      const { parts } = withoutMetadata(bytes);
      return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
    }"""
    for suffix in (".jpg", ".png"):
        picture.save(tmp_path / f"plain{suffix}")
        picture.save(tmp_path / f"profile{suffix}", icc_profile=profile)
        app.page.evaluate(KEEP_FILE)
        app.page.set_input_files("#file", tmp_path / f"profile{suffix}")
        assert bytes(app.page.evaluate(script)) == (tmp_path / f"plain{suffix}").read_bytes()

"""Pixels from a page: a script that makes a text of them, and the array of that text."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

# A function of an ImageData, or of a Picture of the app. Returns its size, and its bytes in Latin-1.
BYTES_OF: Final = """({ width, height, data }) => {
  let bytes = '';
  for (let i = 0; i < data.length; i += 30000) bytes += String.fromCharCode(...data.subarray(i, i + 30000));
  return { width, height, bytes };
}"""
# The photo on the page as it is shown, as ImageData.
SHOWN_PHOTO: Final = """(photo) => {
  const { naturalWidth: width, naturalHeight: height } = photo;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(photo, 0, 0);
  return context.getImageData(0, 0, width, height);
}"""


def rgb_of(answer: Mapping[str, Any]) -> Any:
    """Return [height, width, 3] of the answer of BYTES_OF, as signed numbers: differences are right."""
    shape = answer["height"], answer["width"], 4
    return np.frombuffer(answer["bytes"].encode("latin-1"), np.uint8).reshape(shape)[..., :3].astype(int)

"""Tracking on the JVM."""

import struct
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from tests.helpers.bytetrack import Tracked
from tests.kotlin.packing import floats

Values = npt.NDArray[np.float32]


class Following:
    """A core that answers commands."""

    def ask(self, command: str, *parts: bytes) -> list[bytes]:
        """Send a command and return the parts of the answer."""
        raise NotImplementedError

    def track(self, frames: Iterable[tuple[Values, Values]]) -> Iterator[list[Tracked]]:
        """Run vision.ByteTrack over the frames' boxes, [n, 4] or oriented [n, 5], and scores."""
        all_frames = list(frames)
        numbers = all_frames[0][0].shape[1]
        parts = self.ask(
            "track",
            struct.pack(">?i", numbers == 5, len(all_frames)),
            *(floats(each) for frame in all_frames for each in frame),
        )
        for ids, places, boxes in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            rows = np.frombuffer(boxes, "<f4").reshape(-1, numbers)
            read = zip(np.frombuffer(ids, "<i4"), rows, np.frombuffer(places, "<i4"), strict=True)
            yield [Tracked(int(number), box, int(place)) for number, box, place in read]

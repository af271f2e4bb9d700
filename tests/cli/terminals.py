"""Reading what a program writes to a terminal."""

import errno
import os
import select
from collections.abc import Iterator

from tests.helpers.support import PATIENCE


def blocks_of(leader: int) -> Iterator[bytes]:
    """Yield the blocks that a terminal shows, until the program ends."""
    while select.select([leader], [], [], PATIENCE)[0]:
        try:
            block = os.read(leader, 65536)
        except OSError as error:  # Linux's end of a terminal
            assert error.errno == errno.EIO
            return
        if not block:
            return
        yield block

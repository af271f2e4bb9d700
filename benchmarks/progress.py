"""Report the current step on standard error."""

import sys
import time

_START = time.monotonic()


def say(text: str) -> None:
    """Print a line with the seconds since the start."""
    print(f"{time.monotonic() - _START:7.1f} s  {text}", file=sys.stderr, flush=True)

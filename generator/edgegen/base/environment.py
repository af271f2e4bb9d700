"""Change environment variables for a while."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# torch.load then executes no code of a file, whatever the user's environment says.
NO_CODE: Final = {"TORCH_FORCE_WEIGHTS_ONLY_LOAD": "1", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": None}


@contextmanager
def environment(values: dict[str, str | None]) -> Iterator[None]:
    """Set variables, or remove those whose value is None; afterwards they are as before."""
    before = {name: os.environ.pop(name) for name in values if name in os.environ}
    os.environ.update({name: value for name, value in values.items() if value is not None})
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name, None)
        os.environ.update(before)

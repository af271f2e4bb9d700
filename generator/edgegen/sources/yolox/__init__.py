"""Recognize checkpoints and state dicts of YOLOX, by the names of their tensors.

Only this package imports yolox. `pixeltable-yolox` on PyPI is the maintained fork of the original repository.
"""

import re
from pathlib import Path
from typing import Final

from edgegen.sources.pickles import read_pickle_names
from edgegen.sources.source import DescribedFile, FileSource, OpenedModel

# A training writes a dict with the state dict under `model`.
_HEAD: Final = re.compile(r"(.+\.)?head\.(cls|reg|obj)_preds\.0\.weight")
_BACKBONE: Final = re.compile(r"(.+\.)?backbone\.backbone\.\w+\..+")


class YoloxFile(DescribedFile):
    """A checkpoint of a training, or a state dict."""

    def open(self, path: Path) -> OpenedModel:
        """Load the weights into the network that their shapes describe."""
        from edgegen.sources.yolox import checkpoint

        return checkpoint.load(path, self.description)


def _is_yolox(path: Path) -> bool:
    """Return whether a pickle has the tensors' names. A pickled module has them in parts."""
    texts = read_pickle_names(path).texts
    return any(map(_HEAD.fullmatch, texts)) and any(map(_BACKBONE.fullmatch, texts))


SOURCE: Final = FileSource(
    "yolox",
    "a checkpoint of YOLOX (best_ckpt.pth), with --names",
    _is_yolox,
    YoloxFile,
)

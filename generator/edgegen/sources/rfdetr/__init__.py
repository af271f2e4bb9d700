"""The source of RF-DETR's checkpoints: the `.pth` files that trainings of the package rfdetr write.

Only this package imports rfdetr.
"""

import re
from pathlib import Path
from typing import Final

from edgegen.sources.pickles import read_pickle_names
from edgegen.sources.source import FileSource, OpenableSource, OpenedModel

# Names of weights that only RF-DETR has together. Lightning adds the prefix `model.`, torch.compile another.
_QUERIES: Final = re.compile(r"([\w.]+\.)?refpoint_embed\.weight")
_ENCODER: Final = re.compile(r"([\w.]+\.)?backbone\.0\.encoder\.(base_model\.model\.)?encoder\.embeddings\.")


class RfDetrFile(OpenableSource):
    """A checkpoint of rfdetr. Some have no class names."""

    takes_names = True

    def open(self, path: Path) -> OpenedModel:
        """Load the weights into the library's model."""
        from edgegen.sources.rfdetr import detector

        return detector.load(path, self.description)


def _is_rfdetr(path: Path) -> bool:
    """Return whether the pickle of a file names weights of RF-DETR."""
    texts = read_pickle_names(path).texts
    return any(map(_QUERIES.fullmatch, texts)) and any(map(_ENCODER.match, texts))


SOURCE: Final = FileSource(
    "rfdetr",
    "a checkpoint (.pth) of the package rfdetr: RF-DETR Nano, Small, Medium or Large",
    _is_rfdetr,
    RfDetrFile,
)

"""Random outputs of heads that have an extra next to boxes and classes, and Ultralytics' decoding of them."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import Extras, OutputSpec

Float32 = npt.NDArray[np.float32]

STRIDES: Final = (8, 16)
INPUTS: Final = ((320, 320), (64, 96), (640, 480), (32, 256))  # height, width
LARGEST_PICTURE: Final = 700  # pixels a side
SCORE: Final = 3e-7  # two ways to compute a sigmoid differ by as much
BOX: Final = 2e-3  # pixels


class HeadCase:
    """Outputs of two levels (box0, cls0, extra0, box1, ...) and the options for decoding them."""

    def __init__(self, seed: int, channels: int, spread: float = 2.0) -> None:
        self.random = np.random.default_rng(seed)
        self.channels = channels
        self.reg_max = int(self.random.choice([1, 16]))
        self.classes = int(self.random.choice([1, 2, 7, 80]))
        height, width = (2 * int(side) for side in self.random.integers(1, 11, size=2))
        self.outputs: list[Float32] = []
        for rows, columns in ((height, width), (height // 2, width // 2)):
            boxes = self.random.normal(1.5, 2, (1, 4 * self.reg_max, rows, columns))
            logits = self.random.normal(-3, 2, (1, self.classes, rows, columns))
            extra = self.random.normal(0, spread, (1, channels, rows, columns))
            self.outputs += [array.astype(np.float32) for array in (boxes, logits, extra)]
        self.cells = height * width * 5 // 4
        self.confidence = float(self.random.choice([0.001, 0.01, 0.25, 0.6]))
        self.max_det = int(self.random.choice([1, 30, 300, 350]))
        self.agnostic = bool(self.random.integers(2))
        kept = self.random.permutation(self.classes)[: max(self.classes // 2, 1)]
        self.keep = None if self.random.integers(2) else sorted(int(number) for number in kept)

    def spec(self, contract: str, extras: Extras, outputs: list[Float32] | None = None) -> OutputSpec:
        """Return the description of these outputs; of this case's levels if none are given."""
        shapes = tuple(array.shape for array in outputs or self.outputs)
        if contract in {"raw", "end2end"}:
            return OutputSpec(contract, shapes, self.reg_max, STRIDES, extras=extras)
        return OutputSpec(contract, shapes, classes=self.classes, extras=extras)

    def index(self) -> npt.NDArray[np.int64]:
        """Return indices of random cells: unordered, with duplicates, possibly empty."""
        return self.random.integers(0, self.cells, size=int(self.random.integers(0, 40)))

    def scores(self) -> Float32:
        """Return the scores of all cells and classes."""
        return np.concatenate([1 / (1 + np.exp(-logits).ravel()) for logits in self.outputs[1::3]])

    def joined(self, place: int) -> Any:
        """Return one of the three outputs as a tensor [1, channels, cells]."""
        import torch

        return torch.cat([torch.from_numpy(array).flatten(2) for array in self.outputs[place::3]], 2)

    def inferred(self, head: Any, name: str, prepare: Any = lambda extra: extra) -> Any:
        """Return the outputs decoded by an Ultralytics head: [1, 4 + classes + extra, cells]."""
        import torch

        features = [torch.from_numpy(array) for array in self.outputs[::3]]
        raw = {"boxes": self.joined(0), "scores": self.joined(1), "feats": features}
        return head._inference({**raw, name: prepare(self.joined(2))})


def ready(head: Any) -> Any:
    """Return an Ultralytics head in its trained state; its convolutions are never run."""
    import torch

    head.eval()
    head.stride = torch.tensor(STRIDES, dtype=torch.float32)
    return head


def sizes(seed: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the sizes (height, width) of a picture and of a model's input."""
    random = np.random.default_rng(seed)
    height, width = (int(side) for side in random.integers(1, LARGEST_PICTURE, size=2))
    return (height, width), INPUTS[int(random.integers(len(INPUTS)))]


def same_rows(ours: Float32, theirs: Float32, every: Float32) -> None:
    """Compare rows (box, score, class, extra); rows of equal score may be swapped.

    every has all scores of the model, to find out whether the last rows were chosen among equal scores.
    """
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours[:, 4], theirs[:, 4], rtol=0, atol=SCORE)
    if len(ours) == 0:
        return
    last = theirs[-1, 4]  # rows that share this score are interchangeable
    is_cut = (np.abs(every - last) <= SCORE).sum() > (np.abs(theirs[:, 4] - last) <= SCORE).sum()
    for place, row in enumerate(theirs):
        difference = np.abs(ours - row)
        like = (difference <= BOX).all(axis=1) & (difference[:, 4] <= SCORE) & (difference[:, 5] == 0)
        assert like.any() or (is_cut and row[4] - last <= SCORE), (place, row)

"""Random outputs of every task's head, with thresholds and options for them."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import Extras, OutputSpec
from edgegen.model.thresholds import Thresholds as Wanted
from edgegen.reference import LetterboxPlan, plan_letterbox
from edgegen.tasks import extras
from edgegen.tasks.detect.decode import Candidates, choose, decode
from tests.cpp.native_tasks import Model, Task, Tasks, Thresholds

Float32 = npt.NDArray[np.float32]
Size = tuple[int, int]  # height, width

LEVELS = ("raw", "end2end")
CONTRACTS = (*LEVELS, "decoded", "detections")
STRIDES = (8, 16)
CONFIDENCES = (0.0, 0.001, 0.25, 0.5, 0.9)


@dataclass
class Case:
    """Outputs of a head with extra values for each candidate, and the thresholds for them."""

    seed: int
    contract: str
    extras: int
    spread: float = 2.0
    odd: bool = True  # NaN and unexpected values
    outputs: list[Float32] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Draw a random case."""
        self.random = random = np.random.default_rng(self.seed)
        self.classes = int(random.choice([1, 2, 7]))
        self.reg_max = int(random.choice([1, 16])) if self.contract in LEVELS else 0
        rows, columns = (2 * int(side) for side in random.integers(1, 8, 2))
        self.input_hw = (rows * STRIDES[0], columns * STRIDES[0])
        self.source_hw: Size = tuple(int(side) for side in random.integers(1, 500, 2))  # type: ignore[assignment]
        if self.contract in LEVELS:
            for stride in STRIDES:
                height, width = (side // stride for side in self.input_hw)
                self._add(random.normal(1.5, 2, (1, 4 * self.reg_max, height, width)))
                self._add(random.normal(-2, 2, (1, self.classes, height, width)))
                self._add(random.normal(0, self.spread, (1, self.extras, height, width)))
        elif self.contract == "decoded":
            self._add(self._rows(int(random.integers(1, 120))).T[None])
        else:
            self._add(self._rows(int(random.integers(1, 120)))[None])
        kept = random.permutation(self.classes)[: max(self.classes // 2, 1)]
        self.kept = None if random.integers(2) else sorted(int(number) for number in kept)
        self.thresholds = Thresholds(
            confidence=float(random.choice(CONFIDENCES)),
            iou=float(random.choice([0.0, 0.3, 0.7, 1.0])),
            max_det=int(random.choice([1, 10, 300])),
            agnostic=bool(random.integers(2)),
        )

    def _add(self, values: npt.NDArray) -> None:
        array = np.ascontiguousarray(values, dtype=np.float32)
        if self.odd and self.random.integers(3) == 0:
            where = self.random.random(array.shape) < 0.02
            odd = np.array([np.nan, np.inf, -np.inf, 3e38, -3e38, 0, -0.0], dtype=np.float32)
            array[where] = self.random.choice(odd, int(where.sum()))
        self.outputs.append(array)

    def _rows(self, count: int) -> npt.NDArray:
        height, width = self.input_hw
        centre = self.random.uniform(0, 1, (count, 2)) * (width, height)
        size = self.random.uniform(-2, 0.7 * max(height, width), (count, 2))
        extra = self.random.normal(0, self.spread, (count, self.extras))
        scores = self.random.random((count, self.classes if self.contract == "decoded" else 1))
        if self.contract == "decoded":
            return np.concatenate([centre, size, scores, extra], axis=1)
        class_ids = self.random.integers(-1, self.classes + 1, (count, 1))
        return np.concatenate([self.boxes_of_rows(centre, size), scores, class_ids, extra], axis=1)

    def boxes_of_rows(self, centre: npt.NDArray, size: npt.NDArray) -> npt.NDArray:
        """Return the boxes of finished detections: corners."""
        return np.concatenate([centre - size / 2, centre + size / 2], axis=1)

    @property
    def plan(self) -> LetterboxPlan:
        """The letterbox plan of the picture."""
        return plan_letterbox(self.source_hw, self.input_hw)

    def spec(self, extra: Extras | None = None) -> OutputSpec:
        """Return the description of the outputs, with the encoding of the extra values if it is given."""
        shapes = tuple(array.shape for array in self.outputs)
        extra = extra or Extras(self.extras)
        return OutputSpec(self.contract, shapes, self.reg_max, self._strides, self.classes, extra)

    @property
    def _strides(self) -> tuple[int, ...]:
        return STRIDES if self.contract in LEVELS else ()

    def model(self, task: str, **more: object) -> Model:
        """Return its fields of a ModelInfo."""
        return Model(
            task,
            self.contract,
            self.input_hw,
            self.classes,
            tuple(array.shape for array in self.outputs),
            strides=self._strides,
            reg_max=self.reg_max,
            kept=tuple(self.kept or ()),
            **more,  # type: ignore[arg-type]
        )

    def run(self, tasks: Tasks, model: Model) -> Task:
        """Run the core's task on it."""
        task = tasks.task(model)
        task.run(self.outputs, self.source_hw, self.thresholds)
        return task

    @property
    def wanted(self) -> Wanted:
        """The thresholds of the reference."""
        wanted = self.thresholds
        return Wanted(wanted.confidence, wanted.iou, wanted.max_det, wanted.agnostic)

    def candidates(self) -> Candidates:
        """Return detection's candidates."""
        return decode(self.outputs, self.spec(), self.wanted, self.kept)

    def choose(self, candidates: Candidates) -> npt.NDArray[np.int64]:
        """Return the indices of the shown candidates."""
        return choose(candidates, self.spec(), self.wanted)


class MaskCase(Case):
    """Prototypes on a grid of 1 / 64, so that every order of summing gives the same bits."""

    def __init__(self, seed: int, contract: str, count: int, odd: bool = False) -> None:
        super().__init__(seed, contract, count, odd=odd)
        self.count = count
        if contract not in LEVELS and odd:
            self._move_boxes()
        height, width = (side // 4 for side in self.input_hw)
        rough = self.random.integers(-2, 3, (1, count, height // 4 + 1, width // 4 + 1))
        smooth = np.kron(rough, np.ones((1, 1, 4, 4)))[:, :, :height, :width]
        self.prototypes = np.ascontiguousarray(
            smooth + self.random.integers(-32, 33, smooth.shape) / 64, np.float32
        )
        self._round_coefficients()
        if odd:  # of 3e38, sums would depend on their order
            where = self.random.random(self.prototypes.shape) < 0.01
            self.prototypes[where] = self.random.choice(np.float32([np.nan, np.inf, -np.inf]), where.sum())
        self.outputs.append(self.prototypes)

    def _move_boxes(self) -> None:
        """Make every fourth box empty, and move every fourth one out of the input."""
        across = self.outputs[0][0, 0] if self.contract == "decoded" else self.outputs[0][0, :, 0]
        along = self.outputs[0][0, 2] if self.contract == "decoded" else self.outputs[0][0, :, 2]
        along[::4] = 0 if self.contract == "decoded" else across[::4]
        far = self.random.choice(np.float32([-3, 3]), across[1::4].shape) * self.input_hw[1]
        across[1::4] += far
        if self.contract == "detections":
            along[1::4] += far

    def _round_coefficients(self) -> None:
        if self.contract in LEVELS:
            targets = self.outputs[2::3]
        elif self.contract == "decoded":
            targets = [self.outputs[0][:, 4 + self.classes :]]
        else:
            targets = [self.outputs[0][:, :, 6:]]
        for target in targets:
            target[...] = np.round(target * 4) / 4
            huge = np.abs(target) > 1e30  # of 3e38, sums would depend on their order
            target[huge] = np.copysign(np.float32(np.inf), target[huge])

    def coefficients(self, index: npt.NDArray[np.int64]) -> Float32:
        """Return the extra values of candidates, [n, count]."""
        return extras.extras_at(self.outputs, self.spec(), index)

"""Random outputs of every task's head, and the comparison with the reference for each.

Every check fails by AssertionError. The tests run them on the core as it is, and on cores that were broken on
purpose.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import ANGLES, KEYPOINT_RULES, Extras, OutputSpec
from edgegen.model.thresholds import Thresholds as Wanted
from edgegen.reference import LetterboxPlan, plan_letterbox
from edgegen.reference.rotated_nms import probiou, rotated_nms
from edgegen.tasks import extras
from edgegen.tasks.depth import result as depth
from edgegen.tasks.detect.decode import Candidates, choose, decode, first, to_image
from edgegen.tasks.obb import decode as obb
from edgegen.tasks.pose import result as pose
from edgegen.tasks.segment import decode as segment
from edgegen.tasks.semantic import result as semantic
from tests.cpp.native_tasks import Model, Task, Tasks, Thresholds

Float32 = npt.NDArray[np.float32]
Size = tuple[int, int]  # height, width

LEVELS = ("raw", "end2end")
CONTRACTS = (*LEVELS, "decoded", "detections")
STRIDES = (8, 16)
CONFIDENCES = (0.0, 0.001, 0.25, 0.5, 0.9)
PIXEL = 0.01  # of coordinates up to a few thousand
SCORE = 1e-6  # of two ways to compute a sigmoid


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


def same_boxes(task: Task, scores: Float32, class_ids: npt.NDArray[np.int64], boxes: Float32) -> None:
    """Compare the boxes of a result with the reference, in order."""
    ours = task.boxes()
    np.testing.assert_array_equal(ours["class_id"], class_ids)
    np.testing.assert_allclose(ours["score"], scores, rtol=0, atol=SCORE)
    corners = np.stack([ours[name] for name in ("x1", "y1", "x2", "y2")], axis=1)
    np.testing.assert_allclose(corners, boxes, rtol=1e-5, atol=PIXEL)


def no_ties(candidates: Candidates) -> bool:
    """Return whether the order of the candidates depends on no last bit of a score."""
    return len(candidates) < 2 or float(np.diff(np.sort(candidates.scores)).min()) > 2e-7


@np.errstate(all="ignore")
def check_pose(tasks: Tasks, seed: int, cases: int) -> int:
    """Compare boxes and keypoints, for every contract, rule and shape; return the number of keypoints."""
    compared = 0
    for number in range(cases):
        case_seed = 100_000 * seed + number
        shape = [(17, 3), (21, 3), (4, 2), (1, 3), (1, 2)][number % 5]
        rule = KEYPOINT_RULES[number // 5 % 2]
        case = Case(
            case_seed, CONTRACTS[number // 10 % 4], shape[0] * shape[1], spread=3 if number % 3 else 30
        )
        found = case.candidates()
        if not no_ties(found):
            continue
        kept = case.choose(found)
        index = found.index[kept]
        spec = case.spec(Extras(case.extras, shape, *rule))
        points = pose.to_image(pose.keypoints_of(case.outputs, spec, index), case.plan)
        task = case.run(tasks, case.model("pose", keypoints=shape, rule=rule))
        same_boxes(task, found.scores[kept], found.class_ids[kept], to_image(found.boxes[kept], case.plan))
        ours = task.part("keypoints").reshape(-1, shape[0], 3)
        np.testing.assert_allclose(ours[..., :2], points[..., :2], rtol=0, atol=1e-3)
        np.testing.assert_allclose(ours[..., 2], points[..., 2], rtol=1e-6, atol=SCORE)
        compared += points[..., 0].size
    return compared


PART = np.dtype(
    [(name, np.int32) for name in ("left", "top", "width", "height")] + [("first", np.uint64)]
)  # vision::Masks::Part


def bitmaps(task: Task) -> npt.NDArray[np.bool_]:
    """Return the masks of a result, [n, h, w]."""
    width, height = task.part("sizes", np.int32)[3:5]
    pixels = task.part("pixels", np.uint8)
    parts = task.part("masks", PART)
    found = np.zeros((len(parts), height, width), dtype=np.bool_)
    for bitmap, (left, top, columns, rows, begin) in zip(found, parts, strict=True):
        inside = pixels[int(begin) : int(begin) + columns * rows].reshape(rows, columns)
        bitmap[top : top + rows, left : left + columns] = inside
    return found


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


@np.errstate(all="ignore")
def check_segment(tasks: Tasks, seed: int, cases: int) -> int:
    """Masks of both sizes, the boxes that have one, and polygons equal the reference's; return how many.

    Masks of the input's size are equal in every pixel: nothing in them is rounded. In those of the picture's,
    pixels may differ where a value is next to nothing.
    """
    compared = 0
    for number in range(cases):
        kind = (CONTRACTS[number % 4], (1, 3, 8)[number // 4 % 3])
        case = MaskCase(100_000 * seed + number, *kind, odd=number % 3 == 0)
        levels = case.outputs
        case.outputs = levels[:-1]
        found = case.candidates()
        kept = case.choose(found)[:12]
        case.thresholds = replace(
            case.thresholds, max_det=min(case.thresholds.max_det, 12), retina=number % 2 == 1
        )
        case.outputs = levels
        if not no_ties(found) or (case.contract == "end2end" and len(found) > 300):
            continue
        boxes = to_image(found.boxes[kept], case.plan)
        coefficients = case.coefficients(found.index[kept])
        if case.thresholds.retina:
            masks = segment.masks_on_picture(coefficients, case.prototypes[0], boxes, case.source_hw)
        else:
            masks = segment.masks(coefficients, case.prototypes[0], found.boxes[kept], case.input_hw)
        task = case.run(tasks, case.model("segment", coefficients=case.count))
        ours, seen = bitmaps(task), segment.shown(masks)
        same_boxes(task, found.scores[kept][seen], found.class_ids[kept][seen], boxes[seen])
        assert (ours != masks[seen]).mean() <= (1e-4 if case.thresholds.retina else 0) if ours.size else True
        sizes = task.part("polygon_sizes", np.int32)
        ends = np.cumsum(sizes)
        points = task.part("polygons").reshape(-1, 2)
        for mask, size, end in zip(ours, sizes, ends, strict=True):
            np.testing.assert_allclose(
                points[end - size : end], segment.polygon(mask, case.source_hw), rtol=0, atol=1e-4
            )
        compared += len(ours)
    return compared


def check_corners(tasks: Tasks, seed: int, cases: int) -> None:
    """Compare the corners of oriented boxes and their order."""
    random = np.random.default_rng(seed)
    boxes = np.concatenate([random.uniform(-50, 900, (cases, 4)), random.normal(0, 3, (cases, 1))], 1)
    boxes = boxes.astype(np.float32)
    np.testing.assert_allclose(tasks.corners(boxes), obb.corners(boxes), rtol=1e-6, atol=1e-3)


def check_tiny_overlaps(tasks: Tasks, seed: int, cases: int) -> None:
    """Compare overlaps of boxes so small that the epsilons matter."""
    random = np.random.default_rng(seed)
    one = np.stack(
        [*random.uniform(0, 0.05, (2, cases)), *random.uniform(0.005, 0.1, (2, cases)), np.zeros(cases)], 1
    ).astype(np.float32)
    other = one + random.uniform(0, 0.02, one.shape).astype(np.float32) * np.float32([1, 1, 1, 1, 0])
    theirs = np.concatenate(
        [np.diag(probiou(one[i : i + 100], other[i : i + 100])) for i in range(0, cases, 100)]
    )
    np.testing.assert_allclose(tasks.overlaps(one, other), theirs, rtol=0, atol=2e-4)


def _dense(random: np.random.Generator, maps: int) -> tuple[Float32, Size, Size]:
    """Return maps [1, maps, h, w] on a grid, an input's size and a picture's."""
    rows, columns = (8 * int(side) for side in random.integers(1, 8, 2))
    cells = (rows // 8, columns // 8) if random.integers(2) else (rows, columns)
    source = tuple(int(side) for side in random.integers(1, 120, 2))
    if random.integers(5) == 0:
        source = (rows, columns)
    values = np.round(random.normal(0, 3, (1, maps, *cells)) * 8) / 8
    return values.astype(np.float32), (rows, columns), source  # type: ignore[return-value]


@np.errstate(all="ignore")
def check_semantic(tasks: Tasks, seed: int, cases: int) -> None:
    """Compare the class of every pixel, except where two logits are nearly equal, and the shares."""
    random = np.random.default_rng(seed)
    for number in range(cases):
        maps = (1, 2, 5, 19)[number % 4]
        logits, input_hw, source = _dense(random, maps)
        if number % 6 == 0:
            logits[random.random(logits.shape) < 0.02] = np.nan
        kept = () if number % 3 else (0, min(3, maps - 1))
        model = Model("semantic", "logits", input_hw, max(maps, 2), (logits.shape,), kept=kept)
        task = tasks.task(model)
        task.run([logits], source, Thresholds())
        ours = task.part("class_map", np.uint16).reshape(source)
        theirs = semantic.class_map(logits[0], input_hw, source)
        if kept and maps > 1:  # with one class there is no choice
            theirs = semantic.only_classes(theirs, kept)
        equal_sizes = logits.shape[2:] == input_hw == source
        assert (ours != theirs).mean() <= (0 if equal_sizes else 2e-3)
        found = task.part("classes", np.dtype([("class_id", np.int32), ("score", np.float32)]))
        shares = semantic.shares(ours.astype(np.int32), max(maps, 2))
        np.testing.assert_allclose(found["score"], shares[found["class_id"]], rtol=1e-6)
        assert sorted(found["class_id"]) == list(np.flatnonzero(shares))


def check_depth(tasks: Tasks, seed: int, cases: int) -> None:
    """Compare the depth of every pixel."""
    random = np.random.default_rng(seed)
    for _ in range(cases):
        output, input_hw, source = _dense(random, 1)
        task = tasks.task(Model("depth", "depth", input_hw, 1, (output.shape,)))
        task.run([output], source, Thresholds())
        theirs = depth.depth_map(output[0, 0], input_hw, source)
        np.testing.assert_allclose(task.part("depth").reshape(source), theirs, rtol=1e-4, atol=1e-4)


def check_classify(tasks: Tasks, seed: int, cases: int) -> None:
    """Compare probabilities of 1 to 1,000 classes, best first, from any logits and from probabilities."""
    random = np.random.default_rng(seed)
    for number in range(cases):
        classes = int(random.choice([1, 2, 10, 1000]))
        logits = random.normal(0, float(random.choice([0.1, 3, 30, 300])), (1, classes)).astype(np.float32)
        powers = np.exp(logits[0].astype(np.float64) - logits[0].max())
        expected = powers / powers.sum()
        contract = ("logits", "probabilities")[number % 2]
        output = logits if contract == "logits" else expected.astype(np.float32)[None]
        task = tasks.task(Model("classify", contract, (32, 32), classes, (output.shape,)))
        named = np.dtype([("class_id", np.int32), ("score", np.float32)])
        task.run([output], (50, 60), Thresholds(max_det=5))
        first = task.part("classes", named)
        task.run([output], (50, 60), Thresholds(max_det=1000))
        found = task.part("classes", named)
        np.testing.assert_array_equal(first, found[:5])
        assert sorted(found["class_id"]) == list(range(classes))
        assert (np.diff(found["score"]) <= 0).all()
        same = np.diff(found["score"]) == 0
        assert (np.diff(found["class_id"])[same] > 0).all()
        np.testing.assert_allclose(found["score"], expected[found["class_id"]], rtol=1e-5, atol=1e-7)


def obb_candidates(case: Case, rule: str) -> Candidates:
    """Return the reference's candidates; their boxes are cx cy w h angle."""
    return obb.decode(case.outputs, case.spec(Extras(1, angle=rule)), case.wanted, case.kept)


def is_clear(case: Case, found: Candidates) -> bool:
    """Return whether no suppression depends on the last bits of an overlap."""
    boxes = found.boxes.copy()
    if not case.thresholds.agnostic:
        boxes[:, :2] += np.float32(7680) * found.class_ids.astype(np.float32)[:, None]
    order = np.argsort(-found.scores, kind="stable")
    alike = np.triu(probiou(boxes[order], boxes[order]), 1)
    near = np.abs(alike - np.float32(case.thresholds.iou)) < 1e-4
    return not near[np.triu_indices(len(order), 1)].any()


@np.errstate(all="ignore")
def check_obb(tasks: Tasks, seed: int, cases: int) -> int:
    """Compare oriented boxes and the upright boxes around them; return their number."""
    compared = 0
    for number in range(cases):
        contract, rule = CONTRACTS[number % 4], ANGLES[number // 4 % 2]
        case = Case(100_000 * seed + number, contract, 1, odd=number % 5 == 0)
        found = obb_candidates(case, rule)
        wanted = case.thresholds
        if not no_ties(found) or (contract in {"raw", "decoded"} and not is_clear(case, found)):
            continue
        if contract in {"raw", "decoded"}:
            kept = rotated_nms(
                found.boxes, found.scores, found.class_ids, wanted.iou, wanted.max_det, wanted.agnostic
            )
        elif contract == "end2end":
            kept = first(found, wanted.max_det)
        else:
            kept = np.arange(len(found))[: wanted.max_det]
        boxes = obb.to_image(found.boxes[kept], case.plan)
        task = case.run(tasks, case.model("obb", angle=rule if contract in LEVELS else ""))
        ours = task.part("rotated").reshape(-1, 5)
        same_boxes(task, found.scores[kept], found.class_ids[kept], obb.upright_boxes(boxes))
        np.testing.assert_allclose(ours[:, :4], boxes[:, :4], rtol=1e-5, atol=PIXEL)
        np.testing.assert_allclose(ours[:, 4], boxes[:, 4], rtol=1e-6, atol=1e-6)
        compared += len(boxes)
    return compared


def check_overlaps(tasks: Tasks, seed: int, cases: int) -> None:
    """Compare the overlap of two boxes, within a few last bits of its terms."""
    random = np.random.default_rng(seed)
    one = np.stack(
        [*random.uniform(0, 60, (2, cases)), *random.uniform(1, 80, (2, cases)), random.normal(0, 2, cases)],
        1,
    )
    other = one + random.normal(0, 8, one.shape) * (1, 1, 1, 1, 0.1)
    other[:, 2:4] = np.abs(other[:, 2:4]) + 1
    one, other = one.astype(np.float32), other.astype(np.float32)
    theirs = np.concatenate(
        [np.diag(probiou(one[i : i + 100], other[i : i + 100])) for i in range(0, cases, 100)]
    )
    np.testing.assert_allclose(tasks.overlaps(one, other), theirs, rtol=0, atol=2e-4)

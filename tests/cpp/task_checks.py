"""Comparisons of every task of the core with the reference, on random outputs of its head.

Every check fails by AssertionError. The tests run them on the core, and on mutated cores.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import ANGLES, KEYPOINT_RULES, Extras
from edgegen.reference.nms import probiou, rotated_nms
from edgegen.tasks.depth import decode as depth
from edgegen.tasks.detect.decode import Candidates, most_confident, to_image
from edgegen.tasks.obb import decode as obb
from edgegen.tasks.pose import decode as pose
from edgegen.tasks.segment import decode as segment
from edgegen.tasks.semantic import decode as semantic
from tests.cpp.native_tasks import Model, Task, Tasks, Thresholds
from tests.cpp.task_cases import CONTRACTS, LEVELS, Case, Float32, MaskCase, Size

PIXEL = 0.01  # of coordinates up to a few thousand
SCORE = 1e-6  # of two ways to compute a sigmoid


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
            kept = most_confident(found, wanted.max_det)
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


def check_keep(tasks: Tasks, seed: int, cases: int) -> int:
    """Detections that a user keeps have their own keypoints, oriented box or mask; return how many."""
    random, compared = np.random.default_rng(seed), 0
    for number in range(cases):
        case_seed = 100_000 * seed + number
        pose_case, mask_case = Case(case_seed, "raw", 12), MaskCase(case_seed, "raw", 3)
        obb_case = Case(case_seed, "raw", 1)
        for task, part, each in (
            (pose_case.run(tasks, pose_case.model("pose", keypoints=(4, 3))), "keypoints", 4 * 12),
            (obb_case.run(tasks, obb_case.model("obb", angle="sigmoid")), "rotated", 5 * 4),
            (mask_case.run(tasks, mask_case.model("segment", coefficients=3)), "masks", PART.itemsize),
        ):
            boxes, parts = task.boxes(), task.part(part, np.uint8).reshape(-1, each)
            assert len(parts) == len(boxes)
            wanted = random.random(len(boxes)) < 0.5
            task.keep(wanted)
            np.testing.assert_array_equal(task.boxes(), boxes[wanted])
            np.testing.assert_array_equal(task.part(part, np.uint8).reshape(-1, each), parts[wanted])
            compared += int(wanted.sum())
    return compared

"""Mutations of the tasks except detection: rows of the table in test_mutations.py."""

# ruff: noqa: E501 - the table has one row for each mutation

from collections.abc import Callable

from tests.kotlin import (
    classify_comparisons,
    dense_comparisons,
    obb_comparisons,
    segment_comparisons,
    task_comparisons,
)
from tests.kotlin.jvm import KotlinCore
from tests.kotlin.tracking import check_equal, check_moving, check_turning


def keypoints(kotlin: KotlinCore) -> None:
    task_comparisons.check_keypoints(kotlin, 1, 100)


def pose(kotlin: KotlinCore) -> None:
    task_comparisons.check_pose(kotlin, 1, 100)


def turned(kotlin: KotlinCore) -> None:
    obb_comparisons.check_decode_rotated(kotlin, 1, 100)


def turned_nms(kotlin: KotlinCore) -> None:
    obb_comparisons.check_rotated_nms(kotlin, 1, 300)


def obb(kotlin: KotlinCore) -> None:
    obb_comparisons.check_obb(kotlin, 1, 100)


def masks(kotlin: KotlinCore) -> None:
    segment_comparisons.check_segment(kotlin, 1, 60)


def semantic(kotlin: KotlinCore) -> None:
    dense_comparisons.check_semantic(kotlin, 1, 60)


def depth(kotlin: KotlinCore) -> None:
    dense_comparisons.check_depth(kotlin, 1, 40)


def stretch(kotlin: KotlinCore) -> None:
    dense_comparisons.check_stretch(kotlin, 1, 20)


def crop(kotlin: KotlinCore) -> None:
    classify_comparisons.check_crop(kotlin, 1, 60)


def crop_tensor(kotlin: KotlinCore) -> None:
    classify_comparisons.check_crop_tensor(kotlin, 1, 20)


def classes(kotlin: KotlinCore) -> None:
    classify_comparisons.check_classify(kotlin, 1, 300)


TASK_MUTATIONS: list[tuple[str, str, str, str, Callable[[KotlinCore], object]]] = [
    ("extras of another tensor", "LevelContract.kt", "head.tensors * level + 2]", "head.tensors * level + 1]", keypoints),
    ("extras of the next cell", "Head.kt", "cell >= levels[level].cells", "cell > levels[level].cells", keypoints),
    ("extras where the scores are", "ColumnContract.kt", "(SIDES + head.classes + it)", "(SIDES + head.classes - 1 + it)", keypoints),
    ("extras before the class", "DetectionsContract.kt", "+ ROW_VALUES + it", "+ ROW_VALUES - 1 + it", keypoints),
    ("levels of two tensors", "Head.kt", "val tensors = if (extras > 0) 3 else 2", "val tensors = 2", pose),
    ("rows as wide as without extras", "DetectionsContract.kt", "index * (ROW_VALUES + head.extras)", "index * ROW_VALUES", pose),
    ("no scale of keypoints", "Keypoints.kt", "numbers[from] * rule.scale", "numbers[from] * 2", keypoints),
    ("no shift of keypoints", "Keypoints.kt", "level.centreY(cell) + rule.shift", "level.centreY(cell)", keypoints),
    ("no stride of keypoints", "Keypoints.kt", "(level.centreY(cell) + rule.shift)) * level.stride", "(level.centreY(cell) + rule.shift)) * 8", keypoints),
    ("keypoints added up in another order", "Keypoints.kt", "rule.scale + (level.centreX(cell) + rule.shift))", "rule.scale + rule.shift + level.centreX(cell))", keypoints),
    ("visibilities that are logits", "Keypoints.kt", "sigmoid(numbers[from + 2])", "numbers[from + 2]", keypoints),
    ("visibilities that are no scores yet", "Keypoints.kt", "            numbers.copyInto(keypoints, to, from, from + rule.values)\n", "            numbers.copyInto(keypoints, to, from, from + rule.values)\n            if (hasScore) keypoints[to + 2] = sigmoid(numbers[from + 2])\n", keypoints),
    ("unseen where nobody says", "Keypoints.kt", "KEYPOINT_NUMBERS) { 1f }", "KEYPOINT_NUMBERS) { 0f }", keypoints),
    ("a score where there is none", "Keypoints.kt", "rule.values == KEYPOINT_NUMBERS", "rule.values <= KEYPOINT_NUMBERS", keypoints),
    ("keypoints side by side", "Keypoints.kt", "val from = k * rule.values", "val from = k * KEYPOINT_NUMBERS", keypoints),
    ("keypoints that are no numbers", "Keypoints.kt", "if (!x.isFinite() || !y", "if (!y", keypoints),
    ("scores that are no numbers", "Keypoints.kt", " || !score.isFinite()", "", keypoints),
    ("keypoints with the box's other border", "Keypoints.kt", "toImage(y, plan.top,", "toImage(y, plan.left,", keypoints),
    ("keypoints of the candidate before", "PoseTask.kt", "outputs, it.index)", "outputs, maxOf(it.index - 1, 0))", pose),
    ("keypoints that stay when their box goes", "PoseTask.kt", "boxes, keypoints.slice(places)", "boxes, keypoints", pose),
    ("half of a quarter turn", "RotatedDecode.kt", "QUARTER = 0.25f", "QUARTER = 0.125f", turned),
    ("whole turns", "RotatedDecode.kt", "Math.PI.toFloat()", "2 * Math.PI.toFloat()", turned),
    ("every angle from a sigmoid", "RotatedDecode.kt", "if (rule == AngleRule.SIGMOID)", "if (rule != AngleRule.NONE)", turned),
    ("the whole way to the centre", "RotatedDecode.kt", "(right - left) / 2", "(right - left)", turned),
    ("turned the other way", "RotatedDecode.kt", "forward * cos(angle) - down * sin(angle)", "forward * cos(angle) + down * sin(angle)", turned),
    ("a height of the width's sides", "RotatedDecode.kt", "(top + bottom) * level.stride", "(left + bottom) * level.stride", turned),
    ("no stride of turned boxes", "RotatedDecode.kt", "(left + right) * level.stride", "(left + right) * 8", turned),
    ("no angle of stored boxes", "RotatedDecode.kt", "+ head.contract.extrasAt(head, outputs, cell)", "+ 0f", turned),
    ("variances of another shape", "RotatedNms.kt", "VARIANCE = 12f", "VARIANCE = 11f", turned_nms),
    ("another epsilon", "RotatedNms.kt", "EPSILON = 1e-7f", "EPSILON = 1e-5f", turned_nms),
    ("nearer what is far", "RotatedNms.kt", "FARTHEST = 100f", "FARTHEST = 1f", turned_nms),
    ("a distance of half as much", "RotatedNms.kt", "(spread + EPSILON) * 0.25f", "(spread + EPSILON) * 0.125f", turned_nms),
    ("no share of the turn", "RotatedNms.kt", "(spread + EPSILON) * 0.5f", "(spread + EPSILON) * 0f", turned_nms),
    ("no share of the shape", "RotatedNms.kt", "+ EPSILON) + EPSILON) * 0.5f", "+ EPSILON) + EPSILON) * 0.25f", turned_nms),
    ("twice the roots", "RotatedNms.kt", "(4 * sqrt(sizes)", "(2 * sqrt(sizes)", turned_nms),
    ("greedy", "RotatedNms.kt", "        betterBoxes += box", "        if (!isSuppressed) betterBoxes += box", turned_nms),
    ("classes that are not moved apart", "RotatedNms.kt", "candidate.classId * CLASS_OFFSET", "0f", turned_nms),
    ("classes moved apart when agnostic", "RotatedNms.kt", "if (agnostic) 0f else ", "", turned_nms),
    ("one turned box too many", "RotatedNms.kt", "kept.size >= maxDetections", "kept.size > maxDetections", turned_nms),
    ("all turned candidates", "RotatedNms.kt", "mostConfident(candidates, maxCandidates)", "mostConfident(candidates, candidates.size)", turned_nms),
    ("no border of turned boxes", "ObbTask.kt", "(box[1] - plan.top)", "box[1]", obb),
    ("the other gain of a height", "ObbTask.kt", "box[3] / plan.gainY", "box[3] / plan.gainX", obb),
    ("corners in another order", "ObbTask.kt", "corners[2] = x + alongX - acrossX", "corners[2] = x + alongX + acrossX", obb),
    ("corners turned the other way", "ObbTask.kt", "-height / 2 * sin", "height / 2 * sin", obb),
    ("bounds of three corners", "ObbTask.kt", "maxOf(maxOf(y1, y2), maxOf(corners[5], corners[7]))", "maxOf(maxOf(y1, y2), corners[5])", obb),
    ("a choice that NMS makes everywhere", "DetectionsContract.kt", "candidates.take(maxOf(thresholds.maxDetections, 0))", "mostConfident(candidates, thresholds.maxDetections)", obb),
    ("turned boxes that stay when theirs go", "ObbTask.kt", "slice(places), rotated.slice(places)", "slice(places), rotated", obb),
    ("a pixel later", "MaskMaker.kt", "Math.ceil(edge.toDouble())", "Math.floor(edge.toDouble())", masks),
    ("corners instead of centres", "BilinearAxis.kt", "(i + 0.5f) * scale - 0.5f", "i * scale + 0f", masks),
    ("before the first centre", "BilinearAxis.kt", "maxOf((i + 0.5f) * scale - 0.5f, 0f)", "(i + 0.5f) * scale - 0.5f", masks),
    ("the same neighbour twice", "BilinearAxis.kt", "minOf(low[i] + 1, source - 1)", "low[i]", masks),
    ("shares the other way round", "BilinearAxis.kt", "share[i] = minOf(position - low[i], 1f)", "share[i] = 1 - minOf(position - low[i], 1f)", masks),
    ("a scale in double", "BilinearAxis.kt", "!corners -> source.toDouble() / target", "!corners -> (source * (1f / target)).toDouble()", masks),
    ("above a hair", "MaskMaker.kt", "share * lower[i] > 0)", "share * lower[i] > 1e-6f)", masks),
    ("nothing at 0", "MaskMaker.kt", "share * lower[i] > 0)", "share * lower[i] >= 0)", masks),
    ("one prototype less", "MaskMaker.kt", "for (c in 0 until channels)", "for (c in 0 until maxOf(channels - 1, 1))", masks),
    ("sums of the mask before", "MaskMaker.kt", "            values.fill(0f, at, at + count)\n", "", masks),
    ("one column of prototypes less", "MaskMaker.kt", "part.width - 1] + 1 - left", "part.width - 1] - left", masks),
    ("lines of the mask before", "MaskMaker.kt", "        lineRow.fill(NO_ROW)\n", "", masks),
    ("lines that are kept too long", "MaskMaker.kt", "if (lineRow[slot] == row)", "if (lineRow[slot] != NO_ROW)", masks),
    ("boxes without a mask", "MaskMaker.kt", "return part.takeIf { resize(it, memory.bytes) }", "resize(part, memory.bytes)\n        return part", masks),
    ("coefficients of the box before", "SegmentTask.kt", "extrasAt(head, outputs, candidate.index)", "extrasAt(head, outputs, (shown.lastOrNull() ?: candidate).index)", masks),
    ("masks over each other", "SegmentTask.kt", "?.run { first + width * height } ?: 0", "?.run { first } ?: 0", masks),
    ("the first prototypes that come", "SegmentTask.kt", "make(outputs.last().floats,", "make(outputs.first().floats,", masks),
    ("masks that stay when theirs go", "SegmentTask.kt", "boxes, masks.slice(places)", "boxes, masks", masks),
    ("pixels that are lost when there are more", "Masks.kt", "bytes = bytes.copyOf(maxOf(", "bytes = ByteArray(maxOf(", masks),
    ("points where nothing turns", "Outline.kt", "if (direction != before) turns += here", "turns += here", masks),
    ("parts in another order", "Outline.kt", "return found.asReversed()", "return found", masks),
    ("borders of what lies within", "Outline.kt", "if (labels[at] == BORDER) isInside = true\n", "", masks),
    ("parts that are tied elsewhere", "Outline.kt", "least = x * x + y * y\n", "least = -1\n", masks),
    ("back along the same side", "Outline.kt", "back += ring.subList(end, ring.size)", "back += ring.subList(0, end + 1)", masks),
    ("a pixel of the border", "Outline.kt", "it % row - 1 - plan.left", "it % row - plan.left", masks),
    ("edges instead of corners", "BilinearAxis.kt", "if (corners) i * scale", "if (false) i * scale", depth),
    ("corners one apart", "BilinearAxis.kt", "(source - 1.0) / (target - 1)", "(source - 1.0) / target", depth),
    ("rows of another map", "DenseMap.kt", "resample(maps, (map * height + y) * width", "resample(maps, y * width", semantic),
    ("rows of another map of the input's size", "DenseMap.kt", "return (map * height + y) * width", "return y * width", semantic),
    ("the border left in above", "DenseMap.kt", "inputRow(map, plan.top + y) + plan.left\n        resample", "inputRow(map, y) + plan.left\n        resample", semantic),
    ("the border left in at the side", "DenseMap.kt", "inputRow(map, plan.top + y) + plan.left\n        resample", "inputRow(map, plan.top + y)\n        resample", semantic),
    ("straight to the picture", "DenseMap.kt", "isOfInputSize = !corners && width == inputWidth && height == inputHeight", "isOfInputSize = !corners && width >= inputWidth / 2", semantic),
    ("a resize that changes nothing", "DenseMap.kt", "isOfPictureSize = !corners && isSame", "isOfPictureSize = isSame", depth),
    ("maps of the input before", "DenseMap.kt", "for (each in given) each.forget()", "", semantic),
    ("rows of the picture before", "DenseMap.kt", "for (each in lines) each.forget()", "", semantic),
    ("the plan of the picture before", "DenseMap.kt", "if (plan != this.plan) prepare(plan)", "if (this.plan == null) prepare(plan)", semantic),
    ("rows mixed the other way round", "DenseMap.kt", "rest * upper[x] + share * lower[x]", "share * upper[x] + rest * lower[x]", semantic),
    ("columns mixed the other way round", "DenseMap.kt", "from[first + low[x]] + share * from[first + high[x]]", "from[first + high[x]] + share * from[first + low[x]]", semantic),
    ("neighbours that stay too long", "DenseMap.kt", "rowInSlot[y and 1] == y", "rowInSlot[y and 1] >= 0", semantic),
    ("of equal classes the higher", "SemanticTask.kt", "others[x] > best[x]", "others[x] >= best[x]", semantic),
    ("one class below nothing", "SemanticTask.kt", "if (isOneClass) 0f else Float.NEGATIVE_INFINITY", "Float.NEGATIVE_INFINITY", semantic),
    ("one class that is none", "SemanticTask.kt", "(if (isOneClass) 1 else c)", "c", semantic),
    ("classes of the picture before", "SemanticTask.kt", "        values.fill(0, first, first + width)\n", "", semantic),
    ("the smallest first", "SemanticTask.kt", "sortedByDescending { it.share }", "sortedBy { it.share }", semantic),
    ("shares of what is shown", "SemanticTask.kt", "pixels[it].toFloat() / size", "pixels[it].toFloat() / pixels.sum()", semantic),
    ("classes that nobody asked for", "SemanticTask.kt", "keepClass == null || keepClass[value]", "true", semantic),
    ("a choice of one class", "SemanticTask.kt", "isOneClass || keepClass == null", "keepClass == null", semantic),
    ("another value for no class", "SemanticTask.kt", "IGNORED = 255", "IGNORED = 254", semantic),
    ("runs that go on", "SemanticTask.kt", "values[i] == values[first]) continue", "values[i] >= values[first]) continue", semantic),
    ("infinite distances", "DepthTask.kt", "if (!distance.isFinite()) continue", "if (distance.isNaN()) continue", depth),
    ("no distance that is infinite", "DepthTask.kt", "if (isAny) lowest else Float.NaN", "lowest", depth),
    ("one row for all", "DepthTask.kt", "row.copyInto(memory.values, y * width)", "row.copyInto(memory.values, 0)", depth),
    ("stretched within a border", "Stretch.kt", "inputWidth, inputHeight, left = 0, top = 0)", "inputWidth, inputHeight - 1, left = 0, top = 1)", stretch),
    ("stretched across alone", "Stretch.kt", "inputHeight, inputWidth, inputHeight, left", "inputHeight, inputWidth, minOf(sourceHeight, inputHeight), left", stretch),
    ("weights of 21 bits", "PillowResize.kt", "WEIGHT_BITS = 22", "WEIGHT_BITS = 21", crop),
    ("bytes that are cut off", "PillowResize.kt", "HALF = 1 shl (WEIGHT_BITS - 1)", "HALF = 0", crop),
    ("weights that are cut off", "PillowResize.kt", "if (share < 0) -0.5 else 0.5", "0.0", crop),
    ("another bicubic", "PillowResize.kt", "SHARPNESS = -0.5", "SHARPNESS = -0.75", crop),
    ("a sum below zero", "PillowResize.kt", "coerceIn(0, BYTE)", "coerceAtMost(BYTE)", crop),
    ("no antialias", "PillowResize.kt", "maxOf(scale, 1.0)", "1.0", crop),
    ("a filter that is always as wide", "PillowResize.kt", "maxOf(scale, 1.0)", "scale", crop),
    ("a tap less at the start", "PillowResize.kt", "maxOf((centre - support + 0.5).toInt(), 0)", "maxOf((centre - support + 1.5).toInt(), 0)", crop),
    ("a tap less at the end", "PillowResize.kt", "minOf((centre + support + 0.5).toInt(), source)", "minOf((centre + support - 0.5).toInt(), source)", crop),
    ("corners of pixels", "PillowResize.kt", "(x - centre + 0.5)", "(x - centre)", crop),
    ("a share that is divided", "PillowResize.kt", "* (1.0 / stretch))", "/ (stretch + 1e-6))", crop),
    ("places of the flipped axis", "PillowResize.kt", "if (isFlipped) source - high else low", "low", crop),
    ("weights of the flipped axis", "PillowResize.kt", "if (isFlipped) count[i] - 1 - k else k", "k", crop),
    ("green for blue", "PillowResize.kt", "BLUE_SHIFT = 16", "BLUE_SHIFT = 8", crop),
    ("the part without its place", "PillowResize.kt", "(from + i + 0.5) * scale", "(i + 0.5) * scale", crop),
    ("rows of another start", "PillowResize.kt", "(rows.first[y] - rows.start)", "(rows.first[y])", crop),
    ("across first always", "CentreCrop.kt", "isAcrossFirst = !(", "isAcrossFirst = true || !(", crop),
    ("down first sooner", "CentreCrop.kt", "> 2 * (plan", "> 1 * (plan", crop),
    ("turned pictures the other way round", "CentreCrop.kt", "!isAcrossFirst, pixels", "isAcrossFirst, pixels", crop),
    ("the plan of another rotation", "CentreCrop.kt", "isSameSize && image.rotation == rotation && image.mirrored == isMirrored", "isSameSize && image.rotation == rotation", crop),
    ("a longer side that is rounded", "CentreCrop.kt", "(size.toLong() * long / short).toInt()", "Math.round(size.toDouble() * long / short).toInt()", crop),
    ("a middle that is cut off", "CentreCrop.kt", "roundHalfEven((width - inputWidth) / 2.0)", "(width - inputWidth) / 2", crop),
    ("no stretching", "CentreCrop.kt", "if (shorterSide > 0)", "if (shorterSide >= 0)", crop),
    ("always stretched", "CentreCrop.kt", "if (shorterSide > 0)", "if (shorterSide < 0)", crop),
    ("a mean in double", "CentreCrop.kt", "(scaled - normalization.mean[c].toFloat()) / normalization.std[c].toFloat()", "((scaled - normalization.mean[c]) / normalization.std[c]).toFloat()", crop_tensor),
    ("a crop's scale in single precision", "CentreCrop.kt", "byte * normalization.scale", "byte * normalization.scale.toFloat() * 1.0001", crop_tensor),
    ("no softmax", "ClassifyTask.kt", "if (isLogits) softmax", "if (!isLogits) softmax", classes),
    ("a softmax without its maximum", "ClassifyTask.kt", "exp(values[i] - highest)", "exp(values[i] * 1.001f - highest)", classes),
    ("no numbers among the scores", "ClassifyTask.kt", "probabilities[i] = 0f", "probabilities[i] = 1f", classes),
    ("all classes", "ClassifyTask.kt", "keepClass == null || keepClass[it]", "true", classes),
    ("one class too many", "ClassifyTask.kt", "maxOf(thresholds.maxDetections, 0)", "maxOf(thresholds.maxDetections + 1, 0)", classes),
    ("a later sight of what is sure", "ByteTrack.kt", "HIGH_SCORE = 0.25f", "HIGH_SCORE = 0.3f", check_moving),
    ("nothing of what is not sure", "ByteTrack.kt", "LOW_SCORE = 0.1f", "LOW_SCORE = 0.12f", check_moving),
    ("nearer pairs only", "ByteTrack.kt", "FIRST_LIMIT = 0.8", "FIRST_LIMIT = 0.75", check_moving),
    ("nearer doubtful pairs", "ByteTrack.kt", "SECOND_LIMIT = 0.5", "SECOND_LIMIT = 0.4", check_moving),
    ("nearer new pairs", "ByteTrack.kt", "NEW_LIMIT = 0.7", "NEW_LIMIT = 0.5", check_moving),
    ("less patience", "ByteTrack.kt", "PATIENCE = 30", "PATIENCE = 29", check_moving),
    ("more duplicates", "ByteTrack.kt", "DUPLICATE = 0.15f", "DUPLICATE = 0.3f", check_moving),
    ("the older duplicate goes", "ByteTrack.kt", "if (age > lost", "if (age < lost", check_moving),
    ("nothing of the score", "ByteTrack.kt", "if (isFused) cost =", "if (isFused && cost < 0) cost =", check_moving),
    ("shown at first sight", "ByteTrack.kt", "isConfirmed = first == 1", "isConfirmed = true", check_moving),
    ("one that ended goes on", "ByteTrack.kt", "filter { it.number !in ended }", "filter { it.number > 0 }", check_moving),
    ("sides that change places", "ByteTrack.kt", "Math.PI / 2 else", "-Math.PI / 3 else", check_turning),
    ("angles that jump", "ByteTrack.kt", "Math.rint((found.angle - angle) / Math.PI)", "0", check_turning),
    ("a surer place", "Motion.kt", "PLACE = 1.0 / 20", "PLACE = 1.0 / 21", check_moving),
    ("a surer speed", "Motion.kt", "VELOCITY = 1.0 / 160", "VELOCITY = 1.0 / 170", check_moving),
    ("an aspect seen otherwise", "Motion.kt", "ASPECT_SEEN = 1e-1", "ASPECT_SEEN = 2e-1", check_moving),
    ("a faster aspect", "Motion.kt", "ASPECT_VELOCITY = 1e-5", "ASPECT_VELOCITY = 1e-3", check_moving),
    ("a lost one that grows", "Motion.kt", "if (isLost) velocity", "if (isLost && velocity.isEmpty()) velocity", check_moving),
    ("the first of equal columns", "Assignment.kt", "in size - 1 downTo 0", "in 0 until size", check_equal),
    ("a price too low", "Assignment.kt", "prices[own] -= least", "prices[own] -= 2 * least + 0.1", check_equal),
    ("nobody at the full limit", "Assignment.kt", "costs.fill(limit / 2", "costs.fill(limit", check_moving),
    ("one box's area alone", "TrackedBoxes.kt", "(area(other) + area(one)", "(2 * area(one)", check_moving),
    ("places of another box", "TrackedBoxes.kt", "result.boxes[track.place].copy(", "result.boxes[0].copy(", check_moving),
    ("points that stay behind", "TrackedBoxes.kt", "pick(tracks.map { it.place }", "pick(tracks.indices.toList()", check_moving),
]  # fmt: skip

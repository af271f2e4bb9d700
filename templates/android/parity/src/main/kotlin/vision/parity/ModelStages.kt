package vision.parity

import kotlin.math.abs
import vision.Candidate
import vision.Detection
import vision.Layout
import vision.ModelInfo
import vision.Numbers
import vision.VisionResult
import vision.head

// The model's outputs, and the whole chain through the model.

internal fun compareRaw(
    info: ModelInfo,
    outputs: Array<Numbers>,
    picture: Picture,
    tolerances: Tolerances,
    task: BoxStages,
    stage: Stage
) {
    if (!picture.has("raw.sample.value")) return
    if (info.layout == Layout.ROWS) return compareRows(info, outputs, picture, tolerances, task, stage)
    val cells = Cells(info)
    val candidate = picture.integers("raw.sample.candidate")
    val classId = picture.integers("raw.sample.class")
    val value = picture.floats("raw.sample.value")
    for (i in value.indices) {
        stage.add(abs(cells.value(outputs, candidate[i], Part.CLASS, classId[i]).toDouble() - value[i]))
    }
    val rows = picture.integers("raw.row.candidate")
    for (part in Part.entries) {
        val count = cells.count(part)
        if (count == 0) continue
        val values = picture.row(part)
        for (i in rows.indices) {
            val ours = FloatArray(count) { cells.value(outputs, rows[i], part, it) }
            val theirs = values.copyOfRange(i * count, (i + 1) * count)
            compareRow(info, part, rows[i], ours, theirs, picture, tolerances, task, stage)
        }
    }
}

private fun compareRow(
    info: ModelInfo,
    part: Part,
    candidate: Int,
    ours: FloatArray,
    theirs: FloatArray,
    picture: Picture,
    tolerances: Tolerances,
    task: BoxStages,
    stage: Stage
) {
    val our = if (part == Part.BOX) Cells(info).boxNumbers(ours) else ours.map { it.toDouble() }
    val their = if (part == Part.BOX) Cells(info).boxNumbers(theirs) else theirs.map { it.toDouble() }
    for (i in our.indices) {
        val difference = abs(our[i] - their[i])
        val isOfStage = info.layout == Layout.LEVELS || part == Part.CLASS
        if (isOfStage) {
            stage.add(difference)
            continue
        }
        // In pixels, or what the task has: not in the stage's unit, a score
        val allowed = if (part == Part.BOX) tolerances.corner else task.tolerance(i)
        if (!(difference <= allowed)) {
            val what = if (part == Part.BOX) "a box" else "what is beside the box"
            stage.problems += "${picture.name}: $what of candidate $candidate is off by $difference"
        }
    }
}

/**
 * Rows that a model has put into an order: two that are nearly as good may have changed places. The vectors leave out
 * rows that rounding decides.
 */
private fun compareRows(
    info: ModelInfo,
    outputs: Array<Numbers>,
    picture: Picture,
    tolerances: Tolerances,
    task: BoxStages,
    stage: Stage
) {
    val cells = Cells(info)
    val count = info.head().candidates
    val thresholds = picture.thresholds.copy(confidence = picture.rowConfidence.toFloat(), maxDetections = count)
    val golden = cells.rowsOf(picture)
    val rows = picture.integers("raw.row.candidate").toSet()
    val ours = detections(task.decode(outputs, thresholds)).filter { it.index in rows }
    val theirs = detections(task.decode(golden, thresholds))
    fun extra(our: Int, their: Int, i: Int) = abs(
        cells.value(outputs, ours[our].index, Part.EXTRA, i).toDouble() -
            cells.value(golden, theirs[their].index, Part.EXTRA, i)
    )
    val extras = 0 until cells.count(Part.EXTRA)
    val match = match(ours, theirs, thresholds, tolerances, info.contract, count, info.comparedWith) { our, their ->
        extras.maxOfOrNull { extra(our, their, it) } ?: 0.0
    }
    for ((our, their) in match.pairs) {
        for (i in extras) {
            val difference = extra(our, their, i)
            if (difference <= task.tolerance(i)) continue
            stage.problems += "${picture.name}: what is beside a box is off by $difference"
        }
    }
    for (score in match.scores) stage.add(score)
    for (corner in match.corners) {
        if (!(corner <= tolerances.corner)) stage.problems += "${picture.name}: a box is off by $corner px"
    }
    for (problem in match.problems) stage.problems += "${picture.name}: $problem"
}

/** In pixels of the input. */
private fun detections(candidates: List<Candidate>): List<Detection> = candidates.map {
    val (x1, y1, x2, y2) = it.box
    Detection(x1, y1, x2, y2, it.score, it.classId, it.index)
}

/** What the whole chain shows on this picture. */
internal fun compareBoxes(
    info: ModelInfo,
    ours: VisionResult,
    picture: Picture,
    tolerances: Tolerances,
    task: BoxStages,
    stage: Stage
) {
    val theirs = goldenBoxes(picture)
    val count = info.head().candidates
    val thresholds = picture.thresholds
    val match =
        match(ours.boxes, theirs, thresholds, tolerances, info.contract, count, info.comparedWith) { our, their ->
            task.apart(picture, ours, our, their)
        }
    for (corner in match.corners) stage.add(corner)
    for (score in match.scores) {
        if (!(score <= tolerances.score)) stage.problems += "${picture.name}: a score is off by $score"
    }
    for (problem in match.problems) stage.problems += "${picture.name}: $problem"
    task.compareShown(picture, ours, match.pairs)
}

private fun goldenBoxes(picture: Picture): List<Detection> {
    val box = picture.floats("boxes.box")
    val score = picture.floats("boxes.score")
    val classId = picture.integers("boxes.class")
    return score.indices.map { i ->
        Detection(box[4 * i], box[4 * i + 1], box[4 * i + 2], box[4 * i + 3], score[i], classId[i])
    }
}

package vision.parity

import java.nio.FloatBuffer
import kotlin.math.abs
import kotlin.math.exp
import vision.Detections
import vision.ModelInfo

// The model's outputs, and the whole chain through the model.

/** The model itself, as the app runs it. */
interface Model {
    /** tensor: (3, H, W). Returns every output, flat, in the model's order. */
    fun run(tensor: FloatBuffer): Array<FloatArray>
}

internal fun compareRaw(outputs: Array<FloatArray>, picture: Picture, tolerances: Tolerances, stage: Stage) {
    if (!picture.has("raw.sample.value")) return
    val candidate = picture.integers("raw.sample.candidate")
    val classId = picture.integers("raw.sample.class")
    val value = picture.floats("raw.sample.value")
    for (i in value.indices) {
        stage.add(abs(classValue(outputs, candidate[i], classId[i]).toDouble() - value[i]))
    }

    val numClasses = ModelInfo.CLASS_NAMES.size
    val rows = picture.integers("raw.row.candidate")
    val box = picture.floats("raw.row.box")
    val classes = picture.floats("raw.row.class")
    for (i in rows.indices) {
        for (c in 0 until numClasses) {
            stage.add(abs(classValue(outputs, rows[i], c).toDouble() - classes[i * numClasses + c]))
        }
        val ours = boxNumbers(FloatArray(BOX_VALUES) { boxValue(outputs, rows[i], it) })
        val theirs = boxNumbers(box.copyOfRange(i * BOX_VALUES, (i + 1) * BOX_VALUES))
        for (side in ours.indices) {
            val difference = abs(ours[side] - theirs[side])
            if (IS_RAW) {
                stage.add(difference)
            } else if (!(difference <= tolerances.corner)) { // pixels: not in the stage's unit, a score
                stage.problems += "${picture.name}: a box of candidate ${rows[i]} is off by $difference px"
            }
        }
    }
}

/** A row's box, in what it is compared in: four distances in strides, or cx cy w h in pixels. */
private fun boxNumbers(row: FloatArray): List<Double> {
    if (!IS_RAW) return row.map { it.toDouble() }
    return row.toList().chunked(ModelInfo.REG_MAX).map(::expectedDistance)
}

/** The distance that a side's bins stand for: the expectation of their softmax, in strides. */
private fun expectedDistance(bins: List<Float>): Double {
    val highest = bins.fold(Float.NEGATIVE_INFINITY, ::maxOf)
    val weights = bins.map { exp(it.toDouble() - highest) }
    return weights.withIndex().sumOf { (bin, weight) -> bin * weight } / weights.sum()
}

/** What the whole chain shows on this picture. */
internal fun compareBoxes(ours: Detections, picture: Picture, tolerances: Tolerances, stage: Stage) {
    val match = match(ours, goldenBoxes(picture), picture.thresholds, tolerances)
    for (corner in match.corners) stage.add(corner)
    for (score in match.scores) {
        if (!(score <= tolerances.score)) stage.problems += "${picture.name}: a score is off by $score"
    }
    for (problem in match.problems) stage.problems += "${picture.name}: $problem"
}

private fun goldenBoxes(picture: Picture): Detections {
    val box = picture.floats("boxes.box")
    val score = picture.floats("boxes.score")
    val classId = picture.integers("boxes.class")
    val detections = Detections(score.size)
    for (i in score.indices) {
        detections.add(box[4 * i], box[4 * i + 1], box[4 * i + 2], box[4 * i + 3], score[i], classId[i])
    }
    return detections
}

package vision.parity

import java.nio.FloatBuffer
import kotlin.math.abs
import vision.Candidates
import vision.Contract
import vision.Decoder
import vision.Detection
import vision.ModelInfo
import vision.head

// The model's outputs, and the whole chain through the model.

/** The model itself, as the app runs it. */
fun interface Model {
    /** tensor: (3, H, W). Returns every output, flat, in the model's order. */
    fun run(tensor: FloatBuffer): Array<FloatArray>
}

internal fun compareRaw(
    info: ModelInfo,
    outputs: Array<FloatArray>,
    picture: Picture,
    tolerances: Tolerances,
    stage: Stage
) {
    if (!picture.has("raw.sample.value")) return
    if (info.contract == Contract.DETECTIONS) return compareRows(info, outputs[0], picture, tolerances, stage)
    val cells = Cells(info)
    val candidate = picture.integers("raw.sample.candidate")
    val classId = picture.integers("raw.sample.class")
    val value = picture.floats("raw.sample.value")
    for (i in value.indices) {
        stage.add(abs(cells.classValue(outputs, candidate[i], classId[i]).toDouble() - value[i]))
    }

    val rows = picture.integers("raw.row.candidate")
    val box = picture.floats("raw.row.box")
    val classes = picture.floats("raw.row.class")
    for (i in rows.indices) {
        for (c in 0 until cells.classValues) {
            stage.add(abs(cells.classValue(outputs, rows[i], c).toDouble() - classes[i * cells.classValues + c]))
        }
        val ours = cells.boxNumbers(FloatArray(cells.boxValues) { cells.boxValue(outputs, rows[i], it) })
        val theirs = cells.boxNumbers(box.copyOfRange(i * cells.boxValues, (i + 1) * cells.boxValues))
        for (side in ours.indices) {
            val difference = abs(ours[side] - theirs[side])
            if (info.contract.hasLevels) {
                stage.add(difference)
            } else if (!(difference <= tolerances.corner)) { // pixels: not in the stage's unit, a score
                stage.problems += "${picture.name}: a box of candidate ${rows[i]} is off by $difference px"
            }
        }
    }
}

/** Rows that a model has put into an order: two that are nearly as good may have changed places. */
private fun compareRows(info: ModelInfo, output: FloatArray, picture: Picture, tolerances: Tolerances, stage: Stage) {
    val confidence = picture.rowConfidence.toFloat()
    val head = info.head()
    val ours = detections(Decoder(head).decode(arrayOf(output), confidence))
    val golden = Cells(info).sparseOutputs(
        picture.integers("raw.row.candidate"),
        picture.floats("raw.row.box"),
        picture.floats("raw.row.class")
    )
    val theirs = detections(Decoder(head).decode(golden, confidence))
    val thresholds = picture.thresholds.copy(confidence = confidence, maxDetections = head.candidates)
    val match = match(ours, theirs, thresholds, tolerances, info.contract, head.candidates)
    for (score in match.scores) stage.add(score)
    for (corner in match.corners) {
        if (!(corner <= tolerances.corner)) stage.problems += "${picture.name}: a box is off by $corner px"
    }
    for (problem in match.problems) stage.problems += "${picture.name}: $problem"
}

/** In pixels of the input. */
private fun detections(candidates: Candidates): List<Detection> = List(candidates.size) { i ->
    Detection(
        candidates.x1[i],
        candidates.y1[i],
        candidates.x2[i],
        candidates.y2[i],
        candidates.score[i],
        candidates.classId[i],
        candidates.index[i]
    )
}

/** What the whole chain shows on this picture. */
internal fun compareBoxes(
    info: ModelInfo,
    ours: List<Detection>,
    picture: Picture,
    tolerances: Tolerances,
    stage: Stage
) {
    val match = match(ours, goldenBoxes(picture), picture.thresholds, tolerances, info.contract, info.head().candidates)
    for (corner in match.corners) stage.add(corner)
    for (score in match.scores) {
        if (!(score <= tolerances.score)) stage.problems += "${picture.name}: a score is off by $score"
    }
    for (problem in match.problems) stage.problems += "${picture.name}: $problem"
}

private fun goldenBoxes(picture: Picture): List<Detection> {
    val box = picture.floats("boxes.box")
    val score = picture.floats("boxes.score")
    val classId = picture.integers("boxes.class")
    return score.indices.map { i ->
        Detection(box[4 * i], box[4 * i + 1], box[4 * i + 2], box[4 * i + 3], score[i], classId[i])
    }
}

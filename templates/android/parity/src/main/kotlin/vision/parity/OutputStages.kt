package vision.parity

import java.util.Locale
import kotlin.math.abs
import vision.Candidates
import vision.Contract
import vision.ModelInfo

// From the model's outputs to boxes in its input: decode, and what is chosen, on the numbers that PyTorch gave.

/** The same arithmetic on the same numbers: only the last bits of exp() and of sums may differ. */
private const val SCORE_TOLERANCE = 1e-5

internal fun compareDecode(info: ModelInfo, picture: Picture, task: BoxStages, stage: Stage) {
    val outputs = Cells(info).rowsOf(picture)
    val ours = task.decode(outputs, picture.thresholds.copy(confidence = picture.rowConfidence.toFloat()))
    val theirs = goldenCandidates(picture)

    // Both by rising index, and by class where an index may have several. One that only one side has must lie at the
    // threshold itself.
    fun key(side: Candidates, i: Int): Long = when {
        i >= side.size -> Long.MAX_VALUE
        info.contract == Contract.END2END -> side.index[i].toLong() * info.classNames.size + side.classId[i]
        else -> side.index[i].toLong()
    }
    fun onlyOne(side: Candidates, i: Int, where: String) {
        if (abs(side.score[i] - picture.rowConfidence) <= SCORE_TOLERANCE) return
        stage.problems += "${picture.name}: ${describe(side, i)} is only $where"
    }
    var our = 0
    var their = 0
    while (our < ours.size || their < theirs.size) {
        val ourKey = key(ours, our)
        val theirKey = key(theirs, their)
        if (ourKey < theirKey) {
            onlyOne(ours, our++, "here")
        } else if (theirKey < ourKey) {
            onlyOne(theirs, their++, "in the vectors")
        } else {
            compareCandidate(ours, our, theirs, their, picture.name, stage)
            task.compareDecoded(picture, outputs, our++, their++, stage)
        }
    }
}

internal fun compareNms(picture: Picture, task: BoxStages, stage: Stage) {
    val kept = task.choose(goldenCandidates(picture), picture)
    val theirs = picture.integers("nms.keep")
    for (i in 0 until maxOf(kept.size, theirs.size)) {
        val isSame = i < kept.size && i < theirs.size && kept.position[i] == theirs[i]
        stage.add(if (isSame) 0.0 else 1.0)
    }
}

private fun goldenCandidates(picture: Picture): Candidates {
    val index = picture.integers("decode.candidate")
    val classId = picture.integers("decode.class")
    val box = picture.floats("decode.box")
    val score = picture.floats("decode.score")
    val candidates = Candidates(index.size)
    for (i in index.indices) {
        candidates.add(box[4 * i], box[4 * i + 1], box[4 * i + 2], box[4 * i + 3], score[i], classId[i], index[i])
    }
    return candidates
}

private fun compareCandidate(ours: Candidates, i: Int, theirs: Candidates, j: Int, name: String, stage: Stage) {
    stage.add(abs(ours.x1[i].toDouble() - theirs.x1[j]))
    stage.add(abs(ours.y1[i].toDouble() - theirs.y1[j]))
    stage.add(abs(ours.x2[i].toDouble() - theirs.x2[j]))
    stage.add(abs(ours.y2[i].toDouble() - theirs.y2[j]))
    val score = abs(ours.score[i].toDouble() - theirs.score[j])
    if (ours.classId[i] != theirs.classId[j] || !(score <= SCORE_TOLERANCE)) {
        stage.problems += "$name: ${describe(ours, i)}, expected ${describe(theirs, j)}"
    }
}

private fun describe(side: Candidates, i: Int): String =
    "candidate %d of class %d with score %.6f".format(Locale.ROOT, side.index[i], side.classId[i], side.score[i])

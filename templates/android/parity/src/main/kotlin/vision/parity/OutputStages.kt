package vision.parity

import java.util.Locale
import kotlin.math.abs
import vision.Candidate
import vision.Layout
import vision.ModelInfo

// From the model's outputs, as PyTorch has them, to boxes in its input: decode, and NMS.

/** The same arithmetic on the same numbers: only the last bits of exp() and of sums may differ. */
private const val SCORE_TOLERANCE = 1e-5

internal fun compareDecode(info: ModelInfo, picture: Picture, task: BoxStages, stage: Stage) {
    val outputs = Cells(info).rowsOf(picture)
    val ours = task.decode(outputs, picture.thresholds.copy(confidence = picture.rowConfidence.toFloat()))
    val theirs = goldenCandidates(picture)

    // Both by rising index, and by class where a one-to-one head gives a cell several. One that only one side has must lie at
    // the threshold itself.
    val hasSeveral = info.layout == Layout.LEVELS && !info.contract.needsNms
    fun key(candidate: Candidate?): Long = when {
        candidate == null -> Long.MAX_VALUE
        hasSeveral -> candidate.index.toLong() * info.classNames.size + candidate.classId
        else -> candidate.index.toLong()
    }
    fun onlyOne(candidate: Candidate, where: String) {
        if (abs(candidate.score - picture.rowConfidence) <= SCORE_TOLERANCE) return
        stage.problems += "${picture.name}: ${describe(candidate)} is only $where"
    }
    var our = 0
    var their = 0
    while (our < ours.size || their < theirs.size) {
        val ourKey = key(ours.getOrNull(our))
        val theirKey = key(theirs.getOrNull(their))
        if (ourKey < theirKey) {
            onlyOne(ours[our++], "here")
        } else if (theirKey < ourKey) {
            onlyOne(theirs[their++], "in the vectors")
        } else {
            compareCandidate(ours[our], theirs[their], picture.name, stage)
            task.compareDecoded(picture, outputs, ours[our++], their++, stage)
        }
    }
}

internal fun compareNms(picture: Picture, task: BoxStages, stage: Stage) {
    val candidates = goldenCandidates(picture)
    val kept = task.choose(candidates, picture)
    val theirs = picture.integers("nms.keep")
    for (i in 0 until maxOf(kept.size, theirs.size)) {
        val isSame = i < kept.size && i < theirs.size && kept[i] === candidates[theirs[i]]
        stage.add(if (isSame) 0.0 else 1.0)
    }
}

/** Boxes have an angle where the vectors have one. */
private fun goldenCandidates(picture: Picture): List<Candidate> {
    val index = picture.integers("decode.candidate")
    val classId = picture.integers("decode.class")
    val box = picture.floats("decode.box")
    val score = picture.floats("decode.score")
    val angle = if (picture.has("decode.angle")) picture.floats("decode.angle") else null
    return index.indices.map { i ->
        val sides = box.copyOfRange(SIDES * i, SIDES * i + SIDES)
        Candidate(if (angle == null) sides else sides + angle[i], score[i], classId[i], index[i])
    }
}

private fun compareCandidate(ours: Candidate, theirs: Candidate, name: String, stage: Stage) {
    for (i in 0 until SIDES) stage.add(abs(ours.box[i].toDouble() - theirs.box[i]))
    val score = abs(ours.score.toDouble() - theirs.score)
    if (ours.classId != theirs.classId || !(score <= SCORE_TOLERANCE)) {
        stage.problems += "$name: ${describe(ours)}, expected ${describe(theirs)}"
    }
}

private fun describe(candidate: Candidate): String =
    "candidate %d of class %d with score %.6f".format(Locale.ROOT, candidate.index, candidate.classId, candidate.score)

private const val SIDES = 4

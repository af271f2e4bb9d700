package vision.parity

import java.util.Locale
import kotlin.math.abs
import vision.Contract
import vision.Detection
import vision.Thresholds

/** Boxes farther apart than this many tolerances are different objects. Not of a program: NMS may have chosen another. */
private const val SAME_OBJECT = 16

internal class Match {
    /** For each pair: the largest difference of a corner, in pixels. */
    val corners = mutableListOf<Double>()
    val scores = mutableListOf<Double>()

    /** The places of the same detection, ours and theirs. */
    val pairs = mutableListOf<Pair<Int, Int>>()

    /** Detections of one side only that no threshold explains. */
    val problems = mutableListOf<String>()
}

/**
 * Are these the same detections? Pairs those of one class by their boxes. One that only one side shows must lie near a
 * threshold, so that a last bit decided: its score near the confidence (or not above the last score that the other
 * side's limit on detections let through), or its overlap with a neighbour near the IoU of NMS; or it overlaps one that
 * is explained so itself. Without NMS no overlap explains anything, and the order counts: only detections that are nearly
 * as good may have changed places. With a program's tolerances, NMS may choose the other one of two boxes that overlap and
 * are nearly as good. candidates: how many a model can give. [apart]: of several boxes in one place, cut off at
 * the picture's edges say, scores tell which is which, and what else the task has.
 */
internal fun match(
    ours: List<Detection>,
    theirs: List<Detection>,
    thresholds: Thresholds,
    tolerances: Tolerances,
    contract: Contract,
    candidates: Int,
    comparedWith: String = "PyTorch",
    apart: (our: Int, their: Int) -> Double = { _, _ -> 0.0 }
): Match {
    val most = if (contract.needsNms) thresholds.maxDetections else minOf(thresholds.maxDetections, candidates)
    val mine = ours.mapIndexed { i, it -> Seen(it, i, "only the app shows", floorOf(theirs, thresholds, most)) }
    val golden = theirs.mapIndexed { i, it -> Seen(it, i, "only $comparedWith shows", floorOf(ours, thresholds, most)) }
    val match = Match()
    val farthest = if (tolerances.areOfProgram) tolerances.corner else SAME_OBJECT * tolerances.corner
    for (their in golden) {
        val near = mine.filter {
            !it.isPaired && it.classId == their.classId && distance(it, their) <= farthest
        }
        val nearest = near.singleOrNull() ?: near.minByOrNull {
            distance(it, their) + abs(it.score.toDouble() - their.score) + apart(it.place, their.place)
        } ?: continue
        nearest.partner = their
        their.partner = nearest
        match.pairs += Pair(nearest.place, their.place)
        match.corners += distance(nearest, their)
        match.scores += abs(nearest.score.toDouble() - their.score)
    }
    Explanation(mine + golden, thresholds, tolerances).explain(byOverlap = contract.needsNms)
    for (one in mine + golden) if (!one.isPaired && !one.isExplained) match.problems += one.toString()
    if (!contract.needsNms) outOfOrder(mine, tolerances)?.let { match.problems += "out of order: $it" }
    return match
}

/** A detection of one side, and whether the other has it too. */
private class Seen(box: Detection, val place: Int, val side: String, val otherFloor: Floor) {
    val x1 = box.x1.toDouble()
    val y1 = box.y1.toDouble()
    val x2 = box.x2.toDouble()
    val y2 = box.y2.toDouble()
    val score = box.score
    val classId = box.classId
    var partner: Seen? = null
    val isPaired get() = partner != null
    var isExplained = false

    override fun toString(): String =
        "%s: class %d, score %.4f, box %.1f %.1f %.1f %.1f".format(Locale.ROOT, side, classId, score, x1, y1, x2, y2)
}

/** Returns the first of theirs that is, in our order, behind a worse one. */
private fun outOfOrder(mine: List<Seen>, tolerances: Tolerances): Seen? {
    var lowest = Double.POSITIVE_INFINITY
    for (their in mine.mapNotNull { it.partner }) {
        if (their.score - lowest > tolerances.score) return their
        lowest = minOf(lowest, their.score.toDouble())
    }
    return null
}

/** The score below which a side shows nothing: the confidence, or that of its last detection when it [isFull]. */
private class Floor(val score: Double, val isFull: Boolean)

private fun floorOf(side: List<Detection>, thresholds: Thresholds, most: Int): Floor {
    val isFull = side.size == most && most > 0
    return Floor((if (isFull) side.last().score else thresholds.confidence).toDouble(), isFull) // best first
}

private fun distance(a: Seen, b: Seen): Double =
    maxOf(maxOf(abs(a.x1 - b.x1), abs(a.y1 - b.y1)), maxOf(abs(a.x2 - b.x2), abs(a.y2 - b.y2)))

private fun iou(a: Seen, b: Seen): Double {
    val width = minOf(a.x2, b.x2) - maxOf(a.x1, b.x1)
    val height = minOf(a.y2, b.y2) - maxOf(a.y1, b.y1)
    val both = maxOf(width, 0.0) * maxOf(height, 0.0)
    return if (both > 0) both / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - both) else 0.0
}

private class Explanation(
    private val seen: List<Seen>,
    private val thresholds: Thresholds,
    private val tolerances: Tolerances
) {
    fun explain(byOverlap: Boolean) {
        val alone = seen.filter { !it.isPaired }
        for (one in alone) one.isExplained = isNearTheFloor(one) || (byOverlap && hasNeighbourNearIou(one))
        if (byOverlap && tolerances.areOfProgram) {
            for (one in alone) if (alone.any { isOtherChoice(one, it) }) one.isExplained = true
        }
        if (!byOverlap) return
        // A box that came or went takes or frees those that overlap it.
        do {
            val more = alone.filter { !it.isExplained && overlapsAnExplainedOne(it) }
            for (one in more) one.isExplained = true
        } while (more.isNotEmpty())
    }

    /** A full side cuts off every detection below its last one. */
    private fun isNearTheFloor(one: Seen): Boolean {
        val above = one.score - one.otherFloor.score
        return (if (one.otherFloor.isFull) above else abs(above)) <= tolerances.confidenceMargin
    }

    private fun compete(a: Seen, b: Seen) = a !== b && (thresholds.agnostic || a.classId == b.classId)

    private fun hasNeighbourNearIou(one: Seen) = seen.any { other ->
        compete(one, other) && abs(iou(one, other) - thresholds.iou) <= tolerances.iouMargin
    }

    private fun isOtherChoice(one: Seen, other: Seen) = one.side != other.side && one.classId == other.classId &&
        iou(one, other) > thresholds.iou && abs(one.score.toDouble() - other.score) <= tolerances.score

    private fun overlapsAnExplainedOne(one: Seen) = seen.any { other ->
        other.isExplained && compete(one, other) && iou(one, other) > thresholds.iou - tolerances.iouMargin
    }
}

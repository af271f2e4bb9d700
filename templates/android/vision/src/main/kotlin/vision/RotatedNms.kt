package vision

import kotlin.math.cos
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sin
import kotlin.math.sqrt

/** Keeps divisions and roots away from 0. */
private const val EPSILON = 1e-7f

/** Bhattacharyya distance of boxes that have nothing in common. */
private const val FARTHEST = 100f

/** The variance of a uniform distribution is the side squared / 12. */
private const val VARIANCE = 12f

/** A rotated box as a normal distribution: its centre and its covariance, var(x), var(y), cov(x, y). */
internal class Normal(val x: Float, val y: Float, val a: Float, val b: Float, val c: Float) {
    val determinant = maxOf(a * b - c * c, 0f) // NaN stays
}

/** box: cx, cy, width, height, angle. offset: added to cx and cy. */
internal fun normalOf(box: FloatArray, offset: Float = 0f): Normal {
    val (x, y, width, height, angle) = box
    val along = width * width / VARIANCE
    val across = height * height / VARIANCE
    val cos = cos(angle)
    val sin = sin(angle)
    val a = along * (cos * cos) + across * (sin * sin)
    val b = along * (sin * sin) + across * (cos * cos)
    return Normal(x + offset, y + offset, a, b, (along - across) * cos * sin)
}

/**
 * Returns how far two boxes overlap, 0 to 1: 1 - the Hellinger distance of their distributions (Llerena et al., Gaussian
 * Bounding Boxes and Probabilistic Intersection-over-Union, 2021).
 */
internal fun probiou(one: Normal, other: Normal): Float {
    val a = one.a + other.a
    val b = one.b + other.b
    val c = one.c + other.c
    val down = one.y - other.y
    val right = other.x - one.x
    val spread = a * b - c * c
    val places = (a * (down * down) + b * (right * right)) / (spread + EPSILON) * 0.25f
    val turns = c * right * down / (spread + EPSILON) * 0.5f
    val sizes = one.determinant * other.determinant
    val shapes = ln(spread / (4 * sqrt(sizes) + EPSILON) + EPSILON) * 0.5f
    val distance = (places + turns + shapes).coerceIn(EPSILON, FARTHEST) // NaN stays
    return 1 - sqrt(1 - exp(-distance) + EPSILON)
}

/**
 * Returns the kept candidates, best first; equal scores by position. A box is suppressed by any better one whose overlap is
 * above the threshold, even by a suppressed one: Fast NMS (Bolya et al., YOLACT, 2019).
 *
 * iou: 0 to 1. agnostic: boxes of different classes suppress each other too. maxCandidates: only this many, the best ones,
 * are considered.
 */
fun rotatedNms(
    candidates: List<Candidate>,
    iou: Double,
    maxDetections: Int,
    agnostic: Boolean = false,
    maxCandidates: Int = MAX_CANDIDATES
): List<Candidate> {
    val kept = ArrayList<Candidate>()
    val betterBoxes = ArrayList<Normal>() // kept or not
    for (candidate in mostConfident(candidates, maxCandidates)) {
        if (kept.size >= maxDetections) break
        val offset = if (agnostic) 0f else candidate.classId * CLASS_OFFSET
        val box = normalOf(candidate.box, offset)
        val isSuppressed = betterBoxes.any { probiou(it, box) > iou.toFloat() }
        betterBoxes += box
        if (!isSuppressed) kept += candidate
    }
    return kept
}

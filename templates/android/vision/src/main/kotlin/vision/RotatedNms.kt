package vision

import kotlin.math.cos
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sin
import kotlin.math.sqrt

private const val EPSILON = 1e-7f

/** The largest distance that counts. */
private const val FARTHEST = 100f

/** The variance of a uniform distribution is the square of its length over this. */
private const val VARIANCE = 12f

/** The normal distribution that stands for a rotated box: centre, var(x), var(y), cov(x, y), and the determinant. */
internal class Gaussian(val x: Float, val y: Float, val a: Float, val b: Float, val c: Float) {
    val determinant = maxOf(a * b - c * c, 0f)
}

/** box: centre x, centre y, width, height, angle. offset: added to x and y. */
internal fun gaussianOf(box: FloatArray, offset: Float = 0f): Gaussian {
    val (x, y, width, height, angle) = box
    val along = width * width / VARIANCE
    val across = height * height / VARIANCE
    val cos = cos(angle)
    val sin = sin(angle)
    val a = along * (cos * cos) + across * (sin * sin)
    val b = along * (sin * sin) + across * (cos * cos)
    return Gaussian(x + offset, y + offset, a, b, (along - across) * cos * sin)
}

/**
 * The probabilistic IoU, 0 to 1: one minus the Hellinger distance of two distributions, from their Bhattacharyya distance
 * (Llerena et al., Gaussian Bounding Boxes and Probabilistic Intersection-over-Union, 2021).
 */
internal fun probiou(one: Gaussian, other: Gaussian): Float {
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
    val distance = (places + turns + shapes).coerceIn(EPSILON, FARTHEST)
    return 1 - sqrt(1 - exp(-distance) + EPSILON)
}

/**
 * Non-maximum suppression of rotated boxes, as Ultralytics does it. It is not greedy: by falling score, a box is dropped
 * when its probabilistic IoU with any better box of its class is above [iou], 0 to 1, **also a dropped one**. agnostic:
 * with a better box of any class.
 */
fun rotatedNms(
    candidates: List<Candidate>,
    iou: Double,
    maxDetections: Int,
    agnostic: Boolean = false,
    maxCandidates: Int = MAX_CANDIDATES
): List<Candidate> {
    val kept = ArrayList<Candidate>()
    val better = ArrayList<Gaussian>() // moved apart by their class
    for (candidate in first(candidates, maxCandidates)) {
        if (kept.size >= maxDetections) break
        val box = gaussianOf(candidate.box, if (agnostic) 0f else candidate.classId * CLASS_OFFSET)
        if (better.none { probiou(it, box) > iou.toFloat() }) kept += candidate // not-a-number suppresses nothing
        better += box
    }
    return kept
}

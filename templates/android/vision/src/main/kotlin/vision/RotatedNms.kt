package vision

/**
 * Non-maximum suppression of rotated boxes as Ultralytics does it. Their overlap is the probabilistic IoU (Llerena et al.,
 * Gaussian Bounding Boxes and Probabilistic Intersection-over-Union, 2021): of two normal distributions with the boxes'
 * centres, extents and angles. And it is not greedy: **a box that is suppressed itself still suppresses others.** Allocates
 * nothing once it has seen as many candidates. Not thread-safe: one for each thread.
 */
class RotatedNms {
    private val kept = Kept()
    private val order = ScoreOrder()

    // By falling score: centres, moved apart by their class, and the distributions' covariances (a, d; d, c).
    private var x = FloatArray(0)
    private var y = FloatArray(0)
    private var a = FloatArray(0)
    private var c = FloatArray(0)
    private var d = FloatArray(0)

    /** sqrt(max(a * c - d * d, 0)): the determinant's part of the overlap. */
    private var root = FloatArray(0)

    /**
     * Drops each box whose overlap with any better one of its class (of any class: [agnostic]) is above [iou], 0 to 1. At
     * most [maxDetections] are kept, and only the best [maxCandidates] looked at. Valid until the next call.
     */
    fun run(
        candidates: RotatedCandidates,
        iou: Double,
        maxDetections: Int,
        agnostic: Boolean = false,
        maxCandidates: Int = MAX_CANDIDATES
    ): Kept {
        reserve(candidates.capacity)
        order.sort(candidates.score, candidates.size)
        kept.size = 0
        val count = minOf(candidates.size, maxCandidates)
        var i = 0
        while (i < count && kept.size < maxDetections) {
            add(candidates, order[i], i, agnostic)
            if (!isSuppressed(i, iou.toFloat())) kept.position[kept.size++] = order[i]
            ++i
        }
        return kept
    }

    private fun add(candidates: RotatedCandidates, position: Int, at: Int, agnostic: Boolean) {
        val offset = if (agnostic) 0f else candidates.classId[position] * CLASS_OFFSET
        set(
            at,
            candidates.x[position] + offset,
            candidates.y[position] + offset,
            candidates.width[position],
            candidates.height[position],
            candidates.angle[position]
        )
    }

    /** Writes down a box that is to be compared; see [reserve]. */
    internal fun set(at: Int, x: Float, y: Float, width: Float, height: Float, angle: Float) {
        val cos = Math.cos(angle.toDouble()).toFloat()
        val sin = Math.sin(angle.toDouble()).toFloat()
        val alongWidth = width * width / VARIANCE
        val alongHeight = height * height / VARIANCE
        this.x[at] = x
        this.y[at] = y
        a[at] = alongWidth * (cos * cos) + alongHeight * (sin * sin)
        c[at] = alongWidth * (sin * sin) + alongHeight * (cos * cos)
        d[at] = (alongWidth - alongHeight) * cos * sin
        val determinant = a[at] * c[at] - d[at] * d[at]
        root[at] = if (determinant < 0) 0f else determinant
    }

    private fun isSuppressed(at: Int, iou: Float): Boolean {
        for (k in 0 until at) if (overlap(k, at) > iou) return true // not-a-number suppresses nothing
        return false
    }

    /** 1 - the Hellinger distance, from the Bhattacharyya distance of both distributions. */
    internal fun overlap(first: Int, second: Int): Float {
        val a = a[first] + a[second]
        val c = c[first] + c[second]
        val d = d[first] + d[second]
        val x = x[first] - x[second]
        val y = y[first] - y[second]
        val determinant = a * c - d * d
        val apart = (a * (y * y) + c * (x * x)) / (determinant + EPSILON) * 0.25f
        val turned = d * -x * y / (determinant + EPSILON) * 0.5f
        if (apart + turned > FAR) return 0f
        val roots = Math.sqrt((root[first] * root[second]).toDouble()).toFloat()
        val ratio = determinant / (4 * roots + EPSILON) + EPSILON
        val shape = Math.log(ratio.toDouble()).toFloat() * 0.5f
        val sum = apart + turned + shape
        val distance = if (sum < EPSILON) {
            EPSILON
        } else if (MOST < sum) {
            MOST
        } else {
            sum
        }
        val hellinger = 1 - Math.exp(-distance.toDouble()).toFloat() + EPSILON
        return 1 - Math.sqrt(hellinger.toDouble()).toFloat()
    }

    internal fun reserve(capacity: Int) {
        if (capacity <= x.size) return
        x = FloatArray(capacity)
        y = FloatArray(capacity)
        a = FloatArray(capacity)
        c = FloatArray(capacity)
        d = FloatArray(capacity)
        root = FloatArray(capacity)
        kept.position = IntArray(capacity)
    }
}

/** Of a uniform distribution, the square of its length over this is the variance. */
private const val VARIANCE = 12f

private const val EPSILON = 1e-7f

/** The largest distance that counts. */
private const val MOST = 100f

/**
 * Beyond this nothing overlaps: the last term of the distance is at least ln(1e-7) / 2, more than -9, and the overlap at a
 * distance of 17 is 0 in float32.
 */
private const val FAR = 32f

package vision

/** Positions among candidates that stay, best first; equal scores by rising position. */
class Kept internal constructor() {
    var size = 0
        internal set
    var position = IntArray(0)
        internal set
}

/**
 * Greedy non-maximum suppression. Decides as torchvision.ops.nms does on the boxes that Ultralytics gives it, to the
 * last bit of the float32 IoU. Allocates nothing once it has seen as many candidates and classes. Not thread-safe: one
 * for each thread.
 */
class Nms {
    private val kept = Kept()
    private val order = ScoreOrder()

    // The kept boxes, moved apart by their class, and their areas.
    private var x1 = FloatArray(0)
    private var y1 = FloatArray(0)
    private var x2 = FloatArray(0)
    private var y2 = FloatArray(0)
    private var area = FloatArray(0)

    // Those that may overlap: of each group the kept box that came last, and of each kept box the one of its group before.
    private var last = IntArray(1)
    private var before = IntArray(0)

    /**
     * Drops each box whose IoU with a better one of its class (of any class: [agnostic]) is above [iou], 0 to 1. At most
     * [maxDetections] are kept, and only the best [maxCandidates] looked at. Valid until the next call.
     */
    fun run(
        candidates: Candidates,
        iou: Double,
        maxDetections: Int,
        agnostic: Boolean = false,
        maxCandidates: Int = MAX_CANDIDATES
    ): Kept {
        reserve(minOf(candidates.capacity, maxOf(maxDetections, 0)))
        order.sort(candidates.score, candidates.size)
        kept.size = 0
        val areGroups = !agnostic && classesLieApart(candidates)
        last.fill(NONE)
        val count = minOf(candidates.size, maxCandidates)
        var i = 0
        while (i < count && kept.size < maxDetections) {
            keepUnlessSuppressed(candidates, order[i], iou, agnostic, areGroups)
            ++i
        }
        return kept
    }

    /** Whether no two boxes of different classes overlap, so far are they moved; makes room for as many groups then. */
    private fun classesLieApart(candidates: Candidates): Boolean {
        var mostClass = 0
        for (k in 0 until candidates.size) {
            val isNear = candidates.x1[k] > -NEAR && candidates.x1[k] < NEAR && candidates.x2[k] > -NEAR &&
                candidates.x2[k] < NEAR
            val classId = candidates.classId[k]
            if (!isNear || classId < 0) return false
            if (classId > mostClass) mostClass = classId
        }
        if (mostClass >= MOST_GROUPS) return false
        if (last.size <= mostClass) last = IntArray(mostClass + 1)
        return true
    }

    /** Without suppression, where every object has one box: the best ones. Valid until the next call. */
    fun best(candidates: Scored, maxDetections: Int): Kept {
        reserve(minOf(candidates.capacity, maxOf(maxDetections, 0)))
        order.sort(candidates.score, candidates.size)
        kept.size = maxOf(minOf(candidates.size, maxDetections), 0)
        for (i in 0 until kept.size) kept.position[i] = order[i]
        return kept
    }

    /** As they stand: the first ones. Valid until the next call. */
    fun first(candidates: Scored, maxDetections: Int): Kept {
        reserve(minOf(candidates.capacity, maxOf(maxDetections, 0)))
        kept.size = maxOf(minOf(candidates.size, maxDetections), 0)
        for (i in 0 until kept.size) kept.position[i] = i
        return kept
    }

    private fun keepUnlessSuppressed(
        candidates: Candidates,
        position: Int,
        iou: Double,
        agnostic: Boolean,
        areGroups: Boolean
    ) {
        val offset = if (agnostic) 0f else candidates.classId[position] * CLASS_OFFSET
        val left = candidates.x1[position] + offset
        val top = candidates.y1[position] + offset
        val right = candidates.x2[position] + offset
        val bottom = candidates.y2[position] + offset
        val ownArea = (right - left) * (bottom - top)
        val group = if (areGroups) candidates.classId[position] else 0
        if (isSuppressed(left, top, right, bottom, ownArea, iou, last[group])) return
        val end = kept.size
        before[end] = last[group]
        last[group] = end
        x1[end] = left
        y1[end] = top
        x2[end] = right
        y2[end] = bottom
        area[end] = ownArea
        kept.position[end] = position
        kept.size = end + 1
    }

    private fun isSuppressed(
        left: Float,
        top: Float,
        right: Float,
        bottom: Float,
        ownArea: Float,
        iou: Double,
        newest: Int
    ): Boolean {
        val x1 = x1
        val x2 = x2
        var next = newest
        while (next != NONE) {
            val k = next
            next = before[k]
            val width = overlap(x1[k], x2[k], left, right)
            if (!(width > 0)) continue // most are elsewhere
            val height = overlap(y1[k], y2[k], top, bottom)
            if (!(height > 0)) continue
            val common = width * height
            val ratio = common / (area[k] + ownArea - common) // 0 / 0 is not above: it suppresses nothing
            if (ratio.toDouble() > iou) return true
        }
        return false
    }

    private fun reserve(capacity: Int) {
        if (capacity <= area.size) return
        x1 = FloatArray(capacity)
        y1 = FloatArray(capacity)
        x2 = FloatArray(capacity)
        y2 = FloatArray(capacity)
        area = FloatArray(capacity)
        before = IntArray(capacity)
        kept.position = IntArray(capacity)
    }
}

/**
 * Classes are kept apart by moving their boxes so many pixels each (Ultralytics' max_wh). The rounding that this costs a
 * float32 is part of the rule: an exact IoU would decide otherwise near the threshold.
 */
internal const val CLASS_OFFSET = 7680f

/** Where all boxes lie between this and its negative, those of different classes lie apart, however that is rounded. */
private const val NEAR = CLASS_OFFSET / 2 - 256f

/** Each needs a place to remember its last box. */
private const val MOST_GROUPS = 1 shl 16
private const val NONE = -1

/** Ultralytics' max_nms. */
internal const val MAX_CANDIDATES = 30_000

/** How far two stretches of an axis overlap. Written out, since the order decides what becomes of not-a-number. */
private fun overlap(lowA: Float, highA: Float, lowB: Float, highB: Float): Float {
    val low = if (lowA < lowB) lowB else lowA
    val high = if (highB < highA) highB else highA
    return high - low
}

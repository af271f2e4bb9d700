package vision

/**
 * Boxes as one array for each of their numbers, so that none is allocated for itself. Only the first [size] places
 * count. Corners are in pixels, [score] is 0 to 1, [classId] counts the class names.
 */
abstract class Boxes internal constructor(capacity: Int) {
    var size = 0
        protected set
    var x1 = FloatArray(capacity)
        private set
    var y1 = FloatArray(capacity)
        private set
    var x2 = FloatArray(capacity)
        private set
    var y2 = FloatArray(capacity)
        private set
    var score = FloatArray(capacity)
        private set
    var classId = IntArray(capacity)
        private set

    val capacity get() = score.size

    fun clear() {
        size = 0
    }

    /** Makes room for this many. */
    open fun reserve(capacity: Int) {
        if (capacity <= this.capacity) return
        x1 = x1.copyOf(capacity)
        y1 = y1.copyOf(capacity)
        x2 = x2.copyOf(capacity)
        y2 = y2.copyOf(capacity)
        score = score.copyOf(capacity)
        classId = classId.copyOf(capacity)
    }

    protected fun append(x1: Float, y1: Float, x2: Float, y2: Float, score: Float, classId: Int) {
        val at = size
        if (at == capacity) reserve(maxOf(2 * at, FIRST_CAPACITY))
        this.x1[at] = x1
        this.y1[at] = y1
        this.x2[at] = x2
        this.y2[at] = y2
        this.score[at] = score
        this.classId[at] = classId
        size = at + 1
    }
}

private const val FIRST_CAPACITY = 16

/** Boxes in pixels of the model's input that have not been through NMS, by rising [index]. */
class Candidates(capacity: Int = 0) : Boxes(capacity) {
    /** The candidate's number in the output: level by level, row by row. */
    var index = IntArray(capacity)
        private set

    override fun reserve(capacity: Int) {
        super.reserve(capacity)
        if (capacity > index.size) index = index.copyOf(capacity)
    }

    fun add(x1: Float, y1: Float, x2: Float, y2: Float, score: Float, classId: Int, index: Int) {
        append(x1, y1, x2, y2, score, classId)
        this.index[size - 1] = index
    }
}

/** What a detector shows, best first, in pixels of the upright picture. */
class Detections(capacity: Int = 0) : Boxes(capacity) {
    fun add(x1: Float, y1: Float, x2: Float, y2: Float, score: Float, classId: Int) {
        append(x1, y1, x2, y2, score, classId)
    }

    /** Allocates only when the other has more than this one ever had. */
    fun copyFrom(other: Detections) {
        reserve(other.size)
        other.x1.copyInto(x1, endIndex = other.size)
        other.y1.copyInto(y1, endIndex = other.size)
        other.x2.copyInto(x2, endIndex = other.size)
        other.y2.copyInto(y2, endIndex = other.size)
        other.score.copyInto(score, endIndex = other.size)
        other.classId.copyInto(classId, endIndex = other.size)
        size = other.size
    }
}

package vision

/**
 * Boxes in pixels of the model's input that have not been selected yet, by rising [index]: one array for each of their
 * numbers, so that thousands of them allocate nothing. Only the first [size] places count. [score] is 0 to 1, [classId]
 * counts the class names.
 */
class Candidates(capacity: Int = 0) {
    var size = 0
        private set
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

    /** The candidate's number in the output: level by level, row by row. */
    var index = IntArray(capacity)
        private set

    val capacity get() = score.size

    fun clear() {
        size = 0
    }

    fun add(x1: Float, y1: Float, x2: Float, y2: Float, score: Float, classId: Int, index: Int) {
        val at = size
        if (at == capacity) grow(maxOf(2 * at, FIRST_CAPACITY))
        this.x1[at] = x1
        this.y1[at] = y1
        this.x2[at] = x2
        this.y2[at] = y2
        this.score[at] = score
        this.classId[at] = classId
        this.index[at] = index
        size = at + 1
    }

    private fun grow(capacity: Int) {
        x1 = x1.copyOf(capacity)
        y1 = y1.copyOf(capacity)
        x2 = x2.copyOf(capacity)
        y2 = y2.copyOf(capacity)
        score = score.copyOf(capacity)
        classId = classId.copyOf(capacity)
        index = index.copyOf(capacity)
    }
}

private const val FIRST_CAPACITY = 16

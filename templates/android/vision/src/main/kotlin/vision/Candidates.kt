package vision

/**
 * What has not been selected yet, by rising [index]: one array for each number, so that thousands of them allocate
 * nothing. Only the first [size] places count. [score] is 0 to 1, [classId] counts the class names.
 */
abstract class Scored(capacity: Int) {
    var size = 0
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

    /** Returns the new one's place. */
    protected fun add(score: Float, classId: Int, index: Int): Int {
        val at = size
        if (at == capacity) {
            val more = maxOf(2 * at, FIRST_CAPACITY)
            this.score = this.score.copyOf(more)
            this.classId = this.classId.copyOf(more)
            this.index = this.index.copyOf(more)
            growBoxes(more)
        }
        this.score[at] = score
        this.classId[at] = classId
        this.index[at] = index
        size = at + 1
        return at
    }

    protected abstract fun growBoxes(capacity: Int)
}

/** Candidates with boxes, given by their corners in pixels of the model's input. */
class Candidates(capacity: Int = 0) : Scored(capacity) {
    var x1 = FloatArray(capacity)
        private set
    var y1 = FloatArray(capacity)
        private set
    var x2 = FloatArray(capacity)
        private set
    var y2 = FloatArray(capacity)
        private set

    fun add(x1: Float, y1: Float, x2: Float, y2: Float, score: Float, classId: Int, index: Int) {
        val at = add(score, classId, index)
        this.x1[at] = x1
        this.y1[at] = y1
        this.x2[at] = x2
        this.y2[at] = y2
    }

    override fun growBoxes(capacity: Int) {
        x1 = x1.copyOf(capacity)
        y1 = y1.copyOf(capacity)
        x2 = x2.copyOf(capacity)
        y2 = y2.copyOf(capacity)
    }
}

private const val FIRST_CAPACITY = 16

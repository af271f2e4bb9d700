package vision

/**
 * Candidates with rotated boxes, in pixels of the model's input: centre, width, height, and the angle in radians by which
 * the width is turned from the x axis towards the y axis, clockwise as the picture is seen. The angle may be any; a width
 * may be below a height.
 */
class RotatedCandidates(capacity: Int = 0) : Scored(capacity) {
    var x = FloatArray(capacity)
        private set
    var y = FloatArray(capacity)
        private set
    var width = FloatArray(capacity)
        private set
    var height = FloatArray(capacity)
        private set
    var angle = FloatArray(capacity)
        private set

    fun add(x: Float, y: Float, width: Float, height: Float, angle: Float, score: Float, classId: Int, index: Int) {
        val at = add(score, classId, index)
        this.x[at] = x
        this.y[at] = y
        this.width[at] = width
        this.height[at] = height
        this.angle[at] = angle
    }

    override fun growBoxes(capacity: Int) {
        x = x.copyOf(capacity)
        y = y.copyOf(capacity)
        width = width.copyOf(capacity)
        height = height.copyOf(capacity)
        angle = angle.copyOf(capacity)
    }
}

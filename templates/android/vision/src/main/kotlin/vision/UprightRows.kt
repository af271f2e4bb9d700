package vision

/** Rows of the resized picture, turned upright. */
internal class UprightRows(inputWidth: Int, inputHeight: Int, isStretched: Boolean) {
    private val resizer = Resizer(inputWidth, inputHeight, isStretched)
    private var width = 0
    private var height = 0

    /** Of a picture that has to be turned by 90 or 270 degrees all of it, as it is stored; else one row. */
    private var resized = IntArray(0)
    private var stride = 0
    private var row = IntArray(0)

    /** Gets ready for a picture. Allocates only when its size, or the way it is turned, is not that of the last one. */
    fun prepare(image: PixelView): LetterboxPlan {
        val plan = resizer.prepare(image)
        width = plan.resizedWidth
        height = plan.resizedHeight
        stride = if (image.isTurned) resizer.width or CACHE_LINE else 0
        val needed = if (image.isTurned) stride * resizer.height else width
        if (resized.size < needed) resized = IntArray(needed)
        if (row.size < width) row = IntArray(width)
        if (image.isTurned) for (y in 0 until resizer.height) resizer.row(image, y, resized, y * stride)
        return plan
    }

    /** Row [y], packed; valid until the next call. */
    fun row(image: PixelView, y: Int): IntArray {
        val storedY = if (image.isFlippedY) height - 1 - y else y
        val last = width - 1
        if (image.isTurned) {
            if (image.isFlippedX) {
                copy(resized, last * stride + storedY, -stride, row, width)
            } else {
                copy(resized, storedY, stride, row, width)
            }
        } else if (image.isFlippedX) {
            resizer.row(image, storedY, resized, 0)
            copy(resized, last, -1, row, width)
        } else {
            resizer.row(image, storedY, row, 0)
        }
        return row
    }

    /** Where byte [byte] of a pixel begins in a row: 8 bits of it count. */
    fun shiftOf(byte: Int): Int = resizer.shiftOf(byte)
}

/** In Ints. A distance between rows that is an odd number of these spreads a column over the whole cache. */
private const val CACHE_LINE = 16

private fun copy(from: IntArray, first: Int, step: Int, to: IntArray, count: Int) {
    var at = first
    for (x in 0 until count) {
        to[x] = from[at]
        at += step
    }
}
